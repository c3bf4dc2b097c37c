"""Which kind of YAML value a type takes, and how to say in words what was wanted and what was found."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import StrEnum
from typing import Any, Literal

from gatecheck.model.gate import Form
from gatecheck.model.policy import Node
from gatecheck.settings.text import LONGEST, shown

_FLAGS = {"no": "false", "off": "false", "n": "false", "yes": "true", "on": "true", "y": "true"}
_NUMBERS = {
    "seconds": "a time (a number of seconds, or text such as 90s, 10m or 1h)",
    "percent": "a number from 0 to 100",
}


def members(wanted: Any) -> tuple[Any, ...]:  # noqa: ANN401 -- a type hint is anything
    """Return the types of a union, and of any other type itself."""
    union = typing.get_origin(wanted) in {types.UnionType, typing.Union}
    return typing.get_args(wanted) if union else (wanted,)


def choices(wanted: Any) -> tuple[Any, ...]:  # noqa: ANN401 -- as members
    """Return the values that a Literal or an enumeration allows, and nothing for any other type."""
    if typing.get_origin(wanted) is Literal:
        return typing.get_args(wanted)
    return (
        tuple(str(member) for member in wanted)
        if isinstance(wanted, type) and issubclass(wanted, StrEnum)
        else ()
    )


def mapped(wanted: Any) -> bool:  # noqa: ANN401 -- as members
    """Tell whether the type is a Mapping of names to something."""
    origin = typing.get_origin(wanted)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def command_line(wanted: Any, form: Form | None) -> bool:  # noqa: ANN401 -- as members
    """Tell whether the type is one command line: a tuple of words with `form="argv"`."""
    return form == "argv" and wanted == tuple[str, ...]


def takes(wanted: Any, form: Form | None, node: Node) -> bool:  # noqa: ANN401 -- as members
    """Tell whether the node has the shape of one type (no union); what it holds is another question."""
    value = node.value
    if wanted is Node:
        return True
    if mapped(wanted) or is_dataclass(wanted):
        return isinstance(value, Mapping)
    if typing.get_origin(wanted) is tuple:
        return isinstance(value, tuple) or (command_line(wanted, form) and isinstance(value, str))
    if choices(wanted):
        return any(type(value) is type(choice) for choice in choices(wanted))
    if wanted is float:
        return type(value) in {int, float} or (form == "seconds" and isinstance(value, str))
    return type(value) is wanted  # exactly: True is an int to isinstance


def expected(wanted: Any, form: Form | None) -> str:  # noqa: ANN401 -- as members
    """Return what a type wants, in words."""
    if mapped(wanted) or is_dataclass(wanted):
        return "a mapping (`key: value`)"
    if command_line(wanted, form):
        return "a command line (a list of words, or one text)"
    if typing.get_origin(wanted) is tuple:
        return "a list"
    if choices(wanted):
        return " or ".join(str(choice) for choice in choices(wanted))
    if wanted is float and form in _NUMBERS:
        return _NUMBERS[form]
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}.get(
        wanted, "nothing"
    )


def mismatch(wanted: Any, form: Form | None, node: Node) -> str:  # noqa: ANN401 -- as members
    """Return the sentence that says what was wanted, what was found, and what to write where that is clear."""
    each = members(wanted)
    wants = " or ".join(expected(member, form) for member in each if member is not type(None)) or "nothing"
    return f"expected {wants}, not {_found(node)}{_advice(each, node)}"


def _found(node: Node) -> str:
    match node.value:
        case None:
            return "nothing"
        case bool() | int() | float():
            return node.text
        case str():
            return f"the text {shown(node.value)}"
        case tuple():
            return "a list"
        case _:
            return "a mapping"


def _advice(each: tuple[Any, ...], node: Node) -> str:
    text = node.text
    if not text or len(text) > LONGEST:
        return ""
    if bool in each and text.lower() in _FLAGS:
        return f": write {_FLAGS[text.lower()]}"
    if str in each:
        return f": write '{text}', in quotes"
    if any(typing.get_origin(member) is tuple for member in each):
        return f": write [{text}]" if text.isprintable() else ""
    try:
        float(text)
    except ValueError:
        return ""
    return f": write {text}, without quotes" if isinstance(node.value, str) else ""
