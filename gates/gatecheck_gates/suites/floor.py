"""The floor: what ran on the base must run on the merge result too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from gatecheck.model import Change, Finding
from gatecheck_gates.suites.suite import Suite, Test

NAMED = 5
"""How many tests a finding names before it says `and N more`."""


def missing(
    base: Suite, merge: Suite, change: Change, *, newly_failing: AbstractSet[str] = frozenset()
) -> tuple[Finding, ...]:
    """Return a finding for each file with tests that ran on the base and do not run on the merge result.

    Tests are compared by function, with their cases counted, so that renamed parameters lose nothing. A test that fails
    on the merge result is there; so are those of a file that broke while it was collected. One that passed and is expected to
    fail now (`xfail`) is not. A renamed file is followed, and so is a function that stands in another class or file now.
    What ran on the base is named as the base has it.
    """
    renamed = {changed.old_path: changed.path for changed in change.paths if changed.old_path}
    there = Counter(test.function for test in merge.tests.values() if test.status == "passed" or test.failing)
    excused = Counter(test.function for test in merge.tests.values() if test.status == "xfailed")
    skipped = {test.function for test in merge.tests.values() if test.status == "skipped"}
    before = _before(base, merge, renamed)
    newcomers = {
        function: (there[function], excused[function])
        for function in (*there, *excused)
        if function not in before
    }
    # Other modules import and inherit tests from a file, so theirs vanish too when it cannot be collected any more. Not to
    # name them hides no loss: that failure is new and blocks, and once it is mended the next run compares them all.
    uncollected = any("::" not in name and merge.tests[name].status == "error" for name in newly_failing)
    touched = {name for changed in change.paths for name in (changed.path, changed.old_path) if name}
    lost: dict[tuple[str, bool], list[str]] = {}
    for function, cases in sorted(before.items()):
        left = _left(cases, there[function], excused[function])
        if left < len(cases) and not _moved(function, cases, newcomers):
            was, path = cases[0], cases[0].path or _module(cases[0].function)
            if uncollected and not any(f"/{name}".endswith(f"/{_module(was.function)}") for name in touched):
                continue
            expected = left + excused[function] >= len(cases)
            stories = lost.setdefault((path, expected), [])
            stories.append(_story(was.function, len(cases), left, function in skipped))
    present = {test.path for test in merge.tests.values()}
    places = {path: renamed.get(path, path) for path, _ in lost}
    return tuple(
        _finding(path, stories, expected=expected, place=places[path] if places[path] in present else None)
        for (path, expected), stories in lost.items()
    )


def _before(base: Suite, merge: Suite, renamed: dict[str, str]) -> dict[str, list[Test]]:
    """The cases that ran on the base, by the function that they would be of now, but for those of files that broke."""
    broken = {test.path for test in merge.tests.values() if test.status == "error" and "::" not in test.id}
    before: dict[str, list[Test]] = {}
    for test in base.tests.values():
        # A test that is inherited has the path of its class, and stands in the module that its id names.
        now, function = _now(test, renamed)
        if test.ran and now not in broken and _module(function) not in merge.failing:
            before.setdefault(function, []).append(test)
    return before


def _module(function: str) -> str:
    """The file that a function is collected from, relative to the folder of the run."""
    return function.split("::", 1)[0]


def _left(cases: list[Test], there: int, excused: int) -> int:
    """How many of a base function's cases still run in earnest: an expected failure stands only for one that never passed."""
    return there + min(excused, sum(test.status != "passed" for test in cases))


def _moved(function: str, cases: list[Test], newcomers: dict[str, tuple[int, int]]) -> bool:
    """Tell whether a function of the same name, with as many cases, is new elsewhere; each newcomer stands for one."""
    name = function.rsplit("::", 1)[-1]
    for other, counts in newcomers.items():
        if other.rsplit("::", 1)[-1] == name and _left(cases, *counts) >= len(cases):
            del newcomers[other]
            return True
    return False


def _now(test: Test, renamed: dict[str, str]) -> tuple[str | None, str]:
    """The path and function that a base's test has after the change's renames."""
    new = renamed.get(test.path or "")
    if new is None or test.path is None:
        return test.path, test.function
    return new, test.function.replace(test.path, new, 1)


def _story(function: str, before: int, now: int, skipped: bool) -> str:  # noqa: FBT001 -- one of four facts of a row
    if now:
        return f"{function} ({now} of {before} cases)"
    return f"{function} (skipped)" if skipped else function


def _finding(path: str, stories: list[str], *, expected: bool, place: str | None) -> Finding:
    what = "1 test" if len(stories) == 1 else f"{len(stories)} tests"
    verbs = ("does", "is") if len(stories) == 1 else ("do", "are")
    how = (
        f"passed on the base and {verbs[1]} expected to fail now"
        if expected
        else f"ran on the base and {verbs[0]} not run here"
    )
    return Finding(
        "missing",
        f"{what} of {path} {how}: {named(stories)}.",
        "Bring back what was deleted, skipped, deselected or marked as failing, or ask an approver to confirm that it is not needed any more.",
        path=place,
    )


def named(names: Iterable[str]) -> str:
    """Return the first few names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - NAMED} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more
