"""The one answer behind verify, audit, merge and the server: whether a move of a branch is proven, by signatures and git's objects alone.

No gate is asked here, and nothing of the change is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gatecheck import evidence
from gatecheck.evidence import Proof
from gatecheck.model import Approval, Verdict
from gatecheck.proof import refusals
from gatecheck.proof.decisions import Decisions, Moment, Move
from gatecheck.proof.errors import Unapproved, Unproven
from gatecheck.proof.landing import Landing, Way, way_of
from gatecheck.proof.law import Law, Laws
from gatecheck.proof.refs import Refs
from gatecheck.proof.weigh import mismatch
from gatecheck.repo import Repository
from gatecheck.repo.commits import is_ancestor
from gatecheck.repo.edits import edits_between
from gatecheck.sign import Envelope, Unbelievable

NONE: Mapping[str, str] = MappingProxyType({})
MOST = 50
"""Signatures about one tree that are verified; with more of them that could count, something is wrong."""
_TOLD = "that people approved is the runner's word: it saw reviews on the forge, which nobody can check later"


@dataclass(frozen=True, slots=True)
class Proven:
    """A move that is proven, and by what."""

    landing: Landing
    way: Way
    evidence: Proof | None
    """None: people let it in against the gates, or without them."""
    approvals: tuple[Approval, ...] = ()
    """Those that cover what waited for people; without evidence, those who overrode."""
    notes: tuple[str, ...] = ()

    @property
    def overridden(self) -> bool:
        """Tell whether people let it in against the gates."""
        return self.evidence is None


def prove(
    repository: Repository,
    landing: Landing,
    *,
    now: float,
    pusher: str = "",
    beside: Mapping[str, str] = NONE,
) -> Proven:
    """Return what proves that a branch may go from one commit to another now.

    `beside` are refs below refs/gatecheck/ that come along in the same push, with the commits they would hold; `pusher` is the
    fingerprint of the key that pushes, where it is known. Raises Unproven, Unapproved or Failed (exit codes 4, 3 and 1).
    """
    tree = repository.objects.tree_of(landing.new)
    law = law_of(Laws(repository), landing)
    refs = Refs.about(repository, tree, beside)
    tip = refs.evidence.get(tree)
    envelopes = evidence.read(repository.objects, tip) if tip else ()
    move = move_of(repository, landing, law)
    return weigh(repository, move, envelopes, Moment(now, refs, pusher))


def law_of(laws: Laws, landing: Landing) -> Law:
    """Return the law that counts for a move. Raises Unproven where there is none."""
    law = laws.of(landing.old)
    if law is None:
        raise refusals.lawless(landing)
    return law


def move_of(repository: Repository, landing: Landing, law: Law) -> Move:
    """Return what a landing does. Raises Unproven where the branch would not go forward."""
    objects = repository.objects
    parents = objects.parents(landing.new)
    if landing.old not in parents and not is_ancestor(repository, landing.old, landing.new):
        raise refusals.not_forward(landing)
    trees = (objects.tree_of(landing.old), objects.tree_of(landing.new))
    return Move(landing, law, *trees, parents, edits_between(repository, [trees])[trees])


def weigh(repository: Repository, move: Move, envelopes: Sequence[Envelope], moment: Moment) -> Proven:
    """Return what proves a move, of the envelopes and the approvals that there are. Raises as `prove` does."""
    decisions = Decisions(repository, move, moment)
    try:
        return _by_evidence(move, envelopes, decisions, moment)
    except Unproven:
        by = decisions.override() if decisions.are_there else None
        if by is None:
            raise
        return Proven(move.landing, by.way, None, by.approvals)


def _by_evidence(move: Move, envelopes: Sequence[Envelope], decisions: Decisions, moment: Moment) -> Proven:
    """Return the proof that rests on evidence: that of a pass, or of a wait that people ended. Another run may say better."""
    nearest: Unproven | None = None
    reasons: list[str] = []
    for proof in _believed(move, envelopes, moment, reasons):
        try:
            return _by_one(move, proof, decisions)
        except Unproven as error:
            nearest = nearest if isinstance(nearest, Unapproved) else error
    if not move.law.wants_evidence:
        raise refusals.nobody(move.landing)
    raise nearest or refusals.nothing_believed(move.landing, move.tree, reasons)


def _by_one(move: Move, proof: Proof, decisions: Decisions) -> Proven:
    said = proof.statement
    way = way_of(move.landing, move.parents, said.head) or "squash"
    rules = sorted({f"{wait.gate}/{wait.rule}" for wait in said.waits})
    if not rules and not decisions.are_there:
        if said.verdict is Verdict.PASS:
            return Proven(move.landing, way, proof)
        raise refusals.failed(move.landing, proof)
    approvals = decisions.approvals(said.head)
    if approvals.rejections:
        raise refusals.rejected(move.landing, approvals.rejections[0])
    uncovered = [rule for rule in rules if approvals.cover(rule) is None]
    if uncovered and said.verdict is Verdict.PASS and decisions.are_reviews(said.head):
        return Proven(move.landing, way, proof, notes=(_TOLD,))
    if uncovered:
        explained = decisions.approvals(said.head, explain=True)
        raise refusals.unapproved(move.landing, said.head, uncovered, explained)
    used = {each.key: each for rule in rules for each in approvals.covering(rule)}
    return Proven(move.landing, way, proof, tuple(used.values()))


def _believed(
    move: Move, envelopes: Sequence[Envelope], moment: Moment, reasons: list[str]
) -> Iterator[Proof]:
    """Yield the evidence that is believed and about exactly this move, a signature verified at a time; say of the rest why it is not."""
    keys = move.law.keys
    worth = [each for each in envelopes if evidence.is_candidate(each, keys.signers)]
    if len(worth) < len(envelopes):
        reasons.append("there is evidence by a key that the base's .gatecheck/approvers does not list for it")
    if len(worth) > MOST:
        raise refusals.too_many(move.landing, len(worth), MOST)
    for envelope in worth:
        try:
            statement = evidence.parse(envelope.payload)
            why = mismatch(statement, move.law, move.landing, move.tree, move.parents, moment.now)
            if not why:
                yield evidence.believe(envelope, keys.signers, moment.now, keys.revoked)
                continue
        except Unbelievable as error:
            why = error.message
        reasons.append(why)
