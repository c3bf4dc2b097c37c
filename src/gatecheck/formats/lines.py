"""A coverage report in any of the formats that are known: told apart by its first characters, then read."""

from __future__ import annotations

import codecs
from collections.abc import Mapping

from gatecheck.errors import ToolError
from gatecheck.formats import cobertura, coveragepy, lcov
from gatecheck.formats.covered import FileCoverage

__all__ = ["FileCoverage", "read"]


def read(data: bytes) -> Mapping[str, FileCoverage]:
    """Return path to coverage, from coverage.py's JSON, a Cobertura XML or an LCOV tracefile.

    Raises ToolError when it is none of them, or is one that contradicts itself.
    """
    start = data.removeprefix(codecs.BOM_UTF8)[:4096].lstrip()
    if start.startswith(b"{"):
        return coveragepy.read(data)
    if start.startswith(b"<"):
        return cobertura.read(data)
    if start.startswith(lcov.FIRST_RECORDS):
        return lcov.read(data)
    message = "The coverage report is neither coverage.py's JSON nor Cobertura XML nor an LCOV tracefile."
    fix = "Write one with `coverage json`, `coverage xml` or `coverage lcov`, or your language's tool for these formats."
    raise ToolError(message if start else "The coverage report is empty.", fix=fix)
