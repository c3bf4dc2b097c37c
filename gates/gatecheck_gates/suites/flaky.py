"""Steady or flaky: failing tests are run again until one mixed answer, and never until one green answer.

The arithmetic, for a test that fails one time in three and has failed once: a round runs the failing tests alone in three
fresh processes on each side. If it fails alone at the first try, two rounds take it for steady only if it fails all six times
on the merge result, (1/3)^6 = 0.14 %, and passes on the base all six times, (2/3)^6 = 8.8 %.

A pass alone is no acquittal: a change can break a test through what runs before it. So a test that passes alone at the first
try is run after the same tests as the first time, and alone again, six times at two rounds. It is steady only if it fails each
time after the others and passes each time alone, (1/3 * 2/3)^6 = 0.012 %. Together: about once in 5,000 such failures.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from gatecheck.errors import CannotTell
from gatecheck.model import Side
from gatecheck_gates.suites.suite import Suite

RUNS_IN_A_ROUND = 3
MOST_RETRIED = 50
"""When more tests fail than this, it is no flaky test: all of them are steady, and none is run again."""
MOST_ON_BASE = 18
"""So many runs may it take a flaky test to fail on the base: then the change is not the cause."""

Again = Callable[[Side, AbstractSet[str]], Suite]
"""Runs these tests, and no others where the runner can, in a fresh process over one side."""


@dataclass
class Trial:
    """What repeated runs have said so far of the tests that failed on the merge result and not on the base."""

    open: set[str]
    """Nothing but failures on the merge result, nothing but passes on the base."""
    flaky: set[str] = field(default_factory=set)
    """Mixed answers from one side."""
    passed_alone: set[str] = field(default_factory=set)
    """Failed with the others, passed alone at the first try: needs the others for an answer."""
    only_together: set[str] = field(default_factory=set)
    """Steady, but only after the tests that run before it."""
    failed_on_base: set[str] = field(default_factory=set)
    """Flaky, and known to fail on the base too: the change is not the cause."""
    note: str = ""

    @property
    def steady(self) -> frozenset[str]:
        """The tests whose failure is a fact."""
        return frozenset(self.open | self.passed_alone | self.only_together)


def examine(
    failing: AbstractSet[str], merge: Suite, base: Suite | None, rounds: int, again: Again, *, alone: bool
) -> Trial:
    """Run the failing tests again, on both sides, and sort them. `alone`: the runner can run chosen tests only."""
    trial = Trial({name for name in failing if "::" in name or not alone})
    imports = set(failing) - trial.open
    trial.failed_on_base |= base.failing & failing if base else set()
    if len(failing) <= MOST_RETRIED:
        try:
            _rounds(trial, base, rounds, again, alone=alone)
            _together(trial, merge, rounds, again)
        except CannotTell as error:
            first = error.message.split("\n", 1)[0]
            trial.note = (
                f"A repeated run of failing tests could not be judged, so they count as steady: {first}"
            )
    else:
        trial.note = f"{len(failing)} tests fail: more than {MOST_RETRIED} are not run again."
    # What cannot be imported fails before any chance is involved.
    trial.open |= imports
    return trial


def failed_by_chance(failing: AbstractSet[str], again: Again) -> frozenset[str]:
    """Return which of the tests that failed on both sides fail alone on the merge result only.

    They failed on the base by chance, and that excuses nothing. What passes alone on both sides broke among the others on both.
    """
    asked = {name for name in failing if "::" in name}
    if not asked or len(asked) > MOST_RETRIED:
        return frozenset()
    suite = again("base", asked)
    steady = {name for name in asked if not _passes(suite, name)}
    return frozenset((asked - steady) & again("merge", asked - steady).failing if asked - steady else ())


def fails_on_base(name: str, again: Again) -> bool:
    """Tell whether a flaky test fails on the base too, if only now and then.

    One that fails one time in three passes all these runs with (2/3)^18 = 0.07 %.
    """
    try:
        return any(name in again("base", {name}).failing for _ in range(MOST_ON_BASE))
    except CannotTell:
        return False


def _rounds(trial: Trial, base: Suite | None, rounds: int, again: Again, *, alone: bool) -> None:
    failed_again: set[str] = set()
    for _ in range(rounds * RUNS_IN_A_ROUND):
        if not trial.open:
            return
        suite = again("merge", trial.open)
        failed_again |= trial.open & suite.failing
        passed = {name for name in trial.open if _passes(suite, name)}
        trial.flaky |= passed & failed_again if alone else passed
        trial.passed_alone |= passed - failed_again if alone else set()
        trial.open -= passed
        on_base = {name for name in trial.open if base is not None and _passes(base, name)}
        if on_base:
            mixed = on_base & again("base", on_base).failing
            trial.flaky |= mixed
            trial.failed_on_base |= mixed
            trial.open -= mixed


def _together(trial: Trial, merge: Suite, rounds: int, again: Again) -> None:
    order = list(merge.tests)
    for _ in range(rounds * RUNS_IN_A_ROUND):
        if not trial.passed_alone:
            return
        last = max(order.index(name) for name in trial.passed_alone)
        suite = again("merge", set(order[: last + 1]))
        settled = {name for name in trial.passed_alone if _passes(suite, name)}
        if trial.passed_alone - settled:
            settled |= trial.passed_alone & again("merge", trial.passed_alone - settled).failing
        trial.flaky |= settled
        trial.passed_alone -= settled
    trial.only_together |= trial.passed_alone
    trial.passed_alone.clear()


def _passes(suite: Suite, name: str) -> bool:
    test = suite.tests.get(name)
    return test is not None and test.status in ("passed", "xfailed")
