"""Whether a change may be what makes a test flaky: it touches the test or code that it runs, or the base never failed."""

from __future__ import annotations

from dataclasses import dataclass

from gatecheck.errors import CannotTell
from gatecheck.model import Workspace
from gatecheck_gates.suites.flaky import Trial, fails_on_base
from gatecheck_gates.suites.sides import Sides
from gatecheck_gates.suites.suite import Suite, Test

_TEXT = (".md", ".rst")


@dataclass(frozen=True)
class Nearness:
    """Answers for one change; runs a test once more, measured, where only that can tell."""

    workspace: Workspace
    sides: Sides
    measured: bool
    """Coverage can be measured; without it only the test's own file is known."""

    merge: Suite
    trial: Trial

    def blame(self, test: Test) -> str:
        """Say why the change may be the cause; empty when it is not: then the test fails on the base too, now and then.

        Lines that a test runs in another process, in a fixture or at an import are not known to be its own.
        """
        if self.touches(test):
            return "the change touches it or the code it runs"
        # A runner that cannot choose tests would run everything a dozen times.
        if self._cannot_matter(test) or test.id in self.trial.failed_on_base or not self.sides.runner.narrows:
            return ""
        return "" if fails_on_base(test.id, self.sides.again) else "it never failed on the base"

    def _cannot_matter(self, test: Test) -> bool:
        """Tell whether the change touches nothing but prose and the files of other tests."""
        others = {other.path for other in self.merge.tests.values()} - {test.path}
        paths = self.workspace.change.paths
        return all(path.path in others or path.path.endswith(_TEXT) for path in paths)

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
            lines = self.sides.runner.lines_inside(self.workspace, test.id)
        except CannotTell:
            return True
        for changed in change.paths:
            executed = lines.get(changed.path, frozenset())
            # A pure deletion leaves no changed line; then the whole file stands for it.
            if executed & change.lines(changed.path) or (executed and not changed.lines):
                return True
        return False
