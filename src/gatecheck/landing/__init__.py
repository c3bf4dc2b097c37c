"""How a change gets on to its branch: the commit that is made, and the one move that brings it there. Nothing is judged here."""

from gatecheck.landing.bring import bring
from gatecheck.landing.commit import Draft, merge_commit, squash_commit
from gatecheck.landing.message import branch_name, with_trailers
from gatecheck.landing.move import checked_out, move
from gatecheck.landing.push import fetch, push
from gatecheck.landing.rebase import rebase

__all__ = [
    "Draft",
    "branch_name",
    "bring",
    "checked_out",
    "fetch",
    "merge_commit",
    "move",
    "push",
    "rebase",
    "squash_commit",
    "with_trailers",
]
