"""JSON from programs that nobody vouches for: parsed within bounds, or a ToolError."""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import NoReturn, TypeVar

from gatecheck.errors import ToolError

MAX_BYTES = 64 * 1024 * 1024
_BEGINNINGS = 200
"""Lines of an output that may look like the beginning of a document."""
_BEGINNING = re.compile(r"^(?=\{\s*[\"}]|\[\s*[\[{\"\]])", re.MULTILINE)
"""At a line's first character, so that no inner part of a document that was cut off is taken for one; not `[INFO]`."""
_REST_OF_LINE = re.compile(r"[ \t\r]*(?:\n|\Z)")
_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")

Kind = TypeVar("Kind", dict[str, object], list[object], str, int, bool)


def parse(data: bytes, *, what: str) -> object:
    """Return the document in UTF-8 (or 16, or 32: RFC 4627). `what` names the file in errors."""
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise ToolError(f"The {what} is empty.", fix=_again(what))
    if len(data) > MAX_BYTES:
        raise ToolError(f"The {what} has {len(data):,} bytes; {MAX_BYTES:,} are read.", fix="Split the run.")
    try:
        text = data.decode(json.detect_encoding(data))
        return _decoder().decode(text)
    except (ValueError, RecursionError) as error:
        message = f"The {what} is not the JSON that RFC 8259 describes ({_short(error)}); was it cut off?"
        raise ToolError(message, fix=_again(what)) from error


def find(output: bytes, *, what: str) -> object:
    """Return the one document that stands in a program's output, beginning at a line's start, between other lines."""
    if len(output) > MAX_BYTES:
        raise ToolError(
            f"The output has {len(output):,} bytes; {MAX_BYTES:,} are read.", fix=_elsewhere(what)
        )
    text = output.decode("utf-8", "replace")
    found: list[object] = []
    at, tries = 0, 0
    while (beginning := _BEGINNING.search(text, at)) and tries < _BEGINNINGS:
        tries += 1
        try:
            document, at = _decoder().raw_decode(text, beginning.end())
        except (ValueError, RecursionError):
            at = beginning.end() + 1
        else:
            found.append(document)
            if not _REST_OF_LINE.match(text, at):
                message = f"In the output, something stands behind the {what} on its last line."
                raise ToolError(message, fix=_elsewhere(what))
    if len(found) != 1:
        message = f"The {what} should stand in the output, which holds {len(found) or 'no'} JSON documents."
        raise ToolError(message, fix=_elsewhere(what))
    return found[0]


def typed(value: object, kind: type[Kind], *, what: str, where: str) -> Kind:
    """Return the value if it is of this type. Raises ToolError that names the place (`runs/0/results`) otherwise."""
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    message = f"The {what} has {_name(value)} at {where}, where {_NAMES[kind]} belongs."
    raise ToolError(
        message, fix=f"See which program wrote the {what}, and whether its version writes this format."
    )


def clean(text: str) -> str:
    """Return the text without halves of surrogate pairs, which JSON can hold and no output can write.

    Those that stand for a path's undecodable bytes (PEP 383) stay.
    """
    return text if text.isascii() else _HALVES.sub("\N{REPLACEMENT CHARACTER}", text)


_NAMES: dict[type[object], str] = {
    dict: "an object",
    list: "an array",
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    float: "a fraction",
    type(None): "nothing",
}


def _name(value: object) -> str:
    return _NAMES[type(value)]


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=_refuse, parse_float=_fraction)


def _fraction(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _refuse(text: str) -> NoReturn:
    message = f"{text[:40]} is not a number"
    raise ValueError(message)


def _short(error: BaseException) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _again(what: str) -> str:
    return f"Run the program that writes the {what} again and let it end by itself; see its own output."


def _elsewhere(what: str) -> str:
    return f"Let the program write its {what} into a file, and name that file instead of `-`."
