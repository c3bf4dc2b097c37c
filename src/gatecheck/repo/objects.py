"""Git objects, read with their hashes checked: what a commit, a tree and a blob hold."""

from __future__ import annotations

import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import NamedTuple

import pygit2
from pygit2.enums import DiffOption

from gatecheck.errors import CannotTell
from gatecheck.model import LineRange
from gatecheck.model.history import Kind

LARGEST_DIFF = 4 * 1024 * 1024
"""Bytes of a file up to which its changed lines are computed; in a larger one every line counts as changed."""


class Entry(NamedTuple):
    """What a tree holds at a path."""

    mode: int
    id: str

    @property
    def is_file(self) -> bool:
        """True for a regular file, executable or not; false for links, folders and submodules."""
        return stat.S_ISREG(self.mode)


class Objects(ABC):
    """The objects that a git directory can see, its alternates included. Safe to use from several threads.

    Every method raises CannotTell for an object that is missing, damaged, or of another kind.
    """

    @abstractmethod
    def read(self, id_: str, kind: Kind) -> bytes:
        """Return an object's content as git keeps it, whatever replace refs and grafts say."""

    @abstractmethod
    def kind(self, id_: str) -> Kind:
        """Return what an object is, from its header."""

    @abstractmethod
    def size(self, blob: str) -> int:
        """Return a blob's size in bytes, from its header."""

    @abstractmethod
    def stream(self, blob: str) -> Iterator[bytes]:
        """Yield a large blob piece by piece; raises CannotTell after the last piece when the hash is another."""

    @abstractmethod
    def entry(self, tree: str, path: str) -> Entry | None:
        """Return what a tree holds at a path; None when it holds nothing there."""

    def tree_of(self, commit: str) -> str:
        """Return the id of a commit's root tree, read and checked."""
        tree = next(_named(self.read(commit, "commit"), b"tree "), "")
        self.read(tree, "tree")
        return tree

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return the ids of a commit's parents as it names them, also where a shallow clone ends with it."""
        return tuple(_named(self.read(commit, "commit"), b"parent "))

    def blob(self, blob: str) -> bytes:
        """Return a blob's bytes."""
        return self.read(blob, "blob")

    def changed_lines(self, old: str | None, new: str) -> tuple[LineRange, ...]:
        """Return the lines of a blob that an older one does not have.

        Files are compared as text whatever .gitattributes says: an attribute must not hide lines from a gate.
        """
        if old is None or max(self.size(old), self.size(new)) > LARGEST_DIFF:
            return self._all_lines(new)
        before, after = self.blob(old), self.blob(new)
        patch = pygit2.Patch.create_from(before, after, flag=DiffOption.FORCE_TEXT, context_lines=0)
        return tuple(
            LineRange(hunk.new_start, hunk.new_start + hunk.new_lines - 1)
            for hunk in _hunks(patch)
            if hunk.new_lines
        )

    def _all_lines(self, blob: str) -> tuple[LineRange, ...]:
        count, last = 0, b""
        for chunk in self.stream(blob) if self.size(blob) > LARGEST_DIFF else [self.blob(blob)]:
            count += chunk.count(b"\n")
            last = chunk[-1:]
        count += last not in {b"", b"\n"}
        return (LineRange(1, count),) if count else ()


def missing(id_: str, why: object) -> CannotTell:
    """Return the error for an object that cannot be read."""
    return CannotTell(
        f"object {id_} is missing or damaged ({why})",
        fix="Run `git fsck`; in a shallow or partial clone run `git fetch --unshallow` or `git fetch --refetch --no-filter`.",
    )


def another_kind(id_: str, kind: Kind) -> CannotTell:
    """Return the error for an object that is not what was asked for."""
    return CannotTell(f"{id_} is not a {kind}", fix="Check the repository with `git fsck`.")


def _named(commit: bytes, word: bytes) -> Iterator[str]:
    """Yield the ids that a commit's header gives for a word. Source: git-cat-file(1), the format of commits."""
    for line in commit.partition(b"\n\n")[0].split(b"\n"):
        if line.startswith((b"author ", b"committer ")):
            return
        if line.startswith(word):
            yield line.removeprefix(word).decode("ascii", "replace")


def _hunks(patch: pygit2.Patch | None) -> Iterator[pygit2.DiffHunk]:
    return iter(patch.hunks if patch else ())
