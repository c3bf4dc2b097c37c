"""A policy file's bytes to a Policy, with everything that is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gatecheck.model import PLANS, Environment, Globs, Waiver
from gatecheck.model.boundary import Agents, Commits, Hooks, Push
from gatecheck.model.document import EnvironmentKeys, PolicyKeys, WaiverKeys
from gatecheck.model.policy import PRESET, Node, Place, Policy, Problem
from gatecheck.policy import presets
from gatecheck.policy.layers import children, lay, written_out
from gatecheck.settings import bind, meant, shown
from gatecheck.settings.yaml import parse as nodes


@dataclass(frozen=True, slots=True)
class _Layer:
    """One file: a preset's, or the repository's own."""

    name: str
    data: bytes
    root: Node


def parse(data: bytes, path: str) -> Policy:
    """Return the policy of a file's bytes. What is wrong with it is in `problems`; nothing is raised."""
    problems: list[Problem] = []
    own = _layer(data, path, problems)
    top = children(own.root)
    below = tuple(_extended(own.root, (), problems))
    if not own.root.broken and "gates" not in top and "extends" not in top:
        problems.append(Problem(own.root.place, "no gate is asked for: write `gates:`, or `extends: python`"))
    root = own.root
    if below:
        root = below[0].root
        for layer in (*below[1:], own):
            root = lay(root, layer.root, problems)
    else:
        _nothing_to_take_away(root, problems)
    _branches(children(root).get("protect"), problems)
    found = bind(root, PolicyKeys, problems) or PolicyKeys(version=1)
    return Policy(
        source=path,
        digest=_digest((*below, own)),
        protect=found.protect,
        exempt=Globs((*found.exempt, *PLANS.patterns)),
        room=found.room,
        agents=found.agents or Agents(),
        commits=found.commits or Commits(),
        push=found.push or Push(),
        hooks=found.hooks or Hooks(),
        environments=dict(_environments(root)),
        gates={
            name: node
            for name, node in children(children(root).get("gates")).items()
            if node.value is not False
        },
        waivers=tuple(waiver for _, waiver in _waivers(root)),
        waiver_places=tuple(place for place, _ in _waivers(root)),
        layers=tuple(layer.name for layer in (*below, own)),
        origins={name: node.origin for name, node in children(root).items()},
        problems=tuple(sorted(set(problems))),
    )


def preset(name: str, found: str) -> Policy:
    """Return a preset as the policy of a repository that has none. Raises UsageError for an unknown name."""
    policy = parse(presets.data(name), PRESET + name)
    return replace(policy, source=f"{PRESET}{name} (found {found})", bootstrap=True)


def _layer(data: bytes, name: str, problems: list[Problem]) -> _Layer:
    return _Layer(name, data, written_out(nodes(data, name, problems), problems))


def _extended(root: Node, above: tuple[str, ...], problems: list[Problem]) -> Iterator[_Layer]:
    """Yield the presets below a file, lowest first, each once."""
    node = children(root).get("extends")
    if node is None:
        return
    seen = set(above)
    for each in node.value if isinstance(node.value, tuple) else (node,):
        name = each.value
        if not isinstance(name, str) or name in seen:
            continue  # what is no text is bind's to report
        seen.add(name)
        if name not in presets.names():
            near = meant(name, presets.names())
            message = f"there is no preset {shown(name)}{near}: there are {', '.join(presets.names())}"
            problems.append(Problem(each.place, message))
            continue
        layer = _layer(presets.data(name), PRESET + name, problems)
        below = tuple(_extended(layer.root, (*above, name), problems))
        yield from (*below, layer)


def _nothing_to_take_away(root: Node, problems: list[Problem]) -> None:
    for name, node in children(children(root).get("gates")).items():
        if node.value is False:
            where = node.key or node.place
            problems.append(Problem(where, f"{shown(name)} is in no preset: take the line out"))


def _branches(protect: Node | None, problems: list[Problem]) -> None:
    for node in protect.value if protect and isinstance(protect.value, tuple) else ():
        if isinstance(node.value, str) and (not node.text.strip() or node.text.startswith(("!", "refs/"))):
            advice = "write names without `refs/heads/`, such as main or release/*"
            problems.append(Problem(node.place, f"{shown(node.text)} is no branch: {advice}"))


def _environments(root: Node) -> Iterator[tuple[str, Environment]]:
    """Yield the environments by name; of one with problems (which are told already) only its name is right."""
    for name, node in children(children(root).get("environments")).items():
        keys = bind(node, EnvironmentKeys, []) or EnvironmentKeys()
        yield name, Environment(name, keys.create, keys.key, keys.create_pass, keys.passed)


def _waivers(root: Node) -> Iterator[tuple[Place, Waiver]]:
    node = children(root).get("waivers")
    for each in node.value if node and isinstance(node.value, tuple) else ():
        keys = bind(each, WaiverKeys, [])
        if keys:
            paths = Globs(keys.paths) if keys.paths is not None else None
            yield each.place, Waiver(keys.rule, keys.reason, keys.owner, keys.expires, paths)


def _digest(layers: tuple[_Layer, ...]) -> str:
    """Return sha256 over all files, each with its name's and its own length before it, so that no two lists collide."""
    total = hashlib.sha256()
    for layer in layers:
        name = layer.name.encode("utf-8", "surrogateescape")
        total.update(b"%d %d\n" % (len(name), len(layer.data)) + name + layer.data)
    return total.hexdigest()
