"""What a policy says in full: every setting with its value, and the file or preset that it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from gatecheck.model import Policy, Waiver
from gatecheck.model.boundary import Agents, Commits, Hooks, Push
from gatecheck.model.document import GateKeys, PolicyKeys
from gatecheck.registry.assembly import Instance, assemble
from gatecheck.registry.kinds import Kinds, kinds
from gatecheck.settings import Key, keys, refusal
from gatecheck.settings.schema import plain

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Setting:
    """One key with its value, as JSON has it, and where that came from: `.gatecheck.yaml:7`, `preset python`, `default`."""

    name: str
    value: Any
    origin: str
    doc: str


@dataclass(frozen=True, slots=True)
class Described:
    """One gate of the policy."""

    name: str
    kind: str
    distribution: str
    """Who wrote it: `gatecheck`, or a plugin's name."""
    origin: str
    needs: tuple[str, ...]
    options: tuple[Setting, ...]
    """The kind's own options first, then those that every gate takes."""


@dataclass(frozen=True, slots=True)
class Description:
    """A whole policy."""

    source: str
    settings: tuple[Setting, ...]
    gates: tuple[Described, ...]


def describe(policy: Policy, *, available: Kinds | None = None) -> Description:
    """Return what a policy says. Raises PolicyError as `build` does."""
    found = available or kinds()
    assembly = assemble(policy, found)
    if assembly.problems:
        raise refusal(assembly.problems)
    gates = tuple(_gate(name, instance, found) for name, instance in assembly.instances.items())
    return Description(policy.source, tuple(_settings(policy)), gates)


def _gate(name: str, instance: Instance, available: Kinds) -> Described:
    wanted = instance.wanted
    own = _options(wanted.gate, keys(type(wanted.gate)), instance)
    every = _options(instance.common, {k: v for k, v in keys(GateKeys).items() if k != "uses"}, instance)
    distribution = available.distribution(instance.kind)
    return Described(name, instance.kind, distribution, wanted.origin, wanted.gate.needs, (*own, *every))


def _options(record: object, known: Mapping[str, Key], instance: Instance) -> Iterator[Setting]:
    for name, key in known.items():
        node = instance.entries.get(name)
        yield Setting(name, plain(getattr(record, key.field)), node.origin if node else DEFAULT, key.doc)


def _settings(policy: Policy) -> Iterator[Setting]:
    docs = {name: key.doc for name, key in keys(PolicyKeys).items()}
    values = {
        "version": policy.version,
        "extends": list(policy.layers[:-1]),
        "protect": list(policy.protect),
        "exempt": list(policy.exempt.patterns),
        "room": policy.room,
        **{name: _keyed(getattr(policy, name)) for name in ("agents", "commits", "push", "hooks")},
        "environments": {
            name: {each.name: plain(getattr(environment, each.name)) for each in fields(environment)}
            for name, environment in policy.environments.items()
        },
        "waivers": [_waiver(waiver) for waiver in policy.waivers],
    }
    for name, value in values.items():
        yield Setting(name, value, policy.origins.get(name, DEFAULT), docs[name])


def _keyed(record: Agents | Commits | Push | Hooks) -> dict[str, Any]:
    cls: type = type(record)
    return {name: plain(getattr(record, key.field)) for name, key in keys(cls).items()}


def _waiver(waiver: Waiver) -> dict[str, Any]:
    paths = list(waiver.paths.patterns) if waiver.paths else None
    return {
        "rule": waiver.rule,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires,
        "paths": paths,
    }
