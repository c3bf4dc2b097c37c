"""The share of all statements that ran, from the whole of a run's coverage data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import ToolError
from gatecheck.formats import lines
from gatecheck.model import Side, Workspace
from gatecheck_gates.coverages.settings import CoverageSettings
from gatecheck_gates.places import tree_of


@dataclass(frozen=True, slots=True)
class Total:
    """Statements that ran, of all."""

    executed: int
    statements: int

    @property
    def percent(self) -> float:
        """From 0 to 100; nothing at all counts as 0."""
        return 100.0 * self.executed / self.statements if self.statements else 0.0


def is_coverage_py(data: Path) -> bool:
    """Tell coverage.py's own data (an SQLite file) from a text report."""
    with data.open("rb") as stream:
        return stream.read(7) == b"SQLite "


def total(workspace: Workspace, side: Side, data: Path, settings: CoverageSettings) -> Total:
    """Return a side's total, under the base's settings. Raises ToolError when the data cannot be read."""
    report = _as_report(workspace, side, data, settings) if is_coverage_py(data) else data
    covered = lines.read(report.read_bytes()).values()
    executed = sum(len(file.executed) for file in covered)
    return Total(executed, executed + sum(len(file.missing) for file in covered))


def _as_report(workspace: Workspace, side: Side, data: Path, settings: CoverageSettings) -> Path:
    rules = workspace.scratch / f"total-{side}.ini"
    report = workspace.scratch / f"total-{side}.json"
    rules.write_text(settings.for_report(), encoding="utf-8")
    # Files that only existed while the tests ran are left out (-i): they are on neither side.
    words = (
        "-m",
        "coverage",
        "json",
        "-q",
        "-i",
        f"--rcfile={rules}",
        f"--data-file={data}",
        "-o",
        str(report),
    )
    completed = workspace.run(("python", *words), side=side, cwd=tree_of(workspace, side))
    if not report.is_file():
        message = f"The total coverage of the {side} side cannot be read: {completed.output.strip()[-500:]}"
        raise ToolError(message, fix=f"Look at {completed.log}.")
    return report
