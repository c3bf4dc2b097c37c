"""The risk of a change as everybody who asks is told it: from its paths and its size, raised by its plans and never lowered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gatecheck.model import PLANS, Change
from gatecheck.model import risk as risks
from gatecheck.model.risk import USUAL, Assessment
from gatecheck.plans.plan import Plan, read


def assess(change: Change, content: Callable[[str], bytes | None]) -> Assessment:
    """Return the risk by the usual scale, or that of the boldest plan of the change; `content` reads the merge result."""
    seen = risks.assess(change.beyond(PLANS), USUAL)
    for plan in _plans(change, content):
        if plan.front and plan.front.risk.rank > seen.risk.rank:
            seen = Assessment(plan.front.risk, (f"the plan {plan.path} says so",))
    return seen


def _plans(change: Change, content: Callable[[str], bytes | None]) -> Iterator[Plan]:
    for changed in change.within(PLANS).paths:
        data = content(changed.path) if changed.blob not in {None, changed.old_blob} else None
        if data is not None:
            yield read(data, changed.path)
