"""How a policy is laid over its presets: shorthand is written out first, then mappings merge key by key.

A file that names a gate decides the effect of its findings: the preset's `effect` ends there, so that `coverage: 90` in
a repository's own policy blocks. A gate that gets another kind (`uses`) takes no option of the preset's over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gatecheck.model.document import NAME
from gatecheck.model.policy import BARE, Node, Problem
from gatecheck.settings import meant, merge, shown

_OWN = ("version", "extends", "waivers")


def children(node: Node | None) -> Mapping[str, Node]:
    """Return a mapping's entries, and of anything else none."""
    return node.value if node is not None and isinstance(node.value, Mapping) else {}


def _without(node: Node, *keys: str) -> Node:
    return replace(node, value={name: child for name, child in children(node).items() if name not in keys})


def written_out(root: Node, problems: list[Problem]) -> Node:
    """Return one file's tree without its shorthand: `environment`, gates' bare values, an empty `gates:`."""
    found = dict(children(root))
    if not found:
        return root
    gates = found.get("gates")
    if gates is not None:
        found["gates"] = _gates(gates, problems)
    environment = found.pop("environment", None)
    if environment is not None and (environment.value is not None or environment.broken):
        _one_environment(environment, found, problems)
    for name, node in children(found.get("environments")).items():
        _named(name, node, "an environment", problems)
    return replace(root, value=found)


def _one_environment(environment: Node, found: dict[str, Node], problems: list[Problem]) -> None:
    others = found.get("environments")
    if "default" in children(others):
        where = environment.key or environment.place
        problems.append(
            Problem(where, "`environment` is `environments: {default: ...}`: write only one of them")
        )
    elif others is None or others.value is None or isinstance(others.value, Mapping):
        value = {**children(others), "default": environment}
        found["environments"] = replace(others or environment, value=value, broken=False)


def _gates(gates: Node, problems: list[Problem]) -> Node:
    if gates.value is None and not gates.broken:
        return replace(gates, value={})
    if not isinstance(gates.value, Mapping):
        return gates
    found: dict[str, Node] = {}
    for name, node in gates.value.items():
        _named(name, node, "a gate", problems)
        found[name] = _gate(node, problems)
    return replace(gates, value=found)


def _gate(node: Node, problems: list[Problem]) -> Node:
    if node.broken or node.value is False or isinstance(node.value, Mapping):
        return node
    if node.value is None:
        return replace(node, value={})
    if node.value is True:
        problems.append(Problem(node.place, "`true` sets no option: write {} for the gate with its defaults"))
        return replace(node, broken=True)
    return replace(node, value={BARE: node})


def _named(name: str, node: Node, what: str, problems: list[Problem]) -> None:
    if not re.fullmatch(NAME, name):
        where = node.key or node.place
        message = f"{shown(name)} cannot name {what}: use at most 64 of a-z, 0-9, - and _, beginning with a letter or digit"
        problems.append(Problem(where, message))


def lay(base: Node, over: Node, problems: list[Problem]) -> Node:
    """Lay one file's tree (written out) over a preset's."""
    laid = merge(_without(base, *_OWN), _without(over, "gates"))
    below, above = children(base).get("gates"), children(over).get("gates")
    gates = below if above is None else above if below is None else _lay_gates(below, above, problems)
    return replace(laid, value={**children(laid), **({"gates": gates} if gates is not None else {})})


def _lay_gates(base: Node, over: Node, problems: list[Problem]) -> Node:
    if not isinstance(over.value, Mapping):
        return over
    found = dict(children(base))
    for name, node in over.value.items():
        if node.value is False:
            if name not in found:
                near = meant(name, found, told=problems)
                where = node.key or node.place
                problems.append(
                    Problem(where, f"no preset asks for a gate {shown(name)} that could be taken away{near}")
                )
            found.pop(name, None)
        else:
            found[name] = _lay_gate(name, found[name], node) if name in found else node
    return replace(over, value=found)


def _lay_gate(name: str, base: Node, over: Node) -> Node:
    before = children(base).get("uses")
    now = children(over).get("uses")
    if now is not None and now.value != (before.value if before else name):
        return over
    return merge(_without(base, "effect"), over)
