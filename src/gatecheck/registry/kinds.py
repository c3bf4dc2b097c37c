"""Which kinds of gate are installed, and whose they are; a kind is imported when it is asked for, not before."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, cast

from gatecheck.errors import UsageError
from gatecheck.model import Gate
from gatecheck.model.document import GateKeys
from gatecheck.settings import keys

GROUP = "gatecheck.gates"
OWN = "gatecheck"
"""The distribution whose kinds nobody else can take the place of."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A distribution that says: this kind is mine."""

    distribution: str
    load: Callable[[], object]


class Kinds(Mapping[str, type[Gate]]):
    """Gate classes by kind. To look one up imports it; raises UsageError, naming the distribution, where that fails."""

    def __init__(self, claims: Mapping[str, tuple[Claim, ...]]) -> None:
        self._claims = claims

    def __getitem__(self, kind: str) -> type[Gate]:
        claim = self._rightful(kind)
        try:
            found = claim.load()
        except (
            Exception,
            SystemExit,
        ) as error:  # a plugin's import may raise anything; whose it is must be said
            raise UsageError(
                f"the gate kind {kind!r} of the distribution {claim.distribution!r} cannot be imported:"
                f" {type(error).__name__}: {error}",
                fix=f"Mend or uninstall {claim.distribution}, or take the gate out of the policy.",
            ) from error
        wrong = _fault(kind, found)
        if wrong:
            raise UsageError(
                f"the gate kind {kind!r} of the distribution {claim.distribution!r} cannot be used: {wrong}",
                fix=f"Ask the authors of {claim.distribution}, or take the gate out of the policy.",
            )
        return cast("type[Gate]", found)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._claims))

    def __len__(self) -> int:
        return len(self._claims)

    def __contains__(self, kind: object) -> bool:
        return kind in self._claims  # Mapping's own would import it

    def distribution(self, kind: str) -> str:
        """Return the name of the distribution that a kind comes from."""
        return self._rightful(kind).distribution

    def impostors(self, kind: str) -> tuple[str, ...]:
        """Return the distributions that claim one of gatecheck's own kinds."""
        claims = self._claims[kind]
        others = tuple(sorted(claim.distribution for claim in claims if claim.distribution != OWN))
        return others if len(others) < len(claims) else ()

    def _rightful(self, kind: str) -> Claim:
        claims = self._claims[kind]
        own = [claim for claim in claims if claim.distribution == OWN] or list(claims)
        if len(own) > 1:
            names = " and ".join(sorted(repr(claim.distribution) for claim in own))
            raise UsageError(
                f"the gate kind {kind!r} is claimed by the distributions {names}",
                fix="Uninstall all but one of them.",
            )
        return own[0]


def kinds() -> Kinds:
    """Return the kinds of all installed distributions, gatecheck's own found exactly as anybody else's."""
    claims: dict[str, tuple[Claim, ...]] = {}
    for point in entry_points(group=GROUP):
        owner = point.dist.name if point.dist else "?"
        claims[point.name] = (*claims.get(point.name, ()), Claim(owner, point.load))
    return Kinds(claims)


def _fault(kind: str, found: Any) -> str:  # noqa: ANN401 -- a plugin may offer anything
    """Return what keeps an object from being a gate of this kind, and nothing when it is one."""
    if not inspect.isclass(found) or not dataclasses.is_dataclass(found):
        return "it is not a dataclass"
    lacking = [
        name
        for name in ("kind", "primary", "rules", "needs", "programs", "applies", "check")
        if not hasattr(found, name)
    ]
    if lacking:
        return f"it lacks {', '.join(lacking)}"
    offered = cast("type[Gate]", found)
    if offered.kind != kind:
        return f"it calls itself {offered.kind!r}"
    options = keys(offered).keys()
    taken = sorted(options & keys(GateKeys).keys())
    if taken:
        return f"its option {taken[0]!r} is one that every gate takes"
    return "" if offered.primary in options else f"its primary option {offered.primary!r} is none"
