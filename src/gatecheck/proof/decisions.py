"""What people who may approve said about a move: which approvals hold, who rejects it, and who lets it in against the gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from gatecheck import evidence
from gatecheck.app.approvals import MOST, MOST_OTHERS, Case, believed, case_of, ground_of, near
from gatecheck.approval.judge import Ground, Signed, judge
from gatecheck.approval.statement import parse
from gatecheck.model import Approval, Approvals, Change, ChangedPath, Void
from gatecheck.model.approval import EVERYTHING
from gatecheck.proof.landing import Landing, Way, way_of
from gatecheck.proof.law import Law
from gatecheck.proof.refs import Refs
from gatecheck.repo import Repository, branch_of
from gatecheck.sign import Unbelievable

SKEW = 300.0
"""Seconds by which clocks may differ."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and by whom, a branch moves; and the refs of that time."""

    now: float
    refs: Refs
    pusher: str = ""
    """The fingerprint of the key that pushes, where it is known."""


@dataclass(frozen=True)
class Move:
    """A landing with what it does to the files."""

    landing: Landing
    law: Law
    base_tree: str
    tree: str
    parents: tuple[str, ...]
    """Of the new commit."""
    paths: tuple[ChangedPath, ...]

    def change(self, head: str) -> Change:
        """Return it as the change that was judged, or approved, with a head."""
        old = self.landing.old
        return Change(self.landing.ref, old, head, old, self.base_tree, self.tree, self.paths)

    @cached_property
    def digest(self) -> str:
        """The digest of what it does to the files."""
        return digest_of_paths(self.paths)


@dataclass(frozen=True, slots=True)
class Override:
    """People who may approve let a move in, whatever the gates say."""

    approvals: tuple[Approval, ...]
    way: Way


class Decisions:
    """The statements about one move, their signatures verified when they are first asked for."""

    def __init__(self, repository: Repository, move: Move, moment: Moment) -> None:
        self._repository = repository
        self._move = move
        self._moment = moment
        tips = moment.refs.approvals.get(move.digest, ()) if moment.refs.approvals else ()
        self._envelopes = [each for tip in tips for each in evidence.read(repository.objects, tip)]
        self._signed: list[Signed] | None = None
        self._void: list[Void] = []

    @property
    def are_there(self) -> bool:
        """Tell whether anybody said anything about what the move does."""
        return bool(self._envelopes)

    def approvals(self, head: str, *, explain: bool = False) -> Approvals:
        """Return which approvals hold for a head; with `explain`, also those of other changes that seem to have been meant for this one."""
        case = self._case(head)
        known = self._move.law.keys
        if not (self.are_there or explain):
            return Approvals(quorum=case.quorum, may=known.may)
        signed = self._then()
        ground = self._ground(case, signed)
        more: list[Signed] = []
        if explain:
            others = self._moment.refs.others(self._move.digest)
            meant = list(islice(near(self._repository, others[:MOST_OTHERS], ground), MOST))
            more = believed(meant, known, self._moment.now)[0]
        return judge(ground, [*signed, *more], self._void)

    def are_reviews(self, head: str) -> bool:
        """Tell whether the policy takes a forge's word for approvals."""
        return self._case(head).source == "forge-review"

    def override(self) -> Override | None:
        """Return who lets exactly this move in, whatever the gates say; None where fewer do than the policy's quorum, or one rejects it.

        It is not carried over by a rebase: base, tree and commits are those that were signed.
        """
        exact = [one for one in self._then() if one.statement.decision == "override" and self._way(one)]
        others = [one for one in self._then() if one.statement.decision in {"reject", "revoke"}]
        for head in sorted({one.statement.subject.head for one in exact}):
            meant = [one for one in exact if one.statement.subject.head == head]
            case = self._case(head)
            found = judge(self._ground(case, meant), [*map(_as_approval, meant), *others])
            by = found.covering(EVERYTHING)
            way = self._way(meant[0])
            if way and len(by) >= found.quorum:
                return Override(by, way)
        return None

    def _way(self, one: Signed) -> Way | None:
        """Return how a head that was overridden came to the branch; None where it is about another move."""
        said, landing = one.statement.subject, self._move.landing
        if (said.base, said.tree) != (landing.old, self._move.tree):
            return None
        return way_of(landing, self._move.parents, said.head)

    def _case(self, head: str) -> Case:
        law, branch = self._move.law, branch_of(self._move.landing.ref)
        return case_of(self._move.change(head), branch, law.policy, self._move.base_tree, law.wanted)

    def _ground(self, case: Case, signed: Sequence[Signed]) -> Ground:
        moment, said = self._moment, [one.statement for one in signed]
        ground = ground_of(self._repository, case, moment.now, moment.pusher, said)
        return replace(ground, may=self._move.law.keys.may)

    def _then(self) -> list[Signed]:
        """Return what was said up to the moment, with a signature that counts: what came later alters nothing that happened before."""
        if self._signed is None:
            signed, self._void = believed(self._envelopes, self._move.law.keys, self._moment.now)
            self._signed = [one for one in signed if one.statement.created <= self._moment.now + SKEW]
        return self._signed


def _as_approval(one: Signed) -> Signed:
    """Return an override as an approval of everything, so that it is held against all that an approval is held against."""
    return replace(one, statement=replace(one.statement, decision="approve", covers=(EVERYTHING,)))


def last_word(repository: Repository, tips: Sequence[str], head: str = "") -> float:
    """Return when somebody last said yes, by their own word; with `head`, to that head. 0: nobody did."""
    times = [0.0]
    for envelope in (each for tip in tips for each in evidence.read(repository.objects, tip)):
        try:
            said = parse(envelope.payload)
        except Unbelievable:
            continue
        if said.decision in {"approve", "override"} and head in {"", said.subject.head}:
            times.append(said.created)
    return max(times)


def digest_of_paths(paths: tuple[ChangedPath, ...]) -> str:
    """Return the digest of a change that does this to the files."""
    return Change("", "", "", "", "", "", paths).digest
