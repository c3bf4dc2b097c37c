"""What `gatecheck evidence` looks up: the evidence for a change or a commit, and whether the base of each piece believes it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from gatecheck import evidence
from gatecheck.app.approvals import APPROVERS, REVOKED, file_of
from gatecheck.errors import CannotTell, GatecheckError, UsageError
from gatecheck.evidence import PREFIX, Statement
from gatecheck.evidence.keep import sift
from gatecheck.repo import Repository, UserGit, compute, find_aim, ledger
from gatecheck.repo.remotes import push_remote
from gatecheck.sign import Envelope, Unbelievable, parse_signers


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement, and what is to be thought of it."""

    statement: Statement
    signer: str
    """Who signed it, where that is believed; else empty."""
    doubt: str = ""
    """Why it is not."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is about one tree."""

    tree: str
    pieces: tuple[Piece, ...] = ()
    odd: tuple[str, ...] = ()
    """What is there and is no evidence, by name."""
    envelopes: tuple[Envelope, ...] = ()
    """All of them, those about tests alone included."""


def find(repo: str, commit: str | None) -> Found:
    """Return what there is about a commit's tree; without one, about what the merge of HEAD would be.

    Raises UsageError for a name that names no commit, and CannotTell where git cannot merge.
    """
    repository = Repository.at(repo)
    tree = _tree(repository, commit)
    tip = repository.resolve(PREFIX + tree)
    if tip is None:
        return Found(tree)
    envelopes, odd = sift(ledger.read_files(repository.objects, tip).items())
    pieces = []
    for envelope in evidence.read(repository.objects, tip):
        try:
            pieces.append(_piece(repository, envelope))
        except Unbelievable as error:
            odd.append(error.message)
    return Found(
        tree, tuple(sorted(pieces, key=lambda piece: piece.statement.created)), tuple(odd), tuple(envelopes)
    )


def remote_for(repo: str, named: str | None) -> tuple[UserGit, str]:
    """Return the user's git, and the remote that is named or to which it would push. Raises UsageError when there is none to choose."""
    git = UserGit(Repository.at(repo).place)
    _, branch, _ = git.code("symbolic-ref", "--quiet", "--short", "HEAD")
    remote = named or push_remote(git, branch or None)
    if remote is None:
        raise UsageError(
            "there is no remote, or none is chosen", fix="Name one: gatecheck evidence push REMOTE"
        )
    return git, remote


def _tree(repository: Repository, commit: str | None) -> str:
    if commit is None:
        change = compute(repository, find_aim(repository, None, None))
        if not change.tree:
            raise CannotTell(
                "git cannot merge HEAD into its target, so there is no tree to have evidence for",
                fix="Name a commit, or resolve the conflicts first.",
            )
        return change.tree
    found = repository.resolve(commit)
    if found is None:
        raise UsageError(f"{commit} names no commit here", fix="Name a branch, a tag or a commit.")
    return repository.objects.tree_of(found)


def _piece(repository: Repository, envelope: Envelope) -> Piece:
    """Return one statement, held against the keys of its own base."""
    said = evidence.parse(envelope.payload)
    try:
        base = repository.objects.tree_of(said.base)
        signers = parse_signers(file_of(repository, base, APPROVERS) or b"", APPROVERS)
        revoked = file_of(repository, base, REVOKED) or b""
        return Piece(said, evidence.believe(envelope, signers, time.time(), revoked).signer.name)
    except GatecheckError as error:
        return Piece(said, "", error.message)
