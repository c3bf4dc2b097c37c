"""Cobertura XML, as cobertura, `coverage xml`, gcovr, istanbul, coverlet and PHPUnit write it.

Source: coverage-04.dtd of Cobertura, and files that these programs wrote. A DOCTYPE is allowed (most write one) and never
looked up.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from gatecheck.errors import ToolError
from gatecheck.formats.covered import FileCoverage
from gatecheck.formats.xml_document import parse, whole_number

_WHAT = "Cobertura report"
_CONDITIONS = re.compile(r"\s*[\d.,]+\s*%\s*\((\d{1,6})/(\d{1,6})\)\s*", re.ASCII)
_FIX = "See which program wrote the report, and whether its version writes the Cobertura format."


@dataclass
class _Lines:
    """One source file while its classes are read; several classes may share a file."""

    hits: dict[int, bool] = field(default_factory=dict)
    conditions: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Line to how many ways out were taken, and how many there are."""


def read(data: bytes) -> Mapping[str, FileCoverage]:
    """Return path to coverage, for every file in the report.

    A relative `filename` is joined to `<source>` where there is exactly one; with several, nobody but the file system can
    tell which one is meant, and it stays as it is. Raises ToolError when the report is not Cobertura's or contradicts
    itself.
    """
    root = parse(data, what=_WHAT, doctype=True)
    if root.tag != "coverage" or root.find("packages") is None:
        raise ToolError(
            "The coverage report is XML, but not Cobertura's <coverage> with <packages>.", fix=_FIX
        )
    sources = [text for source in root.findall("sources/source") if (text := (source.text or "").strip())]
    start = sources[0] if len(sources) == 1 else ""
    files: dict[str, _Lines] = {}
    for each in root.iterfind("packages/package/classes/class"):
        name = each.get("filename")
        if not name:
            raise ToolError("The Cobertura report has a class without `filename`.", fix=_FIX)
        path = posixpath.normpath(posixpath.join(start.replace("\\", "/"), name.replace("\\", "/")))
        lines = files.setdefault(path, _Lines())
        for line in _lines(each):
            _count(lines, line)
    declared = root.get("lines-valid")
    if (
        declared
        and whole_number(declared, what=_WHAT, where="lines-valid")
        and not any(f.hits for f in files.values())
    ):
        message = f"The Cobertura report contradicts itself: lines-valid is {declared}, and it holds no line."
        raise ToolError(
            message, fix="Let one run of one program write the report, and nothing change it afterwards."
        )
    return {path: _file(path, lines) for path, lines in files.items()}


def _lines(each: Element) -> Iterator[Element]:
    """Yield a class's lines and its methods' lines; most tools write the latter twice, some only there."""
    yield from each.iterfind("lines/line")
    yield from each.iterfind("methods/method/lines/line")


def _count(lines: _Lines, line: Element) -> None:
    number = whole_number(line.get("number", ""), what=_WHAT, where="line number")
    hits = whole_number(line.get("hits", ""), what=_WHAT, where="hits")
    lines.hits[number] = lines.hits.get(number, False) or hits > 0
    text = line.get("condition-coverage")
    if line.get("branch", "").lower() != "true" or text is None:
        return
    if not (found := _CONDITIONS.fullmatch(text)) or int(found[1]) > int(found[2]):
        raise ToolError(
            f"The Cobertura report says condition-coverage={text[:40]!r} of line {number}.", fix=_FIX
        )
    taken, ways = lines.conditions.get(number, (0, 0))
    lines.conditions[number] = (max(taken, int(found[1])), max(ways, int(found[2])))


def _file(path: str, lines: _Lines) -> FileCoverage:
    return FileCoverage(
        path=path,
        executed=frozenset(number for number, hit in lines.hits.items() if hit),
        missing=frozenset(number for number, hit in lines.hits.items() if not hit),
        missing_branches={
            n: frozenset(range(taken, ways)) for n, (taken, ways) in lines.conditions.items() if taken < ways
        },
        executed_branches={n: frozenset(range(taken)) for n, (taken, _) in lines.conditions.items() if taken},
    )
