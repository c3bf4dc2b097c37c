"""Envelopes: ours is what another implementation reads, and nothing that was changed is taken for what it was."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as Theirs
from securesystemslib.signer import Signature as TheirSignature

from gatecheck.sign import Envelope, Signature, Unbelievable, strict_object
from gatecheck.sign.envelope import LARGEST

ONE = Envelope(b'{"a": 1}', (Signature("SHA256:x", b"\x00\xff\xfe"),))
TEXT = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=30)


def test_the_encoding_that_is_signed_is_that_of_the_specification():
    # the example of DSSE's protocol.md
    envelope = Envelope(b"hello world", (), "http://example.com/HelloWorld")
    assert envelope.pae == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@given(
    st.binary(max_size=200),
    TEXT,
    st.lists(st.tuples(TEXT, st.binary(max_size=99)), min_size=1, max_size=3, unique_by=lambda pair: pair[0]),
)
def test_ours_and_theirs_read_each_other(payload, kind, signatures):
    ours = Envelope(payload, tuple(Signature(keyid, sig) for keyid, sig in signatures), kind)
    read = Theirs.from_dict(json.loads(ours.to_json()))
    assert (read.pae(), read.payload, read.payload_type) == (ours.pae, payload, kind)
    theirs = Theirs(payload, kind, {k: TheirSignature(k, sig.hex()) for k, sig in signatures})
    back = Envelope.from_json(json.dumps(theirs.to_dict()).encode())
    assert (back.pae, dict.fromkeys(s.keyid for s in back.signatures)) == (
        ours.pae,
        dict.fromkeys(k for k, _ in signatures),
    )
    assert Envelope.from_json(ours.to_json()) == ours


def test_the_other_alphabet_of_base64_is_read_and_unknown_members_are_ignored():
    document = json.loads(ONE.to_json())
    document["signatures"][0]["sig"] = base64.urlsafe_b64encode(b"\x00\xff\xfe").decode()
    document |= {"later": {}}
    assert Envelope.from_json(json.dumps(document).encode()) == ONE


def changed(**members):
    document = json.loads(ONE.to_json())
    return json.dumps({**document, **members}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"a": NaN}',
        b'{"payload": "", "payload": ""}',
        b" " * (LARGEST + 1),
        changed(signatures=[]),
        changed(signatures={}),
        changed(signatures=[1]),
        changed(signatures=[{"keyid": 1, "sig": ""}]),
        changed(signatures=[{"keyid": ""}]),
        changed(signatures=[{"sig": "AA=="}] * 65),
        changed(payload=None),
        changed(payload="A"),
        changed(payload="AB=="),
        changed(payload="A A="),
        changed(payload="\u00e4"),
        changed(payloadType=None),
    ],
)
def test_what_is_no_envelope_is_not_believed(data):
    with pytest.raises(Unbelievable, match="the envelope is malformed"):
        Envelope.from_json(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_object_or_unbelievable(data):
    try:
        assert isinstance(strict_object(data, what="this"), dict)
    except Unbelievable as error:
        assert "this is malformed" in error.message  # noqa: PT017 -- both outcomes are right
