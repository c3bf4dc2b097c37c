"""From a policy's nodes to gates: every instance bound, every problem kept."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gatecheck.errors import UsageError
from gatecheck.model import Effect, Environment, Gate, Globs, Wanted
from gatecheck.model.document import GateKeys
from gatecheck.model.policy import BARE, Node, Place, Policy, Problem
from gatecheck.registry.kinds import Kinds
from gatecheck.settings import bind, keys, meant, shown

Entries = Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Instance:
    """One gate of the policy: what was written for it, and what came of it."""

    kind: str
    entries: Entries
    """Options as written, by key; a bare value stands under the primary option's."""
    common: GateKeys
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Assembly:
    """All gates of a policy that could be built, in the policy's order, and all that is wrong."""

    instances: Mapping[str, Instance]
    problems: tuple[Problem, ...]


def assemble(policy: Policy, available: Kinds) -> Assembly:
    """Build every gate of a policy."""
    problems = list(policy.problems)
    found: dict[str, Instance] = {}
    for name, node in policy.gates.items():
        instance = _instance(policy, name, node, available, problems)
        if instance:
            found[name] = instance
    problems.extend(_needs(policy, found))
    problems.extend(_waivers(policy))
    return Assembly(found, tuple(sorted(set(problems))))


def _instance(
    policy: Policy, name: str, node: Node, available: Kinds, problems: list[Problem]
) -> Instance | None:
    if node.broken or not isinstance(node.value, Mapping):
        return None  # told already, where the file was read
    written = node.value
    every = keys(GateKeys)
    common = bind(replace(node, value={k: v for k, v in written.items() if k in every}), GateKeys, problems)
    cls = _class(name, node, written, available, problems)
    if cls is None:
        return None
    entries = _entries(written, cls.primary, policy.layers)
    options = {k: v for k, v in entries.items() if k not in every}
    gate = bind(replace(node, value=options), cls, problems, also=every)
    environment = _environment(policy, written, problems)
    effect = _effect(common, written, cls, problems)
    if gate is None or common is None:
        return None
    wanted = Wanted(
        name=name,
        gate=gate,
        paths=_globs(common.paths),
        cwd=common.cwd,
        environment=environment,
        timeout=common.timeout,
        effect=effect,
        inputs=_globs(common.inputs),
        origin=node.origin,
    )
    return Instance(_kind(name, written), entries, common, wanted)


def _class(
    name: str, node: Node, written: Entries, available: Kinds, problems: list[Problem]
) -> type[Gate] | None:
    uses = written.get("uses")
    if uses is not None and not isinstance(uses.value, str | None):
        return None  # `uses` itself is wrong, and that is told
    kind = _kind(name, written)
    where = uses.place if uses else _place(node)
    if kind not in available:
        advice = "" if uses else "; name its kind with `uses:`"
        known = ", ".join(available)
        message = f"there is no gate kind {shown(kind)}{meant(kind, available, told=problems)}: there are {known}{advice}"
        problems.append(Problem(where, message))
        return None
    for other in available.impostors(kind):
        message = (
            f"{kind!r} is gatecheck's own, but the distribution {other!r} claims it too: uninstall {other}"
        )
        problems.append(Problem(where, message))
    try:
        return available[kind]
    except UsageError as error:
        problems.append(Problem(where, f"{error.message}. {error.fix}"))
        return None


def _kind(name: str, written: Entries) -> str:
    uses = written.get("uses")
    return uses.value if uses and isinstance(uses.value, str) else name


def _entries(written: Entries, primary: str, layers: tuple[str, ...]) -> Entries:
    """Return the options with the bare value in its place; where a higher file names the option, that counts."""
    found = dict(written)
    bare = found.pop(BARE, None)
    if bare is not None:
        named = found.get(primary)
        if named is None or layers.index(bare.place.file) > layers.index(named.place.file):
            found[primary] = bare
    return found


def _globs(patterns: tuple[str, ...] | None) -> Globs | None:
    return None if patterns is None else Globs(patterns)


def _environment(policy: Policy, written: Entries, problems: list[Problem]) -> Environment:
    known = {"default": Environment(), **policy.environments}
    node = written.get("environment")
    name = node.value if node and isinstance(node.value, str) else "default"
    if node and name not in known:
        message = f"there is no environment {shown(name)}{meant(name, known, told=problems)}: there are {', '.join(known)}"
        problems.append(Problem(node.place, message))
    return known.get(name, known["default"])


def _effect(
    common: GateKeys | None, written: Entries, cls: type[Gate], problems: list[Problem]
) -> Mapping[str, Effect]:
    rules = {rule.name for rule in cls.rules}
    node = written.get("effect")
    for rule, child in node.value.items() if node and isinstance(node.value, Mapping) else ():
        if rule not in rules and rule != "*":
            message = f"{cls.kind!r} has no rule {shown(rule)}{meant(rule, rules, told=problems)}: it has {', '.join(sorted(rules))}"
            problems.append(Problem(_place(child), f"{message}, and `*` for all"))
    said = common.effect if common else None
    if isinstance(said, Effect):
        return {"*": said}
    return said or {}


def _needs(policy: Policy, found: Mapping[str, Instance]) -> Iterator[Problem]:
    """Yield needs that no gate of the policy answers, and the first circle among the others."""
    graph: dict[str, tuple[str, ...]] = {}
    for name, instance in found.items():
        graph[name] = tuple(need for need in instance.wanted.gate.needs if need in policy.gates)
        for need in instance.wanted.gate.needs:
            if need not in policy.gates:
                near = meant(need, policy.gates)
                message = f"{name!r} reads what the gate {shown(need)} saves, and the policy has no such gate{near}:"
                yield Problem(_place(policy.gates[name]), f"{message} add it, or write `{name}: false`")
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        first = min(circle, key=list(policy.gates).index)
        yield Problem(
            _place(policy.gates[first]), f"gates need each other in a circle: {' -> '.join(circle)}"
        )


def _waivers(policy: Policy) -> Iterator[Problem]:
    for waiver, place in zip(policy.waivers, policy.waiver_places, strict=True):
        gate = waiver.rule.partition("/")[0]
        if gate not in policy.gates:
            yield Problem(
                place,
                f"the waiver's rule {shown(waiver.rule)} names no gate of the policy{meant(gate, policy.gates)}",
            )


def _place(node: Node) -> Place:
    return node.key or node.place
