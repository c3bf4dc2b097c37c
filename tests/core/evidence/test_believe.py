"""Evidence is believed when a key that the base lists for it signed exactly these bytes; others may check that without us."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest
from securesystemslib.dsse import Envelope as Theirs
from securesystemslib.exceptions import VerificationError as NotVerified
from securesystemslib.signer import Key
from securesystemslib.signer import Signature as TheirSignature

from gatecheck.evidence import GateSaid, Statement, believe, is_candidate
from gatecheck.model import Verdict
from gatecheck.sign import APPROVAL, EVIDENCE, Envelope, Signature, Unbelievable, armor, parse_signers, sign

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
def signers(keys):
    return parse_signers((keys.allowed(EVIDENCE, "ci") + keys.allowed(APPROVAL, "jo")).encode(), "approvers")


def signed(keys, who="ci", role=EVIDENCE, payload=None, keyid="k"):
    unsigned = Envelope(payload or SAID.payload(), ())
    return replace(unsigned, signatures=(Signature(keyid, sign(keys(who), role, unsigned.pae)),))


@pytest.fixture(scope="module")
def good(keys):
    return signed(keys)


def test_evidence_of_a_listed_runner_is_believed(signers, good, keys):
    proof = believe(good, signers, NOW)
    assert (proof.statement, proof.signer.name) == (SAID, "ci")
    assert len(proof.digest) == 64
    assert is_candidate(good, signers)
    of_nobody = signed(keys, "mallory").signatures
    assert (
        believe(replace(good, signatures=(*of_nobody, *good.signatures)), signers, NOW) != proof
    )  # another file


def test_what_a_human_or_nobody_signed_is_no_evidence(signers, keys):
    for envelope, said in (
        (signed(keys, "jo"), "is there for gatecheck-approval"),
        (signed(keys, "jo", APPROVAL), "was signed for 'gatecheck-approval'"),
        (signed(keys, "mallory"), "is unknown"),
        (Envelope(SAID.payload(), ()), "nobody signed it"),
        (Envelope(SAID.payload(), (Signature("k", b"junk"),)), "malformed"),
    ):
        assert not is_candidate(envelope, signers)
        with pytest.raises(Unbelievable, match=said):
            believe(envelope, signers, NOW)


class SshKey(Key):
    """A key of securesystemslib that has ssh-keygen look at a signature: their DSSE, and not one line of ours."""

    def __init__(self, folder, public):
        super().__init__("k", "ssh", "sshsig", {"public": public})
        self.folder = folder

    @classmethod
    def from_dict(cls, keyid, key_dict):
        raise NotImplementedError

    def to_dict(self):
        return {}

    def verify_signature(self, signature, data):
        (self.folder / "sig").write_text(armor(bytes.fromhex(signature.signature)))
        (self.folder / "allowed").write_text(f"ci {self.keyval['public']}\n")
        argv = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "ci", "-n", EVIDENCE, "-s", "sig"]
        if subprocess.run(argv, cwd=self.folder, input=data, capture_output=True, check=False).returncode:
            raise NotVerified


def test_others_verify_what_we_signed_and_we_what_they_made(signers, good, keys, tmp_path):
    key = SshKey(tmp_path, keys.public("ci"))
    theirs = Theirs.from_dict(json.loads(good.to_json()))
    assert set(theirs.verify([key], 1)) == {"k"}
    with pytest.raises(NotVerified):
        Theirs.from_dict(json.loads(replace(good, payload=b"{}").to_json())).verify([key], 1)
    made = Theirs(SAID.payload(), "application/vnd.in-toto+json", {})
    made.signatures["k"] = TheirSignature("k", sign(keys("ci"), EVIDENCE, made.pae()).hex())
    assert believe(Envelope.from_json(json.dumps(made.to_dict()).encode()), signers, NOW).statement == SAID
