"""YAML text to nodes with places, within bounds that hostile text cannot pass.

Only PyYAML's event stream is used, which builds nothing: no anchors, no tags, no objects. Scalars are read by the core
schema of YAML 1.2.2 (chapter 10.3), so `no`, `off` and `1:30` are text. What two readers could see differently (tabs,
odd line breaks, characters that hide or turn text around) is refused, so that a reviewer sees what is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import yaml
from yaml import events as ev

from gatecheck.model.policy import Node, Place, Problem, Scalar
from gatecheck.settings.text import shown

SIZE = 256 * 1024
"""Most bytes of a file."""
DEPTH = 32
"""Most mappings and lists inside each other."""
VALUES = 10_000
"""Most values, so that 256 KiB of commas take no seconds either."""

Loader = Any
"""A PyYAML loader class; the C one when PyYAML was built with it, with the same answers."""
LOADER: Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_REFUSED = re.compile(
    r"[^\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"  # controls, tabs, NUL, U+FEFF
    r"|\r(?!\n)|[\u2028\u2029]"  # line breaks to some readers only
    r"|[\u200b-\u200f\u202a-\u202e\u2060-\u2069]"  # invisible, or turning text around
    r"|^%",  # a directive: the two parsers differ on what is one
    re.MULTILINE,
)
_ADVICE = {"\t": "write spaces", "%": "directives such as `%YAML` are not read"}
_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_GLUED = re.compile(r"[|>][-+0-9]*#")
_DIGITS = 19  # more than any option means, and far below what int() refuses


class _Stop(Exception):  # noqa: N818 -- ends the reading; the problem has been noted
    """Reading cannot go on."""


def parse(data: bytes, file: str, problems: list[Problem], *, loader: Loader = LOADER) -> Node:
    """Return the tree of one YAML document, and add what is wrong with it to `problems`.

    Where nothing could be read, the node returned is `broken`.
    """
    start = Place(file)
    try:
        return _document(_text(data, start, problems), start, problems, loader)
    except _Stop:
        return Node(None, start, broken=True)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Place(file, mark.line + 1, mark.column + 1) if mark else start
        said = ", ".join(part for part in (error.context, error.problem) if part)
        problems.append(Problem(where, f"this is not YAML: {said}"))
    return Node(None, start, broken=True)


def _text(data: bytes, start: Place, problems: list[Problem]) -> str:
    """Return the text that both of PyYAML's parsers read alike."""
    if len(data) > SIZE:
        problems.append(Problem(start, f"the file has {len(data):,} bytes; at most {SIZE:,} are read"))
        raise _Stop
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        problems.append(Problem(_place(start.file, before), "this is not UTF-8: save the file as UTF-8"))
        raise _Stop from error
    found = [
        (_place(start.file, text[: hit.start()]), hit.group()) for hit in islice(_REFUSED.finditer(text), 10)
    ]
    for place, character in found:
        advice = _ADVICE.get(character, "take it out, or write its escape in double quotes")
        problems.append(Problem(place, f"the character U+{ord(character):04X} is refused here: {advice}"))
    if found:
        raise _Stop
    return text


def _place(file: str, before: str) -> Place:
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _document(text: str, start: Place, problems: list[Problem], loader: Loader) -> Node:
    reader = _Reader(text, start.file, problems, loader)
    node = Node(None, start)
    for number, event in enumerate(e for e in reader.events if isinstance(e, ev.DocumentStartEvent)):
        if number:
            raise reader.stop(
                event, "the file holds more than one document: take out the `---` and what follows"
            )
        node = reader.node(next(reader.events), 1)
    return replace(node, place=start) if _empty(node) else node


def _empty(node: Node) -> bool:
    """Tell whether nothing at all is written there; the two parsers put that at different columns."""
    return node.value is None and not node.text


