"""A person says yes or no to exactly one change: what they see, what is kept, how long it holds, and what ends it."""

from __future__ import annotations

import json
import marshal
import subprocess
import time

import pytest

POLICY = """\
version: 1
repository: https://example.org/shop
gates:
  look: {uses: command, run: [sh, look.sh], count: '^looked'}
  approval: {required-when: {paths: ["/code.py"], loosening: true}%s}
"""
TEXT = "".join(f"{number}\n" for number in range(9))
LOOK = "echo looked; grep -q bad code.py && exit 1; exit 0\n"


def approvers(*keys) -> str:
    lines = []
    for key in keys:
        kind, encoded = key.with_name(f"{key.name}.pub").read_text().split()[:2]
        lines.append(f'{key.name}@example.org namespaces="gatecheck-approval" {kind} {encoded}\n')
    return "".join(lines)


@pytest.fixture
def jo(keys):
    return keys("jo")


@pytest.fixture
def shop(project, keys, request):
    """A change that waits, on a branch off a main that lists two approvers."""
    files = {"code.py": TEXT, "other.py": "1\n", "look.sh": LOOK}
    policy = POLICY % getattr(request, "param", "")
    project.main({**files, ".gatecheck/approvers": approvers(keys("jo"), keys("al"))}, policy=policy)
    project.change({"code.py": "x\n" + TEXT})
    return project


def judged(project, *words) -> tuple[int, dict]:
    done = project.gatecheck("run", "--output-format", "json", *words)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def reasons(report: dict) -> list[str]:
    return [void["why"] for void in report["approvals"]["void"]]


