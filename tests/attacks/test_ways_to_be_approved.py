"""Ways to get an approval that nobody gave: replays, other keys, other names, other kinds of signature. Real keys, real ssh-keygen."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gatecheck.approval.believe import Keys, believe, signing_keys
from gatecheck.approval.judge import Ground, judge
from gatecheck.approval.statement import Statement, listed_files, listed_steps, parse
from gatecheck.errors import PolicyError
from gatecheck.model import Approvals
from gatecheck.model.approval import BranchCommit, Subject, commits_digest
from gatecheck.model.change import digest_of
from gatecheck.model.history import Person
from gatecheck.sign import Envelope, Signature, keygen, signers, sshsig
from gatecheck.sign.signers import APPROVAL, EVIDENCE

NOW = int(time.time())
DAY = 86_400
ADA = Person("Ada", "ada@example.org", 1)
A, B, C, D = (letter * 40 for letter in "abcd")
EDITS = (("a.py", A, B, "100644"),)
FIRST = BranchCommit("1" * 40, ADA, ADA, "a step\n", EDITS)
HERE = Subject("r", "refs/heads/main", A, B, C, digest_of(EDITS), commits_digest([FIRST]), {"p": A})
YES = Statement(
    HERE, "approve", "0" * 32, NOW, NOW + DAY, covers=("look",), files=listed_files(EDITS), steps=listed_steps([FIRST])
)  # fmt: skip
GROUND = Ground(HERE, NOW, EDITS, (FIRST,))


def allowed(key: Path, names: str = "", more: str = "", namespace: str = APPROVAL) -> str:
    kind, encoded = key.with_name(f"{key.name}.pub").read_text().split()[:2]
    return f'{names or key.name} {more}namespaces="{namespace}" {kind} {encoded}\n'


def listed(*lines: str, revoked: bytes = b"") -> Keys:
    return Keys(signers.parse("".join(lines).encode(), "approvers"), revoked)


def signed(key: Path, statement: Statement = YES, namespace: str = APPROVAL) -> Envelope:
    """Return an envelope that ssh-keygen signed, whatever the namespace."""
    envelope = Envelope(statement.payload(), ())
    done = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace],
        input=envelope.pae,
        capture_output=True,
        check=True,
    )
    return dataclasses.replace(envelope, signatures=(Signature("a hint", sshsig.unarmor(done.stdout)),))


def judged(known: Keys, *envelopes: Envelope, ground: Ground = GROUND, at: float = NOW) -> Approvals:
    found = [believe(envelope, known, at) for envelope in envelopes]
    void = [one for _, voids in found for one in voids]
    return judge(ground, [one for ones, _ in found for one in ones], void)


def refused(known: Approvals) -> str:
    """Return the one reason for which the one approval does not hold."""
    assert known.holding == ()
    (void,) = known.void
    return void.why


@pytest.fixture
def jo(keys: Callable[[str], Path]) -> Path:
    return keys("jo")


def test_a_true_approval_holds(jo):
    known = judged(listed(allowed(jo)), signed(jo))
    assert (known.void, known.holding[0].who) == ((), ("jo",))


def there(**more) -> Ground:
    """Return the ground for another subject."""
    return dataclasses.replace(GROUND, subject=dataclasses.replace(HERE, **more))


OTHER = (("a.py", D, B, "100644"),)
AMENDED = dataclasses.replace(FIRST, message="amended\n")
EXTRA = dataclasses.replace(FIRST, id="2" * 40, author=Person("Ada", "ada@example.org", 2))


@pytest.mark.parametrize(
    ("ground", "reason"),
    [
        (there(target="refs/heads/release"), "it is for the branch main"),
        (there(repository="a fork"), "it is for the repository r"),
        (
            dataclasses.replace(GROUND, subject=dataclasses.replace(HERE, change=digest_of(OTHER)), edits=OTHER),
            "the base moved in a.py",
        ),
        (
            dataclasses.replace(there(commits=commits_digest([AMENDED])), commits=(AMENDED,)),
            "the message of the commit 1111111111 (amended) differs",
        ),
        (
            dataclasses.replace(there(commits=commits_digest([FIRST, EXTRA])), commits=(FIRST, EXTRA)),
            "the commit 2222222222 (a step) came after the approval",
        ),
        (dataclasses.replace(GROUND, now=NOW + DAY), "it ended on"),
        (dataclasses.replace(GROUND, used={"0" * 32: "it was used already"}), "it was used already"),
    ],
    ids=["other ref", "other repository", "moved base", "amended head", "extra commit", "expired", "nonce again"],
)  # fmt: skip
def test_an_approval_is_replayed(jo, ground, reason):
    assert reason in refused(judged(listed(allowed(jo)), signed(jo), ground=ground))


@pytest.mark.parametrize("namespace", ["git", "file", EVIDENCE])
def test_an_approval_is_signed_in_another_namespace(jo, namespace):
    assert refused(judged(listed(allowed(jo)), signed(jo, namespace=namespace)))
    assert refused(judged(listed(allowed(jo, namespace=EVIDENCE)), signed(jo, namespace=namespace)))


@pytest.mark.parametrize(
    "line",
    ["* {}", "*@example.org {}", "!al,jo {}", "garbage", "jo ssh-ed25519 AAAA", 'al namespaces="git" {1}'],
)
def test_a_list_with_one_bad_line_lists_nobody(jo, keys, line):
    good = allowed(keys("al"))
    options = good.partition(" ")[2].strip()
    with pytest.raises(PolicyError) as caught:
        listed(allowed(jo), line.format(options, options.partition(" ")[2]), "\n")
    assert caught.value.problems[0].startswith("approvers:2:")


def test_one_person_is_counted_twice(jo, keys):
    quorum = dataclasses.replace(GROUND, quorum=2)
    two_names = listed(allowed(jo, "jo"), allowed(jo, "al"))
    two_keys = listed(allowed(jo, "jo"), allowed(keys("al"), "jo"))
    again = dataclasses.replace(YES, nonce="1" * 32)
    assert judged(two_names, signed(jo), signed(jo, again), ground=quorum).cover("look/odd") is None
    assert judged(two_keys, signed(jo), signed(keys("al")), ground=quorum).cover("look/odd") is None
    both = listed(allowed(jo), allowed(keys("al")))
    assert judged(both, signed(jo), signed(keys("al")), ground=quorum).cover("look/odd") == "jo and al"


def test_the_author_approves(jo):
    signature = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", jo, "-n", "git"],
        input=b"tree",
        capture_output=True,
        check=True,
    ).stdout
    commits = [dataclasses.replace(FIRST, signature=text) for text in (b"-----BEGIN PGP", signature)]
    signing = signing_keys(commits)
    known = listed(allowed(jo))
    fingerprint = next(iter(known.signers)).fingerprint
    assert signing == {fingerprint: "1" * 40}
    for more, reason in (
        ({"signers": signing}, "its key signed the commit"),
        ({"pusher": fingerprint}, "whoever pushes"),
        ({"agents": frozenset({fingerprint})}, "an agent's"),
    ):
        assert reason in refused(judged(known, signed(jo), ground=dataclasses.replace(GROUND, **more)))
    ada = listed(allowed(jo, "ADA@example.org"))
    assert "the author of the commit" in refused(judged(ada, signed(jo)))


def test_a_key_is_revoked(jo, keys, tmp_path):
    public = jo.with_name("jo.pub")
    subprocess.run(["ssh-keygen", "-q", "-k", "-f", tmp_path / "krl", public], check=True)
    for revoked in ((tmp_path / "krl").read_bytes(), public.read_bytes()):
        assert refused(judged(listed(allowed(jo), revoked=revoked), signed(jo)))
        assert judged(listed(allowed(keys("al")), revoked=revoked), signed(keys("al"))).holding


def test_a_key_has_ended(jo):
    known = listed(allowed(jo, more='valid-before="20200101Z",'))
    assert refused(judged(known, signed(jo)))


def certified(jo: Path, ca: Path, folder: Path, name: str, valid: str) -> Path:
    for suffix in ("", ".pub"):
        (folder / f"jo{suffix}").write_bytes(jo.with_name(f"jo{suffix}").read_bytes())
    (folder / "jo").chmod(0o600)
    words = ["ssh-keygen", "-q", "-s", ca, "-I", "x", "-n", name, "-V", valid, folder / "jo.pub"]
    subprocess.run(words, check=True)
    return folder / "jo-cert.pub"


@pytest.mark.parametrize(
    ("name", "valid", "holds"),
    [("jo", "-1d:+1d", True), ("al", "-1d:+1d", False), ("jo", "-2d:-1d", False)],
    ids=["good", "for somebody else", "expired"],
)
def test_a_certificate_counts_for_its_person_and_its_time(jo, keys, tmp_path, name, valid, holds):
    certificate = certified(jo, keys("ca"), tmp_path, name, valid)
    known = listed(allowed(keys("ca"), "jo", more="cert-authority,"))
    blob = keygen.sign(certificate, APPROVAL, Envelope(YES.payload(), ()).pae)
    found = judged(known, Envelope(YES.payload(), (Signature("", blob),)))
    assert bool(found.holding) == holds
    assert holds or found.void[0].why


def test_a_signature_is_bent(jo):
    known = listed(allowed(jo))
    true = signed(jo)
    other = dataclasses.replace(YES, covers=("everything",))
    assert refused(judged(known, dataclasses.replace(true, payload=other.payload())))
    assert refused(judged(known, dataclasses.replace(true, payload_type="text/plain")))
    bent = Signature("", true.signatures[0].sig + b"\0")
    assert refused(judged(known, dataclasses.replace(true, signatures=(bent,))))
    assert judged(known, dataclasses.replace(true, signatures=(bent, true.signatures[0]))).holding


def test_what_is_signed_is_no_approval(jo):
    envelope = dataclasses.replace(Envelope(b"{}", ()), signatures=())
    blob = keygen.sign(jo, APPROVAL, envelope.pae)
    assert "no approval" in refused(judged(listed(allowed(jo)), Envelope(b"{}", (Signature("", blob),))))


POLICY = """\
version: 1
repository: https://example.org/shop
gates:
  approval: {required-when: {paths: ["code.py"]}}
  look: {uses: command, run: [sh, -c, echo looked], count: looked}
