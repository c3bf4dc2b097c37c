"""What must happen next, and who must do it, so that neither a person nor an agent has to guess."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from gatecheck.model import Approvals, Effect, Law, Result, Step, Verdict
from gatecheck.repo import Aim, short

_NO_POLICY = Step("author", "give the repository a policy, so that a run can count", "gatecheck init")
_POLICY_IS_THERE = Step(
    "author", "merge the policy (.gatecheck.yaml) into the target branch, so that a run can count"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked about, and who approved it so far."""

    aim: Aim
    approvals: Approvals

    def command(self, name: str) -> str:
        """Return a command line about the change."""
        words = ["gatecheck", name, self.aim.head[:12]]
        return shlex.join([*words, *(["--target", short(self.aim.target)] if self.aim.asked else [])])


def next_steps(
    results: tuple[Result, ...], verdict: Verdict, law: Law, asked: Asked, *, written: bool
) -> tuple[Step, ...]:
    """Return the steps that lead from this report to a green one, the most urgent first.

    `written`: the work tree has a policy already, which is not on the target branch yet.
    """
    steps = dict.fromkeys(step for result in results for step in _of(result, asked))
    if law.bootstrap and verdict is Verdict.PASS:
        steps[_POLICY_IS_THERE if written or law.changed else _NO_POLICY] = None
    return tuple(steps)


def _of(result: Result, asked: Asked) -> Iterator[Step]:
    if result.verdict is Verdict.ERROR:
        yield Step(
            "operator", f"{result.name}: {result.fix}" if result.fix else f"{result.name}: {result.reason}"
        )
    for finding in result.outcome.findings if result.outcome else ():
        if not finding.introduced or finding.waiver is not None:
            continue
        if finding.effect is Effect.BLOCK:
            yield Step("author", f"mend what {result.name} found, commit, and run again", "gatecheck run")
        elif (
            finding.effect is Effect.APPROVAL
            and finding.approval is None
            and result.verdict is Verdict.WAITING
        ):
            yield _approve(f"{result.name}/{finding.rule}", asked)


def _approve(rule: str, asked: Asked) -> Step:
    """Return what must happen so that a finding which waits for people does not wait any more."""
    approvals = asked.approvals
    if approvals.by_review:
        return Step(
            "approver",
            f"look at it ({asked.command('review')}) and approve it on the forge, as somebody who is neither author nor committer; "
            "then have the check run again",
        )
    if not approvals.may:
        return Step(
            "approver",
            f"look at what {rule.partition('/')[0]} found; nobody can approve it yet: list approvers' keys in .gatecheck/approvers "
            f"of the target branch, or to accept it without, add a waiver for {rule} to the policy there",
        )
    so_far = len(approvals.covering(rule))
    count = f" ({so_far} of {approvals.quorum} have)" if approvals.quorum > 1 else ""
    return Step(
        "approver",
        f"look at it ({asked.command('review')}) and approve it, if it is right; these may: {', '.join(approvals.may)}{count}",
        asked.command("approve"),
    )
