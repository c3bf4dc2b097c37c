"""Signatures and envelopes that were tampered with: nothing is believed that ssh-keygen refuses, and no keyid is an identity."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gatecheck.errors import GatecheckError
from gatecheck.evidence import GateSaid, Statement, believe
from gatecheck.model import Verdict
from gatecheck.sign import (
    EVIDENCE,
    Envelope,
    Signature,
    Unbelievable,
    armor,
    parse_signers,
    parse_sshsig,
    public_key,
    sign,
    unarmor,
    verify,
)

DATA = b"to be signed\x00\xff"
NOW = 1780272000.0
SAID = Statement(
    "https://example.org/shop",
    "refs/heads/main",
    "1" * 40,
    "2" * 40,
    "3" * 40,
    {".gatecheck.yaml": "4" * 40},
    (GateSaid("tests", "tests", Verdict.PASS, 3, "tests"),),
    Verdict.PASS,
    "2026-06-01T00:00:00Z",
)


@pytest.fixture(scope="module")
def known(keys):
    return parse_signers(keys.allowed(EVIDENCE, "jo").encode(), "approvers")


@pytest.fixture(scope="module")
def signature(keys):
    return sign(keys("jo"), EVIDENCE, DATA)


def signed(keys, who="jo", payload=None):
    unsigned = Envelope(payload or SAID.payload(), ())
    return replace(unsigned, signatures=(Signature("k", sign(keys(who), EVIDENCE, unsigned.pae)),))


def accepted_by_ssh_keygen(keys, folder, blob):
    (folder / "sig").write_text(armor(blob))
    (folder / "allowed").write_text(keys.allowed(EVIDENCE, "jo"))
    argv = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "jo", "-n", EVIDENCE, "-s", "sig"]
    return subprocess.run(argv, cwd=folder, input=DATA, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("oracle")


def test_no_flipped_bit_of_a_signature_is_believed(known, signature):
    reached = 0
    for at in range(len(signature)):
        bad = bytearray(signature)
        bad[at] ^= 1 << (at % 8)
        try:
            taken = parse_sshsig(bytes(bad))
            public_key(taken.public_key)
        except Unbelievable:
            continue
        reached += 1
        if at % 11 == 0 or at > len(signature) - 4:  # a process each
            with pytest.raises(Unbelievable):
                verify(known, EVIDENCE, DATA, bytes(bad), at=NOW)
    assert reached > 64  # those in key, namespace and signature, where only verifying tells


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 8 * 183 - 1), st.binary(max_size=4), st.integers(0, 8))
@example(0, b"\x00", 0)
@example(8 * 60, b"", 4)
def test_nothing_is_believed_that_ssh_keygen_refuses(keys, known, signature, folder, bit, more, cut):
    changed = bytearray(signature)
    changed[bit // 8 % len(changed)] ^= 1 << bit % 8
    for bad in (bytes(changed) + more, signature + more, signature[: len(signature) - cut] + more):
        if bad == signature:
            continue
        believed = True
        try:
            verify(known, EVIDENCE, DATA, bad, at=NOW)
        except GatecheckError:
            believed = False
        assert not believed or accepted_by_ssh_keygen(keys, folder, bad)


def test_the_oracle_takes_what_is_good(keys, signature, folder):
    assert accepted_by_ssh_keygen(keys, folder, signature)
    assert unarmor(armor(signature).encode()) == signature
    assert os.listdir(folder)


def flipped(payload):
    return payload.replace(b'"verdict": "waiting"', b'"verdict": "pass"')


def test_an_envelope_that_was_tampered_with_is_not_believed(known, keys):
    good = signed(keys)
    waiting = replace(SAID, verdict=Verdict.WAITING).payload()
    honest = signed(keys, payload=waiting)
    stranger = signed(keys, "mallory").signatures[0]
    listed = known.role(EVIDENCE)[0].fingerprint
    assert flipped(waiting) != waiting
    for bad in (
        replace(honest, payload=flipped(waiting)),
        replace(good, payload=good.payload + b" "),
        replace(good, payload_type="application/json"),
        replace(good, signatures=()),
        replace(good, signatures=(replace(stranger, keyid=listed),)),  # a keyid is a hint, and no identity
        replace(good, signatures=honest.signatures),
    ):
        with pytest.raises(Unbelievable):
            believe(bad, known, NOW)
    with pytest.raises(Unbelievable, match="of another kind"):
        believe(signed(keys, payload=b'{"_type": "x"}'), known, NOW)
