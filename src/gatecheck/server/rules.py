"""What no push may do, whatever it can prove: told from names and history alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatecheck.repo import Repository, short
from gatecheck.server.law import Law
from gatecheck.server.updates import Update, is_nothing

PROOFS = ("refs/gatecheck/evidence/", "refs/gatecheck/approvals/")
"""Where what is proven stands; what was there once stays there."""
LOG = "refs/gatecheck/log"
HIDDEN = ("refs/replace", "refs/gatecheck/server")
"""Refs that nobody pushes: git makes one object stand for another by the first, the second are the server's own."""
_SNAPSHOT = "refs/tags/backup-"
GUARDED = ("refs/heads/", _SNAPSHOT, "refs/gatecheck/", "refs/replace/")
"""Below these the tripwire looks whether a move was let pass; other refs are nobody's business."""
_HEX = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_PROOF = re.compile(rf"refs/gatecheck/(?:evidence/{_HEX}|approvals/[0-9a-f]{{16,64}}/[0-9a-f]{{16,64}}|log)")
_AGAIN = "git fetch, gatecheck run, and push again what was judged"


@dataclass(frozen=True, slots=True)
class No:
    """Why a ref does not move, and what mends it."""

    ref: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Move:
    """An update together with what is true on the server."""

    update: Update
    ref: str
    """The ref that would really move."""
    now: str | None
    """Where that ref is; None where it is not there."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which git may speak of it."""
        return (self.update.ref, self.ref)

    @property
    def shown(self) -> str:
        """For people: the ref, and what it stands for."""
        name = short(self.ref)
        return name if self.update.ref == self.ref else f"{short(self.update.ref)} (which stands for {name})"

    def no(self, why: str, fix: str) -> No:
        """Return that it is refused."""
        return No(self.shown, why, fix)


def refused(repository: Repository, law: Law, move: Move) -> No | None:
    """Return why a move is refused before anything is proven; None when it is not."""
    ref, update = move.ref, move.update
    if any(name == folder or name.startswith(folder + "/") for folder in HIDDEN for name in move.names):
        return move.no("nobody pushes this ref: it is the server's own", "Leave it out of the push.")
    if ref.startswith("refs/gatecheck/"):
        return _of_a_proof(repository, move)
    if ref.startswith(_SNAPSHOT) and move.now and update.new != move.now:
        done = "deleted" if update.deletes else "moved"
        return move.no(f"it is a snapshot, which is never {done}", "Take a new one: gatecheck snapshot")
    if law.protects(ref):
        return _of_a_protected(repository, move)
    return None


def _of_a_protected(repository: Repository, move: Move) -> No | None:
    update = move.update
    if update.deletes:
        return move.no("it is protected, and is not deleted", "Leave it out of the push.")
    if move.now != (None if is_nothing(update.old) else update.old):
        return move.no("it has moved meanwhile", f"Do it again: {_AGAIN}")
    if move.now and not repository.is_ancestor(move.now, update.new):
        fix = f"Do not rewrite it; to undo something: git revert, or gatecheck rollback. Then: {_AGAIN}"
        return move.no(
            "it is protected and moves only forward, and this would rewrite it (non-fast-forward)", fix
        )
    return None


def _of_a_proof(repository: Repository, move: Move) -> No | None:
    """What proves something is added to, and never taken away: neither by a deletion nor by a later commit without it."""
    ref, new, now = move.ref, move.update.new, move.now
    if not _PROOF.fullmatch(ref):
        fix = f"Push what gatecheck evidence push does: {', '.join(PROOFS)} and {LOG}"
        return move.no("this is no name for evidence, an approval or the log", fix)
    if move.update.deletes:
        return move.no("what proves something is not deleted", "Leave it out of the push.")
    if repository.objects.kind(new) != "commit":
        return move.no("it is no commit", "Push what gatecheck made: gatecheck evidence push")
    if now is None or now == new:
        return None
    fetch = "Bring what is there, and push both: gatecheck evidence fetch, then gatecheck evidence push"
    if not repository.is_ancestor(now, new):
        return move.no("somebody else wrote there meanwhile", fetch)
    trees = (repository.objects.tree_of(now), repository.objects.tree_of(new))
    if ref != LOG and repository.git("diff-tree", "-r", "--name-only", "--diff-filter=a", *trees):
        return move.no("this would take away what is there", fetch)
    return None
