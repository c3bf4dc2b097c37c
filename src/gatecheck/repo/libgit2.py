"""Objects through libgit2, which checks every hash and runs no program. It knows sha1 repositories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygit2

from gatecheck.errors import CannotTell
from gatecheck.model.history import Kind
from gatecheck.repo.batch import BatchObjects
from gatecheck.repo.objects import Entry, Objects, another_kind, missing

_NAMES: tuple[Kind, ...] = ("commit", "tree", "blob", "tag")
"""By libgit2's numbers for them, which begin with 1."""


class Libgit2Objects(Objects):
    """Objects named by sha1."""

    def __init__(self, git_dir: Path) -> None:
        try:
            self._repository = pygit2.Repository(str(git_dir))
        except pygit2.GitError as error:
            raise CannotTell(
                f"the private repository in the cache cannot be opened: {error}",
                fix="Remove it with `gatecheck clean`; it will be made anew.",
            ) from error
        self._large = BatchObjects(git_dir)

    def read(self, id_: str, kind: Kind) -> bytes:
        """See Objects."""
        try:
            found, data = self._repository.odb.read(pygit2.Oid(hex=id_))
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise missing(id_, error) from error
        if _NAMES[int(found) - 1] != kind:
            raise another_kind(id_, kind)
        return bytes(data)

    def kind(self, id_: str) -> Kind:
        """See Objects."""
        return _NAMES[self._header(id_)[0] - 1]

    def size(self, blob: str) -> int:
        """See Objects."""
        return self._header(blob)[1]

    def _header(self, id_: str) -> tuple[int, int]:
        try:
            kind, size = self._repository.odb.read_header(pygit2.Oid(hex=id_))
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise missing(id_, error) from error
        return int(kind), int(size)

    def stream(self, blob: str) -> Iterator[bytes]:
        """See Objects."""
        return self._large.stream(blob)

    def entry(self, tree: str, path: str) -> Entry | None:
        """See Objects."""
        found = self._get(tree)
        if not isinstance(found, pygit2.Tree):
            raise another_kind(tree, "tree")
        try:
            held = found[path]
        except KeyError:
            return None
        return Entry(int(held.filemode), str(held.id))

    def _get(self, id_: str) -> pygit2.Object:
        try:
            return self._repository[id_]
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise missing(id_, error) from error
