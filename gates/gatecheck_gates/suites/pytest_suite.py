"""One run of pytest over one side, recorded and measured, and taken only if it is complete."""

from __future__ import annotations

import dataclasses
import json
import shlex
import tempfile
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, NoReturn

from gatecheck.errors import CannotTell, GatecheckError, ToolError
from gatecheck.formats import junit
from gatecheck.formats.python_project import PIP, Setup
from gatecheck.model import Completed, Side, Workspace
from gatecheck_gates.coverages.data import combine, lines_inside_tests
from gatecheck_gates.coverages.settings import CoverageSettings
from gatecheck_gates.places import tree_of
from gatecheck_gates.suites import recording
from gatecheck_gates.suites.floor import NAMED
from gatecheck_gates.suites.install import how_to_install, setup_of, unmeasurable
from gatecheck_gates.suites.output import Written, tail
from gatecheck_gates.suites.pytest_command import PytestCommand, parse
from gatecheck_gates.suites.recording import Recording
from gatecheck_gates.suites.suite import Suite

_FAILED, _INTERRUPTED, _INTERNAL_ERROR, _USAGE_ERROR, _NO_TESTS = 1, 2, 3, 4, 5
"""pytest's exit codes, see `pytest.ExitCode`."""


@dataclass(frozen=True)
class PytestSuite:
    """How a policy's pytest is run on either side."""

    command: PytestCommand
    measure: bool
    settings: CoverageSettings
    """The base's, for both sides."""
    report: str | None = None
    """A coverage report that the command itself writes; then nothing else is measured."""

    narrows: ClassVar[bool] = True

    contexts: bool = False
    """Note for each line which test function ran it."""

    def run(
        self, workspace: Workspace, side: Side, *, only: AbstractSet[str] | None = None, measure: bool = True
    ) -> tuple[Suite, Path | None]:
        """Run the tests (or `only` those of these ids) and return what they said, with the coverage data if measured.

        The base's settings decide what is measured. Raises CannotTell when the run is incomplete or contradicts itself.
        """
        python = workspace.python(side=side)
        if "pytest" not in python.distributions:
            message = f"pytest is not installed for {python.executable} (Python {python.version})."
            raise ToolError(message, fix=how_to_install(workspace, side, "pytest"))
        covered = Written.expect(workspace, side, self.report) if self.report and measure else None
        wanted = self.measure and measure and covered is None
        why_not = unmeasurable(python.distributions) if wanted else "not asked for"
        folder = Path(tempfile.mkdtemp(prefix=f"{side}-", dir=workspace.scratch))
        env = self._environment(workspace, side, folder, only)
        argv = self.command.plain()
        if not why_not:
            settings = folder / "coverage.ini"
            (folder / "data").mkdir()
            data = str(folder / "data" / "coverage")
            settings.write_text(self.settings.for_run(data, contexts=self.contexts), encoding="utf-8")
            argv = self.command.measured(str(settings))
        completed = workspace.run(argv, side=side, env=env)
        record = recording.read(folder / "record.jsonl", tree_of(workspace, side))
        suite = complete(completed, record, folder / "junit.xml", setup_of(workspace, side))
        if covered:
            return suite, covered.take(completed)
        return suite, None if why_not else combine(workspace, side, folder / "data")

    def lines_inside(self, workspace: Workspace, name: str) -> Mapping[str, frozenset[int]]:
        """Return the lines that run inside one test of the merge result, by path in the tree: it is run once more."""
        _, data = dataclasses.replace(self, contexts=True).run(workspace, "merge", only={name})
        return lines_inside_tests(workspace, data) if data else {}

    def rerun(self, ids: list[str], workspace: Workspace) -> str:
        """Return the narrowest command that runs these tests again, as it would be typed at the root of the tree."""
        place = "" if workspace.cwd == "." else f"cd {shlex.quote(workspace.cwd)} && "
        return place + shlex.join(("python", "-m", "pytest", *ids[:NAMED]))

    def _environment(
        self, workspace: Workspace, side: Side, folder: Path, only: AbstractSet[str] | None
    ) -> dict[str, str]:
        words = [f"--junitxml={folder / 'junit.xml'}", "-p", "gatecheck_recorder"]
        # Every test is to be looked at: neither a first failure nor a file that cannot be imported hides the others.
        words += ["--maxfail=0", "--continue-on-collection-errors"]
        if "pytest-cov" in workspace.python(side=side).distributions:
            words.append("--no-cov")
        env = {
            "PYTEST_ADDOPTS": shlex.join(words),
            "PYTHONPATH": str(files("gatecheck_gates.suites") / "recorder"),
            "GATECHECK_RECORD": str(folder / "record.jsonl"),
            "GATECHECK_TREE": str(tree_of(workspace, side)),
        }
        if only is not None:
            (folder / "only.json").write_text(json.dumps(sorted(only)), encoding="utf-8")
            env["GATECHECK_ONLY"] = str(folder / "only.json")
        return env


