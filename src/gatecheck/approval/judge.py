"""Which approvals hold: a pure function of the change, of what the base says about keys, and of one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from gatecheck.approval import differences
from gatecheck.approval.statement import Statement, stamp
from gatecheck.model.approval import Approval, Approvals, BranchCommit, Rejection, Subject, Void
from gatecheck.model.change import Edit

SKEW = 300.0
"""Seconds by which clocks may differ: a statement may come from so far in the future."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement with a signature that was verified, by a key that the base's policy lists for approvals."""

    statement: Statement
    who: tuple[str, ...]
    """The key's principals."""
    key: str
    """Its fingerprint."""
    until: float = float("inf")
    """When the key itself ends, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What approvals are held against."""

    subject: Subject
    now: float
    edits: tuple[Edit, ...]
    commits: tuple[BranchCommit, ...] | None
    """None: the history at hand is too short, and nothing can be approved by what it shows."""
    quorum: int = 1
    may: tuple[str, ...] = ()
    signers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Fingerprints of the keys that signed commits of the branch, each with the commit."""
    agents: frozenset[str] = frozenset()
    """Fingerprints of keys that never approve: the policy's `agents.keys`."""
    pusher: str = ""
    """The fingerprint of the key that pushes, where it is known."""
    used: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Nonces of approvals by which the change landed already, each with where that was."""


def judge(ground: Ground, signed: Iterable[Signed], unbelieved: Sequence[Void] = ()) -> Approvals:
    """Return which approvals hold and which do not, each with one reason."""
    known = _each_once(signed)
    revoked = {
        (one.key, nonce)
        for one in known
        if one.statement.decision == "revoke"
        for nonce in one.statement.revokes
    }
    standing = [one for one in known if (one.key, one.statement.nonce) not in revoked]
    noes = _rejections(ground, standing)
    holding: list[Approval] = []
    void = list(unbelieved)
    for one in known:
        if one.statement.decision != "approve":
            continue
        said = one.statement
        why = "it was revoked" if one not in standing else _fault(ground, one)
        if not why and noes:
            why = f"{noes[0].who[0]} rejected the change"
        if why:
            void.append(Void(one.who, one.key, why))
        else:
            until = min(said.expires, one.until)
            holding.append(Approval(one.who, one.key, said.covers, until, said.reason, said.nonce))
    return Approvals(tuple(holding), tuple(void), noes, ground.quorum, ground.may)


def _each_once(signed: Iterable[Signed]) -> tuple[Signed, ...]:
    """Return the statements without those that say the same by the same key, the oldest first."""
    found = {(one.key, one.statement.nonce, one.statement.decision): one for one in signed}
    return tuple(sorted(found.values(), key=lambda one: (one.statement.created, one.statement.nonce)))


def _fault(ground: Ground, one: Signed) -> str:
    """Return why an approval does not hold; empty when it does."""
    said = one.statement
    return (
        _about_another(ground, said.subject)
        or _another_content(ground, said)
        or _another_time(ground, said)
        or own_work(ground, one.who, one.key)
    )


def _about_another(ground: Ground, subject: Subject) -> str:
    now = ground.subject
    if subject.repository != now.repository:
        return f"it is for the repository {subject.repository}"
    if subject.target != now.target:
        return f"it is for the branch {subject.target.removeprefix('refs/heads/')}"
    changed = [
        path
        for path in sorted({*subject.policy, *now.policy})
        if subject.policy.get(path) != now.policy.get(path)
    ]
    return f"the base's {changed[0]} is another one than when it was given" if changed else ""


def _another_content(ground: Ground, said: Statement) -> str:
    if said.subject.change != ground.subject.change:
        return differences.in_files(said, ground.edits)
    if ground.commits is None:
        return "this clone is too shallow to see the commits that it is for: git fetch --unshallow"
    if said.subject.commits != ground.subject.commits:
        return differences.in_commits(said, ground.commits)
    return ""


def _another_time(ground: Ground, said: Statement) -> str:
    if said.created > ground.now + SKEW:
        return f"it comes from the future ({stamp(said.created)})"
    if said.expires <= ground.now:
        return f"it ended on {stamp(said.expires)}"
    return ground.used.get(said.nonce, "")


def own_work(ground: Ground, who: Sequence[str], key: str) -> str:
    """Return why somebody cannot approve this change whatever they sign; empty where they can."""
    if key in ground.agents:
        return "its key is an agent's, by the policy's agents.keys"
    if key == ground.pusher:
        return "its key is that of whoever pushes the change"
    if key in ground.signers:
        return f"its key signed the commit {ground.signers[key][:10]}"
    names = {name.casefold() for name in who}
    for commit in ground.commits or ():
        for role, person in (("author", commit.author), ("committer", commit.committer)):
            if names & {person.mail.casefold(), person.name.casefold()}:
                return f"it is by the {role} of the commit {commit.id[:10]}"
    return ""


def _rejections(ground: Ground, standing: Iterable[Signed]) -> tuple[Rejection, ...]:
    """Return the rejections of this content that stand: a later approval by the same key takes one back, and so does a revocation."""
    found: dict[str, Rejection] = {}
    for one in standing:
        said = one.statement
        here = (said.subject.repository, said.subject.target, said.subject.change)
        if here != (ground.subject.repository, ground.subject.target, ground.subject.change):
            continue
        if said.decision == "reject" and said.expires > ground.now:
            found[one.key] = Rejection(one.who, one.key, said.reason, min(said.expires, one.until))
        elif said.decision == "approve":
            found.pop(one.key, None)
    return tuple(found.values())
