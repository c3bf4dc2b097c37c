"""Where packages are fetched from, as far as the policy does not know it: an index of somebody else's can serve any name."""

from __future__ import annotations

from collections.abc import Iterable

from gatecheck.formats.manifests import Index, lies_in
from gatecheck.model import Effect, Finding

SOURCE = "source"
KNOWN = ("https://pypi.org/simple", "https://pypi.python.org/simple", "https://files.pythonhosted.org")
"""PyPI's own addresses."""


def of_indexes(merge: Iterable[Index], base: Iterable[Index], known: tuple[str, ...]) -> list[Finding]:
    """Return a finding for each place of a file that is not known; one that the same file has on the base is not new."""
    before = {(each.path, each.group) for each in base}
    first: dict[tuple[str, str], Index] = {}
    for each in merge:
        if not any(lies_in(each.address, one) for one in known):
            first.setdefault((each.path, each.group), each)
    return [_finding(each, introduced=place not in before) for place, each in first.items()]


def _finding(each: Index, *, introduced: bool) -> Finding:
    where = "is a place in this repository" if each.local else "is no index that the policy knows"
    message = (
        f"packages are fetched from {each.address or 'an empty address'} ({each.told_by}), which {where}"
    )
    fix = (
        "Nothing needs to be done, if what lies there is what it says."
        if each.local
        else f"Have a human look at who serves it; what is in order goes into the gate's `indexes` on the target branch: {each.group.removeprefix('host ')}"
    )
    effect = Effect.NOTE if each.local else None  # every other gate looks at what lies in this repository
    return Finding(SOURCE, message, fix, each.path, each.line, introduced=introduced, effect=effect)
