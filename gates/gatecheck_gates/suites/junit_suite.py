"""One run of any other test runner over one side, told by the JUnit file that it writes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from gatecheck.errors import CannotTell, GatecheckError, ToolError
from gatecheck.formats import junit
from gatecheck.model import Side, Workspace
from gatecheck_gates.places import tree_of
from gatecheck_gates.suites.output import Written, tail
from gatecheck_gates.suites.suite import Status, Suite, Test, of


@dataclass(frozen=True)
class JUnitSuite:
    """A command line, and the files that it writes, relative to where it is started."""

    argv: tuple[str, ...]
    report: str
    coverage_report: str | None

    narrows: ClassVar[bool] = False

    def run(
        self, workspace: Workspace, side: Side, *, only: AbstractSet[str] | None = None, measure: bool = True
    ) -> tuple[Suite, Path | None]:
        """Run everything, whatever is asked for, and return what the JUnit file says with a copy of the coverage report.

        Raises CannotTell when the run did not end by itself, or exit code and report disagree.
        """
        del only  # no two runners choose tests alike
        report = Written.expect(workspace, side, self.report)
        covered = (
            Written.expect(workspace, side, self.coverage_report)
            if self.coverage_report and measure
            else None
        )
        completed = workspace.run(self.argv, side=side)
        if completed.timed_out or completed.exit_code < 0:
            how = f"stopped after {completed.seconds:.0f} s" if completed.timed_out else "killed by a signal"
            message = f"The tests were {how}.{tail(completed)}"
            raise CannotTell(
                message,
                fix=f"Look at {completed.log}; mend the test that hangs or raise the gate's `timeout`.",
            )
        suite = Suite(of(_tests(report.take(completed), tree_of(workspace, side))))
        if bool(suite.failing) != bool(completed.exit_code):
            message = (
                f"exit code {completed.exit_code}, but the report has {len(suite.failing)} failing tests"
            )
            raise ToolError(
                f"The test run contradicts itself: {message}.{tail(completed)}",
                fix=f"Run `{shlex.join(self.argv)}` and see why it left with {completed.exit_code}.",
            )
        return suite, covered.take(completed) if covered else None

    def lines_inside(self, workspace: Workspace, name: str) -> Mapping[str, frozenset[int]]:
        """Unknown: a report of all tests does not say which of them ran a line."""
        del workspace, name
        return {}

    def rerun(self, ids: list[str], workspace: Workspace) -> str:
        """Return the command itself."""
        del ids, workspace
        return shlex.join(self.argv)


def _tests(report: Path, tree: Path) -> list[Test]:
    try:
        cases = junit.read(report.read_bytes())
    except GatecheckError as error:
        raise ToolError(f"The JUnit report cannot be used: {error.message}", fix=error.fix) from error
    return [_test(case, tree) for case in cases]


def _test(case: junit.Case, tree: Path) -> Test:
    status: Status = case.status
    path = case.file
    if path is not None and Path(path).is_absolute() and Path(path).is_relative_to(tree):
        path = Path(path).relative_to(tree).as_posix()
    name = "::".join(part for part in (path, case.classname, case.name) if part)
    message = case.message.replace(f"{tree}/", "")
    return Test(name, status, path, case.line, message=message, seconds=case.seconds)
