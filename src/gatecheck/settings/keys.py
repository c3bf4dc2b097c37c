"""What a dataclass says about the keys that it takes: the one description from which come binding, schema and docs."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gatecheck.model.gate import Form


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping, and the field that it fills."""

    name: str
    """As it is written in YAML: with dashes, unless the field's metadata names another `key`."""
    field: str
    type: Any
    doc: str
    form: Form | None
    minimum: float | None
    default: Any
    """`dataclasses.MISSING` when the key is required."""

    @property
    def required(self) -> bool:
        """Tell whether the mapping cannot be without it."""
        return self.default is dataclasses.MISSING


@cache
def keys(cls: type) -> Mapping[str, Key]:
    """Return the keys of a dataclass by name, in the order of its fields."""
    types = typing.get_type_hints(cls)
    found = (_key(field, types[field.name]) for field in dataclasses.fields(cls) if field.init)
    return {key.name: key for key in found}


def _key(field: dataclasses.Field[Any], kind: Any) -> Key:  # noqa: ANN401 -- a type hint is anything
    said = field.metadata
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    return Key(
        name=said.get("key") or field.name.replace("_", "-"),
        field=field.name,
        type=kind,
        doc=said.get("doc", ""),
        form=said.get("form"),
        minimum=said.get("minimum"),
        default=default,
    )
