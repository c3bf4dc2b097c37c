"""One entry of the log, as it is signed: an in-toto Statement whose predicate is our own.

Source: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md for the outer members. Number and predecessor stand inside
what is signed: an entry that is left out, or put elsewhere, is missed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args

from gatecheck.sign import Unbelievable, malformed, strict_object

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:gatecheck:log:v1"
LARGEST = 64 * 1024
"""Bytes of an entry."""

Event = Literal["run", "approve", "reject", "revoke", "override", "merge", "rollback"]
Kind = Literal["gitCommit", "gitTree", "sha256"]
_HEX = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_WHAT = "the entry"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that an entry is about."""

    name: str
    """What it is in this entry: `new`, `tree`, `statement`."""
    kind: Kind
    digest: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened."""

    seq: int
    """Counted from 1."""
    previous: str
    """The commit of the entry before; empty for the first."""
    repository: str
    """Who the repository is, by the policy."""
    event: Event
    time: int
    """Seconds since 1970, by the clock of whoever signs."""
    ref: str
    """The branch that it is about, in full."""
    things: tuple[Thing, ...]
    """At least one."""
    note: str = ""

    def payload(self) -> bytes:
        """Return the bytes to sign."""
        document = {
            "_type": STATEMENT,
            "subject": [{"name": each.name, "digest": {each.kind: each.digest}} for each in self.things],
            "predicateType": PREDICATE,
            "predicate": {
                "seq": self.seq,
                "previous": self.previous,
                "repository": self.repository,
                "event": self.event,
                "time": datetime.fromtimestamp(self.time, UTC).strftime(_TIME),
                "ref": self.ref,
                "note": self.note,
            },
        }
        return json.dumps(document, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def parse(payload: bytes) -> Entry:
    """Return the entry that a payload is. Raises Unbelievable for anything else."""
    if len(payload) > LARGEST:
        raise malformed(_WHAT, f"it has {len(payload):,} bytes; {LARGEST:,} are read")
    document: dict[str, Any] = strict_object(payload, what=_WHAT)
    try:
        if (document["_type"], document["predicateType"]) != (STATEMENT, PREDICATE):
            raise malformed(_WHAT, "it is a statement of another kind")
        told, things = document["predicate"], tuple(map(_thing, document["subject"]))
        texts = {
            name: _text(told[name]) for name in ("previous", "repository", "event", "time", "ref", "note")
        }
        seq = told["seq"]
        well = isinstance(seq, int) and seq > 0 and things and texts["event"] in get_args(Event)
        if not well or (texts["previous"] and not _HEX.fullmatch(texts["previous"])):
            raise malformed(_WHAT, "its number, its predecessor, its event or its subject is none")
        time = int(datetime.strptime(texts["time"], _TIME).replace(tzinfo=UTC).timestamp())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise malformed(_WHAT, f"its parts are not those of an entry ({type(error).__name__})") from error
    event = cast("Event", texts["event"])
    return Entry(
        seq, texts["previous"], texts["repository"], event, time, texts["ref"], things, texts["note"]
    )


def _thing(subject: dict[str, Any]) -> Thing:
    ((kind, digest),) = subject["digest"].items()
    if kind not in get_args(Kind) or not _HEX.fullmatch(_text(digest)):
        raise ValueError(kind)
    return Thing(_text(subject["name"]), cast("Kind", kind), digest)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


__all__ = ["Entry", "Event", "Thing", "Unbelievable", "parse"]
