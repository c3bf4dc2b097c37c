"""Keys, signatures and lists of signers, taken apart: one form each, and anything else is refused with its reason."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.errors import PolicyError
from gatecheck.sign import (
    APPROVAL,
    EVIDENCE,
    Unbelievable,
    armor,
    fingerprint,
    parse_signers,
    parse_sshsig,
    public_key,
    read_text,
    unarmor,
)
from gatecheck.sign import signers as signers_module
from gatecheck.sign.keys import LARGEST as LARGEST_KEY
from gatecheck.sign.sshsig import LARGEST as LARGEST_SIGNATURE
from gatecheck.sign.wire import string

FILE = ".gatecheck/approvers"
KEY = string(b"ssh-ed25519") + string(b"k" * 32)


def sshsig(
    key=KEY, namespace=b"n", reserved=b"", hashed=b"sha512", signature=b"s", *, version=1, magic=b"SSHSIG"
):
    return magic + version.to_bytes(4) + b"".join(map(string, (key, namespace, reserved, hashed, signature)))


def test_a_signature_is_taken_apart_and_put_in_armour_as_ssh_keygen_does(keys):
    taken = parse_sshsig(sshsig())
    assert (taken.public_key, taken.namespace, taken.hash_algorithm, taken.signature) == (
        KEY,
        "n",
        "sha512",
        b"s",
    )
    argv = ["ssh-keygen", "-Y", "sign", "-n", "n", "-f", keys("jo")]
    text = subprocess.run(argv, input=b"data", capture_output=True, check=True).stdout
    assert armor(unarmor(text)).encode() == text


@pytest.mark.parametrize(
    ("blob", "said"),
    [
        (b"", "ends after 0 bytes"),
        (sshsig(magic=b"SSHSIX"), "does not begin with SSHSIG"),
        (sshsig(version=2), "version is 2"),
        (sshsig(reserved=b"x"), "reserved"),
        (sshsig(hashed=b"md5"), "'md5'"),
        (sshsig(namespace=b"\xff"), "not ASCII"),
        (sshsig() + b"\x00", "1 bytes stand behind its end"),
        (sshsig()[:-1], "before its end"),
        (bytes(LARGEST_SIGNATURE + 1), "are read"),
    ],
)
def test_a_signature_of_another_form_is_refused(blob, said):
    with pytest.raises(Unbelievable, match=said):
        parse_sshsig(blob)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"x",
        armor(b"abc").encode()[1:],
        armor(b"abc").replace("Y", "*").encode(),
        armor(b"").encode(),
        bytes(2 * LARGEST_SIGNATURE + 1),
    ],
)
def test_armour_of_another_form_is_refused(text):
    with pytest.raises(Unbelievable):
        unarmor(text)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_signature_and_no_key(data):
    for reader in (parse_sshsig, public_key):
        with pytest.raises(Unbelievable):
            reader(data)


@pytest.mark.parametrize("kind", [(), ("-t", "rsa", "-b", "2048"), ("-t", "ecdsa", "-b", "384")])
def test_a_key_has_the_fingerprint_that_ssh_keygen_shows(keys, kind):
    name = "".join(kind) or "jo"
    text = keys.public(name, *kind)
    key = read_text(*text.split()[:2])
    argv = ["ssh-keygen", "-l", "-f", f"{keys(name)}.pub"]
    shown = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()[1]
    assert (key.fingerprint, fingerprint(key.blob), key.text) == (shown, shown, text)


@pytest.mark.parametrize(
    ("blob", "said"),
    [
        (string(b"ssh-dss") + string(b"x"), "none that is taken"),
        (KEY + b"x", "behind its end"),
        (string(b"ssh-rsa") + string(b"\x03") + string(b"\x7f" * 128), "2048 bits"),
        (bytes(LARGEST_KEY + 1), "are read"),
    ],
)
def test_a_key_of_another_form_is_refused(blob, said):
    with pytest.raises(Unbelievable, match=said):
        public_key(blob)


def certificate(authority, *, kind=1):
    name = b"ssh-ed25519-cert-v01@openssh.com"
    return b"".join(
        [
            *(string(name), string(b"nonce"), string(b"k" * 32), bytes(8), kind.to_bytes(4), string(b"id")),
            *(string(string(b"jo") + string(b"sam")), bytes(16), string(b""), string(b""), string(b"")),
            *(string(authority), string(b"signature")),
        ]
    )


def test_a_certificate_is_the_key_in_it_with_its_authority():
    key = public_key(certificate(KEY))
    assert (key.blob, key.principals) == (KEY, ("jo", "sam"))
    assert key.authority == public_key(KEY)
    for bad, said in (
        (certificate(KEY, kind=2), "of a machine"),
        (certificate(certificate(KEY)), "another certificate"),
        (certificate(KEY) + b"x", "behind its end"),
    ):
        with pytest.raises(Unbelievable, match=said):
            public_key(bad)


def line(keys, *, names="jo", options=f'namespaces="{APPROVAL}"', key=None):
    return f"{names} {options} {key or keys.public('jo')}\n"


def parse(text):
    return parse_signers(text.encode(), FILE)


def problems(text):
    with pytest.raises(PolicyError) as caught:
        parse(text)
    return caught.value.problems


def test_a_file_of_signers_is_read_as_ssh_keygen_reads_it(keys):
    found = parse(
        "# who approves\n\n"
        + line(keys, names="jo@example.org,jo", options=f'Namespaces="{APPROVAL}",valid-before="20270101"')
        + line(keys, names="josephine", options=f'valid-before="20270101000000Z",namespaces="{APPROVAL}"')
        + line(
            keys,
            names="ci",
            options=f'cert-authority,namespaces="{EVIDENCE}"',
            key=keys.public("sam") + " a comment",
        )
    )
    one, other = found
    assert (one.name, one.line) == ("jo@example.org, jo, josephine", 3)  # one key, one signer
    assert one.valid_before == 1798761600.0
    assert other.authority
    assert found.role(EVIDENCE) == (other,)
    assert parse("").entries == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"names": "*"}, "wildcards"),
        ({"names": "jo,!sam"}, "wildcards"),
        ({"names": "j?"}, "wildcards"),
        ({"names": '"jo"'}, "wildcards"),
        ({"names": "jo,"}, "wildcards"),
        ({"options": ""}, "too few words"),
        ({"options": "cert-authority"}, "must be exactly one of"),
        ({"options": 'namespaces="git"'}, "must be exactly one of"),
        ({"options": f'namespaces="{APPROVAL},{EVIDENCE}"'}, "one role"),
        ({"options": 'namespaces="*"'}, "must be exactly one of"),
        ({"options": f'namespace="{APPROVAL}"'}, "did you mean 'namespaces'"),
        ({"options": f"namespaces={APPROVAL}"}, "is no option"),
        ({"options": "namespaces"}, "lacks its value"),
        ({"options": f'namespaces="{APPROVAL}",cert-authority="x"'}, "takes none"),
        ({"options": f'namespaces="{APPROVAL}",namespaces="{APPROVAL}"'}, "stands twice"),
        ({"options": f'namespaces="{APPROVAL}",'}, "is no option"),
        ({"options": f'namespaces="{APPROVAL}",valid-before="soon"'}, "is no time"),
        ({"options": f'namespaces="{APPROVAL}",valid-after="20261301"'}, "is no time"),
        ({"key": "ssh-ed25519 AAAA"}, "malformed"),
        ({"key": "ssh-ed25519 ***"}, "not base64"),
        ({"key": "ssh-ed25519 AB=="}, "as SSH writes it"),
        ({"key": "ssh-ed25519"}, "too few words"),
        (
            {"key": "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIIQMw/Hj8YqYHIXtn0DHuk0B6KmCvUCdiKUjDCtmCdnL"},
            "says ssh-rsa and is ssh-ed25519",
        ),
    ],
)
def test_one_bad_line_refuses_the_whole_file(keys, changes, said):
    text = keys.allowed(EVIDENCE, "sam") + line(keys, **changes)
    (problem,) = problems(text)
    assert problem.startswith(f"{FILE}:2:1: ")
    assert said in problem


def test_a_key_has_one_role_and_one_set_of_options(keys):
    assert "stands in line 1 with another role" in problems(keys.allowed(EVIDENCE, "jo") + line(keys))[0]
    later = line(keys, options=f'namespaces="{APPROVAL}",valid-before="20270101"')
    assert "stands in line 1" in problems(line(keys) + later)[0]
    assert len(problems("x\n" * 300)) == signers_module.MOST
    assert "are read" in problems("#" * (signers_module.LARGEST + 1))[0]


def test_a_certificate_is_no_authority(keys, tmp_path):
    key = tmp_path / "k"
    key.with_suffix(".pub").write_text(keys.public("jo"))
    subprocess.run(["ssh-keygen", "-q", "-s", keys("sam"), "-I", "x", key.with_suffix(".pub")], check=True)
    words = (tmp_path / "k-cert.pub").read_text().split()
    assert "a certificate cannot stand here" in problems(line(keys, key=" ".join(words[:2])))[0]


@given(st.text(max_size=120))
def test_any_text_is_a_list_of_signers_or_refused_with_places(text):
    try:
        parse(text)
    except PolicyError as error:
        assert all(problem.startswith(FILE) for problem in error.problems)  # noqa: PT017 -- both outcomes are right
