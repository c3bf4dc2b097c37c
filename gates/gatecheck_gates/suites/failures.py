"""Failing tests as findings: one for each cause, with its place and the narrowest command that shows it again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from gatecheck.model import Change, Effect, Finding
from gatecheck_gates.suites.floor import named
from gatecheck_gates.suites.suite import Suite, Test

_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

Command = Callable[[list[str]], str]
"""The narrowest command that runs these tests again."""


def failures(
    suite: Suite,
    ids: AbstractSet[str],
    command: Command,
    *,
    introduced: bool,
    only_together: AbstractSet[str] = frozenset(),
    target: str = "",
) -> tuple[Finding, ...]:
    """Return one finding for each cause among the failing tests of these ids.

    `target`: what the branch lacks and must merge first, since the failure may be invisible without it; see `behind`.
    """
    groups: dict[object, list[Test]] = {}
    for test in suite.tests.values():
        if test.id in ids:
            groups.setdefault((test.cause, test.id in only_together), []).append(test)
    return tuple(
        _failure(group, command, introduced=introduced, together=group[0].id in only_together, target=target)
        for group in groups.values()
    )


def _failure(
    group: list[Test], command: Command, *, introduced: bool, together: bool, target: str
) -> Finding:
    path, line, first = group[0].cause
    inside = path is not None and not path.startswith("/")
    ids = [test.id for test in group]
    verb = "fails" if len(ids) == 1 else "fail"
    when = " after the tests that run before, and not alone" if together else ""
    told = f": {first}" if first else ""
    if together:
        fix = f"look for state that an earlier test leaves behind, then run everything: `{command([])}`."
    else:
        fix = f"mend it, and see with `{command(ids)}`."
    if target:
        fix = f"Merge {target} into your branch (`git merge {shlex.quote(target)}`), {fix}"
    else:
        fix = fix[0].upper() + fix[1:]
    return Finding(
        "failed",
        f"{named(ids)} {verb}{when}{told}",
        fix,
        path=path if inside else group[0].path,
        line=(line if inside else group[0].line) or group[0].line,
        introduced=introduced,
    )


def behind(change: Change) -> str:
    """Return the target's short name when the branch lacks commits of it; empty when it has them all."""
    if change.merge_base == change.base:
        return ""
    if _OBJECT_ID.fullmatch(change.target):
        return change.target[:12]
    return change.target.removeprefix("refs/remotes/").removeprefix("refs/heads/")


def flaky_findings(
    suite: Suite, ids: AbstractSet[str], command: Command, blame: Callable[[Test], str]
) -> Iterable[Finding]:
    """Return a finding for each flaky test: for a human when there is a reason to `blame` the change, else a note."""
    for test in (suite.tests[name] for name in sorted(ids)):
        blamed = blame(test)
        why = blamed or "the change does not touch it"
        first = test.cause[2]
        yield Finding(
            "flaky",
            f"{test.id} passes and fails on the same tree; {why}{': ' + first if first else ''}",
            f"Make it steady; run it several times with `{command([test.id])}`.",
            path=test.path,
            line=test.line,
            effect=None if blamed else Effect.NOTE,
        )
