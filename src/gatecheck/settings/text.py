"""How a message shows text that others wrote: escaped, short, and with the nearest name that exists."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sized

from gatecheck.errors import PolicyError
from gatecheck.model.policy import Problem

LONGEST = 60
"""Characters of foreign text in one message."""
MOST = 100
"""Problems in one error; the others are counted."""


def shown(text: str) -> str:
    """Return text in quotes, escaped as Python would, cut when long."""
    return repr(text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}...")


def meant(name: str, known: Iterable[str], *, told: Sized = ()) -> str:
    """Return ` (did you mean 'x'?)` with the nearest of the known names, or nothing.

    `told` are the problems so far: after `MOST` of them nobody will read another proposal, and each takes its time.
    """
    if len(told) > MOST:
        return ""
    names = sorted(known)
    # Case and the kind of dash are the commonest slips, and difflib weighs them like any other letter.
    same = {_plain(candidate): candidate for candidate in names}
    near = (
        [same[_plain(name)]]
        if _plain(name) in same
        else difflib.get_close_matches(name[:LONGEST], names, n=1)
    )
    return f" (did you mean {near[0]!r}?)" if near else ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def refusal(problems: Iterable[Problem]) -> PolicyError:
    """Return the error that lists all problems of a policy, sorted by place."""
    ordered = tuple(str(problem) for problem in sorted(set(problems)))
    rest = len(ordered) - MOST
    listed = (*ordered[:MOST], f"... and {rest} more problems") if rest > 0 else ordered
    return PolicyError(listed, fix="Mend these lines, then ask `gatecheck validate-config` again.")
