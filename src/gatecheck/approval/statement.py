"""What is signed: an in-toto Statement in plain text, which says to what somebody says yes or no, and until when.

Source: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md for the outer members; the predicate is our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from gatecheck.model.approval import BranchCommit, Subject
from gatecheck.model.change import Edit
from gatecheck.sign import Unbelievable

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:gatecheck:approval:v1"
LARGEST = 512 * 1024
"""Bytes of a statement; a larger one is not read."""
MOST_FILES = 100
MOST_COMMITS = 50
"""Files and commits that a statement lists. They are for the sentence that says what differs; digests are what binds."""
SHORT = 16
"""Hexadecimal digits of a digest in those lists."""

Decision = Literal["approve", "reject", "revoke", "override"]
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NONCE = re.compile(r"[0-9a-f]{32}")
_SUBJECTS = ("merge", "head", "base")
_TEXTS = ("repository", "target", "change", "commits", "decision", "risk", "reason", "nonce")
_MEMBERS = {*_TEXTS, "policy", "gates", "covers", "created", "expires", "revokes", "files", "steps"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One decision about one subject."""

    subject: Subject
    decision: Decision
    nonce: str
    """32 hexadecimal digits that no other statement has."""
    created: int
    expires: int
    """Seconds since 1970."""
    reason: str = ""
    gates: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The verdicts that whoever signed was shown, by gate."""
    risk: str = ""
    covers: tuple[str, ...] = ()
    """Rules in full, or gates."""
    revokes: tuple[str, ...] = ()
    """Nonces of statements by the same key that hold no more."""
    files: Mapping[str, tuple[str, str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """By path the beginnings of old and new blob, and the new mode; empty where there are too many."""
    steps: tuple[tuple[str, str, str], ...] = ()
    """Of each commit the beginnings of the digests of who, words and content; empty where there are too many."""

    def payload(self) -> bytes:
        """Return the bytes to sign: indented JSON, so that people can read what they sign on another machine."""
        told = self.subject
        digests = ({"gitTree": told.tree}, {"gitCommit": told.head}, {"gitCommit": told.base})
        document = {
            "_type": STATEMENT,
            "subject": [{"name": n, "digest": digest} for n, digest in zip(_SUBJECTS, digests, strict=True)],
            "predicateType": PREDICATE,
            "predicate": {
                "decision": self.decision,
                "repository": told.repository,
                "target": told.target,
                "covers": list(self.covers),
                "reason": self.reason,
                "created": stamp(self.created),
                "expires": stamp(self.expires),
                "gates": dict(self.gates),
                "risk": self.risk,
                "change": told.change,
                "commits": told.commits,
                "policy": dict(told.policy),
                "revokes": list(self.revokes),
                "nonce": self.nonce,
                "files": {path: " ".join(edit) for path, edit in self.files.items()},
                "steps": [" ".join(step) for step in self.steps],
            },
        }
        return json.dumps(document, indent=1, ensure_ascii=True).encode("ascii")


def parse(payload: bytes) -> Statement:
    """Return the statement that a payload is. Raises Unbelievable for anything else."""
    if len(payload) > LARGEST:
        raise _odd(f"it has {len(payload):,} bytes, and {LARGEST:,} are the limit")
    try:
        told: Any = json.loads(payload, object_pairs_hook=_once)
        if told["_type"] != STATEMENT or told["predicateType"] != PREDICATE:
            raise _odd("it is a statement of another kind")
        return _statement(told["subject"], told["predicate"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _odd(f"its parts are not those of an approval ({type(error).__name__})") from error


def stamp(time: int) -> str:
    """Return a time as RFC 3339 writes it, in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed_files(edits: Iterable[Edit]) -> dict[str, tuple[str, str, str]]:
    """Return what a statement lists of the files."""
    found = {path: (_short(old), _short(new), mode or "-") for path, old, new, mode in edits}
    return found if len(found) <= MOST_FILES else {}


def listed_steps(commits: Iterable[BranchCommit]) -> tuple[tuple[str, str, str], ...]:
    """Return what a statement lists of the commits."""
    found = tuple((_short(c.who), _short(c.words), _short(c.content)) for c in commits)
    return found if len(found) <= MOST_COMMITS else ()


def _short(digest: str) -> str:
    return digest[:SHORT] or "-"


def _statement(subject: Any, told: Any) -> Statement:  # noqa: ANN401 -- what JSON may hold
    if told.keys() != _MEMBERS:
        raise _odd("it lacks something, or has more than an approval has")
    names = [each["name"] for each in subject]
    tree, head, base = [_id(each["digest"]) for each in subject]
    texts = {name: _text(told[name]) for name in _TEXTS}
    if names != list(_SUBJECTS) or not _NONCE.fullmatch(texts["nonce"]):
        raise _odd("its subject or its nonce is none")
    if texts["decision"] not in get_args(Decision):
        raise _odd(f"{texts['decision'][:40]!r} is no decision")
    policy = {path: _text(blob) for path, blob in told["policy"].items()}
    return Statement(
        Subject(
            texts["repository"], texts["target"], base, head, tree, texts["change"], texts["commits"], policy
        ),
        cast("Decision", texts["decision"]),
        texts["nonce"],
        _seconds(told["created"]),
        _seconds(told["expires"]),
        texts["reason"],
        {_text(gate): _text(verdict) for gate, verdict in told["gates"].items()},
        texts["risk"],
        _list(told["covers"]),
        _list(told["revokes"]),
        {path: _three(edit) for path, edit in told["files"].items()},
        tuple(_three(step) for step in _list(told["steps"])),
    )


def _text(value: Any) -> str:  # noqa: ANN401 -- as above
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _list(value: Any) -> tuple[str, ...]:  # noqa: ANN401 -- as above
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(map(_text, value))


def _three(value: Any) -> tuple[str, str, str]:  # noqa: ANN401 -- as above
    one, two, three = _text(value).split(" ")
    return one, two, three


def _id(digest: Any) -> str:  # noqa: ANN401 -- as above
    """Return the one object id of a subject."""
    (found,) = map(_text, digest.values())
    if not _OBJECT_ID.fullmatch(found):
        raise ValueError(found)
    return found


def _seconds(value: Any) -> int:  # noqa: ANN401 -- as above
    if not _TIME.fullmatch(value):
        raise ValueError(value)
    return int(datetime.fromisoformat(value).timestamp())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member stands twice")
    return found


def _odd(why: str) -> Unbelievable:
    return Unbelievable(
        f"what is signed is no approval: {why}", fix="Make another one with gatecheck approve."
    )
