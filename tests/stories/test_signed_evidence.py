"""A runner signs what it found; anybody sees it later, in any clone; and what can be no evidence becomes none."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from gatecheck.evidence import PREFIX, append, bundle
from gatecheck.evidence.travel import LOG
from gatecheck.place import find
from gatecheck.repo import UserGit
from gatecheck.sign import APPROVAL, EVIDENCE, Envelope, Signature

POLICY = """\
version: 1
repository: https://example.org/shop
protect: [main]
gates:
  look:
    uses: command
    exit-code-only: true
    run: [sh, -c, 'test -z "$GATECHECK_SIGNING_KEY" && ! grep -rqs PRIVATE "$(cat key.txt)"']
"""


@pytest.fixture
def shop(project, keys):
    """A repository whose main believes the runner `ci`, with a change on a branch."""
    listed = keys.allowed(EVIDENCE, "ci") + keys.allowed(APPROVAL, "jo")
    project.main({"key.txt": str(keys("ci")), ".gatecheck/approvers": listed}, policy=POLICY)
    project.change({"a.txt": "1\n"})
    return project


def test_a_run_is_signed_seen_carried_and_pushed(shop, keys, tmp_path):
    done = shop.gatecheck("run", "--sign", str(keys("ci")))
    assert done.returncode == 0, done.stdout + done.stderr
    tree = shop.git("rev-parse", "HEAD^{tree}")
    assert f"evidence: refs/gatecheck/evidence/{tree}, signed by SHA256:" in done.stderr
    assert "nobody" not in done.stderr
    # again, by the variable and with a key that nobody lists: a hint for this machine
    env = {"GATECHECK_SIGNING_KEY": str(keys("me"))}
    assert "nobody else will believe it" in shop.gatecheck("run", env=env).stderr
    shown = shop.gatecheck("evidence", "show")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("signed by ci") == shown.stdout.count("not believed: the key") == 1
    assert "gates: look pass" in shown.stdout
    assert shop.gatecheck("evidence", "show", "HEAD").stdout == shown.stdout

    file = tmp_path / "bundle.jsonl"
    assert shop.gatecheck("evidence", "export", str(file)).returncode == 0
    envelopes = [json.loads(line) for line in file.read_text().splitlines()]
    assert {each["payloadType"] for each in envelopes} == {"application/vnd.in-toto+json"}
    assert shop.gatecheck("evidence", "push").returncode == 0
    for number, words in enumerate((("import", str(file)), ("fetch", "origin"))):
        path = tmp_path / f"clone{number}"
        subprocess.run(["git", "clone", "--quiet", shop.remote, path], check=True)
        subprocess.run(["git", "fetch", "--quiet", shop.path, "change:change"], cwd=path, check=True)
        assert shop.gatecheck("evidence", "show", "change", cwd=path).returncode == 4
        assert tree in shop.gatecheck("evidence", *words, cwd=path).stdout
        assert "signed by ci" in shop.gatecheck("evidence", "show", "change", cwd=path).stdout


def test_what_can_be_no_evidence_says_why_and_keeps_its_exit_code(shop, keys):
    key = str(keys("ci"))
    shop.write({"b.txt": "not committed\n"})
    for words, code, said in (
        (("--worktree",), 0, "not committed"),
        (("--target", shop.git("rev-parse", "main")), 0, "its target is a commit"),
    ):
        done = shop.gatecheck("run", "--sign", key, *words)
        assert done.returncode == code, done.stdout + done.stderr
        assert "this run is no evidence: " in done.stderr
        assert said in done.stderr
    os.remove(shop.path / "b.txt")
    done = shop.gatecheck(
        "run", "--portable", "--sign", key, "--no-cache"
    )  # a program may read the key there
    assert (done.returncode != 0, "its verdict is" in done.stderr) == (True, True)
    assert not shop.git("for-each-ref", "refs/gatecheck")


WAITING = """\
version: 1
repository: https://example.org/shop
protect: [main]
gates:
  look: {uses: command, run: ["true"], exit-code-only: true}
  size: {lines: 1, commits: 1, effect: approval}
waivers:
  - {rule: size/commits, reason: squashed anyway, owner: jo, expires: 2999-01-31}
  - {rule: size/large-commit, reason: not met, owner: jo, expires: 2999-01-31}
"""


def test_what_waits_for_people_is_evidence_too_and_says_for_what(project, keys, tmp_path):
    project.main({".gatecheck/approvers": "* what is this\n", "a": "a\n"}, policy=WAITING)
    project.change({"b.txt": "1\n", ".gatecheck/plans/b.md": "# Plan\n"})
    done = project.gatecheck("run", "--portable", "--sign", str(keys("ci")))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "nobody can believe it: .gatecheck/approvers:1:1" in done.stderr
    again = project.gatecheck("run", "--portable", "--sign", str(keys("ci")))
    assert (again.returncode, "look was recalled" in again.stderr) == (3, True), again.stderr
    git = UserGit(find(str(project.path)))
    tree = project.git("rev-parse", "HEAD^{tree}")
    unsigned = Envelope(b'{"_type": "x"}', (Signature("", b"s"),))
    append(git, PREFIX + tree, {"junk.json": b"junk", "odd.json": unsigned.to_json()})
    shown = project.gatecheck("evidence", "show").stdout
    for line in (
        "gates: look pass, size waiting",
        "for people to decide: size/large",
        "waived: size/commits: squashed anyway (jo, until 2999-01-31)",
        "not believed: .gatecheck/approvers:1:1",
        "left out, since it is no evidence: junk.json",
        "left out, since it is no evidence: it is a statement of another kind",
    ):
        assert line in shown
    # what goes wrong around it
    append(git, LOG, {"1": b"1"})
    assert LOG in project.gatecheck("evidence", "push").stdout
    project.git("update-ref", "-d", LOG)
    append(git, LOG, {"2": b"2"})
    assert f"{LOG} stays as it is" in project.gatecheck("evidence", "fetch").stdout
    assert project.gatecheck("evidence", "push").returncode == 4
    project.git("update-ref", "-d", LOG)
    assert "nothing new" not in project.gatecheck("evidence", "fetch").stdout
    for word in ("push", "fetch"):
        assert "nothing new" in project.gatecheck("evidence", word).stdout
    large = tmp_path / "large"
    with large.open("wb") as stream:
        stream.truncate(bundle.LARGEST + 1)
    assert project.gatecheck("evidence", "import", str(large)).returncode == 2
    project.main({"b.txt": "2\n"})
    done = project.gatecheck("evidence", "show")
    assert (done.returncode, "git cannot merge HEAD" in done.stderr) == (4, True)
    project.git("remote", "remove", "origin")
    assert "there is no remote" in project.gatecheck("evidence", "push").stderr


def test_what_is_missing_for_a_signature_is_told_before_gates_are_asked(shop, keys, project):
    done = shop.gatecheck("run", "--sign", "/nowhere/key")
    assert (done.returncode, "there is no key" in done.stderr, done.stdout) == (2, True, "")
    project.git("switch", "--quiet", "main")
    project.main(policy=POLICY.replace("repository: https://example.org/shop\n", ""))
    done = shop.gatecheck("run", "--sign", str(keys("ci")), "--head", "change")
    assert done.returncode == 2
    assert "repository: https://" in done.stderr
    assert shop.gatecheck("evidence", "show", "nothing").returncode == 2
    assert shop.gatecheck("evidence", "export", "file", "change").returncode == 4
