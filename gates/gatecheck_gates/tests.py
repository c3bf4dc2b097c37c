"""Whether the tests pass on the merge result, or at least those that the base passes, and none that ran there is lost."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import (
    Change,
    Effect,
    Examined,
    Finding,
    Measurement,
    Outcome,
    Rule,
    Workspace,
    option,
)
from gatecheck_gates.coverages import settings as coverage_settings
from gatecheck_gates.coverages.settings import CoverageSettings
from gatecheck_gates.suites import flaky, floor, pytest_command
from gatecheck_gates.suites.failures import behind, failures, flaky_findings
from gatecheck_gates.suites.install import unmeasurable
from gatecheck_gates.suites.junit_suite import JUnitSuite
from gatecheck_gates.suites.naming import may_remove_tests
from gatecheck_gates.suites.nearness import Nearness
from gatecheck_gates.suites.pytest_suite import PytestSuite
from gatecheck_gates.suites.settings import changed_settings
from gatecheck_gates.suites.sides import Runner, Sides
from gatecheck_gates.suites.suite import Suite


@dataclass(frozen=True)
class Tests:
    """Runs the tests once over the merge result, and the base's when something fails or tests may have gone."""

    __test__: ClassVar[bool] = False  # pytest takes every class named Test* for a test

    kind: ClassVar[str] = "tests"
    primary: ClassVar[str] = "run"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("failed", Effect.BLOCK, "A test fails on the merge result, and did not fail on the base."),
        Rule(
            "flaky",
            Effect.APPROVAL,
            "A test passes and fails on the same tree; a note where the change is not the cause.",
        ),
        Rule(
            "missing",
            Effect.APPROVAL,
            "A test that ran on the base does not run on the merge result, or is expected to fail there.",
        ),
        Rule(
            "settings",
            Effect.APPROVAL,
            "The change edits pytest's settings, a conftest.py or what else loads by itself.",
        ),
    )

    run: tuple[str, ...] = option(
        ("python", "-m", "pytest"), form="argv", doc="The command line that runs all tests, without a shell."
    )
    junit: str | None = option(
        None, form="path", doc="The JUnit file that a runner other than pytest writes, relative to `cwd`."
    )
    coverage_report: str | None = option(
        None,
        form="path",
        doc="The LCOV, Cobertura or coverage.py JSON file that the run writes, relative to `cwd`.",
    )
    measure: bool = option(
        default=True, doc="Measure coverage in the same run of pytest, where coverage.py is installed."
    )
    retries: int = option(
        2,
        minimum=0,
        doc="Rounds in which new failures run again: three fresh processes on each side a round.",
    )

    def __post_init__(self) -> None:
        try:
            is_pytest = pytest_command.parse(self.run) is not None
        except ToolError as error:
            raise ValueError(f"{error.message} {error.fix}") from error
        if not is_pytest and self.junit is None:
            raise ValueError(
                f"`{shlex.join(self.run)}` is not pytest: name the JUnit file that it writes with `junit:`."
            )

    @property
    def needs(self) -> tuple[str, ...]:
        """Nothing: it runs the tests itself."""
        return ()

    @property
    def programs(self) -> tuple[str, ...]:
        """The policy's runner."""
        return self.run[:1]

    def applies(self, change: Change) -> bool:
        """Any change can break a test."""
        return bool(change.paths)

    def check(self, workspace: Workspace) -> Outcome:
        """Run over the merge result, ask the base where that can matter, and say what is new.

        1. Run everything once over the merge result; nothing that ran is no answer.
        2. Ask the base: its remembered run, or a run when something fails or tests may have gone.
        3. Run new failures again, and tell the steady from the flaky.
        4. Hold what ran against what ran on the base.
        5. Keep the coverage data for the gates that need it, and both runs if they would come out the same again.
        """
        sides, settings = self._sides(workspace)
        merge, coverage = sides.merge()
        _anything_ran(merge)
        base = sides.base(wanted=bool(merge.failing) or may_remove_tests(workspace.change, [merge]))
        new = sides.newly_failing(merge)
        trial = flaky.examine(new, merge, base, self.retries, sides.again, alone=sides.runner.narrows)
        _all_was_seen(merge, trial)
        nearness = Nearness(workspace, sides, coverage is not None, merge, trial)
        findings = (
            *_failing(nearness, merge.failing - new),
            *self._missing(base, merge, workspace.change, trial),
            *changed_settings(workspace),
        )
        self._save(workspace, settings, coverage, sides.base_coverage)
        certain = not trial.flaky and not trial.note
        if certain:
            sides.remember(merge, coverage)
        ran = len(base.ran) if base else None
        return Outcome(
            Examined(merge.looked_at, "tests"),
            findings,
            (Measurement("tests run", len(merge.ran), "tests", base=ran),),
            tuple(filter(None, (*sides.notes, *self._notes(workspace, base), trial.note))),
            repeatable=certain,
        )

    def _sides(self, workspace: Workspace) -> tuple[Sides, CoverageSettings]:
        command = pytest_command.parse(self.run)
        if command is None:
            runner: Runner = JUnitSuite(self.run, str(self.junit), self.coverage_report)
            return Sides(workspace, runner, "suite"), CoverageSettings()
        settings = CoverageSettings()
        if self.measure:
            settings = coverage_settings.find(lambda path: workspace.read(path, side="base"), workspace.cwd)
        question = hashlib.sha256(settings.for_report().encode()).hexdigest()[:16]
        runner = PytestSuite(command, self.measure, settings, self.coverage_report)
        return Sides(workspace, runner, f"suite-{question}"), settings

    def _save(
        self,
        workspace: Workspace,
        settings: CoverageSettings,
        coverage: Path | None,
        base_coverage: Path | None,
    ) -> None:
        if coverage:
            workspace.save("coverage", coverage)
            rules = workspace.scratch / "coverage-settings.ini"
            rules.write_text(settings.dump(), encoding="utf-8")
            workspace.save("coverage-settings", rules)
        if coverage and base_coverage:
            workspace.save("base-coverage", base_coverage)

    def _missing(
        self, base: Suite | None, merge: Suite, change: Change, trial: flaky.Trial
    ) -> tuple[Finding, ...]:
        if base is None or merge.stopped_early:
            return ()
        return floor.missing(base, merge, change, newly_failing=trial.steady)

    def _notes(self, workspace: Workspace, base: Suite | None) -> list[str]:
        notes = []
        if pytest_command.parse(self.run) and self.measure and not self.coverage_report:
            why_not = unmeasurable(workspace.python().distributions)
            if why_not:
                notes.append(f"Coverage was not measured: {why_not} for {workspace.python().executable}.")
        if base is None:
            notes.append(
                "No run of the base's tests is at hand, so whether a test was lost was not looked at."
            )
        return notes