def said(project, command: str, key, *words, code: int = 0) -> str:
    done = project.gatecheck(command, "--key", str(key), *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def test_a_change_waits_is_looked_at_approved_and_stays_so_through_an_exact_rebase(shop, jo):
    code, report = judged(shop)
    assert (code, report["approvals"]["may"]) == (3, ["jo@example.org", "al@example.org"])
    (step,) = report["next"]
    assert (step["who"], "jo@example.org, al@example.org" in step["what"]) == ("approver", True)
    head = shop.git("rev-parse", "HEAD")
    assert step["command"] == f"gatecheck approve {head[:12]}"

    sheet = shop.gatecheck("review", "change").stdout
    for told in (
        "approval/required: ",
        "it touches code.py",
        "look (1 thing)",
        "git revert -m 1",
        "gatecheck approve",
        "Ada <ada@example.org>",
    ):
        assert told in sheet
    assert len(sheet.splitlines()) < 40

    told = said(shop, "approve", jo, "-m", "fine")
    assert "jo@example.org approved" in told
    assert f"gatecheck run --target origin/main --head {head[:12]}" in told
    code, report = judged(shop)
    (holds,) = report["approvals"]["holding"]
    assert (code, holds["reason"], holds["covers"]) == (0, "fine", ["approval/required"])
    again = shop.gatecheck("run", "--output-format", "json")
    assert json.loads(again.stdout)["recalled"] is True
    kept = [marshal.loads(path.read_bytes())[2] for path in (shop.cache / "recall").iterdir()]
    assert kept == [holds["until"]]

    shop.main({"other.py": "2\n"})
    shop.git("branch", "update")
    shop.git("rebase", "--quiet", "main")
    assert judged(shop)[0] == 0
    shop.git("switch", "--quiet", "update")
    shop.git("merge", "--quiet", "main", "-m", "update the branch")
    assert judged(shop)[0] == 0

    shop.git("switch", "--quiet", "change")
    shop.git("commit", "--quiet", "--amend", "-m", "another message")
    code, report = judged(shop)
    assert code == 3
    assert "the message of the commit" in reasons(report)[0]
    shop.git("commit", "--quiet", "--amend", "-m", "a step")
    assert judged(shop)[0] == 0


def test_one_more_byte_or_a_move_of_the_base_in_a_touched_file_ends_it(shop, jo):
    judged(shop)
    said(shop, "approve", jo)
    approved = shop.git("rev-parse", "HEAD")
    shop.write({"code.py": "xy\n" + TEXT})
    shop.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    code, report = judged(shop)
    assert (code, reasons(report)) == (3, ["the content of code.py differs"])
    shop.git("reset", "--quiet", "--hard", approved)
    shop.main({"code.py": TEXT + "end\n"})
    shop.git("rebase", "--quiet", "main")
    code, report = judged(shop)
    assert (code, reasons(report)) == (3, ["the base moved in code.py"])
    done = shop.gatecheck("run")
    assert "void      jo@example.org  the base moved in code.py" in done.stdout


def test_a_policy_that_moves_ends_it_and_so_does_another_branch(shop, jo):
    judged(shop)
    said(shop, "approve", jo)
    shop.git("push", "--quiet", "origin", "main:release")
    code, report = judged(shop, "--target", "origin/release")
    assert (code, reasons(report)) == (3, ["it is for the branch main"])
    shop.main({".gatecheck/approvers": approvers(jo)})
    code, report = judged(shop)
    assert code == 3
    assert reasons(report) == ["the base's .gatecheck/approvers is another one than when it was given"]


@pytest.mark.parametrize("shop", [", quorum: 2"], indirect=True)
def test_two_people_are_asked_one_says_no_and_takes_it_back(shop, keys):
    jo, al = keys("jo"), keys("al")
    judged(shop)
    said(shop, "approve", jo)
    said(shop, "approve", jo, "--expires", "1h")
    code, report = judged(shop)
    assert (code, "(1 of 2 have)" in report["next"][0]["what"]) == (3, True)
    said(shop, "reject", al, "-m", "loses data")
    code, report = judged(shop)
    assert (code, report["gates"][0]["name"], set(reasons(report))) == (
        1,
        "rejection",
        {"al@example.org rejected the change"},
    )
    text = shop.gatecheck("run").stdout
    assert "rejected  al@example.org" in text
    assert "approvals (2 needed):" in text
    said(shop, "revoke", al)
    assert judged(shop)[0] == 3
    said(shop, "approve", al)
    code, report = judged(shop)
    assert (code, len(report["approvals"]["holding"])) == (0, 3)
    assert "it was revoked" not in reasons(report)
    said(shop, "revoke", jo, "-m", "not so sure")
    code, report = judged(shop)
    assert (code, set(reasons(report))) == (3, {"it was revoked"})


def test_the_key_is_on_another_machine(shop, jo, tmp_path, keys):
    judged(shop)
    request = tmp_path / "yes.txt"
    done = shop.gatecheck("approve", "--request", str(request), "-m", "from afar", "--expires", "2h")
    assert done.returncode == 0, done.stderr
    assert b'"repository": "https://example.org/shop"' in request.read_bytes()
    away = tmp_path / "away"
    away.mkdir()
    (away / "yes.txt").write_bytes(request.read_bytes())
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", jo, "-n", "gatecheck-approval", "yes.txt"]
    subprocess.run(words, cwd=away, check=True)
    (tmp_path / "yes.txt.sig").write_bytes((away / "yes.txt.sig").read_bytes())
    taken = shop.gatecheck("approve", "--import", str(request), "--push")
    assert taken.returncode == 0, taken.stderr
    shop.git("remote", "set-url", "--push", "origin", str(tmp_path / "nowhere"))
    failed = shop.gatecheck("approve", "--import", str(request), "--push")
    assert (failed.returncode, "did not take it" in failed.stderr) == (4, True)
    assert judged(shop)[1]["approvals"]["holding"][0]["reason"] == "from afar"
    pushed = subprocess.run(["git", "for-each-ref"], cwd=shop.remote, capture_output=True, check=True).stdout
    assert b"refs/gatecheck/approvals/" in pushed

    request.write_bytes(request.read_bytes().replace(b"from afar", b"from a-far"))
    bent = shop.gatecheck("approve", "--import", str(request))
    assert (bent.returncode, "altered on its way" in bent.stderr) == (2, True)
    request.write_bytes(request.read_bytes().replace(b"from a-far", b"from Afar"))
    bent = shop.gatecheck("approve", "--import", str(request))
    assert (bent.returncode, "does not match" in bent.stderr) == (1, True)
    missing = shop.gatecheck("approve", "--import", str(tmp_path / "none"))
    assert (missing.returncode, "cannot be read" in missing.stderr) == (2, True)
    both = shop.gatecheck("approve", "--import", "a", "--request", "b")
    assert both.returncode == 2

    (tmp_path / "yes.txt").write_bytes((away / "yes.txt").read_bytes())
    shop.commit({"code.py": "more\n"})
    late = shop.gatecheck("approve", "--import", str(request))
    assert (late.returncode, "would not hold" in late.stderr) == (1, True)


def test_an_approval_is_no_override_and_needs_a_report(shop, jo):
    assert "gatecheck run --target origin/main --head" in said(shop, "approve", jo, code=2)
    assert "nobody asked them here" in shop.gatecheck("review").stdout
    shop.commit({"code.py": "bad\n"})
    assert judged(shop)[0] == 1
    assert "look failed, and an approval is no override" in said(shop, "approve", jo, code=1)
    assert "look: see its report" in shop.gatecheck("review").stdout
    shop.commit({"code.py": "good\n", "look.sh": "exit 0\n"})
    assert judged(shop)[0] == 4
    assert "look gave no answer" in said(shop, "approve", jo, code=1)
    shop.commit({"look.sh": LOOK})
    judged(shop)
    assert "nothing of it waits" in said(shop, "approve", jo, "--scope", "look", code=2)
    assert "at most 720h" in said(shop, "reject", jo, "-m", "x", "--expires", "10000h", code=2)
    assert "2,000 characters" in said(shop, "reject", jo, "-m", "x" * 2001, code=2)
    assert "said nothing about exactly this change" in said(shop, "revoke", jo, code=2)
    said(shop, "approve", jo, "--scope", "approval")
    commit = shop.git("rev-parse", "main")
    assert "the target is a commit" in said(shop, "reject", jo, "-m", "x", "--target", commit, code=2)


def test_who_signs_is_the_author_or_nobody_that_is_known(shop, keys, tmp_path):
    judged(shop)
    assert "is unknown" in said(shop, "approve", keys("agent"), code=1)
    missing = shop.gatecheck("approve")
    assert (missing.returncode, "no key is named" in missing.stderr) == (2, True)
    assert "public key" in said(shop, "revoke", tmp_path / "none", code=2)
    shop.git("config", "user.signingkey", str(keys("jo")))
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={keys('al')}")
    shop.git(*signing, "commit", "--quiet", "-S", "--amend", "--no-edit")
    judged(shop)
    assert "its key signed the commit" in said(shop, "approve", keys("al"), code=1)
    assert shop.gatecheck("approve").returncode == 0
    public = keys("jo").with_name("jo.pub").read_text()
    assert shop.gatecheck("revoke", "--key", f"key::{public}").returncode in {2, 4}


def test_nothing_waits_and_nobody_is_listed(project, keys):
    project.main(
        {"code.py": "1\n", "look.sh": LOOK},
        policy=(POLICY % "").replace("repository", "exempt").replace("https://example.org/shop", "[x]"),
    )
    project.change({"other.py": "1\n"})
    judged(project)
    url = "https://jo:secret@github.com/shop/shop.git"
    project.git("remote", "set-url", "origin", url)
    told = said(project, "approve", keys("jo"), code=2)
    assert "repository: https://github.com/shop/shop" in told
    project.git("remote", "set-url", "origin", str(project.remote))
    project.main(policy=POLICY % "")
    judged(project)
    assert "nothing in this change waits" in said(project, "approve", keys("jo"), code=2)
    project.commit({"code.py": "2\n"})
    code, report = judged(project)
    assert (code, "nobody can approve it yet" in report["next"][0]["what"]) == (3, True)
    assert "the target branch has no such file" in said(project, "approve", keys("jo"), code=2)
    project.main({".gatecheck/approvers": "* garbage\n"})
    code, report = judged(project)
    assert (
        code,
        report["approvals"]["notes"][0].startswith("nobody can approve: .gatecheck/approvers:1:1:"),
    ) == (3, True)
    assert "nobody can approve" in project.gatecheck("run").stdout


def test_without_a_policy_there_is_nobody_to_ask(project, keys):
    project.main({"code.py": "1\n"})
    project.change({"code.py": "2\n"})
    assert "the target branch has no policy" in said(project, "reject", keys("jo"), "-m", "x", code=2)
    sheet = project.gatecheck("review").stdout
    assert "preset" in sheet


def test_reviews_of_a_forge_are_no_signatures(shop):
    shop.main(policy=POLICY % ", source: forge-review")
    code, report = judged(shop)
    assert (code, report["approvals"]["notes"]) == (
        3,
        ["reviews are asked for in the forge's CI, and not here"],
    )
    assert "approve it on the forge" in report["next"][0]["what"]
    assert time.time() > report["started"]
