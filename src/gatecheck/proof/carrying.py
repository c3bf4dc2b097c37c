"""What goes along with a merge: its evidence, its approvals, an entry of the log; and what others had of these is brought first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from gatecheck import evidence
from gatecheck.app.approvals import PREFIX as APPROVALS
from gatecheck.app.logged import scribe_of
from gatecheck.app.signing import signing_key
from gatecheck.errors import GatecheckError
from gatecheck.evidence import PREFIX as EVIDENCE
from gatecheck.logbook import REF as LOG
from gatecheck.logbook import Event, Scribe, Thing, catch_up, record
from gatecheck.proof.decisions import digest_of_paths
from gatecheck.proof.landing import Landing
from gatecheck.proof.law import Law
from gatecheck.proof.prove import Proven
from gatecheck.repo import Repository, UserGit
from gatecheck.repo.asking import DURABLY, QUIETLY, run
from gatecheck.repo.edits import edits_between

_THEIRS = "refs/gatecheck/fetched/log"
"""Where the remote's log is put, until ours stands on it."""


@dataclass(frozen=True, slots=True)
class Cargo:
    """What is pushed beside the branch."""

    refs: tuple[str, ...]
    notes: tuple[str, ...] = ()
    log: tuple[str, str] | None = None
    """The log before and after its entry; None where there is no entry."""

    def take_back(self, git: UserGit) -> None:
        """Take the log's entry out again, since what it says did not happen; if others wrote meanwhile it stays."""
        if self.log:
            before, after = self.log
            words = ("update-ref", LOG, before, after) if before else ("update-ref", "-d", LOG, after)
            git.code(*words, env=DURABLY)


def _scribe(git: UserGit, law: Law | None) -> Scribe:
    """Return with which key the log is written. Raises a GatecheckError where there is none."""
    key = signing_key(git, os.environ.get("GATECHECK_SIGNING_KEY"))
    return scribe_of(law.keys.signers if law else None, law.repository if law else "", key)


def bring_here(repository: Repository, git: UserGit, remote: str, law: Law | None) -> tuple[str, ...]:
    """Bring the remote's evidence, approvals and log; ours stay, and stand on theirs. Return what could not be brought."""
    apart = evidence.fetch(git, remote).kept
    if LOG not in apart:
        return ()
    git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", remote, f"+{LOG}:{_THEIRS}")
    try:
        scribe = _scribe(git, law)
    except GatecheckError:
        scribe = None
    try:
        catch_up(repository, git, scribe, repository.resolve(_THEIRS) or "")
    except GatecheckError as error:
        return (f"the log stays here: {error.message}",)
    return ()


def load(
    repository: Repository, git: UserGit, landing: Landing, law: Law | None, proven: Proven | None
) -> Cargo:
    """Write the merge that is about to be made into the log, and return what goes along with it."""
    before = repository.resolve(LOG) or ""
    log: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()
    try:
        log = before, _entry(repository, git, landing, _scribe(git, law), proven)
    except GatecheckError as error:
        notes = (f"the merge is not in the log: {error.message}",)
    return Cargo(tuple(_refs(repository, landing)), notes, log)


def keep_branch(repository: Repository, git: UserGit, tree: str, head: str) -> None:
    """Keep a squashed branch's commits where its evidence is: what approvals are held against would else be lost with the branch."""
    ref = EVIDENCE + tree
    tip = repository.resolve(ref)
    if tip is None or repository.is_ancestor(head, tip):
        return
    subject = b"The branch that was squashed\n"
    words = ("commit-tree", "-p", tip, "-p", head, f"{tip}^{{tree}}", "-F", "-")
    git("update-ref", ref, run(git, *words, stdin=subject, env=QUIETLY), tip, env=DURABLY)


def _entry(
    repository: Repository, git: UserGit, landing: Landing, scribe: Scribe, proven: Proven | None
) -> str:
    things = [Thing("new", "gitCommit", landing.new), Thing("old", "gitCommit", landing.old)]
    if proven and proven.evidence:
        things.append(Thing("evidence", "sha256", proven.evidence.digest))
    event: Event = "override" if proven and proven.overridden else "merge"
    note = "; ".join(each.reason for each in proven.approvals) if proven and proven.overridden else ""
    return record(repository, git, scribe, event, landing.ref, things, note)


def _refs(repository: Repository, landing: Landing) -> Iterator[str]:
    """Yield the refs that are here about what a landing does."""
    objects = repository.objects
    pair = (objects.tree_of(landing.old), objects.tree_of(landing.new))
    digest = digest_of_paths(edits_between(repository, [pair])[pair])
    yield from repository.refs(EVIDENCE + pair[1], f"{APPROVALS}{digest}/", LOG)
