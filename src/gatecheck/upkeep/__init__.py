"""The cache is kept within a bound: what was used longest ago goes first, and nothing that a run is using.

Everything in it can be made anew. What is removed is renamed first, so that a machine that stops in the middle leaves nothing half
of which would be believed; the next one to look removes the rest.
"""

from gatecheck.settings import human
from gatecheck.upkeep.claim import using
from gatecheck.upkeep.discard import discard, repositories, sweep, turn
from gatecheck.upkeep.size import bound, size_of
from gatecheck.upkeep.tidy import tidy_when_due

__all__ = ["bound", "discard", "human", "repositories", "size_of", "sweep", "tidy_when_due", "turn", "using"]
