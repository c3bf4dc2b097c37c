"""A commit that is on its branch already: how it came there, and what proved it then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gatecheck import evidence
from gatecheck.errors import CannotTell
from gatecheck.evidence import Statement
from gatecheck.model import ChangedPath
from gatecheck.proof import refusals
from gatecheck.proof.decisions import Moment, Move, last_word
from gatecheck.proof.errors import Failed, Lawless, Unapproved, Unproven
from gatecheck.proof.landing import Landing
from gatecheck.proof.law import Laws
from gatecheck.proof.prove import Proven, law_of, weigh
from gatecheck.proof.refs import Refs
from gatecheck.repo import Repository
from gatecheck.repo.commits import is_ancestor, read_commit
from gatecheck.repo.edits import Trees, edits_between
from gatecheck.sign import Envelope, Unbelievable

Edits = Mapping[Trees, tuple[ChangedPath, ...]]


@dataclass(frozen=True, slots=True)
class Trace:
    """A commit with all that may prove how it came: nothing of it is believed yet."""

    commit: str
    tree: str
    parents: tuple[str, ...]
    time: float
    """When it was committed, by its own word."""
    said: tuple[tuple[Envelope, Statement], ...]
    """Evidence about its tree."""
    bases: Mapping[str, str]
    """From where the branch may have come, with their trees: its first parent, then the bases of evidence about exactly this head."""

    @property
    def first_parent(self) -> str:
        """The branch's tip before, unless several commits came at once; empty for a first commit."""
        return self.parents[0] if self.parents else ""

    @property
    def pairs(self) -> list[Trees]:
        """The trees between which `find` wants to know the differences."""
        return [(before, self.tree) for before in self.bases.values()]


class Landed:
    """Looks commits of one branch up."""

    def __init__(self, repository: Repository, ref: str, refs: Refs) -> None:
        self.repository = repository
        self.ref = ref
        self.refs = refs
        self.laws = Laws(repository)

    def trace(self, commit: str) -> Trace:
        """Return what may prove how a commit came. Raises CannotTell where it, or what was there before, is missing."""
        objects = self.repository.objects
        said = read_commit(objects, commit)
        tip = self.refs.evidence.get(said.tree)
        told = tuple(_readable(evidence.read(objects, tip))) if tip else ()
        bases = {base: objects.tree_of(base) for base in said.parents[:1]}
        for base in (each.base for _, each in told if each.head == commit and each.base not in bases):
            try:
                bases[base] = objects.tree_of(base)
            except CannotTell:  # whoever wrote it: a base that is nowhere proves nothing
                continue
        return Trace(commit, said.tree, said.parents, said.committer.time, told, bases)

    def find(self, trace: Trace, edits: Edits) -> Proven:
        """Return what proved that the commit may be there. Raises Unproven (or what stands below it) with the most telling reason."""
        errors: list[Unproven] = []
        for base in trace.bases:
            try:
                return self._from(trace, base, edits)
            except Unproven as error:
                errors.append(error)
        raise max(errors, key=_telling) if errors else refusals.first_commit(trace.commit)

    def _from(self, trace: Trace, base: str, edits: Edits) -> Proven:
        landing = Landing(self.ref, base, trace.commit)
        law = law_of(self.laws, landing)
        is_jump = base != trace.first_parent
        if is_jump and not is_ancestor(self.repository, base, trace.commit):
            raise refusals.not_forward(landing)
        pair = (trace.bases[base], trace.tree)
        move = Move(landing, law, *pair, trace.parents, edits[pair])
        errors: list[Unproven] = []
        for envelopes, now in self._moments(trace, move):
            try:
                found = weigh(self.repository, move, envelopes, Moment(now, self.refs))
            except Unproven as error:
                errors.append(error)
                continue
            if not is_jump or self._is_still_listed(trace, found):
                return found
            errors.append(refusals.not_listed_then(landing))
        raise max(errors, key=_telling)

    def _moments(self, trace: Trace, move: Move) -> Iterator[tuple[list[Envelope], float]]:
        """Yield pieces of evidence, each with the time at which it let the commit in; at last none, for what people let in without.

        A merge or a squash came when it was made. What moved forward is older than its evidence and its approvals.
        """
        tips = self.refs.approvals.get(move.digest, ()) if self.refs.approvals else ()
        for envelope, said in trace.said:
            later = last_word(self.repository, tips) if said.head == trace.commit else 0.0
            yield [envelope], max(trace.time, said.created_at, later)
        yield [], max(trace.time, last_word(self.repository, tips, trace.commit))

    def _is_still_listed(self, trace: Trace, found: Proven) -> bool:
        """Tell whether a proof that skips commits is by keys that the commit before lists, too.

        Else a key that was taken off the list could sign for a base of its time, and hide whatever came since.
        """
        law = self.laws.of(trace.first_parent)
        listed = {signer.fingerprint for signer in law.keys.signers} if law else set()
        signer = {found.evidence.signer.fingerprint} if found.evidence else set()
        return (signer | {approval.key for approval in found.approvals}) <= listed


def edits_for(landed: Landed, traces: Sequence[Trace]) -> Edits:
    """Return the differences that `find` wants to know of some commits, with one call of git."""
    pairs = dict.fromkeys(pair for trace in traces for pair in trace.pairs)
    return edits_between(landed.repository, list(pairs)) if pairs else {}


def _readable(envelopes: Sequence[Envelope]) -> Iterator[tuple[Envelope, Statement]]:
    for envelope in envelopes:
        try:
            yield envelope, evidence.parse(envelope.payload)
        except Unbelievable:
            continue


def _telling(error: Unproven) -> tuple[int, int]:
    """Return how much an error tells: a verdict most, then what waits for people, then that nothing is there, and least that there is no law."""
    return {Failed: 3, Unapproved: 2, Lawless: 0}.get(type(error), 1), len(error.reasons)
