"""What the pre-push hook asks for: a branch's snapshot on the remote, brought there now when it is missing."""

from __future__ import annotations

from datetime import datetime

from gatecheck.errors import CannotTell, UsageError
from gatecheck.repo import UserGit
from gatecheck.snapshots import record
from gatecheck.snapshots.inside import inside
from gatecheck.snapshots.known import known
from gatecheck.snapshots.leaks import look, refusal
from gatecheck.snapshots.names import HEADS
from gatecheck.snapshots.objects import Tagged, resolve
from gatecheck.snapshots.remote import Arrived, Fate, Missing, Taken, read_back
from gatecheck.snapshots.standing import stand
from gatecheck.snapshots.take import Asked, Say, sent, take


def bring(git: UserGit, remote: str, branch: str | None, now: datetime, say: Say) -> str:
    """See to it that the remote has a branch's snapshot (None: of the branch that is checked out), and return its tag.

    One that was made already is pushed, else one is made: of the current state, or, of a branch that is not checked out, of its tip.
    Raises what `take` raises, and CannotTell when the remote does not have it in the end.
    """
    standing = stand(git)
    wanted = branch or standing.branch
    if wanted is None:
        raise UsageError(
            "HEAD is detached, so nobody knows whose snapshot is wanted", fix="Name the branch: --branch NAME"
        )
    old = record.read(git.place, wanted)
    if old:
        kept = Tagged(old.tag, old.tag_id, "")
        there = read_back(git, remote, [kept.ref])
        if not isinstance(there, Missing) and all(ids.get(kept.ref) == kept.tag_id for ids in there):
            return kept.tag
        if resolve(git, kept.ref) == kept.tag_id:
            _refuse_secrets(git, kept.tag, remote)
            fate = sent(git, remote, kept, say)
            if not isinstance(fate, Taken):
                return _arrived(fate, kept)
    elsewhere = wanted != standing.branch and resolve(git, HEADS + wanted) is not None
    asked = Asked(
        "before the push", remote=remote, branch=lambda _: wanted, of=HEADS + wanted if elsewhere else None
    )
    made = take(git, asked, now, say)
    return _arrived(made.fate, made.snapshot)


def _refuse_secrets(git: UserGit, tag: str, remote: str) -> None:
    """Raise Refused for a snapshot that was kept here only, because there is a secret in it."""
    found = inside(git, known(git, tag))
    looked = look(git, found.known.snapshot.commit, found.known.head, [found.index, found.tree], remote)
    if looked.leaks:
        raise refusal(looked.leaks)


def _arrived(fate: Fate, snapshot: Tagged) -> str:
    if isinstance(fate, Arrived):
        return snapshot.tag
    why, fix = (fate.why, fate.fix) if isinstance(fate, Missing) else ("it was not pushed", "Push it.")
    raise CannotTell(f"the snapshot {snapshot.tag} is not on the remote: {why}", fix=fix)
