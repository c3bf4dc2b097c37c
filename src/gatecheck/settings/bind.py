"""Nodes to values: a dataclass's field types and options say what is wanted, and every mismatch is a problem."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, TypeVar

from gatecheck.model.gate import Form
from gatecheck.model.policy import Node, Problem
from gatecheck.settings import forms, shapes
from gatecheck.settings.keys import keys
from gatecheck.settings.text import meant, shown

T = TypeVar("T")

_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "glob": forms.glob,
    "globs": forms.glob,
    "regex": forms.regex,
    "path": forms.path,
    "seconds": forms.seconds,
    "percent": forms.percent,
}


class _Refused(Exception):  # noqa: N818 -- never seen outside; the problem has been noted
    """The node does not hold what is wanted."""


def bind(node: Node, cls: type[T], problems: list[Problem], *, also: Iterable[str] = ()) -> T | None:
    """Return the dataclass that a mapping describes, or None after adding to `problems`.

    Unknown keys, wrong types and missing keys are all reported, each at its place. `also` are keys that somebody else
    reads from the same mapping: they are proposed where a key is misspelled. A ValueError that the dataclass raises
    about keys which do not fit together is a problem at the mapping's place.
    """
    binding = _Binding(problems)
    try:
        binding.fits(node, cls)
        return typing.cast("T", binding.record(node, cls, frozenset(also)))
    except _Refused:
        return None


def merge(base: Node, over: Node) -> Node:
    """Lay one tree over another: mappings merge key by key, everything else is replaced. Places stay."""
    if not isinstance(base.value, Mapping) or not isinstance(over.value, Mapping):
        return over
    laid = {
        name: merge(base.value[name], node) if name in base.value else node
        for name, node in over.value.items()
    }
    return replace(over, value={**base.value, **laid})


@dataclass(frozen=True, slots=True)
class _Binding:
    """Where problems go, and how the option that is being read wants its texts and numbers."""

    problems: list[Problem]
    form: Form | None = None
    minimum: float | None = None

    def refuse(self, node: Node, message: str) -> _Refused:
        self.problems.append(Problem(node.place, message))
        return _Refused()

    def fits(self, node: Node, wanted: Any) -> Any:  # noqa: ANN401 -- a type hint is anything
        """Return the first type of a union (or the only type) that takes the node's shape."""
        if node.broken:
            raise _Refused
        for member in shapes.members(wanted):
            if shapes.takes(member, self.form, node):
                return member
        raise self.refuse(node, shapes.mismatch(wanted, self.form, node))

    def value(self, node: Node, wanted: Any) -> Any:  # noqa: ANN401 -- as fits
        """Return what the node means to a type."""
        kind = self.fits(node, wanted)
        if kind is Node:
            return node
        if shapes.mapped(kind):
            entries = typing.cast("Mapping[str, Node]", node.value)
            return self.each(entries, typing.get_args(kind)[1])
        if is_dataclass(kind):
            return self.record(node, typing.cast("type", kind))
        if shapes.command_line(kind, self.form):
            return self.command(node)
        if isinstance(node.value, tuple):
            return self.items(node, node.value, typing.get_args(kind)[0])
        if shapes.choices(kind):
            return self.choice(node, kind)
        return self.scalar(node)

    def each(self, children: Mapping[Any, Node], wanted: Any) -> dict[Any, Any]:  # noqa: ANN401 -- as fits
        """Read all of them, so that every problem is told, and only then give up."""
        found = {}
        for name, child in children.items():
            try:
                found[name] = self.value(child, wanted)
            except _Refused:
                continue
        if len(found) < len(children):
            raise _Refused
        return found

    def items(self, node: Node, entries: tuple[Node, ...], wanted: Any) -> tuple[Any, ...]:  # noqa: ANN401 -- as fits
        if self.minimum is not None and len(entries) < self.minimum:
            raise self.refuse(node, f"expected at least {self.minimum:g} in this list, not {len(entries)}")
        return tuple(replace(self, minimum=None).each(dict(enumerate(entries)), wanted).values())

    def record(self, node: Node, cls: type, also: frozenset[str] = frozenset()) -> object:
        """Return a dataclass from a mapping."""
        known = keys(cls)
        given = typing.cast("Mapping[str, Node]", node.value)
        values: dict[str, Any] = {}
        before = len(self.problems)
        for name, child in given.items():
            key = known.get(name)
            if key is None:
                near = meant(name, known.keys() | also, told=self.problems)
                self.problems.append(Problem(child.key or child.place, f"unknown key {shown(name)}{near}"))
                continue
            try:
                values[key.field] = _Binding(self.problems, key.form, key.minimum).value(child, key.type)
            except _Refused:
                continue
        for key in known.values():
            if key.required and key.name not in given:
                self.problems.append(
                    Problem(node.key or node.place, f"the key {key.name!r} is missing: {key.doc}")
                )
        if len(values) < len(given) or len(self.problems) > before:
            raise _Refused
        return self.checked(node, lambda: cls(**values))

    def checked(self, node: Node, make: Callable[[], T]) -> T:
        """Return what `make` returns; its ValueError is the node's problem."""
        try:
            return make()
        except ValueError as error:
            raise self.refuse(node, str(error)) from error

    def command(self, node: Node) -> tuple[str, ...]:
        text = node.value
        if isinstance(text, str):
            return self.checked(node, lambda: forms.words(text))
        # A word is what was written: `[sleep, 5]` and `[true]` are command lines, too.
        found = [
            replace(word, value=word.text) if word.text else word
            for word in typing.cast("tuple[Node, ...]", text)
        ]
        plain = _Binding(self.problems).each(dict(enumerate(found)), str)
        return self.checked(node, lambda: forms.command(tuple(plain.values())))

    def choice(self, node: Node, kind: Any) -> Any:  # noqa: ANN401 -- as fits
        allowed = shapes.choices(kind)
        if node.value not in allowed:
            near = meant(node.text, map(str, allowed), told=self.problems)
            raise self.refuse(node, f"{shapes.mismatch(kind, None, node)}{near}")
        return kind(node.value) if isinstance(kind, type) else node.value

    def scalar(self, node: Node) -> Any:  # noqa: ANN401 -- text, a number, a flag or nothing
        form: Callable[[Any], Any] | None = _SCALARS.get(self.form or "")
        value = node.value
        if form and value is not None:
            value = self.checked(node, lambda: form(node.value))
        if self.minimum is not None and isinstance(value, int | float) and value < self.minimum:
            raise self.refuse(node, f"expected at least {self.minimum:g}, not {node.text}")
        return value
