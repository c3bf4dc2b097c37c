"""Work begun as it should be: the state before it kept, a branch of its own, and where the policy asks for plans, a plan to fill in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gatecheck import plans
from gatecheck.app.law import judging_policy
from gatecheck.errors import GatecheckError, UsageError
from gatecheck.model import Policy
from gatecheck.repo import Repository, UserGit
from gatecheck.settings import shown
from gatecheck.snapshots import (
    Asked,
    Kept,
    begin,
    free_branch,
    push_remote,
    refuse_start,
    stamp_of,
    take,
    told_when_interrupted,
)

_PLAN = "plan"
_UNREAD = "the policy cannot be read, so it is not known whether it asks for a plan: "


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
    with told_when_interrupted(
        kept.snapshot,
        "and the new branch may be there or not",
        fix="See where you are (git status); on the old branch, start again. A plan is begun with gatecheck plan new.",
    ):
        begin(git, kept)
        plan, more = _plan(git, kept, asked.why) if policy and _wants_plan(policy) else (None, ())
    return Started(kept, push_remote(git, kept.branch), plan, (*notes, *more))


def _plan(git: UserGit, kept: Kept, why: str) -> tuple[str | None, tuple[str, ...]]:
    """Begin a plan; return its path, or what people should know when that failed: a plan can be begun at any time."""
    record = f"{kept.snapshot.tag} {kept.snapshot.tag_id}"
    time = stamp_of(kept.snapshot.tag)
    try:
        path = plans.begin(
            Path(f"{git.place.work_tree}"), why, branch=f"{kept.branch}", time=time, snapshot=record
        )
    except GatecheckError as error:
        return None, (f"no plan was begun: {error.message}; begin one with gatecheck plan new",)
    return path, ()


def _wants_plan(policy: Policy) -> bool:
    """Tell whether a policy has a gate of the kind `plan`: by its name, or by what it says that it uses."""
    for name, options in policy.gates.items():
        uses = options.value.get("uses") if isinstance(options.value, Mapping) else None
        if (uses.value if uses else name) == _PLAN:
            return True
    return False


def _policy(git: UserGit) -> tuple[Policy | None, tuple[str, ...]]:
    """Return the policy that judges here, and what people should know when there is none that can be read."""
    try:
        policy = judging_policy(Repository.at(f"{git.place.work_tree}"))
    except UsageError:  # no commit yet, or no branch to merge into: there is nothing that could have a policy
        return None, ()
    except GatecheckError as error:
        return None, (_UNREAD + error.message,)
    return policy, tuple(_UNREAD + str(problem) for problem in policy.problems[:1])
