"""The changed statements of each changed file, and which of them ran: from coverage.py's data or another tool's report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from gatecheck.errors import CannotTell, ToolError
from gatecheck.formats import coveragepy
from gatecheck.formats.covered import FileCoverage
from gatecheck.model import ChangedPath, Workspace
from gatecheck_gates.coverages.measured_paths import MeasuredPaths
from gatecheck_gates.coverages.settings import CoverageSettings

_NOT_HERE = (
    "The coverage data shows no line that ran inside the tree: the tests ran against another checkout, or the base's "
    "coverage settings measure nothing that they import."
)
_NOT_HERE_FIX = "Let the tests import the tree under test (see `environment:` in the policy), and check `source` in the settings."


@dataclass(frozen=True)
class ChangedFile:
    """One changed file that is measured: its changed statements, by their first lines."""

    path: str
    statements: int
    """All statements of the file that can run."""
    missing: frozenset[int]
    partial: frozenset[int]
    """Ran, but one of their branches was never taken."""
    covered_parts: int
    """Changed statements and branches of changed statements that ran."""
    parts: int
    """All of them: coverage.py counts a line and each branch out of it alike."""

    @classmethod
    def of(cls, path: str, file: FileCoverage, changed: Iterable[int]) -> ChangedFile:
        """Return what a file's coverage says of some of its lines."""
        here = frozenset(changed)
        executed, missing = file.executed & here, file.missing & here
        taken = sum(len(file.executed_branches.get(line, ())) for line in here)
        untaken = {line: len(file.missing_branches.get(line, ())) for line in executed | missing}
        partial = frozenset(line for line in executed if untaken[line])
        covered = len(executed) + taken
        parts = covered + len(missing) + sum(untaken.values())
        return cls(path, len(file.executed) + len(file.missing), missing, partial, covered, parts)


def from_coverage_py(workspace: Workspace, data: Path, settings: CoverageSettings) -> tuple[ChangedFile, ...]:
    """Return the changed files that the base's settings measure, from coverage.py's data.

    Raises CannotTell when the data is of another tree, ToolError when a changed file does not parse in that Python.
    """
    paths = MeasuredPaths(settings, workspace.cwd, workspace.files())
    wanted = [
        changed for changed in workspace.change.paths if changed.lines and not paths.left_out(changed.path)
    ]
    answer, report = _ask(workspace, data, settings, wanted, paths)
    if "problem" in answer:
        message = (
            f"{answer['path']} cannot be analysed by {workspace.python().executable}: {answer['problem']}."
        )
        raise ToolError(
            message, fix=f"Mend {answer['path']}, or leave it out in the base's coverage settings (`omit`)."
        )
    if answer["measured"] or answer["chosen"]:
        _is_of_this_tree(answer["measured"])
    if not answer["chosen"]:
        return ()
    covered = coveragepy.read(report.read_bytes())
    found = []
    for path, file in covered.items():
        first = answer["statements"].get(path, {})
        lines = {first.get(str(line), line) for line in workspace.change.lines(path)}
        found.append(ChangedFile.of(path, file, lines))
    return tuple(found)


def _is_of_this_tree(measured: list[str]) -> None:
    """Paths of the tree are relative in the data; all others are from elsewhere."""
    if all(path.startswith("/") for path in measured):
        raise CannotTell(_NOT_HERE, fix=_NOT_HERE_FIX)


def _ask(
    workspace: Workspace,
    data: Path,
    settings: CoverageSettings,
    wanted: list[ChangedPath],
    paths: MeasuredPaths,
) -> tuple[dict[str, Any], Path]:
    """Have the side's own Python look at the changed files alone, so that the cost follows the change."""
    top = workspace.scratch
    request: dict[str, Any] = {"files": {}, "base": str(top / "base")}
    (top / "changed").mkdir()
    for changed in wanted:
        _write(top / "changed" / changed.path, workspace.read(changed.path))
        _write(top / "base" / changed.path, workspace.read(changed.old_path or changed.path, side="base"))
        touch = changed.path.endswith(".py") and paths.expected(changed.path)
        request["files"][changed.path] = {
            "lines": sorted(workspace.change.lines(changed.path)),
            "touch": touch,
        }
    for name, file in (
        ("answer", "answer.json"),
        ("report", "lines.json"),
        ("data", "data"),
        ("settings", "lines.ini"),
    ):
        request[name] = str(top / file)
    shutil.copyfile(data, top / "data")
    (top / "lines.ini").write_text(settings.for_lines(), encoding="utf-8")
    (top / "request.json").write_text(json.dumps(request), encoding="utf-8")
    script = str(files("gatecheck_gates.suites") / "recorder" / "gatecheck_lines.py")
    completed = workspace.run(("python", script, str(top / "request.json")), cwd=top / "changed")
    if completed.exit_code or not (top / "answer.json").is_file():
        message = f"The coverage data cannot be read: {completed.output.strip()[-1000:]}"
        raise ToolError(
            message, fix=f"Look at {completed.log}; check the coverage.py in {workspace.python().executable}."
        )
    answer: dict[str, Any] = json.loads((top / "answer.json").read_bytes())
    return answer, top / "lines.json"


def _write(path: Path, data: bytes | None) -> None:
    if data is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def from_report(workspace: Workspace, report: Mapping[str, FileCoverage]) -> tuple[ChangedFile, ...]:
    """Return the changed files that another tool's report names. Raises CannotTell when it names none of the tree."""
    files_here = frozenset(workspace.files())
    here = {_in_tree(workspace, path, files_here): file for path, file in report.items()}
    if not here.keys() & files_here:
        raise CannotTell(_NOT_HERE, fix=_NOT_HERE_FIX)
    changed = (path for path in workspace.change.paths if path.lines and path.path in here)
    return tuple(ChangedFile.of(p.path, here[p.path], workspace.change.lines(p.path)) for p in changed)


def _in_tree(workspace: Workspace, path: str, files_here: frozenset[str]) -> str:
    """The path of the tree that a report means: it may be absolute, or relative to where the tests were started."""
    full = (workspace.merge / workspace.cwd / path).resolve()
    tree = workspace.merge.resolve()
    inside = full.relative_to(tree).as_posix() if full.is_relative_to(tree) else path
    return inside if inside in files_here else path
