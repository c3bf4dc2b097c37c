"""Snapshots of the whole current state, as commits made out of band: taken, listed, restored and pruned."""

from gatecheck.snapshots.begin import begin, free_branch, refuse_start
from gatecheck.snapshots.for_push import bring
from gatecheck.snapshots.inside import Differing, Inside, differing, inside
from gatecheck.snapshots.known import Known, all_known, known
from gatecheck.snapshots.names import stamp_of
from gatecheck.snapshots.prune import Choice, Pruned, age, choose, prune
from gatecheck.snapshots.remote import Arrived, Missing, Unasked, push_remote
from gatecheck.snapshots.restore import Branched, PutBack, into_work_tree, to_branch
from gatecheck.snapshots.take import Asked, Kept, take, told_when_interrupted

__all__ = [
    "Arrived",
    "Asked",
    "Branched",
    "Choice",
    "Differing",
    "Inside",
    "Kept",
    "Known",
    "Missing",
    "Pruned",
    "PutBack",
    "Unasked",
    "age",
    "all_known",
    "begin",
    "bring",
    "choose",
    "differing",
    "free_branch",
    "inside",
    "into_work_tree",
    "known",
    "prune",
    "push_remote",
    "refuse_start",
    "stamp_of",
    "take",
    "to_branch",
    "told_when_interrupted",
]
