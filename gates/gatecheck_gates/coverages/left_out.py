"""The changed Python files that are not measured, each with what leaves it out."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gatecheck.model import Workspace
from gatecheck_gates.coverages.measured_paths import MeasuredPaths
from gatecheck_gates.coverages.settings import CoverageSettings
from gatecheck_gates.suites.floor import named


def left_out(
    workspace: Workspace, settings: CoverageSettings | None, measured: Collection[str]
) -> Mapping[str, str]:
    """Return path to reason for the changed Python files that are not measured.

    `settings`: the base's, that coverage.py measured with; None when another tool's report says what it measured.
    """
    found = {}
    paths = MeasuredPaths(settings or CoverageSettings(), workspace.cwd, workspace.files())
    for changed in workspace.change.paths:
        if not changed.path.endswith(".py") or not changed.lines or changed.path in measured:
            continue
        # What coverage.py's settings expect is always among the measured, loaded or not: all the rest is left out.
        found[changed.path] = (
            "not in the coverage report" if settings is None else paths.why_not(changed.path)
        )
    return found


def told(left: Mapping[str, str]) -> str:
    """Name the files by reason, a few of each: `src/a.py, src/b.py (left out by `omit` in .coveragerc)`."""
    reasons: dict[str, list[str]] = {}
    for path, why in left.items():
        reasons.setdefault(why, []).append(path)
    return "; ".join(f"{named(paths)} ({why})" for why, paths in reasons.items())
