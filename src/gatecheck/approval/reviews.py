"""Reviews on a forge as approvals: weaker than signatures, since the forge's word is all there is, and shown as such."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from gatecheck.model.approval import EVERYTHING, Approval, Approvals, Rejection, Void

FOREVER = float("inf")
"""A review has no end of its own; what rests on one is never recalled."""


class Review(Protocol):
    """One account's last word about exactly this head."""

    @property
    def who(self) -> str:
        """The account."""
        ...

    @property
    def url(self) -> str:
        """Where people see it."""
        ...


def with_reviews(
    known: Approvals,
    approved: Iterable[Review],
    against: Iterable[Review],
    passed_over: Iterable[tuple[Review, str]] = (),
) -> Approvals:
    """Return what is known with a forge's reviews: each yes covers whatever waits for people, and a no stands as any other does.

    Who may review, and whose own work it is, was looked at before; `passed_over` has the reason beside each.
    """
    holding = [
        Approval((one.who,), one.url, (EVERYTHING,), FOREVER, source="forge-review") for one in approved
    ]
    noes = [Rejection((one.who,), one.url, "changes are requested on the forge", FOREVER) for one in against]
    void = [Void((one.who,), one.url, why) for one, why in passed_over]
    return replace(
        known,
        holding=(*known.holding, *holding),
        void=(*known.void, *void),
        rejections=(*known.rejections, *noes),
    )
