"""The server's way of asking for proof: the same function as `gatecheck verify`, with what comes along in the push."""

from __future__ import annotations

import time

from gatecheck.proof import Landing, prove
from gatecheck.repo import Repository
from gatecheck.server.receive import Pushed


def proven(repository: Repository, ref: str, old: str, new: str, pushed: Pushed) -> None:
    """Raise Unproven where nothing proves that a branch may go from one commit to another now."""
    prove(repository, Landing(ref, old, new), now=time.time(), pusher=pushed.pusher, beside=pushed.refs)
