"""The words in which the JSON report's schema is written: each returns a piece of JSON Schema with its sentence."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def of(kind: str | list[str], description: str, **more: object) -> Schema:
    """Return the schema of a value, with its sentence."""
    return {"type": kind, "description": description, **more}


def text(description: str, **more: object) -> Schema:
    """Return the schema of a text."""
    return of("string", description, **more)


def maybe(kind: str, description: str, **more: object) -> Schema:
    """Return the schema of a value that may be null."""
    return of([kind, "null"], description, **more)


def flag(description: str) -> Schema:
    """Return the schema of true or false."""
    return of("boolean", description)


def count(description: str, **more: object) -> Schema:
    """Return the schema of a number of things."""
    return of("integer", description, minimum=0, **more)


def choice(names: list[str], description: str) -> Schema:
    """Return the schema of one of some texts."""
    return text(description, enum=names)


def list_(items: Schema, description: str) -> Schema:
    """Return the schema of a list."""
    return of("array", description, items=items)


def object_(fields: Schema, description: str = "", *, optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object, in which every field is there but for the optional ones."""
    said = {"description": description} if description else {}
    required = [name for name in fields if name not in optional]
    return {"type": "object", **said, "properties": fields, "required": required}


def bounded(items: Schema, description: str) -> Schema:
    """Return the schema of a list of which only the first items are told."""
    fields = {
        "count": count("How many there are."),
        "omitted": count("How many of them `items` leaves out."),
        "items": list_(items, "The first of them."),
    }
    return object_(fields, description)
