"""What a workspace hands to a gate: programs that ended, interpreters, answers that were kept, files that were brought in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that ended, one way or another."""

    argv: tuple[str, ...]
    exit_code: int
    """The program's own; negative: killed by that signal."""
    output: str
    """Standard output and error as they came, bounded: head and tail, with a line that says what was cut."""
    seconds: float
    timed_out: bool
    log: Path
    """The output in full, up to the log's bound."""
    log_start: int = 0
    """Where in the log this program's output begins, in bytes; before it stands what the gate ran earlier."""


@dataclass(frozen=True, slots=True)
class Python:
    """The interpreter that runs a side's Python code."""

    executable: Path
    version: str
    """As in `3.11.7`."""
    distributions: Mapping[str, str]
    """Installed distributions: canonical name (PEP 503) to version."""


@dataclass(frozen=True, slots=True)
class Memory:
    """An answer that was kept for the same question about the same tree, environment and options."""

    payload: bytes
    files: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Supply:
    """A file that an operator brought in for all repositories: `gatecheck advisories import` brings one."""

    path: Path
    digest: str
    """sha256, in hex, of the whole file; part of the store's key."""
