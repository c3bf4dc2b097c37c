"""What every coverage report says of one file, whichever tool wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FileCoverage:
    """The lines of one file that can run: which did, which did not. All line numbers count from 1."""

    path: str
    """As the report has it, with slashes: absolute, or relative to where the tool ran."""
    executed: frozenset[int]
    missing: frozenset[int]
    excluded: frozenset[int] = frozenset()
    """Lines that a marker or a setting took out; only coverage.py says so."""
    missing_branches: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Line to the ways out of it that were never taken: coverage.py's destination lines (0 or less: the exit of a
    scope); for LCOV and Cobertura the branch's ordinal on its line, from 0."""
    executed_branches: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Line to the ways out of it that were taken, named the same way."""
