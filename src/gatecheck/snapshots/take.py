"""One snapshot, from the look at the work tree to the look whether it has arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from gatecheck.errors import Interrupted
from gatecheck.repo import UserGit, announced
from gatecheck.snapshots import record
from gatecheck.snapshots.asking import DURABLY, QUIETLY, run
from gatecheck.snapshots.contents import Contents, contents
from gatecheck.snapshots.leaks import look, refusal
from gatecheck.snapshots.names import HEADS, TAG, TAGS, stamps
from gatecheck.snapshots.objects import Tagged, committed, message, resolve, subject, tagged
from gatecheck.snapshots.remote import (
    Arrived,
    Fate,
    Missing,
    Taken,
    Unasked,
    no_remote,
    publish,
    push_remote,
    shown,
)
from gatecheck.snapshots.standing import Standing, stand, work_tree_of
from gatecheck.snapshots.untracked import BOUND

Say = Callable[[str], None]
"""Who hears what is going on while it takes time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How a snapshot is wanted."""

    why: str = ""
    tracked_only: bool = False
    bound: int = BOUND
    """Bytes of all untracked files together."""
    push: bool = True
    remote: str | None = None
    """Where to; None: where git would push the branch."""
    branch: Callable[[str], str | None] | None = None
    """Gives the branch whose own the snapshot shall be, by the stamp of its name, or None when that is taken.

    Without it the snapshot is of the branch that is checked out, and its own unless it has one.
    """
    of: str | None = None
    """A branch, in full, that is not checked out: then it is of its tip."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot that is kept, and what became of it."""

    snapshot: Tagged
    standing: Standing
    branch: str | None
    """Whose it is."""
    contents: Contents
    fate: Fate
    leaks: tuple[str, ...]
    """Secrets in it; only where it was not to be pushed."""
    notes: tuple[str, ...]
    """What is not in it, and what nobody looked at."""

    @property
    def exit_code(self) -> int:
        """4 when it should be on a remote, and is not."""
        return 4 if isinstance(self.fate, Missing) else 0


def take(git: UserGit, asked: Asked, now: datetime, say: Say) -> Kept:
    """Keep the current state, and have it pushed.

    1. Where does the user stand?
    2. What is there?
    3. Is there a secret in it?
    4. Under which name, free here and on the remote, is it kept?
    5. Whose is it?

    Raises UsageError for a bare repository or too much that is untracked, Refused for a secret, ToolError when git cannot do it, and
    Interrupted when it is there already and only its push was stopped.
    """
    standing, found = _state(git, asked)
    says = subject(asked.why, standing)
    made = committed(git, standing, found, says)
    remote = (asked.remote or push_remote(git, standing.branch)) if asked.push else None
    looked = look(git, made.commit, standing.head, [found.index, found.tree], remote)
    if looked.leaks and asked.push:
        raise refusal(looked.leaks)
    names = stamps(now)
    while True:
        stamp = next(names)
        branch = asked.branch(stamp) if asked.branch else standing.branch
        if asked.branch and branch is None:
            continue
        snapshot = tagged(git, made, TAG + stamp, message(says, standing, branch, len(found.untracked)))
        fate = snapshot and _fate(git, asked, remote, snapshot, say)
        if snapshot and fate:
            notes = (*found.notes, *_not_kept(standing), *looked.notes)
            kept = Kept(snapshot, standing, branch, found, fate, looked.leaks, notes)
            break
    with told_when_interrupted(
        kept.snapshot, "and may not be known as its branch's own", fix="Take another."
    ):
        if kept.branch and (asked.branch or not _has_one(git, kept.branch, standing)):
            record.write(git.place, kept.branch, kept.snapshot, standing.head)
    return kept


def sent(git: UserGit, remote: str, snapshot: Tagged, say: Say) -> Arrived | Missing | Taken:
    """Push a snapshot. Raises Interrupted when somebody has no patience for it; it is kept all the same."""
    say(f"pushing {snapshot.tag} to {shown(remote)}")
    with told_when_interrupted(
        snapshot,
        f"and was not seen on {shown(remote)}",
        fix=f"Push it: git push {shown(remote)} {snapshot.ref}",
    ):
        return publish(git, remote, snapshot)


@contextmanager
def told_when_interrupted(snapshot: Tagged, but: str, *, fix: str) -> Iterator[None]:
    """Have it said that a snapshot is kept, when somebody has no patience for what comes after that. Raises Interrupted then."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted: {snapshot.tag} is kept here, {but}", fix=fix) from None


def _not_kept(standing: Standing) -> list[str]:
    """Say what is under way, of which files and index are kept and nothing else; of a merge all is."""
    if standing.doing is None or standing.merging:
        return []
    return [f"{standing.doing} is under way: files and index are kept, and not where it has got to"]


def _state(git: UserGit, asked: Asked) -> tuple[Standing, Contents]:
    """Return where the user stands and what is there, or, of another branch, where that is and what its tip has."""
    if asked.of is None:
        return stand(git), contents(git, tracked_only=asked.tracked_only, bound=asked.bound)
    work_tree_of(git)
    head, tree = run(git, "rev-parse", f"{asked.of}^{{commit}}", f"{asked.of}^{{tree}}").split("\n")
    return Standing(head, asked.of.removeprefix(HEADS)), Contents(tree, tree, None, (), 0, ())


def _fate(git: UserGit, asked: Asked, remote: str | None, snapshot: Tagged, say: Say) -> Fate | None:
    """Have a snapshot pushed if it is wanted; None when it must have another name, and this one was given up."""
    if not asked.push:
        return Unasked()
    if remote is None:
        return no_remote(git, snapshot)
    fate = sent(git, remote, snapshot, say)
    if not isinstance(fate, Taken):
        return fate
    with announced(git.place, [(snapshot.tag_id, "0" * len(snapshot.tag_id), snapshot.ref)]):
        run(git, "update-ref", "-d", snapshot.ref, snapshot.tag_id, env=DURABLY)
    return None


def _has_one(git: UserGit, branch: str, standing: Standing) -> bool:
    """Tell whether a branch has a snapshot from before its work, which then stays its own."""
    old = record.read(git.place, branch)
    if old is None or resolve(git, TAGS + old.tag) != old.tag_id:
        return False
    if old.head is None or standing.head is None:
        return old.head is None
    return git.code("merge-base", "--is-ancestor", old.head, standing.head, env=QUIETLY)[0] == 0
