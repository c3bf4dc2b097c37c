"""LCOV tracefiles, as geninfo, istanbul, grcov, llvm-cov, cargo-llvm-cov and `coverage lcov` write them.

Source: geninfo(1), FILES, of LCOV 1.16 and 2.x. Read are SF, DA, BRDA and end_of_record; functions, MC/DC and summaries
are not needed. LF and LH are not compared with DA: llvm-cov counts macros and templates there in its own way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from gatecheck.errors import ToolError
from gatecheck.formats.covered import FileCoverage

MAX_BYTES = 256 * 1024 * 1024
FIRST_RECORDS = (b"TN:", b"SF:")
_DA = re.compile(r"(\d{1,9}),(-?\d{1,18})(?:\.\d{1,18})?(?:e\+?(\d{1,3}))?(?:,.*)?", re.ASCII)
_BRDA = re.compile(r"(\d{1,9}),([^,]*),(.*),(-|\d{1,18})", re.ASCII)
_RECORD = re.compile(r"[A-Z]{2,6}:|#|$", re.ASCII)
_FIX = "Let the program write the tracefile again and end by itself; see its own output."


@dataclass
class _Section:
    """One source file while its records are read; a file may have several sections, one for each test."""

    path: str
    hits: dict[int, bool] = field(default_factory=dict)
    branches: dict[int, dict[tuple[str, str], bool]] = field(default_factory=dict)

    def done(self) -> FileCoverage:
        """Return what all sections of this file say together: run once is run."""
        ways = {line: list(taken.values()) for line, taken in self.branches.items()}
        missing = {
            line: frozenset(n for n, taken in enumerate(way) if not taken) for line, way in ways.items()
        }
        executed = {line: frozenset(n for n, taken in enumerate(way) if taken) for line, way in ways.items()}
        return FileCoverage(
            path=self.path,
            executed=frozenset(line for line, hit in self.hits.items() if hit),
            missing=frozenset(line for line, hit in self.hits.items() if not hit),
            missing_branches={line: ends for line, ends in missing.items() if ends},
            executed_branches={line: ends for line, ends in executed.items() if ends},
        )


def read(data: bytes) -> Mapping[str, FileCoverage]:
    """Return path to coverage, for every source file in the tracefile; a file without lines is there, and empty.

    Raises ToolError when it is empty, is not a tracefile or ends within a section.
    """
    if not data.strip():
        raise ToolError("The LCOV tracefile is empty.", fix=_FIX)
    if len(data) > MAX_BYTES:
        raise ToolError(
            f"The LCOV tracefile has {len(data):,} bytes; {MAX_BYTES:,} are read.", fix="Split the run."
        )
    files: dict[str, _Section] = {}
    section: _Section | None = None
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    for number, line in enumerate(lines, start=1):
        record = line.strip()
        if record.startswith("SF:"):
            section = _begin(files, section, record, number)
        elif record == "end_of_record":
            _end(section, number)
            section = None
        elif record.startswith(("DA:", "BRDA:")):
            _count(section, record, number)
        elif not _RECORD.match(record):
            _broken(number, "this is no record")
    if section is not None or not files:
        _broken(len(lines), "the file ends within a section, or before the first; was it cut off?")
    return {path: section.done() for path, section in files.items()}


def _begin(files: dict[str, _Section], section: _Section | None, record: str, number: int) -> _Section:
    if section is not None:
        _broken(number, "a section begins before the one above has ended")
    path = record.removeprefix("SF:").strip().replace("\\", "/")
    return files.setdefault(path, _Section(path))


def _end(section: _Section | None, number: int) -> None:
    if section is None:
        _broken(number, "a section ends that never began")


def _count(section: _Section | None, record: str, number: int) -> None:
    if section is None:
        _broken(number, "this line belongs to no source file")
    key, _, rest = record.partition(":")
    if key == "DA":
        if not (found := _DA.fullmatch(rest)):
            _broken(number, "DA needs a line number and a count")
        line, hit = int(found[1]), int(found[2]) > 0
        section.hits[line] = section.hits.get(line, False) or hit
        return
    if not (found := _BRDA.fullmatch(rest)):
        _broken(number, "BRDA needs a line number, a block, a branch and a count")
    ways = section.branches.setdefault(int(found[1]), {})
    way = (found[2], found[3])
    ways[way] = ways.get(way, False) or found[4] not in {"-", "0"}


def _broken(number: int, what: str) -> NoReturn:
    raise ToolError(f"The LCOV tracefile is broken at line {number}: {what}.", fix=_FIX)
