"""Evidence: what a runner says of a change, signed, and kept where anybody can check it later with git alone.

Nothing here asks a gate. What is read is believed only after `believe`, which takes the base's list of keys and a time.
"""

from gatecheck.evidence.believe import Proof, believe, is_candidate
from gatecheck.evidence.keep import PREFIX, append, keep, read
from gatecheck.evidence.statement import PREDICATE, GateSaid, Statement, Wait, parse
from gatecheck.evidence.travel import Travelled, fetch, push

__all__ = [
    "PREDICATE",
    "PREFIX",
    "GateSaid",
    "Proof",
    "Statement",
    "Travelled",
    "Wait",
    "append",
    "believe",
    "fetch",
    "is_candidate",
    "keep",
    "parse",
    "push",
    "read",
]
