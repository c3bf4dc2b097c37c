"""What would happen to the target branch: object ids and paths, and nothing that can move."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import pathspec

Side = Literal["base", "merge"]
"""Which of the two trees: the target's tip, or what the target would hold after the merge."""

TypeOfChange = Literal["added", "modified", "deleted", "renamed"]


@dataclass(frozen=True, slots=True, order=True)
class LineRange:
    """Lines `first` to `last` of a file, counted from 1, both included."""

    first: int
    last: int

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def ranges(lines: Iterable[int]) -> tuple[LineRange, ...]:
    """The same line numbers as the fewest ranges, in order."""
    found: list[LineRange] = []
    for line in sorted(set(lines)):
        if found and found[-1].last == line - 1:
            found[-1] = LineRange(found[-1].first, line)
        else:
            found.append(LineRange(line, line))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class ChangedPath:
    """One path at which base tree and merge result differ.

    Paths are git's bytes, decoded with `surrogateescape`. A renamed file is one entry, with its old path.
    """

    path: str
    status: TypeOfChange
    blob: str | None
    """Object id on the merge result; None when deleted."""
    old_blob: str | None
    """Object id on the base; None when added."""
    mode: int = 0o100644
    old_path: str | None = None
    lines: tuple[LineRange, ...] = ()
    """Lines of the merge result's file that the base's file does not have; empty for a pure deletion."""


@dataclass(frozen=True)
class Change:
    """What would happen to the target: object ids only, so it is the same subject everywhere and for ever."""

    target: str
    """The ref (or commit id) that would move, in full: `refs/remotes/origin/main`."""
    base: str
    """The target's tip: a commit id. Never the merge base."""
    head: str
    merge_base: str
    """Empty where the history at hand is too short to know it, and the forge's own merge was taken."""
    base_tree: str
    tree: str
    """The merge result's tree; empty when there are conflicts."""
    paths: tuple[ChangedPath, ...] = ()
    conflicts: tuple[str, ...] = ()
    """Paths that git could not merge."""

    def tree_of(self, side: Side) -> str:
        """Return the tree id of one side."""
        return self.base_tree if side == "base" else self.tree

    def beyond(self, globs: Globs) -> Change:
        """Return the same change without the paths that `globs` match; a rename is left out only if both its names are."""
        kept = tuple(p for p in self.paths if not (globs.match(p.path) and globs.match(p.old_path or p.path)))
        return dataclasses.replace(self, paths=kept)

    def within(self, globs: Globs) -> Change:
        """Return the same change, seen only at the paths that `globs` match (a rename counts at both names)."""
        kept = tuple(p for p in self.paths if globs.match(p.path) or (p.old_path and globs.match(p.old_path)))
        return dataclasses.replace(self, paths=kept)

    def lines(self, path: str) -> frozenset[int]:
        """Return the numbers of the changed lines of a file of the merge result; empty if it did not change."""
        changed = self._by_path.get(path)
        return (
            frozenset(n for part in changed.lines for n in range(part.first, part.last + 1))
            if changed
            else frozenset()
        )

    @cached_property
    def _by_path(self) -> dict[str, ChangedPath]:
        return {changed.path: changed for changed in self.paths}


@dataclass(frozen=True)
class Globs:
    """Path patterns that mean what they mean in a .gitignore file. Source: gitignore(5), PATTERN FORMAT."""

    patterns: tuple[str, ...]

    def match(self, path: str) -> bool:
        """Tell whether the path (with slashes, relative to the root) is meant; a later `!pattern` takes back."""
        return self._spec.match_file(path)

    @cached_property
    def _spec(self) -> pathspec.PathSpec[Any]:
        return pathspec.GitIgnoreSpec.from_lines(self.patterns)
