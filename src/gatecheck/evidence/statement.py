"""What a runner says of a change: an in-toto Statement with the predicate SVR, and what gatecheck needs beyond that in one more member.

Sources: https://github.com/in-toto/attestation, spec/v1/statement.md and spec/predicates/svr.md (v0.2). Members that are not named
here are ignored, as both ask.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from gatecheck.model import Verdict, worst
from gatecheck.sign import Unbelievable, malformed, strict_object

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/svr/v0.2"
VERIFIER = "urn:gatecheck:verifier:v1"
LARGEST = 4 * 1024 * 1024
"""Bytes of a statement; a larger one is not read."""
MEMBER = "gatecheck"
WHAT = "the evidence"
_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_COUNTS = frozenset({Verdict.PASS, Verdict.WAITING})
"""Verdicts that a statement may have: with approvals, the second lets a change enter too."""


@dataclass(frozen=True, slots=True)
class GateSaid:
    """One gate's verdict."""

    name: str
    kind: str
    verdict: Verdict
    examined: int = 0
    what: str = ""
    """What was counted, in the plural."""
    recalled: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """A rule whose findings are for people to decide, approved already or not."""

    gate: str
    rule: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What was judged, by which policy, and how it came out."""

    repository: str
    """The policy's `repository`."""
    target: str
    """The branch that it would enter, as its own repository calls it: `refs/heads/main`."""
    base: str
    head: str
    tree: str
    """The merge result's."""
    policy: Mapping[str, str]
    """The base's `.gatecheck.yaml` and `.gatecheck/approvers` as blobs, by path; empty where there is none."""
    gates: tuple[GateSaid, ...]
    verdict: Verdict
    created: str
    """When, as RFC 3339 writes it."""
    waits: tuple[Wait, ...] = ()
    waivers: tuple[str, ...] = ()
    """Those that took the effect from a finding, in one sentence each."""
    partial: bool = False
    bootstrap: bool = False
    stacked: bool = False
    change: str = ""
    """`Change.digest`."""
    risk: str = ""
    version: str = ""
    """gatecheck's own: for information, as the digest of the policy with its presets."""
    law: str = ""
    room: str = ""
    approvals: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Those that held already: nonce (or, of a review on a forge, an address) to who it was."""

    @property
    def created_at(self) -> float:
        """When, in seconds since 1970."""
        return datetime.fromisoformat(self.created).timestamp()

    def payload(self) -> bytes:
        """Return the bytes to sign."""
        return json.dumps(self._document(), indent=1, ensure_ascii=True).encode("ascii")

    def _document(self) -> dict[str, Any]:
        policies = [
            {"uri": f"{self.repository}#{path}", "digest": {"gitBlob": blob}}
            for path, blob in self.policy.items()
            if blob
        ]
        predicate = {
            "verifier": {"id": VERIFIER, "policies": policies},
            "timeCreated": self.created,
            "properties": properties(self),
            MEMBER: self._own(),
        }
        return {
            "_type": STATEMENT,
            "subject": subjects(self.tree, self.head, self.base),
            "predicateType": PREDICATE,
            "predicate": predicate,
        }

    def _own(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in (*_TEXTS, *_FLAGS)},
            "verdict": str(self.verdict),
            "policy": dict(self.policy),
            "gates": [_gate(said) for said in self.gates],
            "waits": [{"gate": wait.gate, "rule": wait.rule} for wait in self.waits],
            "waivers": list(self.waivers),
            "approvals": dict(self.approvals),
        }


_TEXTS = ("repository", "target", "base", "head", "tree", "change", "risk", "version", "law", "room")
_FLAGS = ("partial", "bootstrap", "stacked")


def subjects(tree: str, head: str, base: str) -> list[dict[str, object]]:
    """Return a statement's subjects: what it is about, by git's own ids."""
    return [
        {"name": "merge", "digest": {"gitTree": tree}},
        {"name": "head", "digest": {"gitCommit": head}},
        {"name": "base", "digest": {"gitCommit": base}},
    ]


def properties(said: Statement) -> list[str]:
    """Return what others read who know nothing of gatecheck: the verdicts, sorted."""
    gates = [f"gatecheck:gate:{gate.name}:{gate.verdict}" for gate in said.gates]
    return sorted([f"gatecheck:verdict:{said.verdict}", *gates])


def stamp(time: float) -> str:
    """Return a time as RFC 3339 writes it, in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(payload: bytes) -> Statement:
    """Return the statement that a payload is. Raises Unbelievable for anything else, and for one that contradicts itself."""
    if len(payload) > LARGEST:
        raise malformed(WHAT, f"it has {len(payload):,} bytes; {LARGEST:,} are read")
    document: Any = strict_object(payload, what=WHAT)
    if (document.get("_type"), document.get("predicateType")) != (STATEMENT, PREDICATE):
        raise Unbelievable(
            "it is a statement of another kind", fix="Take one that `gatecheck run --sign` made."
        )
    try:
        predicate = document["predicate"]
        said = _statement(predicate[MEMBER], predicate["timeCreated"])
        told = document["subject"], predicate["properties"], predicate["verifier"]["id"]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise malformed(WHAT, f"its parts are not those of evidence ({type(error).__name__})") from error
    if told != (subjects(said.tree, said.head, said.base), properties(said), VERIFIER):
        raise malformed(WHAT, "its subjects or its properties are not what it says elsewhere")
    if (
        said.verdict not in _COUNTS
        or worst([said.verdict, *(gate.verdict for gate in said.gates)]) is not said.verdict
    ):
        raise malformed(WHAT, f"its verdict {said.verdict} is none that counts, or better than a gate's")
    return said


