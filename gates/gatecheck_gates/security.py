"""Asks whether the change brings Python code that bandit warns of, or hides such code from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from gatecheck.errors import CannotTell
from gatecheck.formats.bandit import LEVELS
from gatecheck.model import (
    Answer,
    Change,
    Effect,
    Examined,
    Globs,
    NotApplicable,
    Outcome,
    Rule,
    Workspace,
    option,
)
from gatecheck_gates.scans import settings as bandit_settings
from gatecheck_gates.scans.files import File, may_be_python, python_files
from gatecheck_gates.scans.new import Seen, judged
from gatecheck_gates.scans.reports import Spot
from gatecheck_gates.scans.scan import Scanned, look
from gatecheck_gates.scans.settings import Settings
from gatecheck_gates.scans.told import Told
from gatecheck_gates.suites.floor import named

_LEVEL = Literal["low", "medium", "high"]


@dataclass(frozen=True)
class Security:
    """Scans the changed Python files of both sides with gatecheck's own bandit and the base's settings of it."""

    kind: ClassVar[str] = "security"
    primary: ClassVar[str] = "severity"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "found",
            Effect.BLOCK,
            "bandit reports an issue that the base has not; it bears the name of bandit's test, as in `security/B602`. "
            "Below the limits, and in files that are `relaxed`, it is a note.",
        ),
        Rule(
            "suppressed",
            Effect.APPROVAL,
            "The change hides an issue with `# nosec`; a note where the issue itself would be no more.",
        ),
    )

    severity: _LEVEL = option("medium", doc="The least severity of a new issue that blocks.")
    confidence: _LEVEL = option("medium", doc="The least confidence of bandit in a new issue that blocks.")
    relaxed: tuple[str, ...] = option(
        ("test/", "tests/", "testing/", "test_*.py", "*_test.py", "conftest.py", "/docs/", "/examples/"),
        form="globs",
        doc="Files in which new issues are notes: code that only developers run.",
    )
    tests: tuple[str, ...] = option(
        (),
        doc="The only tests of bandit to run, such as `B602`. Default: those of the base's settings, or all.",
    )
    skips: tuple[str, ...] = option(
        (), doc="Tests of bandit not to run, beside those of the base's settings."
    )
    config: str | None = option(
        None,
        form="path",
        doc="The base's file with bandit's settings, relative to `cwd`. Default: `.bandit` and the first of `bandit.yaml`, "
        "`bandit.yml`, `.bandit.yaml`, `.bandit.yml` and `pyproject.toml` that has any.",
    )

    @property
    def needs(self) -> tuple[str, ...]:
        """No other gate's artefacts."""
        return ()

    @property
    def programs(self) -> tuple[str, ...]:
        """None of the project's: bandit is gatecheck's own."""
        return ()

    def applies(self, change: Change) -> bool:
        """Tell whether the merge result has a changed file that may be Python."""
        return any(map(may_be_python, change.paths))

    def check(self, workspace: Workspace) -> Answer:
        """Scan what changed, and say what is new.

        1. Find the Python files of both sides, and the base's settings, which may leave some out.
        2. Have those scanned that no earlier run has seen; a file of the merge result that cannot be scanned is no answer.
        3. Look for each issue's like on the base.
        """
        settings = bandit_settings.find(
            lambda path: workspace.read(path, side="base"),
            workspace.cwd,
            self.config,
            tests=self.tests,
            skips=self.skips,
        )
        changed = python_files(workspace, workspace.change)
        excluded = {file.path for file in changed if settings.excludes(file.path)}
        files = [file for file in changed if file.path not in excluded]
        merge = [file for file in files if file.side == "merge"]
        left_out = [file.path for file in changed if file.side == "merge" and file.path in excluded]
        if not merge:
            return NotApplicable(_why_not(left_out, settings))
        scanned = look(workspace, files, settings)
        _refuse_unread(scanned)
        there = [file for file in files if file.side == "base"]
        base = self._seen(scanned, there, _renamed(workspace))
        told = Told(self._counts)
        for seen, like in judged(self._seen(scanned, merge, {}), base):
            told.add(seen, like)
        notes = tuple(_notes(scanned, left_out, settings))
        return Outcome(Examined(len(merge), "Python files"), told.findings(), notes=notes)

    def _seen(self, scanned: Scanned, files: list[File], renamed: Mapping[str, str]) -> list[Seen]:
        relaxed = Globs(self.relaxed)
        found = (
            Seen(renamed.get(file.path, file.path), spot, relaxed.match(file.path))
            for file in files
            for spot in scanned.spots.get(file, ())
        )
        return sorted(found, key=lambda seen: (seen.path, seen.spot.line))

    def _counts(self, spot: Spot) -> bool:
        """Tell whether an issue is grave enough to block."""
        levels = ((spot.severity, self.severity), (spot.confidence, self.confidence))
        return all(LEVELS.index(found) >= LEVELS.index(least) for found, least in levels)


def _renamed(workspace: Workspace) -> Mapping[str, str]:
    """Return old paths with the new ones."""
    return {path.old_path: path.path for path in workspace.change.paths if path.old_path}


def _why_not(left_out: list[str], settings: Settings) -> str:
    if not left_out:
        return "no changed file is Python"
    return (
        f"the base's {' and '.join(settings.files)} leaves out every changed Python file: {named(left_out)}"
    )


def _refuse_unread(scanned: Scanned) -> None:
    """Raise CannotTell when a file of the merge result was not scanned to its end."""
    unread = [(file.path, why) for file, why in scanned.unread.items() if file.side == "merge"]
    if unread:
        more = f", and {len(unread) - 1:,} more like it" if unread[1:] else ""
        path, why = unread[0]
        raise CannotTell(
            f"bandit cannot scan {path}: {why}{more}",
            fix=f"Mend {path}; if it is for a newer Python, run gatecheck with that one; if it is not meant to be run, leave it "
            "out in the policy: `paths` of this gate, or `skips` where one of bandit's tests breaks.",
        )


def _notes(scanned: Scanned, left_out: list[str], settings: Settings) -> list[str]:
    notes = []
    if left_out:
        notes.append(f"Left out by the base's {' and '.join(settings.files)}: {named(left_out)}.")
    if unread := [file.path for file in scanned.unread]:
        notes.append(
            f"The base's {named(unread)} cannot be scanned, so all that is found there now is taken for new."
        )
    if scanned.unknown:
        notes.append(
            f"bandit has no test {', '.join(scanned.unknown)}: it is in the policy or the base's settings."
        )
    return notes
