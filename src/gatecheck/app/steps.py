"""What must happen next, and who must do it, so that neither a person nor an agent has to guess."""

from __future__ import annotations

from collections.abc import Iterator

from gatecheck.model import Effect, Law, Result, Step, Verdict

_NO_POLICY = Step("author", "give the repository a policy, so that a run can count", "gatecheck init")
_POLICY_IS_THERE = Step(
    "author", "merge the policy (.gatecheck.yaml) into the target branch, so that a run can count"
)


def next_steps(results: tuple[Result, ...], verdict: Verdict, law: Law, *, written: bool) -> tuple[Step, ...]:
    """Return the steps that lead from this report to a green one, the most urgent first.

    `written`: the work tree has a policy already, which is not on the target branch yet.
    """
    steps = dict.fromkeys(step for result in results for step in _of(result))
    if law.bootstrap and verdict is Verdict.PASS:
        steps[_POLICY_IS_THERE if written or law.changed else _NO_POLICY] = None
    return tuple(steps)


def _of(result: Result) -> Iterator[Step]:
    if result.verdict is Verdict.ERROR:
        yield Step(
            "operator", f"{result.name}: {result.fix}" if result.fix else f"{result.name}: {result.reason}"
        )
    for finding in result.outcome.findings if result.outcome else ():
        if not finding.introduced or finding.waiver is not None:
            continue
        if finding.effect is Effect.BLOCK:
            yield Step("author", f"mend what {result.name} found, commit, and run again", "gatecheck run")
        elif finding.effect is Effect.APPROVAL and result.verdict is Verdict.WAITING:
            yield Step(
                "approver",
                f"look at what {result.name} found; to accept it, add a waiver for {result.name}/{finding.rule} to the policy "
                "of the target branch",
            )
