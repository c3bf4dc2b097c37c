"""Whether the tests run the lines that the change adds or edits, and the whole stays as well covered as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from gatecheck.errors import ToolError
from gatecheck.formats import lines
from gatecheck.model import (
    Answer,
    Change,
    Effect,
    Examined,
    Finding,
    Measurement,
    NotApplicable,
    Outcome,
    Rule,
    Workspace,
    option,
    ranges,
)
from gatecheck_gates.coverages import settings as coverage_settings
from gatecheck_gates.coverages.changed_lines import ChangedFile, from_coverage_py, from_report
from gatecheck_gates.coverages.left_out import left_out, told
from gatecheck_gates.coverages.settings import CoverageSettings
from gatecheck_gates.coverages.total import Total, is_coverage_py, total
from gatecheck_gates.suites.install import how_to_install, unmeasurable
from gatecheck_gates.suites.naming import is_test


@dataclass(frozen=True)
class Coverage:
    """Reads what the tests gate's one run covered, with the base's settings; runs no test itself."""

    kind: ClassVar[str] = "coverage"
    primary: ClassVar[str] = "minimum"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("uncovered", Effect.BLOCK, "Too few of the changed statements are run by a test."),
        Rule("dropped", Effect.APPROVAL, "The share of all statements that run is lower than on the base."),
    )

    minimum: float = option(
        90.0,
        form="percent",
        doc="Percent of the changed statements, and of their branches where measured, that must run.",
    )
    allowance: int = option(
        3,
        minimum=0,
        doc="So many changed lines may stay uncovered whatever the percentage, for the sake of small changes.",
    )
    max_drop: float | None = option(
        1.0,
        minimum=0,
        doc="Percentage points that the total may drop, judged when a run of the base is at hand; null: any.",
    )
    tests: str = option("tests", doc="The gate whose run is read.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The gate that runs the tests."""
        return (self.tests,)

    @property
    def programs(self) -> tuple[str, ...]:
        """The Python that measured, to read its data."""
        return ("python",)

    def applies(self, change: Change) -> bool:
        """A change without any path covers nothing; what is code is for the base's settings to say."""
        return bool(change.paths)

    def check(self, workspace: Workspace) -> Answer:
        """Hold the changed lines against the data, and the total against the base's."""
        data = workspace.artifact(self.tests, "coverage")
        if data is None:
            raise self._no_data(workspace)
        settings = self._settings(workspace)
        if is_coverage_py(data):
            files = from_coverage_py(workspace, data, settings)
        else:
            files = from_report(workspace, lines.read(data.read_bytes()))
        left = left_out(workspace, settings if is_coverage_py(data) else None, {file.path for file in files})
        statements = sum(file.statements for file in files)
        # Whether a total is at hand depends on what is remembered, so it cannot stand in for the changed files.
        if not statements:
            return NotApplicable(_why_not(files, left))
        totals = self._totals(workspace, settings)
        findings = (*self._uncovered(files), *self._dropped(totals))
        notes = []
        # Tests are left out of most projects' data: naming them every time would hide the rest.
        if product := {path: why for path, why in left.items() if not is_test(path)}:
            notes.append(f"Changed files that are not measured: {told(product)}.")
        if totals is None and self.max_drop is not None:
            notes.append("The total was not compared: no run of the base is at hand.")
        return Outcome(
            Examined(statements, "statements"), findings, _measurements(files, totals), tuple(notes)
        )

    def _uncovered(self, files: tuple[ChangedFile, ...]) -> tuple[Finding, ...]:
        """One finding for each file with changed lines that did not run: notes, when enough did all in all."""
        parts = sum(file.parts for file in files)
        short = parts and 100.0 * sum(file.covered_parts for file in files) / parts < self.minimum
        blocks = short and sum(len(file.missing | file.partial) for file in files) > self.allowance
        effect = None if blocks else Effect.NOTE
        return tuple(_finding(file, effect) for file in files if file.missing or file.partial)

    def _dropped(self, totals: tuple[Total, Total] | None) -> tuple[Finding, ...]:
        if totals is None or self.max_drop is None:
            return ()
        before, after = totals
        # Rounded to what is shown, so that nobody reads "dropped by 1.00, and 1.00 is allowed".
        drop = round(before.percent - after.percent, 2)
        if drop <= self.max_drop:
            return ()
        message = f"Total coverage drops by {drop:.2f} points, from {before.percent:.2f} % to {after.percent:.2f} %."
        fix = "Bring back the tests that ran this code, or ask an approver to confirm that it needs none."
        return (Finding("dropped", message, fix),)

    def _totals(self, workspace: Workspace, settings: CoverageSettings) -> tuple[Total, Total] | None:
        before = workspace.artifact(self.tests, "base-coverage")
        after = workspace.artifact(self.tests, "coverage")
        if self.max_drop is None or before is None or after is None:
            return None
        return total(workspace, "base", before, settings), total(workspace, "merge", after, settings)

    def _settings(self, workspace: Workspace) -> CoverageSettings:
        rules = workspace.artifact(self.tests, "coverage-settings")
        return coverage_settings.load(rules.read_text("utf-8")) if rules else CoverageSettings()

    def _no_data(self, workspace: Workspace) -> ToolError:
        """Name the first cause: coverage.py is not there, else whatever the tests gate itself says."""
        python = workspace.python()
        message = f"The gate `{self.tests}` gave no coverage data"
        if why_not := unmeasurable(python.distributions):
            fix = f"{how_to_install(workspace, 'merge', 'coverage>=7.10')} Or write `coverage: false` below `gates:` in the policy."
            return ToolError(f"{message}: {why_not} for {python.executable}.", fix=fix)
        fix = (
            f"Mend what `{self.tests}` says first; if it has nothing to say, set `measure: true` "
            "or name a `coverage-report` for it in the policy."
        )
        return ToolError(f"{message}.", fix=fix)


def _why_not(files: tuple[ChangedFile, ...], left: Mapping[str, str]) -> str:
    found = (
        "The changed files that are measured hold no statement" if files else "No changed file is measured"
    )
    return f"{found}: {told(left)}." if left else f"{found}."


def _finding(file: ChangedFile, effect: Effect | None) -> Finding:
    told = []
    if file.missing:
        told.append(f"not run by any test: {_lines(file.missing)}")
    if file.partial:
        told.append(f"only some branches taken: {_lines(file.partial)}")
    first = min(file.missing | file.partial)
    fix = f"Write a test that runs {file.path}:{first}" + (
        ", or delete code that nothing needs." if file.missing else "."
    )
    return Finding(
        "uncovered", f"Changed lines {'; '.join(told)}.", fix, path=file.path, line=first, effect=effect
    )


def _lines(numbers: frozenset[int]) -> str:
    return ", ".join(map(str, ranges(numbers)))


def _measurements(
    files: tuple[ChangedFile, ...], totals: tuple[Total, Total] | None
) -> tuple[Measurement, ...]:
    found = []
    parts = sum(file.parts for file in files)
    if parts:
        percent = 100.0 * sum(file.covered_parts for file in files) / parts
        found.append(Measurement("changed lines covered", round(percent, 2), "%"))
    if totals:
        before, after = (round(side.percent, 2) for side in totals)
        found.append(Measurement("total coverage", after, "%", base=before))
    return tuple(found)