"""


def test_a_change_lists_its_own_approver_and_no_program_of_gpg_is_asked(project, keys, tmp_path):
    canary = tmp_path / "canary"
    fake = tmp_path / "gpg"
    fake.write_text(f"#!/bin/sh\ntouch {canary}\necho '[GNUPG:] GOODSIG 0 jo'\n")
    fake.chmod(0o755)
    project.main({"code.py": "1\n", ".gatecheck/approvers": allowed(keys("jo"))}, policy=POLICY)
    for name in ("gpg.program", "gpg.ssh.program", "gpg.ssh.defaultKeyCommand"):
        project.git("config", name, str(fake))
    project.change({"code.py": "2\n", ".gatecheck/approvers": allowed(keys("jo")) + allowed(keys("agent"))})
    assert project.gatecheck("run").returncode == 3
    done = project.gatecheck("approve", "--key", str(keys("agent")))
    assert done.returncode == 1, done.stderr
    assert "does not count" in done.stderr
    assert "jo" in done.stderr
    assert project.git("for-each-ref", "refs/gatecheck/") == ""
    assert not canary.exists()
    assert project.gatecheck("run", env={"SSH_AUTH_SOCK": os.devnull}).returncode == 3


def test_an_approval_outlives_what_it_approved(project, keys):
    project.main({"code.py": "1\n", ".gatecheck/approvers": allowed(keys("jo"))}, policy=POLICY)
    project.change({"code.py": "2\n"})
    project.gatecheck("run")
    assert project.gatecheck("approve", "--key", str(keys("jo"))).returncode == 0
    assert project.gatecheck("run").returncode == 0
    project.git("switch", "--quiet", "main")
    project.git("merge", "--quiet", "--no-ff", "change", "-m", "land it")
    project.git("revert", "--no-edit", "-m", "1", "HEAD")
    project.git("push", "--quiet", "origin", "main")
    project.git("switch", "--quiet", "--create", "again")
    project.git("cherry-pick", "change")
    done = project.gatecheck("run")
    assert done.returncode == 3, done.stdout
    assert "it was used already: the change landed with" in done.stdout
    assert parse(YES.payload()) == YES