class _Reader:
    """Takes events one by one, so that reading ends at the first bound that is passed."""

    def __init__(self, text: str, file: str, problems: list[Problem], loader: Loader) -> None:
        self.events: Iterator[Any] = yaml.parse(text, Loader=loader)
        self.lines = text.split("\n")
        self.file = file
        self.problems = problems
        self.values = 0
        self.flow = False

    def place(self, event: Any) -> Place:  # noqa: ANN401 -- PyYAML's events have no useful types
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def report(self, event: Any, message: str) -> None:  # noqa: ANN401 -- as place
        self.problems.append(Problem(self.place(event), message))

    def stop(self, event: Any, message: str) -> _Stop:  # noqa: ANN401 -- as place
        self.report(event, message)
        return _Stop()

    def node(self, event: Any, depth: int) -> Node:  # noqa: ANN401 -- as place
        """Return the value that begins with this event."""
        self.values += 1
        if self.values > VALUES:
            raise self.stop(event, f"the file holds more than {VALUES:,} values")
        if depth > DEPTH and isinstance(event, ev.CollectionStartEvent):
            raise self.stop(event, f"more than {DEPTH} lists and mappings stand inside each other")
        refused = self.refused(event)
        if isinstance(event, ev.AliasEvent):
            return Node(None, self.place(event), broken=True)
        node = (
            self.collection(event, depth)
            if isinstance(event, ev.CollectionStartEvent)
            else self.scalar(event)
        )
        return replace(node, broken=node.broken or refused)

    def refused(self, event: Any) -> bool:  # noqa: ANN401 -- as place
        """Report what YAML offers and a policy does not: aliases, anchors and tags."""
        anchor = event.anchor
        if isinstance(event, ev.AliasEvent):
            self.report(
                event, f"aliases are not read: write the value itself in place of {shown('*' + anchor)}"
            )
            return True
        if anchor is not None:
            self.report(event, f"anchors are not read: take out {shown('&' + anchor)}")
        if event.tag is not None:
            self.report(event, f"tags are not read: take out {shown(event.tag)}")
        return anchor is not None or event.tag is not None

    def collection(self, event: Any, depth: int) -> Node:  # noqa: ANN401 -- as place
        outside, self.flow = self.flow, self.flow or event.flow_style
        found = tuple(self.items(depth)) if isinstance(event, ev.SequenceStartEvent) else self.mapping(depth)
        self.flow = outside
        return Node(found, self.place(event))

    def items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self.events), ev.SequenceEndEvent):
            yield self.node(event, depth + 1)

    def mapping(self, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while not isinstance(event := next(self.events), ev.MappingEndEvent):
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1)
            value = replace(value, key=key.place, place=key.place if _empty(value) else value.place)
            name = key.text
            if key.broken:
                continue
            if isinstance(key.value, tuple | dict) or not name:
                self.problems.append(Problem(key.place, "a key is one word: write `key: value`"))
            elif name in found:
                line = found[name].key or key.place
                self.problems.append(
                    Problem(key.place, f"{shown(name)} is given twice: first on line {line.line}")
                )
            else:
                found[name] = value
        return found

    def agreed(self, event: Any) -> None:  # noqa: ANN401 -- as place
        """Report what only one of PyYAML's two parsers reads, so that both refuse it."""
        mark = event.start_mark
        if event.style in {"|", ">"} and _GLUED.match(self.lines[mark.line], mark.column):
            self.report(event, "a comment begins with a space before the `#`: write one")
        if self.flow and event.implicit[0] and ("?" in event.value or event.value.endswith(":")):
            self.report(
                event,
                f"inside [] and {{}} a word with `?`, or with `:` at its end, needs quotes: write {shown(event.value)}",
            )

    def scalar(self, event: Any) -> Node:  # noqa: ANN401 -- as place
        text: str = event.value
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            self.report(event, "text holds NUL or half of a surrogate pair: take the escape out")
            return Node(None, self.place(event), broken=True)
        self.agreed(event)
        value = resolve(text) if event.implicit[0] else text
        if isinstance(value, float) and not math.isfinite(value):
            self.report(
                event, f"{shown(text)} is no number that can be used: write a smaller one, or text in quotes"
            )
            return Node(None, self.place(event), text, broken=True)
        return Node(value, self.place(event), text)


def resolve(text: str) -> Scalar:
    """Return what a plain scalar means; infinity for any number that is not finite or has too many digits."""
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text.lower() == "true"
    if _NOT_FINITE.match(text):
        return math.inf
    if _INT.match(text):
        if len(text) > _DIGITS:
            return math.inf
        return int(text[2:], 8 if text[1] == "o" else 16) if text[:2] in {"0o", "0x"} else int(text)
    return float(text) if _FLOAT.match(text) else text
