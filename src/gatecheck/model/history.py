"""What a gate may know of the commits behind a change: where it came from, its branch's commits, and the refs of the clone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from gatecheck.model.change import ChangedPath

Kind = Literal["commit", "tree", "blob", "tag"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who, by their own word, and when by the clock of their machine: nothing here is proven by anything."""

    name: str
    mail: str
    time: int
    """Seconds since 1970; 0 where none can be read."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as git keeps it. Texts are decoded with `surrogateescape`."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, slots=True)
class Tag:
    """An annotated tag's own object."""

    id: str
    target: str
    target_kind: str
    name: str
    """What the tag calls itself, which need not be the ref that leads to it."""
    tagger: Person
    message: str
    """With the signature, where it has one."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the change comes from, by the forge's event or by git. A commit's author has no say in it."""

    branch: str = ""
    """The head's branch, in short; empty where nobody says."""
    by: str = ""
    """Which forge says it: `GitHub's pull_request event`; empty when it is git that says it."""
    fork: bool = False
    """The branch lies in another repository than the target, so its author can push nothing here."""
    bot: bool = False
    """A program of the forge opened the change, and did what set off this run."""
    landed: bool = False
    """The target moves to head itself: a push to it, or a merge queue's group."""


class History(Protocol):
    """The commits and refs that one gate asks for. All objects are read with their hashes checked.

    Every method raises CannotTell when an object is missing, and where a shallow clone's cut could change the answer.
    """

    @property
    def origin(self) -> Origin:
        """Where the change comes from."""
        ...

    def refs(self, *patterns: str) -> Mapping[str, str]:
        """Return refs by full name with the ids of what they point to (of an annotated tag: its own object).

        A pattern is a full name, the beginning of names up to a slash, or has a `*`, as in git-for-each-ref(1).
        """
        ...

    def recorded(self) -> str:
        """Return the line that this clone wrote down when the branch's snapshot was made here; empty when it was not."""
        ...

    def commit(self, id_: str) -> Commit:
        """Return what a commit says."""
        ...

    def tag(self, id_: str) -> Tag | None:
        """Return what an annotated tag says; None when the id is that of something else."""
        ...

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Tell whether a commit is reachable from another; a commit is its own ancestor."""
        ...

    def commits(self) -> tuple[str, ...]:
        """Return the ids of the branch's commits, those of head that the base does not have, parents first."""
        ...

    def changed_by(self, id_: str) -> tuple[ChangedPath, ...]:
        """Return the paths in which a commit differs from its first parent; of a first commit, all that it has."""
        ...

    def protected_by(self, commit: str) -> str | None:
        """Return the remote's protected branch that has a commit, as a full ref; None when none has."""
        ...
