"""Git objects, read through libgit2, which checks every hash and runs no program."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pygit2
from pygit2.enums import DiffOption

from gatecheck.errors import CannotTell
from gatecheck.model import LineRange

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


class Objects:
    """The objects that a git directory can see, its alternates included. Safe to use from several threads."""

    def __init__(self, git_dir: Path) -> None:
        try:
            self._repository = pygit2.Repository(str(git_dir))
        except pygit2.GitError as error:
            raise CannotTell(
                f"libgit2 cannot open this kind of repository: {error}",
                fix="gatecheck reads repositories with sha1 objects; convert the repository or use another clone.",
            ) from error

    def tree_of(self, commit: str) -> str:
        """Return the id of a commit's root tree, read and checked."""
        found = self._get(commit)
        if not isinstance(found, pygit2.Commit):
            raise CannotTell(f"{commit} is not a commit", fix="Name a commit or a branch.")
        tree = str(found.tree_id)
        self._get(tree)
        return tree

    def entry(self, tree: str, path: str) -> Entry | None:
        """Return what a tree holds at a path; None when it holds nothing there."""
        found = self._get(tree)
        if not isinstance(found, pygit2.Tree):
            raise CannotTell(f"{tree} is not a tree", fix="Check the repository with `git fsck`.")
        try:
            held = found[path]
        except KeyError:
            return None
        return Entry(int(held.filemode), str(held.id))

    def blob(self, blob: str) -> bytes:
        """Return a blob's bytes."""
        found = self._get(blob)
        if not isinstance(found, pygit2.Blob):
            raise CannotTell(f"{blob} is not a blob", fix="Check the repository with `git fsck`.")
        return found.data

    def size(self, blob: str) -> int:
        """Return a blob's size in bytes, from its header."""
        try:
            return int(self._repository.odb.read_header(pygit2.Oid(hex=blob))[1])
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise _missing(blob, error) from error

    def changed_lines(self, old: str | None, new: str) -> tuple[LineRange, ...]:
        """Return the lines of a blob that an older one does not have.

        Files are compared as text whatever .gitattributes says: an attribute must not hide lines from a gate.
        """
        after = self.blob(new)
        before = self.blob(old) if old else b""
        if not before or max(len(before), len(after)) > LARGEST_DIFF:
            count = after.count(b"\n") + (not after.endswith(b"\n") and bool(after))
            return (LineRange(1, count),) if count else ()
        patch = pygit2.Patch.create_from(before, after, flag=DiffOption.FORCE_TEXT, context_lines=0)
        return tuple(
            LineRange(hunk.new_start, hunk.new_start + hunk.new_lines - 1)
            for hunk in _hunks(patch)
            if hunk.new_lines
        )

    def _get(self, id_: str) -> pygit2.Object:
        try:
            return self._repository[id_]
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise _missing(id_, error) from error


def _hunks(patch: pygit2.Patch | None) -> Iterator[pygit2.DiffHunk]:
    return iter(patch.hunks if patch else ())


def _missing(id_: str, error: Exception) -> CannotTell:
    return CannotTell(
        f"object {id_} is missing or damaged ({error})",
        fix="Run `git fsck`; in a shallow or partial clone run `git fetch --unshallow` or `git fetch --refetch`.",
    )
