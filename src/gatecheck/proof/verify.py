"""One commit, or one change that is not merged yet: is it proven? Nothing is run and nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass

from gatecheck import evidence
from gatecheck.app.law import read_policy
from gatecheck.errors import UsageError
from gatecheck.proof import refusals
from gatecheck.proof.decisions import Moment, Move
from gatecheck.proof.landed import Landed, edits_for
from gatecheck.proof.landing import Landing
from gatecheck.proof.law import Laws
from gatecheck.proof.prove import Proven, law_of, weigh
from gatecheck.proof.refs import Refs
from gatecheck.repo import Aim, Repository, find_aim, protecting_commit, short
from gatecheck.repo.change import merged
from gatecheck.repo.commits import is_ancestor
from gatecheck.repo.edits import edits_between


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about."""

    aim: Aim
    landed: bool
    """The branch has the commit already: then the question is how it came there."""

    @property
    def ref(self) -> str:
        """The branch, as its own repository calls it."""
        return f"refs/heads/{self.aim.branch}"


def subject_of(repository: Repository, what: str | None, target: str | None) -> Subject:
    """Return what a name means: a commit that its branch has, or the change that merging it would be.

    A protected branch is looked at as itself, anything else against its target. Raises UsageError for what is no commit.
    """
    aim = find_aim(repository, target, what)
    own = aim.origin.branch
    if target is None and what and own not in {"", aim.branch} and is_protected(repository, aim, own):
        aim = find_aim(repository, what, what)
    if not aim.target.startswith("refs/"):
        raise UsageError(
            f"{short(aim.target)[:12]} is a commit, and evidence is for a branch",
            fix="Name the branch that it would enter: --target BRANCH",
        )
    return Subject(aim, aim.head == aim.base or is_ancestor(repository, aim.head, aim.base))


def verify(repository: Repository, subject: Subject, now: float) -> Proven:
    """Return what proves it. Raises Unproven, Unapproved or Failed with what is missing, and the command that mends it."""
    return _landed(repository, subject) if subject.landed else _merging(repository, subject, now)


def _landed(repository: Repository, subject: Subject) -> Proven:
    commit = subject.aim.head
    refs = Refs.about(repository, repository.objects.tree_of(commit), {})
    landed = Landed(repository, subject.ref, refs)
    trace = landed.trace(commit)
    return landed.find(trace, edits_for(landed, [trace]))


def _merging(repository: Repository, subject: Subject, now: float) -> Proven:
    aim = subject.aim
    _, base_tree, tree, conflicts = merged(repository, aim)
    landing = Landing(subject.ref, aim.base, aim.head)
    if conflicts:
        raise refusals.conflicting(landing, conflicts)
    law = law_of(Laws(repository), landing)
    pair = (base_tree, tree)
    move = Move(landing, law, *pair, (aim.base, aim.head), edits_between(repository, [pair])[pair])
    refs = Refs.about(repository, tree, {})
    tip = refs.evidence.get(tree)
    envelopes = evidence.read(repository.objects, tip) if tip else ()
    return weigh(repository, move, envelopes, Moment(now, refs))


def is_protected(repository: Repository, aim: Aim, branch: str) -> bool:
    """Tell whether a branch is protected, by the policy of the default branch."""
    commit = protecting_commit(repository, aim)
    policy = read_policy(repository, repository.objects.tree_of(commit))
    return policy is not None and policy.protects(branch)