def _plain(argv: tuple[str, ...]) -> str:
    """Return the command line of a run as it would be typed: without what measures it."""
    command = parse(argv)
    return shlex.join(command.plain() if command else argv)


def complete(completed: Completed, record: Recording, report: Path, setup: Setup = PIP) -> Suite:
    """Return the suite if process, recorder and JUnit report tell the same complete story; else raise CannotTell."""
    _ended_by_itself(completed, record)
    if record.foreign:
        raise _foreign(record, setup)
    suite = Suite(record.tests, stopped_early=record.interrupted)
    code = completed.exit_code
    if code == _INTERRUPTED and not record.interrupted and not suite.failing:
        raise CannotTell(
            f"pytest was interrupted.{tail(completed)}", fix=f"Look at {completed.log} and run again."
        )
    if code not in (0, _FAILED, _INTERRUPTED, _NO_TESTS):
        what = {
            _INTERNAL_ERROR: "had an internal error",
            _USAGE_ERROR: "did not understand its arguments or its settings",
        }.get(code, "broke")
        fix = f"Run `{_plain(completed.argv)}` and mend what it says; the full output is {completed.log}."
        raise ToolError(f"pytest {what} (exit code {code}).{tail(completed)}", fix=fix)
    _agree(completed, record, suite, report)
    return suite


def _ended_by_itself(completed: Completed, record: Recording) -> None:
    doing = f" while {record.last_begun} ran" if record.last_begun else ""
    if completed.timed_out:
        message = f"The tests were stopped after {completed.seconds:.0f} s{doing}.{tail(completed)}"
        raise CannotTell(message, fix="Mend the test that hangs, or raise the gate's `timeout`.")
    if completed.exit_code < 0:
        message = f"The tests were killed by signal {-completed.exit_code}{doing}.{tail(completed)}"
        raise CannotTell(
            message, fix=f"Look at the full output in {completed.log}: memory and time are usual causes."
        )
    if record.exit_code is None and completed.exit_code not in (_INTERNAL_ERROR, _USAGE_ERROR):
        when = "before it ended" if record.rootdir else "before it began"
        message = f"pytest left {when}{doing}, with exit code {completed.exit_code} and no full report.{tail(completed)}"
        raise ToolError(
            message,
            fix="Look for `os._exit`, a crash in a conftest or plugin, or a pytest that cannot start.",
        )


def _agree(completed: Completed, record: Recording, suite: Suite, report: Path) -> None:
    """The exit code, the recorder and the JUnit report were written in different ways; each vouches for the others."""
    code = completed.exit_code
    if record.exit_code != code:
        _contradict(f"pytest announced exit code {record.exit_code} and left with {code}", completed)
    if bool(suite.failing) != (code in (_FAILED, _INTERRUPTED)) and not suite.stopped_early:
        _contradict(f"exit code {code}, but {len(suite.failing)} failing tests were seen", completed)
    if not report.is_file():
        _contradict("the JUnit report is missing", completed)
    try:
        cases = junit.read(report.read_bytes())
    except GatecheckError as error:
        _contradict(f"the JUnit report cannot be used ({error.message})", completed)
    broken = sum(case.status in ("failed", "error") for case in cases)
    if bool(broken) != bool(suite.failing):
        _contradict(f"the JUnit report has {broken} failures, and {len(suite.failing)} were seen", completed)
    if len(cases) < len(suite.ran):
        _contradict(f"the JUnit report has {len(cases)} tests, and {len(suite.ran)} were seen", completed)


def _contradict(what: str, completed: Completed) -> NoReturn:
    fix = "Look for a conftest or plugin that changes exit codes or reports."
    raise ToolError(f"The test run contradicts itself: {what}.{tail(completed)}", fix=fix)


def _foreign(record: Recording, setup: Setup) -> ToolError:
    name, path, why = record.foreign[0]
    more = f" (and {len(record.foreign) - 1} more modules)" if len(record.foreign) > 1 else ""
    where = "your own checkout" if why == "origin" else "an installed copy"
    return ToolError(
        f"The tests imported {name} from {path}{more}: {where}, not the tree under test.",
        fix=f"Let an environment install each tree: put `{setup.line}` into the policy.",
    )
