"""What an approval is about, and which of them hold: a person who is not the author said yes to exactly this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from gatecheck.model.change import Edit, digest_of
from gatecheck.model.history import Person

Source = Literal["key", "forge-review"]
"""A signature that anybody can check for ever, or what a forge says of an account: weaker, and shown as such."""

EVERYTHING = "*"
"""In place of a rule: whatever waits for a human."""


@dataclass(frozen=True, slots=True)
class BranchCommit:
    """A commit of the branch, as an approval sees it: who, what they say, and what it does to the files."""

    id: str
    author: Person
    committer: Person
    message: str
    edits: tuple[Edit, ...]
    """Against its first parent, sorted."""
    signature: bytes = b""
    """Armored, as the commit has it, and not verified: it can only exclude."""

    @property
    def who(self) -> str:
        """A digest of the author and their time, which neither a rebase nor an amended message alters."""
        return digest_of([self.author.name, self.author.mail, self.author.time])

    @property
    def words(self) -> str:
        """A digest of the message."""
        return digest_of(self.message)

    @property
    def content(self) -> str:
        """A digest of what it does to the files."""
        return digest_of(self.edits)


def commits_digest(commits: Iterable[BranchCommit]) -> str:
    """Return sha256 over a branch's commits, parents first: an exact rebase has the same, and an amended message has not."""
    return digest_of([[commit.who, commit.words, commit.content] for commit in commits])


@dataclass(frozen=True, slots=True)
class Subject:
    """What is approved, in words that mean the same in every clone."""

    repository: str
    """The policy's `repository`."""
    target: str
    """The branch that it would enter, as its own repository calls it: `refs/heads/main`."""
    base: str
    head: str
    tree: str
    """The merge result's."""
    change: str
    """`Change.digest`."""
    commits: str
    """`commits_digest`; empty where the history at hand is too short to know it."""
    policy: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The blobs of the base's policy by path; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One that holds."""

    who: tuple[str, ...]
    """The principals of the key, or an account's name."""
    key: str
    """The key's fingerprint (`SHA256:...`), or the review's address."""
    covers: tuple[str, ...]
    """Rules in full (`tests/missing`), gates (`tests`), or everything."""
    until: float
    """Seconds since 1970 from which on it holds no more."""
    reason: str = ""
    nonce: str = ""
    source: Source = "key"

    def covers_rule(self, rule: str) -> bool:
        """Tell whether it is about a rule, in full."""
        return any(one in {rule, EVERYTHING} or rule.startswith(f"{one}/") for one in self.covers)


@dataclass(frozen=True, slots=True)
class Void:
    """One that does not hold, and why."""

    who: tuple[str, ...]
    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A no by somebody who may approve: while it stands, no approval holds and the change must not enter."""

    who: tuple[str, ...]
    key: str
    reason: str
    until: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why it is not known who approved, and what to do about it."""

    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Approvals:
    """All that is known of a change's approvals, at one moment."""

    holding: tuple[Approval, ...] = ()
    void: tuple[Void, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    quorum: int = 1
    """So many different people must approve."""
    may: tuple[str, ...] = ()
    """For people: who may approve, by the base's `.gatecheck/approvers`."""
    by_review: bool = False
    """The policy takes a forge's reviews, and no signatures."""
    notes: tuple[str, ...] = ()
    trouble: Trouble | None = None
    """Not None: asking failed, so nothing is known of who approved or rejected."""

    def covering(self, rule: str) -> tuple[Approval, ...]:
        """Return the approvals of a rule, in full, one of each person: two keys of one person count once, and so does one key twice."""
        found: list[Approval] = []
        for one in self.holding if not self.rejections else ():
            known = any(one.key == other.key or set(one.who) & set(other.who) for other in found)
            if not known and one.covers_rule(rule):
                found.append(one)
        return tuple(found)

    def cover(self, rule: str) -> str | None:
        """Return, for people, who covers a rule; None where too few do."""
        found = self.covering(rule)
        return said(found) if len(found) >= self.quorum else None

    @property
    def until(self) -> float | None:
        """When the first of them ends; None where nothing does."""
        ends = [*(one.until for one in self.holding), *(one.until for one in self.rejections)]
        return min(ends, default=None)


def said(approvals: Iterable[Approval]) -> str:
    """Return who approved, for people: `jo@example.org and al@example.org`."""
    return " and ".join(one.who[0] for one in approvals)
