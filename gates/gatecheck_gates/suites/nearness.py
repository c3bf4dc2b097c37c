"""Whether a change is near a test: it touches the test's own file, or code that the test runs."""

from __future__ import annotations

from dataclasses import dataclass

from gatecheck.errors import CannotTell
from gatecheck.model import Workspace
from gatecheck_gates.suites.sides import Runner
from gatecheck_gates.suites.suite import Test


@dataclass(frozen=True)
class Nearness:
    """Answers for one change; runs a test once more, measured, where only that can tell."""

    workspace: Workspace
    runner: Runner
    measured: bool
    """Coverage can be measured; without it only the test's own file is known."""

    def touches(self, test: Test) -> bool:
        """Tell whether the change touches the test's file or lines that run inside the test.

        Lines that only run when a module is imported do not count: nearly every test imports nearly everything. When
        the measuring run cannot be judged, the change is taken to be near: a human looks.
        """
        change = self.workspace.change
        if test.path in {path for changed in change.paths for path in (changed.path, changed.old_path)}:
            return True
        if not self.measured:
            return False
        try:
            lines = self.runner.lines_inside(self.workspace, test.id)
        except CannotTell:
            return True
        for changed in change.paths:
            executed = lines.get(changed.path, frozenset())
            # A pure deletion leaves no changed line; then the whole file stands for it.
            if executed & change.lines(changed.path) or (executed and not changed.lines):
                return True
        return False
