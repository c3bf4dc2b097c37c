"""The front matter of a plan: what is said in it for machines, and what is wrong with it, each thing at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import cast

from gatecheck.model import Globs, Node, Place, Problem, option
from gatecheck.model.risk import Risk
from gatecheck.plans.words import unwritten
from gatecheck.settings import bind, meant, shown
from gatecheck.settings.yaml import parse

MARK = b"---"
MOST_CYCLES = 10
"""Cycles that are told at once."""
RECORD = re.compile(r"(?P<tag>backup-[!-~]+) (?P<id>[0-9a-f]{40}(?:[0-9a-f]{24})?)")
"""How a snapshot is written down: the tag, and the id of the tag's own object."""
_PROBE = "anything-a2f1/of-any-kind-b3c7"
"""A path that no pattern means but one that means everything."""


@dataclass(frozen=True)
class StepKeys:
    """One step of the implementation."""

    does: str = option(doc="What is done in this step.")
    rollback: str = option(doc="How one goes back from here.")
    needs: tuple[str, ...] = option((), doc="Steps that must be done before, by name.")


@dataclass(frozen=True)
class FrontKeys:
    """The front matter."""

    title: str = option(doc="What the change is for, in one line.")
    risk: Risk = option(doc="How much care the change needs.")
    components: Mapping[str, tuple[str, ...]] = option(
        doc="The only paths that may change: patterns of .gitignore by the name of the component.",
        form="globs",
    )
    steps: Mapping[str, StepKeys] = option(doc="The steps of the implementation, by name.")
    branch: str = option("", doc="The branch that the plan is for.")
    snapshot: str | None = option(
        None, doc="The snapshot that was made before the work: its tag, and the id of the tag's object."
    )
    risk_reason: str | None = option(
        None, doc="Why the risk is lower than the paths and the size of the change say."
    )


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with a plan."""

    rule: str
    place: Place
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def split(data: bytes) -> tuple[bytes | None, bytes, int]:
    """Return the front matter (None: there is none), what follows it, and the number of the first line that follows.

    The front matter begins with a newline in the place of its first mark, so that its lines keep their numbers.
    """
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if lines[0].rstrip() != MARK:
        return None, data, 1
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == MARK:
            return b"\n" + b"\n".join(lines[1:number]), b"\n".join(lines[number + 1 :]), number + 2
    return None, data, 1


def read_front(data: bytes, path: str) -> tuple[FrontKeys | None, tuple[Flaw, ...]]:
    """Return what the front matter says (None when it says not all that it must), and everything that is wrong with it."""
    problems: list[Problem] = []
    root = parse(data, path, problems)
    front = None if root.broken else bind(root, FrontKeys, problems)
    flaws = [
        Flaw("front-matter", p.place, p.message, f"Mend line {p.place.line} of {path}.")
        for p in sorted(set(problems))
    ]
    if front:
        flaws += [*_texts(front, root), *_components(front, root), *_steps(front, root)]
    return front, tuple(flaws)


def _child(node: Node, *keys: str) -> Node:
    """Return what stands below keys that were bound, so that they are there."""
    for key in keys:
        node = cast("Mapping[str, Node]", node.value)[key]
    return node


def _texts(front: FrontKeys, root: Node) -> Iterator[Flaw]:
    """Yield what is wrong with texts that somebody must write."""
    texts: dict[tuple[str, ...], str] = {("title",): front.title}
    if front.risk_reason is not None:
        texts["risk-reason",] = front.risk_reason
    for name, step in front.steps.items():
        texts |= {("steps", name, "does"): step.does, ("steps", name, "rollback"): step.rollback}
    for keys, text in texts.items():
        wrong = unwritten(text)
        if wrong:
            whose, rule = (f" of step {shown(keys[1])}", "step") if keys[1:] else ("", "front-matter")
            fix = "Write it, or say why there is nothing to write."
            yield Flaw(rule, _child(root, *keys).place, f"`{keys[-1]}`{whose} {wrong}", fix)
    if front.snapshot is not None and not RECORD.fullmatch(front.snapshot):
        message = "`snapshot` is the tag, a space, and the id of the tag's object"
        fix = "Write what `git for-each-ref --format='%(refname:short) %(objectname)' refs/tags/backup-*` says, or take the line out."
        yield Flaw("front-matter", _child(root, "snapshot").place, message, fix)


def _components(front: FrontKeys, root: Node) -> Iterator[Flaw]:
    example = 'Name the paths that may change, as in `components: {shop: ["/shop/**"]}`.'
    if not front.components:
        yield Flaw("component", _child(root, "components").place, "no component is declared", example)
    for name, patterns in front.components.items():
        place = _child(root, "components", name).place
        if not patterns:
            yield Flaw("component", place, f"the component {shown(name)} has no path", example)
        elif Globs(patterns).match(_PROBE):
            yield Flaw(
                "component",
                place,
                f"the component {shown(name)} means every path, so it declares nothing",
                example,
            )


def _steps(front: FrontKeys, root: Node) -> Iterator[Flaw]:
    if not front.steps:
        place = _child(root, "steps").place
        yield Flaw(
            "step",
            place,
            "there is no step",
            "Say in which steps it is done: `steps: {first: {does: ..., rollback: ...}}`.",
        )
    told: list[str] = []
    for name, step in front.steps.items():
        for needed in step.needs:
            if needed not in front.steps:
                near = meant(needed, front.steps, told=told)
                told.append(needed)
                message = f"the step {shown(name)} needs {shown(needed)}, and there is no such step{near}"
                yield Flaw(
                    "step", _child(root, "steps", name, "needs").place, message, "Name a step of this plan."
                )
    for cycle in _cycles({name: step.needs for name, step in front.steps.items()}):
        message = f"these steps wait for each other: {' needs '.join(map(shown, cycle))}"
        yield Flaw(
            "step", _child(root, "steps", cycle[0], "needs").place, message, "Take one of these needs out."
        )


def _cycles(needs: Mapping[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """Yield cycles, each as the names along it with the first one again at its end, until none is left or enough were told."""
    left = {name: [need for need in needed if need in needs] for name, needed in needs.items()}
    for _ in range(MOST_CYCLES):
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            cycle = list(reversed(error.args[1]))
        else:
            return
        yield cycle
        left[cycle[0]] = [need for need in left[cycle[0]] if need != cycle[1]]
