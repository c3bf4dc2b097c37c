"""What a report points at, in a form in which two sides can be compared: what was there already, and what is new."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import PurePosixPath

from gatecheck.formats.places import in_tree
from gatecheck.formats.sarif import Found
from gatecheck.model import Side, Workspace
from gatecheck_gates.commands.text import plain


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a report points at."""

    rule: str
    message: str
    path: str | None
    """In the tree, as git has it; None for a place outside, or none."""
    line: int | None
    identity: tuple[str, ...]
    """What it has in common with itself on the other side: no line number is in it."""
    weak: bool = False
    """The report itself calls it no more than a note."""


def new_ones(
    marks: Iterable[Mark], base: Iterable[Mark], renamed: Mapping[str, str]
) -> list[tuple[Mark, bool]]:
    """Return each mark, in order of its place, with whether the base lacks it.

    Marks are counted, so the second of a kind in a file is new when the base has one. `renamed` leads from old paths to
    new ones.
    """
    there = Counter((mark.rule, renamed.get(mark.path or "", mark.path), mark.identity) for mark in base)
    judged = []
    for mark in sorted(marks, key=lambda mark: (mark.path or "", mark.line or 0, mark.message)):
        key = (mark.rule, mark.path, mark.identity)
        judged.append((mark, there[key] == 0))
        there[key] -= there[key] > 0
    return judged


def dump(marks: Iterable[Mark]) -> bytes:
    """Return the marks as bytes that `load` reads."""
    return json.dumps([astuple(mark) for mark in marks]).encode()


def load(data: bytes) -> tuple[Mark, ...]:
    """Return what `dump` wrote."""
    rows = json.loads(data)
    return tuple(
        Mark(rule, text, path, line, tuple(same), weak) for rule, text, path, line, same, weak in rows
    )


class Places:
    """Finds a report's paths in one side's tree, and the source lines there."""

    def __init__(self, workspace: Workspace, side: Side) -> None:
        self._workspace = workspace
        self._side = side
        self.tree = workspace.merge if side == "merge" else workspace.base()
        self._roots = tuple({PurePosixPath(self.tree), PurePosixPath(self.tree.resolve())})
        self._files = frozenset(workspace.files(side=side))
        self._texts: dict[str, list[str]] = {}

    def path(self, written: str | None) -> str | None:
        """Return the path in the tree; None when it lies outside.

        A tool that runs in a folder of the tree writes paths from there: a path that is no file is taken for the only
        file that ends in it.
        """
        path = in_tree(written or "", *self._roots)
        if path is None or path in self._files:
            return path
        ends = [file for file in self._files if file.endswith(f"/{path}")]
        return ends[0] if len(ends) == 1 else path

    def line(self, path: str | None, number: int | None) -> str:
        """Return a line of a file in git, empty when there is none."""
        if path is None or number is None:
            return ""
        if path not in self._texts:
            data = self._workspace.read(path, side=self._side) or b""
            self._texts[path] = data.decode("utf-8", "replace").splitlines()
        lines = self._texts[path]
        return lines[number - 1] if number <= len(lines) else ""

    def text(self, text: str) -> str:
        """Return text as it would be in any folder, on one line."""
        return " ".join(plain(text, self.tree).split())

    def mark(self, found: Found) -> Mark:
        """Return a SARIF result as a mark. It is the same on both sides if the rule and the code that it is about are."""
        path = self.path(found.path)
        message = self.text(found.message)
        outside = found.path if found.path and path is None else None
        code = self.text(found.snippet or "") or self.text(self.line(path, found.line)) or message
        where = f" ({self.text(outside)})" if outside else ""
        return Mark(
            rule="suppressed" if found.suppressed else "found",
            message=f"{found.rule}: {message}{where}",
            path=path,
            line=found.line,
            identity=(found.rule, code, outside or ""),
            weak=found.level in {"note", "none"},
        )
