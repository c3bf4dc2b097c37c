"""Reviews on the forge as approvals, where the policy takes them in the place of signatures: asked for anew in every run."""

from __future__ import annotations

from dataclasses import replace

from gatecheck import forge_reviews
from gatecheck.approval.reviews import with_reviews
from gatecheck.errors import CannotTell
from gatecheck.model import Approvals
from gatecheck.model.approval import Trouble
from gatecheck.repo import Repository, requested

MAY = "whoever may write to the repository, did not open the pull request, and wrote none of its commits"


def reviewed(repository: Repository, head: str, branch: str, none: Approvals) -> Approvals:
    """Return what people said of exactly this head on the forge in whose CI this runs.

    Where there is no pull request to ask about, nobody has approved, and a note says why. Where asking failed, there is `trouble`, with
    which a run ends as one that could not tell.
    """
    none = replace(none, may=(MAY,))
    try:
        request = requested(repository)
    except CannotTell as error:  # a push, a merge queue
        return replace(none, notes=(error.message,))
    if request is None:
        return replace(none, notes=("reviews are asked for in the forge's CI, and not here",))
    try:
        found = forge_reviews.ask(request, head=head, target=branch)
    except CannotTell as error:
        return replace(none, trouble=Trouble(error.message, error.fix))
    passed_over = [(each.review, each.why) for each in found.passed_over]
    return with_reviews(none, found.approved, found.against, passed_over)
