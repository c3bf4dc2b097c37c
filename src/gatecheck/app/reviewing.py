"""The sheet for whoever decides about a change, from all that is known of it."""

from __future__ import annotations

from gatecheck.app.docket import Docket
from gatecheck.model import PLANS
from gatecheck.render.review import Sheet
from gatecheck.repo import short


def sheet(docket: Docket) -> Sheet:
    """Return what is shown before somebody says yes or no."""
    change = docket.change
    people = (f"{one.author.name} <{one.author.mail}>" for one in docket.commits)
    return Sheet(
        change,
        docket.aim.origin.branch,
        tuple(dict.fromkeys(people)) or ("nobody that can be told",),
        len(docket.commits),
        docket.results,
        docket.assessment,
        docket.approvals,
        docket.ruling.law.source,
        _back(docket),
        {
            "run": docket.judging,
            "diff": f"git diff {change.base[:12]}...{change.head[:12]}",
            "approve": docket.command("approve"),
            "reject": f"{docket.command('reject')} -m REASON",
        },
    )


def _back(docket: Docket) -> tuple[str, ...]:
    """Return how one goes back after the merge."""
    branch = docket.aim.origin.branch
    note = docket.repository.noted(f"snapshots/{branch}").split(" ") if branch else [""]
    plans = [path.path for path in docket.change.within(PLANS).paths if path.blob]
    ways = [f"after the merge: git revert -m 1 MERGE, on {short(docket.aim.target)}"]
    ways += [f"the state before it is kept: {note[0]}"] if note[0] else []
    ways += [f"step by step: the plan {path} says how" for path in plans]
    return tuple(ways)
