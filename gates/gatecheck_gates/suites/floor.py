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
    on the merge result is there; so are those of a file that broke while it was collected. A renamed file is followed, and so
    is a function that stands in another class or file now. What ran on the base is named as the base has it.
    """
    renamed = {changed.old_path: changed.path for changed in change.paths if changed.old_path}
    broken = {test.path for test in merge.tests.values() if test.status == "error" and "::" not in test.id}
    there = Counter(test.function for test in merge.tests.values() if test.ran or test.failing)
    skipped = {test.function for test in merge.tests.values() if test.status == "skipped"}
    before: dict[str, list[Test]] = {}
    for test in base.tests.values():
        # A test that is inherited has the path of its class, and stands in the module that its id names.
        now, function = _now(test, renamed)
        if test.ran and now not in broken and _module(function) not in merge.failing:
            before.setdefault(function, []).append(test)
    newcomers = {function: count for function, count in there.items() if function not in before}
    # Other modules import and inherit tests from a file, so theirs vanish too when it cannot be collected any more. Not to
    # name them hides no loss: that failure is new and blocks, and once it is mended the next run compares them all.
    uncollected = any("::" not in name and merge.tests[name].status == "error" for name in newly_failing)
    touched = {name for changed in change.paths for name in (changed.path, changed.old_path) if name}
    lost: dict[str, list[str]] = {}
    for function, cases in sorted(before.items()):
        if there[function] < len(cases) and not _moved(function, len(cases), newcomers):
            was = cases[0]
            path = was.path or _module(was.function)
            if uncollected and not any(f"/{name}".endswith(f"/{_module(was.function)}") for name in touched):
                continue
            story = _story(was.function, len(cases), there[function], function in skipped)
            lost.setdefault(path, []).append(story)
    present = {test.path for test in merge.tests.values()}
    places = {path: renamed.get(path, path) for path in lost}
    return tuple(
        _finding(path, stories, place=places[path] if places[path] in present else None)
        for path, stories in lost.items()
    )


def _module(function: str) -> str:
    """The file that a function is collected from, relative to the folder of the run."""
    return function.split("::", 1)[0]


def _moved(function: str, cases: int, newcomers: dict[str, int]) -> bool:
    """Tell whether a function of the same name, with as many cases, is new elsewhere; each newcomer stands for one."""
    name = function.rsplit("::", 1)[-1]
    for other, count in newcomers.items():
        if other.rsplit("::", 1)[-1] == name and count >= cases:
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


def _finding(path: str, stories: list[str], *, place: str | None) -> Finding:
    what = "1 test" if len(stories) == 1 else f"{len(stories)} tests"
    verb = "does" if len(stories) == 1 else "do"
    return Finding(
        "missing",
        f"{what} of {path} ran on the base and {verb} not run here: {named(stories)}.",
        "Bring back what was deleted, skipped or deselected, or ask an approver to confirm that it is not needed any more.",
        path=place,
    )


def named(names: Iterable[str]) -> str:
    """Return the first few names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - NAMED} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more