def is_about(payload: bytes) -> str:
    """Return the tree that any in-toto Statement of ours is about: of a verdict, or of tests. Raises Unbelievable for anything else."""
    document: Any = strict_object(payload, what=WHAT)
    try:
        return _id(document["subject"][0]["digest"]["gitTree"]) if document["_type"] == STATEMENT else _id("")
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise malformed(WHAT, "it is no statement about a tree of git") from error


def _statement(told: Any, created: Any) -> Statement:  # noqa: ANN401 -- what JSON may hold
    plain: dict[str, Any] = {name: _text(told[name]) for name in _TEXTS}
    for name in ("base", "head", "tree"):
        _id(plain[name])
    plain |= {name: _flag(told[name]) for name in _FLAGS}
    if datetime.fromisoformat(_text(created)).tzinfo is None:
        raise ValueError(created)
    return Statement(
        **plain,
        policy={_text(path): _text(blob) for path, blob in told["policy"].items()},
        gates=tuple(_gate_said(gate) for gate in _list(told["gates"])),
        verdict=Verdict(told["verdict"]),
        created=created,
        waits=tuple(Wait(_text(wait["gate"]), _text(wait["rule"])) for wait in _list(told["waits"])),
        waivers=tuple(map(_text, _list(told["waivers"]))),
        approvals={_text(name): _text(who) for name, who in told["approvals"].items()},
    )


def _gate(said: GateSaid) -> dict[str, object]:
    return {
        "name": said.name,
        "kind": said.kind,
        "verdict": str(said.verdict),
        "examined": {"count": said.examined, "kind": said.what},
        "recalled": said.recalled,
    }


def _gate_said(told: Any) -> GateSaid:  # noqa: ANN401 -- as above
    count = told["examined"]["count"]
    if type(count) is not int:
        raise TypeError(count)
    return GateSaid(
        _text(told["name"]),
        _text(told["kind"]),
        Verdict(told["verdict"]),
        count,
        _text(told["examined"]["kind"]),
        _flag(told["recalled"]),
    )


def _text(value: Any) -> str:  # noqa: ANN401 -- as above
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _flag(value: Any) -> bool:  # noqa: ANN401 -- as above
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _list(value: Any) -> list[Any]:  # noqa: ANN401 -- as above
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _id(value: Any) -> str:  # noqa: ANN401 -- as above
    if not _OBJECT_ID.fullmatch(_text(value)):
        raise ValueError(value)
    return str(value)
