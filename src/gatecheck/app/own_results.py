"""Verdicts that no gate gives: git cannot merge, the repository moved, and somebody who may approve said no."""

from __future__ import annotations

from gatecheck.model import Approvals, Change, Effect, Examined, Finding, Outcome, Rejection, Result, Verdict

REJECTION = "rejection"
"""The name and the kind of the result that says who rejected the change."""
REVIEWS = "reviews"
"""The name and the kind of the result that says why it is not known who approved."""


def conflict(change: Change) -> Result:
    """Return the verdict on a change that cannot be merged: no gate has anything to look at."""
    findings = tuple(
        Finding(
            "conflict",
            "both sides changed it in ways that git cannot merge",
            "Merge the target into the branch and resolve it: git merge "
            + change.target.removeprefix("refs/remotes/").removeprefix("refs/heads/"),
            path=path,
            effect=Effect.BLOCK,
        )
        for path in change.conflicts
    )
    return Result("merge", "merge", Verdict.FAIL, outcome=Outcome(Examined(1, "merge"), findings))


def disturbed(what: tuple[str, ...]) -> Result:
    """Return the verdict where the user's repository is not what it was before the gates ran."""
    return Result(
        "repository",
        "repository",
        Verdict.ERROR,
        f"{', '.join(what)} of your repository changed while the gates ran",
        "If you did that yourself, run again and leave the repository alone meanwhile; if not, a gate's program reached it.",
    )


def rejected(approvals: Approvals) -> tuple[Result, ...]:
    """Return the verdict where people who may approve rejected exactly this change; nothing where nobody did."""
    by_key, by_review = (
        "take that back: gatecheck revoke",
        "approve it on the forge, or have that review dismissed there",
    )
    back = by_review if approvals.by_review else by_key
    findings = tuple(_no(rejection, back) for rejection in approvals.rejections)
    if not findings:
        return ()
    outcome = Outcome(Examined(len(findings), "decisions"), findings)
    return (Result(REJECTION, REJECTION, Verdict.FAIL, outcome=outcome),)


def unheard(approvals: Approvals, results: tuple[Result, ...]) -> tuple[Result, ...]:
    """Return the verdict where nobody knows who approved, and something waits for it or the policy asks about it."""
    wanted = any(result.verdict is Verdict.WAITING or result.kind == "approval" for result in results)
    if approvals.trouble is None or not wanted:
        return ()
    return (Result(REVIEWS, REVIEWS, Verdict.ERROR, approvals.trouble.why, approvals.trouble.fix),)


def _no(rejection: Rejection, back: str) -> Finding:
    return Finding(
        "rejected",
        f"{rejection.who[0]} rejected the change: {rejection.reason or 'no reason is given'}",
        f"Change what was objected to; or let whoever rejected it {back}",
        effect=Effect.BLOCK,
    )
