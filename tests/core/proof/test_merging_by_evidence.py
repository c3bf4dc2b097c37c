"""A merge that evidence lets in, with the real program: what lands, what goes along, and what everybody can see of it later."""

from __future__ import annotations

import json
import subprocess
import threading

import pytest

LOG = "refs/gatecheck/log"


@pytest.fixture
def remote(shop):
    """The shop with a remote that has main, and a local main that lags behind."""
    shop.git("push", "--quiet", "origin", f"{shop.base}:refs/heads/main")
    shop.git("fetch", "--quiet")
    shop.git("remote", "set-head", "origin", "main")
    shop.key = {"GATECHECK_SIGNING_KEY": str(shop.keys("ci"))}
    return shop


def there(shop, ref):
    return shop.git("ls-remote", "origin", ref).split("\t")[0]


def ok(done, code=0):
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_from_waiting_to_an_audit(remote):
    program = remote.project.gatecheck
    assert "no evidence for its tree" in ok(program("verify"), 4)
    assert "no evidence for its tree" in ok(program("merge", "--push"), 4)
    remote.evidence(verdict="waiting")
    assert json.loads(program("verify", "--json").stdout)["verdict"] == "unapproved"
    ok(program("merge", "--push"), 3)
    said = remote.decide()
    assert "approved   by jo: size/large" in ok(program("verify"))
    state = remote.git("status", "--porcelain=v2", "--branch").splitlines()[1:]
    merged = ok(program("merge", "--push", env=remote.key))
    assert "by evidence of ci, approved by jo" in merged
    new = there(remote, "refs/heads/main")
    body = remote.git("log", "-1", "--format=%B", new)
    assert f"Gatecheck-Approval: {said.nonce}" in body
    assert "Gatecheck-Evidence: " in body
    assert remote.git("status", "--porcelain=v2", "--branch").splitlines()[1:] == state
    refs = remote.git("ls-remote", "origin", "refs/gatecheck/*").split("\n")
    assert len(refs) == 3  # the evidence, the approval, the log
    assert f"{new[:12]} is on main (merge from {remote.base[:12]})" in ok(program("verify", "origin/main"))
    told = json.loads(ok(program("verify", "--json", new)))
    assert (told["verdict"], told["way"], told["approvals"][0]["who"]) == ("proven", "merge", ["jo"])
    # somebody moves main past all this
    bad = remote.merge(new, remote.merge(new, tree=remote.tree(remote.base)))
    remote.git("push", "--quiet", "--no-verify", "origin", f"{bad}:refs/heads/main")
    told = ok(program("audit"), 1)
    assert f"UNPROVEN    {bad[:12]}" in told
    assert "1 proven, 0 overridden, 1 without valid evidence" in told
    assert json.loads(program("audit", "origin/main", "--json").stdout)["looked_at"] == 0
    assert "1 entries, 0 not to be believed" in ok(program("log", "verify"))


def test_a_squash_is_proven_also_where_its_branch_is_gone(remote, tmp_path):
    head = remote.project.commit({"b.txt": "2\n"}, "More")
    remote.evidence(head=head, verdict="waiting")
    remote.decide(change=remote.change(head=head))
    ok(remote.project.gatecheck("merge", "--push", "--squash"))
    new = there(remote, "refs/heads/main")
    assert remote.git("log", "-1", "--format=%P %an", new) == f"{remote.base} Ada"
    fresh = tmp_path / "fresh"
    subprocess.run(["git", "clone", "--quiet", remote.project.remote, fresh], check=True)
    subprocess.run(
        ["git", "fetch", "--quiet", "origin", "refs/gatecheck/*:refs/gatecheck/*"], cwd=fresh, check=True
    )
    assert "approved   by jo" in ok(remote.project.gatecheck("verify", "origin/main", cwd=fresh))
    assert "1 proven" in ok(remote.project.gatecheck("audit", cwd=fresh))


def test_of_two_merges_at_once_one_lands_and_the_other_is_judged_anew(remote):
    other = remote.git("commit-tree", "-p", remote.base, "-m", "Other", remote.tree(remote.base))
    remote.git("switch", "--quiet", "--detach", other)
    other = remote.project.commit({"o.txt": "1\n"})
    for head in (remote.head, other):
        remote.evidence(head=head)
    codes = []

    def merge(head):
        codes.append(remote.project.gatecheck("merge", "--push", "--head", head, env=remote.key))

    both = [threading.Thread(target=merge, args=(head,)) for head in (remote.head, other)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(done.returncode for done in codes) == [0, 4], [done.stderr for done in codes]
    late = next(done for done in codes if done.returncode)
    assert "the branch was at" in late.stderr or "no evidence for its tree" in late.stderr
    assert remote.git("rev-list", "--first-parent", "--count", "origin/main") == "3"
    assert "1 entries, 0 not" in ok(
        remote.project.gatecheck("log", "verify")
    )  # of what did not land nothing is left


def test_what_a_server_declines_leaves_nothing(remote):
    remote.evidence()
    hook = remote.project.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = remote.git("for-each-ref")
    done = remote.project.gatecheck("merge", "--push", env=remote.key)
    assert "not today" in ok(done, 1)
    assert remote.git("for-each-ref") == before
    assert remote.git("ls-remote", "origin", "refs/gatecheck/*") == ""
    assert there(remote, "refs/heads/main") == remote.base


def test_an_override_is_red_for_ever(remote):
    ok(remote.project.gatecheck("merge", "--push"), 4)
    done = remote.project.gatecheck("override", "--reason", "the shop burns", "--key", str(remote.keys("jo")))
    ok(done)
    assert "OVERRIDDEN by jo" in ok(remote.project.gatecheck("merge", "--push", env=remote.key))
    assert remote.git("log", "-1", "--format=%(trailers:key=Gatecheck-Override)", "origin/main").strip()
    assert "OVERRIDDEN" in ok(remote.project.gatecheck("verify", "origin/main"))
    told = ok(remote.project.gatecheck("audit"))
    assert "by jo: the shop burns" in told
    assert "override" in ok(remote.project.gatecheck("log"))
