"""Dataclasses to JSON schema (draft 2020-12): what `bind` takes, for editors and for whoever generates policies."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from enum import StrEnum
from typing import Any

from gatecheck.model.gate import Form
from gatecheck.model.policy import Node
from gatecheck.settings import forms, shapes
from gatecheck.settings.keys import Key, keys

Schema = dict[str, Any]

_WORD: Schema = {"type": ["string", "number", "boolean"]}
_SECONDS: Schema = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": forms.LONGEST_TIME},
        {"type": "string", "pattern": f"^{forms.SECONDS}$"},
    ]
}
_TEXTS: Mapping[str | None, Schema] = {
    "glob": {"minLength": 1},
    "globs": {"minLength": 1},
    "regex": {"format": "regex"},
    "path": {"pattern": r"^(?![/~])(?!(.*/)?\.\.(/|$)).*\S"},
}


def schema(cls: type, *, required: bool = True) -> Schema:
    """Return the schema of the mapping that `bind` takes for a dataclass.

    With `required=False` no key must be there: other layers may hold it.
    """
    known = keys(cls)
    missing = [key.name for key in known.values() if key.required and required]
    return {
        "type": "object",
        "properties": {name: of_key(key) for name, key in known.items()},
        "additionalProperties": False,
        **({"required": missing} if missing else {}),
    }


def of_key(key: Key) -> Schema:
    """Return the schema of one key's value, with its documentation and default."""
    found = of_type(key.type, key.form)
    if key.minimum is not None:
        found = {**found, ("minItems" if found.get("type") == "array" else "minimum"): key.minimum}
    if key.doc:
        found = {"description": key.doc, **found}
    if not key.required and (default := plain(key.default)) not in (None, [], {}):
        found = {**found, "default": default}
    return found


def of_type(wanted: Any, form: Form | None = None) -> Schema:  # noqa: ANN401 -- a type hint is anything
    """Return the schema of the values that `bind` takes for a type."""
    each = shapes.members(wanted)
    if len(each) > 1:
        return {"anyOf": [of_type(member, form) for member in each]}
    if wanted is Node:
        return {}
    if is_dataclass(wanted):
        return schema(typing.cast("type", wanted))
    if shapes.mapped(wanted):
        return {"type": "object", "additionalProperties": of_type(typing.get_args(wanted)[1], form)}
    if shapes.command_line(wanted, form):
        return {
            "anyOf": [{"type": "string", "pattern": r"\S"}, {"type": "array", "items": _WORD, "minItems": 1}]
        }
    if typing.get_origin(wanted) is tuple:
        return {"type": "array", "items": of_type(typing.get_args(wanted)[0], form)}
    if found := shapes.choices(wanted):
        return {"enum": list(found)}
    return _SCALARS[wanted](form)


_SCALARS: Mapping[Any, Callable[[Form | None], Schema]] = {
    str: lambda form: {"type": "string", **_TEXTS.get(form, {})},
    bool: lambda _: {"type": "boolean"},
    int: lambda _: {"type": "integer"},
    float: lambda form: {
        "seconds": _SECONDS,
        "percent": {"type": "number", "minimum": 0, "maximum": 100},
    }.get(form or "", {"type": "number"}),
    type(None): lambda _: {"type": "null"},
}


def plain(value: Any) -> Any:  # noqa: ANN401 -- any option's value
    """Return an option's value as JSON has it: lists for tuples, text for members of an enumeration."""
    match value:
        case StrEnum():
            return str(value)
        case tuple():
            return [plain(each) for each in value]
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case _:
            return value
