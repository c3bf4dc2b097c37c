"""What ssh-keygen says of a signature is what counts, and every refusal names its own reason."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.sign import (
    APPROVAL,
    EVIDENCE,
    Unbelievable,
    armor,
    can_sign,
    parse_signers,
    parse_sshsig,
    public_key,
    sign,
    verify,
)

DATA = b"to be signed\x00\xff"
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC).timestamp()


def signers(text):
    return parse_signers(text.encode(), ".gatecheck/approvers")


@pytest.fixture(scope="module")
def signature(keys):
    return sign(keys("jo"), EVIDENCE, DATA)


def refusal(*words, **named):
    with pytest.raises(Unbelievable) as caught:
        verify(*words, **{"at": NOW, **named})
    assert caught.value.fix
    return caught.value.message


def test_a_signature_holds_for_its_bytes_its_purpose_and_its_key(keys, signature):
    known = signers(keys.allowed(EVIDENCE, "jo") + keys.allowed(APPROVAL, "sam"))
    found = verify(known, EVIDENCE, DATA, signature, at=NOW)
    assert (found.principals, found.line) == (("jo",), 1)
    assert found.fingerprint == public_key(parse_sshsig(signature).public_key).fingerprint
    assert "does not match" in refusal(known, EVIDENCE, DATA + b".", signature)
    assert "was signed for 'gatecheck-evidence'" in refusal(known, APPROVAL, DATA, signature)
    for_git = sign(keys("jo"), "git", DATA)
    assert "was signed for 'git'" in refusal(known, EVIDENCE, DATA, for_git)
    approval = sign(keys("jo"), APPROVAL, DATA)
    assert "is there for gatecheck-evidence" in refusal(known, APPROVAL, DATA, approval)
    assert "is unknown" in refusal(signers(""), EVIDENCE, DATA, signature)


@pytest.mark.parametrize("kind", [("-t", "rsa", "-b", "2048"), ("-t", "ecdsa")])
def test_other_kinds_of_keys_sign_too(keys, kind):
    name = kind[1]
    known = signers(f'me namespaces="{EVIDENCE}" {keys.public(name, *kind)}\n')
    assert verify(known, EVIDENCE, DATA, sign(keys(name), EVIDENCE, DATA), at=NOW).name == "me"


def test_a_key_counts_only_in_its_time(keys, signature):
    known = signers(keys.allowed(EVIDENCE, "jo", more=',valid-after="20260101",valid-before="202612312359Z"'))
    assert verify(known, EVIDENCE, DATA, signature, at=NOW)
    day = 86_400
    assert "not valid before 2026-01-01 00:00 UTC" in refusal(
        known, EVIDENCE, DATA, signature, at=NOW - 200 * day
    )
    assert "expired on 2026-12-31 23:59 UTC" in refusal(known, EVIDENCE, DATA, signature, at=NOW + 300 * day)


def test_a_revoked_key_counts_no_more(keys, signature, tmp_path):
    known = signers(keys.allowed(EVIDENCE, "jo"))
    as_keys = f"# lost\n{keys.public('jo')}\n".encode()
    krl = tmp_path / "krl"
    subprocess.run(["ssh-keygen", "-q", "-k", "-f", krl, keys("jo").with_suffix(".pub")], check=True)
    for revoked in (as_keys, krl.read_bytes(), b"what is this?\n"):
        assert "is revoked" in refusal(known, EVIDENCE, DATA, signature, revoked=revoked)
    other = f"{keys.public('sam')}\n".encode()
    assert verify(known, EVIDENCE, DATA, signature, at=NOW, revoked=other)
    assert "does not match" in refusal(known, EVIDENCE, b"", signature, revoked=as_keys)


def certificate(keys, tmp_path, names, *validity):
    key = tmp_path / "holder"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    name = [] if names is None else ["-n", names]
    argv = ["ssh-keygen", "-q", "-s", keys("authority"), "-I", "id", *name, *validity, f"{key}.pub"]
    subprocess.run(argv, check=True)
    return tmp_path / "holder-cert.pub"


def test_a_certificate_counts_for_the_names_and_the_time_in_it(keys, tmp_path):
    known = signers(
        keys.allowed(EVIDENCE, "jo")
        + f'runner,ci cert-authority,namespaces="{EVIDENCE}" {keys.public("authority")}\n'
    )
    good = certificate(keys, tmp_path, "other,ci", "-V", "20260101:20270101")
    signature = sign(good, EVIDENCE, DATA)
    found = verify(known, EVIDENCE, DATA, signature, at=NOW)
    plain = public_key(parse_sshsig(sign(tmp_path / "holder", EVIDENCE, DATA)).public_key)
    assert (found.fingerprint, found.key, found.authority) == (plain.fingerprint, plain.text, True)
    assert "another time" in refusal(known, EVIDENCE, DATA, signature, at=NOW + 400 * 86_400)
    assert "its authority is not in" in refusal(
        signers(keys.allowed(EVIDENCE, "jo")), EVIDENCE, DATA, signature
    )
    as_key = signers(keys.allowed(EVIDENCE, "authority"))
    assert "its authority is not in" in refusal(as_key, EVIDENCE, DATA, signature)
    for names, said in (
        ("stranger", "for stranger does not hold for runner, ci"),
        (None, "for nobody does not hold"),
    ):
        bad = sign(certificate(keys, tmp_path, names), EVIDENCE, DATA)
        assert said in refusal(known, EVIDENCE, DATA, bad)


def test_an_agent_signs_for_a_public_key(keys, tmp_path, monkeypatch, signature):
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE) as agent:
        agent.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", keys("jo")], check=True)
        assert sign(f"key::{keys.public('jo')}", EVIDENCE, DATA) == signature
        can_sign(f"key::{keys.public('sam')}")  # who has it is seen when it signs
        with pytest.raises(ToolError, match="did not sign") as caught:
            sign(keys.public("sam"), EVIDENCE, DATA)
        assert "ssh-add" in caught.value.fix
        agent.terminate()


def test_what_cannot_be_done_says_what_is_missing(keys, tmp_path, monkeypatch, signature):
    for refuses in (can_sign, lambda key: sign(key, EVIDENCE, DATA)):
        with pytest.raises(UsageError, match="there is no key"):
            refuses(tmp_path / "nothing")
    with pytest.raises(UsageError, match="there is no key ''"):
        sign("", EVIDENCE, DATA)
    known = signers(keys.allowed(EVIDENCE, "jo"))
    monkeypatch.setenv("TMPDIR", "/dev/null")
    monkeypatch.setattr("tempfile.tempdir", "/dev/null")
    with pytest.raises(CannotTell, match="no temporary file"):
        verify(known, EVIDENCE, DATA, signature, at=NOW)
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    monkeypatch.setenv("PATH", str(bin_))
    with pytest.raises(ToolError, match="ssh-keygen is not there") as caught:
        verify(known, EVIDENCE, DATA, signature, at=NOW)
    assert "openssh-client" in caught.value.fix
    old(bin_, "echo 'unknown option -- Y' >&2; exit 1")
    with pytest.raises(ToolError, match="did not sign") as caught:
        sign(keys("jo"), EVIDENCE, DATA)
    assert "openssh-client" in caught.value.fix
    with pytest.raises(ToolError, match="cannot verify"):
        verify(known, EVIDENCE, DATA, signature, at=NOW)
    old(bin_, "exit 1")
    with pytest.raises(ToolError, match="it says nothing"):
        sign(keys("jo"), EVIDENCE, DATA)
    old(bin_, f"echo '{armor(signature)}'")
    with pytest.raises(ToolError, match="for something else"):
        sign(keys("jo"), APPROVAL, DATA)


def old(folder: Path, script: str) -> None:
    path = folder / "ssh-keygen"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
