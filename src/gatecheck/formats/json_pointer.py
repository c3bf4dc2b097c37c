"""One value in a JSON document, found by an RFC 6901 pointer (`/totals/files`), and what it counts to."""

from __future__ import annotations

import re

from gatecheck.errors import ToolError

_WHOLE = re.compile(r"(?:/(?:[^/~]|~[01])*)*")
_INDEX = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_MAX_COUNT = 10**15
"""Far more than anybody can look at, and exact in every JSON number."""


def is_pointer(pointer: str) -> bool:
    """Tell whether the text is a JSON pointer: empty, or beginning with `/`, with `~` only in `~0` and `~1`."""
    return _WHOLE.fullmatch(pointer) is not None


def resolve(document: object, pointer: str) -> object:
    """Return the value that the pointer names. Raises ToolError that says how far the way went.

    Source: RFC 6901, sections 3 and 4; `-` (the element after the last) names nothing that could be read.
    """
    if not is_pointer(pointer):
        message = f"{pointer[:200]!r} is not a JSON pointer."
        raise ToolError(
            message, fix="Begin it with `/`, and write `~` as `~0` and `/` within a name as `~1`."
        )
    value, gone = document, ""
    for raw in pointer.split("/")[1:]:
        name = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            message = f"The JSON report has nothing at {gone}/{raw}: {_there(value)}."
            raise ToolError(
                message, fix=f"Look at the report that the program writes, and mend the pointer {pointer}."
            )
        gone = f"{gone}/{raw}"
    return value


def count(value: object, *, pointer: str) -> int:
    """Return a whole number as it is, and the length of an array or object. Raises ToolError for anything else."""
    if isinstance(value, list | dict):
        return len(value)
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value <= _MAX_COUNT
        and value == int(value)
    ):
        return int(value)
    message = f"The JSON report has {_there(value)} at {pointer or 'its top'}, which counts nothing."
    raise ToolError(message, fix="Point to a whole number from 0 up, an array or an object.")


def _there(value: object) -> str:
    if isinstance(value, dict):
        names = ", ".join(sorted(value)[:5])
        return f"an object with {names[:200]}" if names else "an empty object"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _MAX_COUNT:
        return "a number beyond all counts"
    return {str: "a text", bool: "true or false", type(None): "null"}.get(type(value), f"the number {value}")