def _failing(nearness: Nearness, old: AbstractSet[str]) -> tuple[Finding, ...]:
    """Return the findings of what failed: new and steady, flaky, and old."""
    merge, trial, workspace = nearness.merge, nearness.trial, nearness.workspace

    def command(ids: list[str]) -> str:
        return nearness.sides.runner.rerun(ids, workspace)

    new = failures(
        merge,
        trial.steady,
        command,
        introduced=True,
        only_together=trial.only_together,
        target=behind(workspace.change),
    )
    return (
        *new,
        *flaky_findings(merge, trial.flaky, command, nearness.blame),
        *failures(merge, old, command, introduced=False),
    )


def _anything_ran(suite: Suite) -> None:
    if suite.looked_at:
        return
    skipped = len(suite.tests)
    message = (
        f"No test was executed ({skipped} skipped)."
        if skipped
        else "No test was executed: none was found to run."
    )
    fix = "Look for `--collect-only`, `-k`, `-m` or skips in the command and in the test settings."
    raise CannotTell(message, fix=fix)


def _all_was_seen(suite: Suite, trial: flaky.Trial) -> None:
    """Only a failure that counts makes an answer of a run in which no test began, or which stopped early."""
    if not suite.ran and not trial.steady:
        broken = next(iter(suite.tests[name] for name in sorted(suite.failing)))
        message = f"No test was executed: {len(suite.failing)} could not even begin, on the base neither: {broken.cause[2]}"
        fix = "Let the environment install what the tests import: see `environment:` in the policy."
        raise CannotTell(message, fix=fix)
    if suite.stopped_early and not trial.steady:
        message = f"The tests ended before the last one ({suite.stopped_early}), and what failed is not new or not steady."
        raise CannotTell(
            message, fix="Let the policy's command run all tests: take `-x` or `--maxfail` out of `run`."
        )
