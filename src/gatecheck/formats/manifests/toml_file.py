"""A TOML file whose tables may be of any shape: read within bounds, and asked for what has the right type."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from gatecheck.errors import ToolError

LARGEST = 32 * 1024 * 1024


def parse(data: bytes, path: str) -> tuple[dict[str, Any], str]:
    """Return a file's tables and its text. Raises ToolError when it is not TOML."""
    if len(data) > LARGEST:
        raise ToolError(f"{path} has {len(data):,} bytes; {LARGEST:,} are read.", fix=f"Split {path}.")
    try:
        text = data.decode("utf-8-sig")
        return tomllib.loads(text), text
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else error
        raise ToolError(
            f"{path} is not TOML: {why}", fix=f"Let its own tool write {path} anew, and commit it."
        ) from error


def table(value: object) -> dict[str, Any]:
    """Return a table; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Return an array; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a text; an empty one for anything else."""
    return value if isinstance(value, str) else ""


def headers(written: str, name: str) -> Iterator[int]:
    """Yield the numbers of the lines that begin a table of an array: `[[package]]`."""
    for found in re.finditer(rf"^\[\[{re.escape(name)}\]\]", written, re.MULTILINE):
        yield written.count("\n", 0, found.start()) + 1


def line_of(written: str, value: str) -> int | None:
    """Return the number of the first line in which a text stands between quotes."""
    place = next((at for quote in "\"'" if (at := written.find(f"{quote}{value}{quote}")) >= 0), None)
    return None if place is None else written.count("\n", 0, place) + 1
