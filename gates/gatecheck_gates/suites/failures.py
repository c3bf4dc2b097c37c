"""Failing tests as findings: one for each cause, with its place and the narrowest command that shows it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from gatecheck.model import Effect, Finding
from gatecheck_gates.suites.floor import named
from gatecheck_gates.suites.suite import Suite, Test

Command = Callable[[list[str]], str]
"""The narrowest command that runs these tests again."""


def failures(
    suite: Suite,
    ids: AbstractSet[str],
    command: Command,
    *,
    introduced: bool,
    only_together: AbstractSet[str] = frozenset(),
) -> tuple[Finding, ...]:
    """Return one finding for each cause among the failing tests of these ids."""
    groups: dict[object, list[Test]] = {}
    for test in suite.tests.values():
        if test.id in ids:
            groups.setdefault((test.cause, test.id in only_together), []).append(test)
    return tuple(
        _failure(group, command, introduced=introduced, together=group[0].id in only_together)
        for group in groups.values()
    )


def _failure(group: list[Test], command: Command, *, introduced: bool, together: bool) -> Finding:
    path, line, first = group[0].cause
    inside = path is not None and not path.startswith("/")
    ids = [test.id for test in group]
    verb = "fails" if len(ids) == 1 else "fail"
    when = " after the tests that run before, and not alone" if together else ""
    told = f": {first}" if first else ""
    if together:
        fix = f"Look for state that an earlier test leaves behind, then run everything: `{command([])}`."
    else:
        fix = f"Mend it, and see with `{command(ids)}`."
    return Finding(
        "failed",
        f"{named(ids)} {verb}{when}{told}",
        fix,
        path=path if inside else group[0].path,
        line=(line if inside else group[0].line) or group[0].line,
        introduced=introduced,
    )


def flaky_findings(
    suite: Suite, ids: AbstractSet[str], command: Command, near: Callable[[Test], bool]
) -> Iterable[Finding]:
    """Return a finding for each flaky test: for a human when the change is `near` it, else a note."""
    for test in (suite.tests[name] for name in sorted(ids)):
        touched = near(test)
        why = "the change touches it or the code it runs" if touched else "the change does not touch it"
        first = test.cause[2]
        yield Finding(
            "flaky",
            f"{test.id} passes and fails on the same tree; {why}{': ' + first if first else ''}",
            f"Make it steady; run it several times with `{command([test.id])}`.",
            path=test.path,
            line=test.line,
            effect=None if touched else Effect.NOTE,
        )
