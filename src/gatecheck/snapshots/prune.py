"""Old snapshots, taken away: which ones, first on the remote and then here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gatecheck.errors import UsageError
from gatecheck.repo import Repository, UserGit, announced
from gatecheck.settings import shown
from gatecheck.snapshots import record
from gatecheck.snapshots.asking import DURABLY, QUIETLY, run
from gatecheck.snapshots.known import Known, all_known
from gatecheck.snapshots.merged import target, unmerged
from gatecheck.snapshots.names import HEADS
from gatecheck.snapshots.remote import push_remotes
from gatecheck.snapshots.standing import stand
from gatecheck.snapshots.withdraw import withdraw

_AGE = re.compile(r"(\d{1,5})([dhw])", re.ASCII)
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to go and what stays."""

    goes: tuple[Known, ...]
    stays: tuple[tuple[Known, str], ...]
    """Each with the reason."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What is gone."""

    gone: tuple[Known, ...]
    left: tuple[tuple[Known, str], ...]
    """What could not be taken away, each with the reason."""


def age(text: str) -> timedelta:
    """Return the time that a text such as `30d`, `12h` or `2w` means. Raises UsageError."""
    found = _AGE.fullmatch(text)
    if not found:
        raise UsageError(
            f"{shown(text)} is not an age", fix="Write a number of days, hours or weeks: 30d, 12h, 2w."
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def choose(git: UserGit, now: datetime, *, merged: bool, older: timedelta | None) -> Choice:
    """Return which snapshots may go: those for which all that is asked for holds, and never those of a branch that is checked out."""
    stand(git)
    busy = _checked_out(git)
    remotes = push_remotes(git)
    repository = Repository.at(git.place.git_dir)
    into = target(repository) if merged else None
    goes, stays = [], []
    for known in all_known(git):
        reason = ""
        if known.branch in busy:
            reason = f"{known.branch} is checked out"
        elif older is not None and known.time > now - older:
            reason = "it is not that old"
        elif into:
            reason = unmerged(repository, into, known, remotes(known.branch))
        if reason:
            stays.append((known, reason))
        else:
            goes.append(known)
    return Choice(tuple(goes), tuple(stays))


def prune(git: UserGit, goes: Sequence[Known]) -> Pruned:
    """Take snapshots away. What is not gone from the remote stays here too.

    Raises CannotTell when a remote cannot be asked, and ToolError when git refuses.
    """
    remotes = push_remotes(git)
    left: dict[str, str] = {}
    for remote, some in _by_remote(goes, remotes):
        if remote:
            left |= withdraw(git, remote, [known.snapshot for known in some])
    gone = [known for known in goes if known.snapshot.tag not in left]
    moves = [(known.snapshot.tag_id, "0" * len(known.snapshot.tag_id), known.snapshot.ref) for known in gone]
    with announced(git.place, moves):
        lines = "".join(f"delete {ref} {old}\n" for old, _, ref in moves)
        run(git, "update-ref", "--stdin", stdin=lines.encode(), env=DURABLY)
    for known in gone:
        own = record.read(git.place, known.branch) if known.branch else None
        if own and known.branch and own.tag_id == known.snapshot.tag_id:
            record.forget(git.place, known.branch)
    return Pruned(
        tuple(gone), tuple((known, left[known.snapshot.tag]) for known in goes if known not in gone)
    )


def _by_remote(
    goes: Sequence[Known], remotes: Callable[[str | None], str | None]
) -> Iterable[tuple[str | None, list[Known]]]:
    found: dict[str | None, list[Known]] = {}
    for known in goes:
        found.setdefault(remotes(known.branch), []).append(known)
    return found.items()


def _checked_out(git: UserGit) -> set[str]:
    """Return the branches that are checked out, in whichever work tree. Source: git-worktree(1), PORCELAIN FORMAT."""
    out = run(git, "worktree", "list", "--porcelain", "-z", env=QUIETLY)
    beginning = f"branch {HEADS}"
    return {line.removeprefix(beginning) for line in out.split("\0") if line.startswith(beginning)}
