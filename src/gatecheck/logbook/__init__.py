"""The log: what was decided and done, one signed entry a commit, each bound to the one before; nothing is taken out unseen."""

from gatecheck.logbook.append import REF, Scribe, catch_up, record
from gatecheck.logbook.chain import Found, read_back
from gatecheck.logbook.entry import Entry, Event, Thing

__all__ = ["REF", "Entry", "Event", "Found", "Scribe", "Thing", "catch_up", "read_back", "record"]
