"""A merge as gatecheck makes it: what is judged lands, nothing else does, and what proves it goes along."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from gatecheck import landing
from gatecheck.app.flow import Judgement, Question, judge
from gatecheck.errors import CannotTell, Refused, UsageError
from gatecheck.landing import Draft
from gatecheck.model import Listener
from gatecheck.proof.carrying import Cargo, bring_here, keep_branch, load
from gatecheck.proof.landing import Landing
from gatecheck.proof.law import Law, Laws
from gatecheck.proof.prove import Proven, prove
from gatecheck.proof.verify import Subject, is_protected, verify
from gatecheck.repo import Aim, Repository, UserGit, branch_of, find_aim
from gatecheck.repo.change import merged
from gatecheck.repo.commits import commits_between, is_ancestor, read_commit

Way = Literal["merge", "squash", "rebase", "ff"]
TRIES = 3
"""How often a target that moves meanwhile is followed."""
_REMOTES = "refs/remotes/"
EVIDENCE, APPROVAL, OVERRIDE = "Gatecheck-Evidence", "Gatecheck-Approval", "Gatecheck-Override"
"""Trailers: the sha256 of an envelope, and nonces."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What `gatecheck merge` was asked."""

    question: Question
    """How the change is judged; its head and target are those to merge."""
    way: Way = "merge"
    push: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """It has landed."""

    landing: Landing
    remote: str
    """Where; empty: in this clone."""
    proven: Proven | None
    """None: nothing but the gates' answer here and now lets it in."""
    tries: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Goal:
    """The branch that moves."""

    remote: str
    branch: str

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}"


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A change that may enter."""

    aim: Aim
    tree: str
    """The merge result that was judged."""
    law: Law | None
    proven: Proven | None = None


def merge(asked: Asked, listen: Listener) -> Merged | Judgement:
    """Bring the change on to its target; return the judgement instead where the gates do not let it in, and then nothing has moved.

    Raises Unproven where evidence is asked for and not there, Refused where it cannot land as asked for, and CannotTell when the target
    moves faster than it can be followed.
    """
    repository = Repository.at(asked.question.repo)
    git = UserGit(repository.place)
    goal = _goal(repository, asked)
    notes: tuple[str, ...] = ()
    for tries in range(1, TRIES + 1):
        if asked.push:
            landing.fetch(git, goal.remote, goal.branch)
            base = find_aim(repository, asked.question.target, asked.question.head).base
            notes = bring_here(repository, git, goal.remote, Laws(repository).of(base))
        found = _may_enter(repository, git, asked, listen)
        if isinstance(found, Judgement):
            return found
        move = Landing(goal.ref, found.aim.base, _commit(repository, git, asked, found, goal.branch))
        _look_again(repository, move, found)
        cargo = load(repository, git, move, found.law, found.proven)
        landed = False
        try:
            landed = _land(repository, git, asked, goal, move, cargo)
        finally:
            if not landed:
                cargo.take_back(git)
        if landed:
            where = goal.remote if asked.push else ""
            return Merged(move, where, found.proven, tries, (*notes, *cargo.notes))
    raise CannotTell(
        f"{goal.branch} moved {TRIES} times while the change was judged",
        fix="Run it again when it is quieter.",
    )


def _goal(repository: Repository, asked: Asked) -> _Goal:
    """Return which branch is to move. Raises UsageError for a target that is none, or not the remote's."""
    aim = find_aim(repository, asked.question.target, asked.question.head)
    remote = aim.target.removeprefix(_REMOTES).partition("/")[0] if aim.target.startswith(_REMOTES) else ""
    if not remote and not aim.target.startswith("refs/heads/"):
        raise UsageError(f"{aim.target} is not a branch", fix="Name the branch to merge into with --target.")
    if asked.push and not remote:
        raise UsageError(
            f"{branch_of(aim.target)} is a branch of this clone, so there is nowhere to push it",
            fix=f"Name the remote's: --target origin/{branch_of(aim.target)}, or leave --push away.",
        )
    return _Goal(remote, branch_of(aim.target))


def _may_enter(
    repository: Repository, git: UserGit, asked: Asked, listen: Listener
) -> _Candidate | Judgement:
    """Return the change as it may enter, by evidence where the base asks for it, else by the gates, which are asked here and now."""
    aim = _aim(repository, git, asked)
    law = Laws(repository).of(aim.base)
    if law and law.wants_evidence and is_protected(repository, aim, aim.branch):
        proven = verify(repository, Subject(aim, landed=False), time.time())
        return _Candidate(aim, merged(repository, aim).tree, law, proven)
    judgement = judge(replace(asked.question, head=aim.head, branch=aim.origin.branch), listen)
    if judgement.report.exit_code:
        return judgement
    change = judgement.report.change
    return _Candidate(replace(aim, base=change.base), change.tree, law)


def _aim(repository: Repository, git: UserGit, asked: Asked) -> Aim:
    """Return what is to be judged: the head as it is, or what a rebase makes of it."""
    aim = find_aim(repository, asked.question.target, asked.question.head)
    if asked.way == "ff" and not is_ancestor(repository, aim.base, aim.head):
        raise Refused(
            f"{aim.branch} has gone on since {aim.head[:12]} left it, so it cannot be moved forward to it",
            fix="Leave --ff away, or merge with --rebase.",
        )
    if asked.way != "rebase":
        return aim
    return replace(aim, head=landing.rebase(repository, git, aim.base, aim.head))


def _commit(repository: Repository, git: UserGit, asked: Asked, found: _Candidate, target: str) -> str:
    """Return the commit that the target is to move to; a merge or a squash is made of the tree that was judged."""
    base, head = found.aim.base, found.aim.head
    if asked.way in {"rebase", "ff"}:
        return head
    landing.bring(repository, git, found.tree, (base, head))
    at_head = [ref for ref, tip in repository.refs("refs/heads/").items() if tip == head]
    name = found.aim.origin.branch or landing.branch_name(head, at_head)
    trailers = tuple(_trailers(found.proven)) if found.proven else ()
    draft = Draft(base, head, found.tree, name, target, asked.message, trailers)
    if asked.way == "merge":
        return landing.merge_commit(git, draft)
    if found.proven and found.proven.evidence:
        keep_branch(repository, git, found.tree, head)
    listed = commits_between(repository, base, head)
    return landing.squash_commit(git, draft, [read_commit(repository.objects, each) for each in listed])


def _trailers(proven: Proven) -> Iterator[tuple[str, str]]:
    if proven.evidence:
        yield EVIDENCE, proven.evidence.digest
    for approval in proven.approvals:
        yield OVERRIDE if proven.overridden else APPROVAL, approval.nonce


def _look_again(repository: Repository, move: Landing, found: _Candidate) -> None:
    """Hold the commit that was made against what was judged. Raises CannotTell when it holds another tree, Unproven when it is not proven."""
    tree = repository.objects.tree_of(move.new)
    if tree != found.tree:
        raise CannotTell(
            f"the commit {move.new[:12]} holds the tree {tree[:12]}, and {found.tree[:12]} was judged; nothing has moved",
            fix="Look what of your git's configuration alters commits, and merge without it.",
        )
    if found.proven:
        prove(repository, move, now=time.time())


def _land(
    repository: Repository, git: UserGit, asked: Asked, goal: _Goal, move: Landing, cargo: Cargo
) -> bool:
    ids = (move.old, move.new)
    if asked.push:
        return landing.push(git, goal.remote, goal.ref, ids, cargo.refs)
    return landing.move(repository, git, goal.ref, ids, is_target=not goal.remote)
