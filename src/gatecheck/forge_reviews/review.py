"""What people said of a change on its forge, and whose word counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Review:
    """One person's last word on a pull request."""

    who: str
    """The name of the account."""
    at: str
    """When, as the forge writes it."""
    commit: str
    """What it is about; empty where the forge no longer knows."""
    url: str
    """Where people can read it; at GitLab, who gave it."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An approval that does not count, and the one reason why."""

    review: Review
    why: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """What a forge says of a pull request at one head."""

    forge: str
    request: str
    """How people call it: `pull request 7`."""
    head: str
    approved: tuple[Review, ...] = ()
    """By different people who may write to the repository, and who neither opened it nor wrote or committed any of it."""
    against: tuple[Review, ...] = ()
    """By people who may write to the repository, asked for changes, and have not taken it back."""
    passed_over: tuple[PassedOver, ...] = ()
