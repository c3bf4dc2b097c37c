"""A branch of its own for work that is about to begin, made where the user stands: HEAD moves to it, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable

from gatecheck.errors import CannotTell, UsageError
from gatecheck.repo import UserGit
from gatecheck.snapshots.asking import DURABLY, run
from gatecheck.snapshots.branch import make_branch, refuse_branch
from gatecheck.snapshots.names import BRANCH, HEADS, is_started
from gatecheck.snapshots.objects import resolve
from gatecheck.snapshots.standing import REBASE, Standing, stand
from gatecheck.snapshots.take import Kept


def refuse_start(git: UserGit, name: str | None, *, again: bool) -> None:
    """Raise UsageError where no branch can be begun, before anything is made. `name` is the one asked for."""
    standing = stand(git)
    if standing.doing in REBASE:
        raise UsageError(
            f"{standing.doing} is under way, and it needs HEAD where it is",
            fix="End it (git rebase --continue, or --abort; git am --continue, or --abort), and start then. To keep the state as it is: "
            "gatecheck snapshot",
        )
    if name is not None:
        refuse_branch(git, name)
    elif is_started(standing.branch) and not again:
        raise UsageError(
            f"this is {standing.branch} already, a branch to work on",
            fix="Go on working; gatecheck snapshot keeps the state. For another branch from here: gatecheck start --again",
        )


def free_branch(git: UserGit) -> Callable[[str], str | None]:
    """Return what gives a new branch its name, by the stamp of its snapshot's; None where there is such a branch."""

    def named(stamp: str) -> str | None:
        return None if resolve(git, f"{HEADS}{BRANCH}{stamp}") else BRANCH + stamp

    return named


def begin(git: UserGit, kept: Kept) -> None:
    """Make the snapshot's branch and put HEAD on it; index and files stay as they are, uncommitted work is simply on the new branch.

    Raises CannotTell when HEAD is not any more where it was when the snapshot was taken, ToolError when git refuses.
    """
    then, name = kept.standing, f"{kept.branch}"
    now = stand(git)
    if (now.head, now.branch) != (then.head, then.branch):
        raise CannotTell(
            f"HEAD moved while the snapshot was taken: from {_at(then)} to {_at(now)}",
            fix=f"Start again; the snapshot is kept as {kept.snapshot.tag}.",
        )
    if then.head:
        make_branch(git, name, then.head, since=kept.snapshot.tag)
    # git switch would write the index anew and refuse in a merge; from a commit to itself there is nothing to switch but HEAD
    reason = f"checkout: moving from {then.branch or then.head} to {name}"
    run(git, "symbolic-ref", "-m", reason, "HEAD", f"{HEADS}{name}", env=DURABLY)


def _at(standing: Standing) -> str:
    return f"{standing.says} ({(standing.head or 'no commit')[:10]})"
