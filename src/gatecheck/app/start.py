"""Work begun as it should be: the state before it kept, a branch of its own, and where the policy asks for plans, a plan to fill in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gatecheck.app.law import judging_policy
from gatecheck.errors import GatecheckError, UsageError
from gatecheck.model import Policy
from gatecheck.repo import Repository, UserGit
from gatecheck.settings import shown
from gatecheck.snapshots import Asked, Kept, begin, free_branch, push_remote, refuse_start, take

_PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Started:
    """What was made."""

    kept: Kept
    remote: str | None
    """Where the branch would be pushed."""
    plan: str | None
    """The plan's path, where the policy asks for one."""
    notes: tuple[str, ...]


def start(
    git: UserGit, asked: Asked, name: str | None, now: datetime, say: Callable[[str], None], *, again: bool
) -> Started:
    """Keep the state, and put HEAD on a new branch (of this name; None: of one after the moment), with all uncommitted work.

    Raises what `take` raises; UsageError, before anything is made, where no branch can be begun; CannotTell when HEAD moved meanwhile.
    """
    refuse_start(git, name, again=again)
    policy, notes = _policy(git)
    if name and policy and policy.protects(name):
        raise UsageError(
            f"{shown(name)} is a protected branch", fix="Name another one, or leave --branch out."
        )
    kept = take(git, replace(asked, branch=(lambda _: name) if name else free_branch(git)), now, say)
    begin(git, kept)
    return Started(kept, push_remote(git, kept.branch), None, notes)


def _policy(git: UserGit) -> tuple[Policy | None, tuple[str, ...]]:
    """Return the policy that judges here, and what people should know when there is none that can be read."""
    try:
        return judging_policy(Repository.at(f"{git.place.work_tree}")), ()
    except UsageError:  # no commit yet, or no branch to merge into: there is nothing that could have a policy
        return None, ()
    except GatecheckError as error:
        return None, (
            f"the policy cannot be read, so nobody knows whether it asks for a plan: {error.message}",
        )
