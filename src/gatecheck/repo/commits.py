"""Commits and annotated tags, from git's bytes. Source: git-cat-file(1), git-mktag(1) and git-commit-tree(1) for the formats."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from gatecheck.errors import CannotTell
from gatecheck.model import ChangedPath, Commit, Person, Tag
from gatecheck.repo.change import difference
from gatecheck.repo.history import bring, fork_of
from gatecheck.repo.objects import Objects
from gatecheck.repo.repository import Repository

_PERSON = re.compile(rb"(.*?) ?<([^<>\n]*)> (-?\d{1,18})(?: [-+]\d+)?\Z")


def read_commit(objects: Objects, id_: str) -> Commit:
    """Return what a commit says. Raises CannotTell when it is missing, damaged or something else."""
    said, message = _parts(objects.read(id_, "commit"))
    author, committer = _person(said, b"author"), _person(said, b"committer")
    return Commit(id_, _word(said, b"tree"), objects.parents(id_), author, committer, message)


def read_tag(objects: Objects, id_: str) -> Tag | None:
    """Return what an annotated tag says; None when the id is that of something else. Raises CannotTell when it is missing or damaged."""
    if objects.kind(id_) != "tag":
        return None
    said, message = _parts(objects.read(id_, "tag"))
    target, kind, name = (_word(said, word) for word in (b"object", b"type", b"tag"))
    return Tag(id_, target, kind, name, _person(said, b"tagger"), message)


def commits_between(repository: Repository, base: str, head: str) -> tuple[str, ...]:
    """Return the ids of the commits that head has and base has not, parents first.

    Raises CannotTell where the history at hand is too short to be sure that these are all.
    """
    listed = repository.git("rev-list", "--topo-order", "--reverse", head, f"^{base}").decode().split()
    if repository.is_shallow and not (fork_of(repository, base, head).sure and _is_whole(repository, listed)):
        raise too_short(repository, head)
    return tuple(listed)


def changed_by(repository: Repository, id_: str) -> tuple[ChangedPath, ...]:
    """Return the paths in which a commit differs from its first parent; of a first commit, all that it has."""
    objects = repository.objects
    parents = objects.parents(id_)
    if parents:
        before = objects.tree_of(parents[0])
    else:
        before = repository.git("hash-object", "-w", "-t", "tree", "--stdin", stdin=b"").decode().strip()
    return tuple(difference(repository, before, objects.tree_of(id_)))


def is_ancestor(repository: Repository, ancestor: str, commit: str) -> bool:
    """Tell whether a commit is reachable from another. Raises CannotTell where the history at hand is too short to say no."""
    for id_ in (ancestor, commit):
        repository.objects.read(id_, "commit")
    if repository.is_ancestor(ancestor, commit):
        return True
    if repository.is_shallow:
        beyond = repository.git("rev-list", commit, f"^{ancestor}").decode().split()
        if not _is_whole(repository, beyond):
            raise too_short(repository, commit)
    return False


def too_short(repository: Repository, commit: str) -> CannotTell:
    """Return the error for a question that needs more history than this clone has."""
    return CannotTell(
        f"this clone is too shallow: the history of {commit[:12]} is cut off before the question is answered",
        fix=f"Fetch all of it: {bring(repository)}",
    )


def _is_whole(repository: Repository, commits: list[str]) -> bool:
    """Tell whether none of the commits is one at which a shallow clone was cut; a root has nothing that could be cut off."""
    cut = repository.private / "shallow"
    edge = set(cut.read_text("ascii").split()).intersection(commits) if cut.exists() else ()
    return not any(repository.objects.parents(commit) for commit in edge)


def _parts(data: bytes) -> tuple[Mapping[bytes, bytes], str]:
    """Return the header's values by their words, the first of each (which is the one that counts for git), and the message."""
    header, _, message = data.partition(b"\n\n")
    said: dict[bytes, bytes] = {}
    for line in header.split(b"\n"):
        word, _, value = line.partition(b" ")
        said.setdefault(word, value)
    return said, os.fsdecode(message)


def _word(said: Mapping[bytes, bytes], name: bytes) -> str:
    return os.fsdecode(said.get(name, b""))


def _person(said: Mapping[bytes, bytes], role: bytes) -> Person:
    value = said.get(role, b"")
    found = _PERSON.match(value)
    if found is None:
        return Person(os.fsdecode(value), "", 0)
    return Person(os.fsdecode(found[1]), os.fsdecode(found[2]), int(found[3]))
