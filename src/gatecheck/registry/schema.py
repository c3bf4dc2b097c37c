"""The JSON schema of the policy file, with the options of every installed kind of gate: for editors, and as a promise.

Where the file extends presets, a gate's kind and its required options may stand in a preset, so the schema cannot know
them; there it takes what any kind takes. Validation of record is `gatecheck validate-config`.
"""

from __future__ import annotations

from typing import Any

from gatecheck.model import Effect, Gate
from gatecheck.model.document import NAME, GateKeys, PolicyKeys
from gatecheck.registry.kinds import Kinds, kinds
from gatecheck.settings import keys
from gatecheck.settings import schema as of_keys
from gatecheck.settings.schema import Schema, of_key

_NAMES: Schema = {"pattern": f"^{NAME}$"}


def schema(*, available: Kinds | None = None) -> Schema:
    """Return the schema of `.gatecheck.yaml` (draft 2020-12). Raises UsageError for a kind that cannot be imported."""
    installed = dict(available or kinds())
    whole = of_keys(PolicyKeys)
    properties = whole["properties"]
    properties["gates"] = {
        **properties["gates"],
        "type": ["object", "null"],
        "propertyNames": _NAMES,
        "additionalProperties": {
            "anyOf": [{"enum": [False, None]}, *_bare(installed), *_mappings(installed)]
        },
    }
    properties["environments"]["anyOf"][0]["propertyNames"] = _NAMES
    waiver = properties["waivers"]["anyOf"][0]["items"]["properties"]
    waiver["rule"]["pattern"] = rf"^{NAME}/.*\S"
    waiver["expires"]["pattern"] = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The policy of gatecheck (.gatecheck.yaml)",
        **whole,
        "not": {
            "required": ["environment", "environments"],
            "properties": {"environments": {"required": ["default"]}},
        },
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": ["gates"], "properties": {"gates": _alone(installed)}},
        "$defs": {f"kind-{kind}": _kind(kind, cls) for kind, cls in installed.items()},
    }


def _kind(kind: str, cls: type[Gate]) -> Schema:
    """Return the schema of one kind's mapping; what is required may come from a preset."""
    found = of_keys(cls, required=False)
    rules = {rule.name: {"enum": list(Effect), "description": rule.description} for rule in cls.rules}
    effects: Schema = {"properties": {**rules, "*": {"enum": list(Effect)}}, "additionalProperties": False}
    every = {name: of_key(key) for name, key in keys(GateKeys).items()}
    every["uses"] = {"description": every["uses"]["description"], "const": kind}
    every["effect"] = {
        **every["effect"],
        "anyOf": [{"enum": list(Effect)}, {"type": "object", **effects}, {"type": "null"}],
    }
    return {**found, "properties": {**found["properties"], **every}}


def _bare(installed: dict[str, type[Gate]]) -> list[Schema]:
    return [_primary(cls) for cls in installed.values()]


def _primary(cls: type[Gate]) -> Schema:
    """Return the schema of a bare value: the primary option's, as far as it is neither a mapping nor a flag."""
    return {"type": ["string", "number", "array"], **_values(of_key(keys(cls)[cls.primary]))}


def _values(found: Schema) -> Schema:
    """Return a schema's conditions, without what is said about it; its type goes one level down."""
    return {"allOf": [{name: part for name, part in found.items() if name not in {"description", "default"}}]}


def _mappings(installed: dict[str, type[Gate]]) -> list[Schema]:
    return [{"$ref": f"#/$defs/kind-{kind}"} for kind in installed]


def _alone(installed: dict[str, type[Gate]]) -> Schema:
    """Return what holds for gates when no preset lies below: kinds are known, and what is required must be there."""
    named: dict[str, Any] = {}
    for kind, cls in installed.items():
        missing = _required(cls)
        own: list[Schema] = [{"$ref": f"#/$defs/kind-{kind}", "required": missing}]
        bare = [_primary(cls)] if set(missing) <= {cls.primary} else []
        empty: list[Schema] = [] if missing else [{"type": "null"}]
        named[kind] = {"anyOf": [*own, *bare, *empty, *_used(installed)]}
    return {"properties": named, "additionalProperties": {"anyOf": _used(installed)}}


def _used(installed: dict[str, type[Gate]]) -> list[Schema]:
    return [
        {"$ref": f"#/$defs/kind-{kind}", "required": ["uses", *_required(cls)]}
        for kind, cls in installed.items()
    ]


def _required(cls: type[Gate]) -> list[str]:
    return [key.name for key in keys(cls).values() if key.required]
