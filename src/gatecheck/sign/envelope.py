"""DSSE v1: bytes with signatures over exactly these bytes and their type.

Source: envelope.md and protocol.md of https://github.com/secure-systems-lab/dsse
What is verified is what was read, never an encoding made anew. Members that the format does not name are ignored, as it asks.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from gatecheck.sign.errors import malformed

PAYLOAD_TYPE = "application/vnd.in-toto+json"
"""Of in-toto Statements. Source: in-toto's attestation framework, spec/v1/envelope.md."""
LARGEST = 8 * 1024 * 1024
"""Bytes of an envelope as JSON."""
MOST_SIGNATURES = 64
_WHAT = "the envelope"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who says that they signed, and the signature."""

    keyid: str
    """The fingerprint of the key: a hint that nobody signed, and never an identity."""
    sig: bytes
    """The SSH signature (PROTOCOL.sshsig) without its armour."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Bytes of a type, with what was signed over them."""

    payload: bytes
    signatures: tuple[Signature, ...]
    payload_type: str = PAYLOAD_TYPE

    @property
    def pae(self) -> bytes:
        """What is signed: the type and the bytes, each with its length. Source: protocol.md, PAE."""
        kind = self.payload_type.encode()
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)

    def to_json(self) -> bytes:
        """Return the envelope as one JSON document on one line. Source: envelope.md."""
        signatures = [{"keyid": each.keyid, "sig": _encode(each.sig)} for each in self.signatures]
        document = {
            "payload": _encode(self.payload),
            "payloadType": self.payload_type,
            "signatures": signatures,
        }
        return json.dumps(document, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Envelope:
        """Read an envelope that somebody wrote. Raises Unbelievable when it is anything else, or unsigned."""
        if len(data) > LARGEST:
            raise malformed(_WHAT, f"it has {len(data):,} bytes; {LARGEST:,} are read")
        document = strict_object(data, what=_WHAT)
        signatures = document.get("signatures")
        if not isinstance(signatures, list) or not 1 <= len(signatures) <= MOST_SIGNATURES:
            raise malformed(_WHAT, f"it needs 1 to {MOST_SIGNATURES} signatures")
        return cls(
            _decode(document.get("payload"), "payload"),
            tuple(_signature(each) for each in signatures),
            _text(document.get("payloadType"), "payloadType"),
        )


def strict_object(data: bytes, *, what: str) -> dict[str, object]:
    """Return the JSON object that bytes hold, in UTF-8, without a name that stands twice. Raises Unbelievable."""
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise malformed(what, f"it is not JSON ({why})") from error
    if not isinstance(document, dict):
        raise malformed(what, "it is no JSON object")
    return document


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the pairs as a dictionary: of a name that stands twice, each reader would see another half."""
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name stands twice in an object"
        raise ValueError(message)
    return found


def _no_number(text: str) -> object:
    message = f"{text} is not a number"
    raise ValueError(message)


def _signature(value: object) -> Signature:
    if not isinstance(value, dict):
        raise malformed(_WHAT, "a signature is no object")
    return Signature(_text(value.get("keyid", ""), "keyid"), _decode(value.get("sig"), "sig"))


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.isascii():
        raise malformed(_WHAT, f"its {name} is no text in ASCII")
    return value


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(value: object, name: str) -> bytes:
    """Return the bytes of base64 in either alphabet, as envelope.md says, in its one proper form."""
    text = _text(value, name).replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed(_WHAT, f"its {name} is not base64") from error
    if _encode(data) != text:
        raise malformed(_WHAT, f"its {name} is not base64 in its proper form")
    return data
