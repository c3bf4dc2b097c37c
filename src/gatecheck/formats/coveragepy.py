"""The JSON report of coverage.py (`coverage json`), formats 2 and 3.

Source: coverage.py's documentation, "JSON reporting: coverage json", and coverage/jsonreport.py of 7.x.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from gatecheck.errors import ToolError
from gatecheck.formats.covered import FileCoverage
from gatecheck.formats.json_document import clean, parse, typed

_WHAT = "coverage.py report"


def read(data: bytes) -> Mapping[str, FileCoverage]:
    """Return path to coverage, for every file in the report.

    Raises ToolError when it is not such a report, or a file's `summary` contradicts its lines.
    """
    document = typed(parse(data, what=_WHAT), dict, what=_WHAT, where="the top")
    if "meta" not in document or "files" not in document:
        message = "The coverage report is JSON, but has no `meta` and `files` as coverage.py's has."
        raise ToolError(message, fix="Write it with `coverage json`.")
    files = typed(document["files"], dict, what=_WHAT, where="files")
    covered = (_file(clean(path).replace("\\", "/"), entry) for path, entry in files.items())
    return {file.path: file for file in covered}


def _file(path: str, value: object) -> FileCoverage:
    where = f"files/{path[:200]}"
    entry = typed(value, dict, what=_WHAT, where=where)
    covered = FileCoverage(
        path=path,
        executed=_lines(entry, "executed_lines", where),
        missing=_lines(entry, "missing_lines", where),
        excluded=_lines(entry, "excluded_lines", where, required=False),
        missing_branches=_branches(entry, "missing_branches", where),
        executed_branches=_branches(entry, "executed_branches", where),
    )
    if covered.executed & covered.missing:
        _contradiction(where, "a line is both executed and missing")
    summary = typed(entry.get("summary", {}), dict, what=_WHAT, where=f"{where}/summary")
    for key, lines in (("covered_lines", covered.executed), ("missing_lines", covered.missing)):
        if key in summary and summary[key] != len(lines):
            _contradiction(where, f"its summary has another number of {key} than it lists")
    return covered


def _lines(entry: dict[str, object], key: str, where: str, *, required: bool = True) -> frozenset[int]:
    values = typed(entry.get(key, None if required else []), list, what=_WHAT, where=f"{where}/{key}")
    return frozenset(typed(value, int, what=_WHAT, where=f"{where}/{key}") for value in values)


def _branches(entry: dict[str, object], key: str, where: str) -> dict[int, frozenset[int]]:
    place = f"{where}/{key}"
    found: dict[int, set[int]] = {}
    for value in typed(entry.get(key, []), list, what=_WHAT, where=place):
        pair = [
            typed(end, int, what=_WHAT, where=place) for end in typed(value, list, what=_WHAT, where=place)
        ]
        if len(pair) != 2:  # noqa: PLR2004 -- from line, to line
            _contradiction(place, "a branch has other than two ends")
        found.setdefault(pair[0], set()).add(pair[1])
    return {line: frozenset(ends) for line, ends in found.items()}


def _contradiction(where: str, what: str) -> NoReturn:
    message = f"The coverage.py report contradicts itself at {where}: {what}."
    raise ToolError(
        message, fix="Let one `coverage json` write the report, and nothing change it afterwards."
    )
