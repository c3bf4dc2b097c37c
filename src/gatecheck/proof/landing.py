"""A move of a branch, and which commits may come along with a tree that was judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Way = Literal["merge", "squash", "fast-forward"]


@dataclass(frozen=True, slots=True)
class Landing:
    """A branch that goes from one commit to another."""

    ref: str
    """In full, as the branch's own repository calls it: `refs/heads/main`."""
    old: str
    """The branch's tip before: the base, whose law counts."""
    new: str
    """The commit that it would hold, or holds."""


def way_of(landing: Landing, parents: tuple[str, ...], head: str) -> Way | None:
    """Return how a judged head came to its branch, by the new commit's parents; None when commits come along that nobody judged.

    What is between old and new must be what is between old and head, and at most the new commit itself, with old as its first parent:
    a walk along first parents would else leave the branch.
    """
    if landing.new == head:
        return "fast-forward"
    if parents == (landing.old, head):
        return "merge"
    if parents == (landing.old,):
        return "squash"
    return None
