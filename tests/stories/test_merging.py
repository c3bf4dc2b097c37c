"""What was judged lands, and nothing else does; whoever merges finds their work tree as it was."""

from __future__ import annotations

import pytest

POLICY = """\
version: 1
protect: [main, "release/*"]
gates:
  size: {}
"""


@pytest.fixture
def shared(guarded):
    """All hooks, the strict one too; a policy with one quick gate; a branch of two commits, and a work tree with unfinished work."""
    guarded.git("switch", "--quiet", "--create", "topic", "origin/main")
    policy = guarded.commit({".gatecheck.yaml": POLICY})
    guarded.git("push", "--quiet", "--no-verify", "origin", f"{policy}:main")
    guarded.commit({"one.txt": "1\n"}, "First step\n\nWith a reason.\n\nSigned-off-by: Ada <ada@example.org>")
    guarded.commit({"two.txt": "2\n"}, "Second step")
    guarded.write({"one.txt": "half done\n", "new.txt": "not added\n"})
    return guarded


def state(project):
    """What a merge must leave alone."""
    return project.git("status", "--porcelain=v2", "--branch"), project.git("diff"), project.git("write-tree")


def said(project, rev, form="%B"):
    return project.git("show", "--no-patch", f"--format={form}", rev).rstrip("\n")


def test_a_merge_moves_main_here_past_the_strict_hook_and_that_move_alone(shared):
    before, base = state(shared), shared.git("rev-parse", "origin/main")
    done = shared.gatecheck("merge")
    assert done.returncode == 0, done.stderr
    assert shared.git("rev-parse", "main^1", "main^2").split() == [base, shared.git("rev-parse", "topic")]
    assert said(shared, "main") == "Merge branch 'topic' into main"
    assert shared.git("rev-parse", "main^{tree}") == shared.git("rev-parse", "topic^{tree}")
    assert state(shared) == before
    assert not (shared.path / ".git/gatecheck/moves").exists()
    # what was let through was that move: neither back nor on
    for commit in ("topic", "topic~1"):
        shared.git("update-ref", "refs/heads/main", commit, check=False)
        assert shared.git("rev-parse", "main^2") == shared.git("rev-parse", "topic")
    again = shared.gatecheck("merge", "--head", "feature")
    assert (again.returncode, "--target main" in again.stderr) == (
        1,
        True,
    )  # main has what its remote has not
    assert shared.gatecheck("merge", "--head", "feature", "--target", "main").returncode == 0
    assert shared.git("rev-parse", "main^1^2") == shared.git("rev-parse", "topic")


def test_a_push_moves_the_remote_and_nothing_here(shared):
    before = state(shared)[1:]
    local = shared.git("rev-parse", "main")
    done = shared.gatecheck("merge", "--push", "--squash", "-m", "All of it\n\nTask: 7")
    assert done.returncode == 0, done.stderr
    assert shared.git("ls-remote", "origin", "refs/heads/main").split()[0] == shared.git(
        "rev-parse", "origin/main"
    )
    assert said(shared, "origin/main") == "All of it\n\nTask: 7"
    assert said(shared, "origin/main", "%an %P").split()[1:] == [shared.git("rev-parse", "topic~2")]
    assert (state(shared)[1:], shared.git("rev-parse", "main")) == (before, local)
    refused = shared.git("push", "origin", "topic:main", check=False)
    assert refused == ""
    assert shared.git("ls-remote", "origin", "refs/heads/main").split()[0] == shared.git(
        "rev-parse", "origin/main"
    )


def test_a_rebase_keeps_authors_and_messages_and_leaves_out_what_is_there_already(shared):
    tree = shared.git("rev-parse", "origin/main^{tree}")
    other = shared.git("commit-tree", "-p", "origin/main", "-m", "Other work", tree)
    picked = shared.git("commit-tree", "-p", other, "-m", "First step again", "topic~1^{tree}")
    shared.git("push", "--quiet", "--no-verify", "origin", f"{picked}:main")
    assert shared.gatecheck("merge", "--push", "--ff").returncode == 1
    done = shared.gatecheck("merge", "--push", "--rebase")
    assert done.returncode == 0, done.stderr
    assert shared.git("rev-parse", "origin/main^1") == picked
    assert said(shared, "origin/main", "%an %at %B") == said(shared, "topic", "%an %at %B")
    assert shared.git("rev-parse", "origin/main^{tree}") == shared.git("rev-parse", "topic^{tree}")


def test_a_target_that_moves_meanwhile_is_followed_and_judged_anew(shared):
    tree = shared.git("rev-parse", "origin/main^{tree}")
    faster = shared.git("commit-tree", "-p", "origin/main", "-m", "Somebody was faster", tree)
    hook = shared.path / ".git/gatecheck-chained/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        f"#!/bin/sh\n[ -e was-here ] && exit 0\ntouch was-here\ngit push --quiet --no-verify origin {faster}:refs/heads/main\n"
    )
    hook.chmod(0o755)
    done = shared.gatecheck("merge", "--push")
    assert done.returncode == 0, done.stderr
    assert shared.git("rev-parse", "origin/main^1", "origin/main^2").split() == [
        faster,
        shared.git("rev-parse", "topic"),
    ]


def test_what_may_not_land_does_not(shared):
    shared.git("stash", "--quiet", "--include-untracked")
    shared.git("switch", "--quiet", "main")
    before = shared.git("for-each-ref")
    done = shared.gatecheck("merge", "--head", "topic")
    assert (done.returncode, shared.git("for-each-ref")) == (1, before)
    assert f"git -C {shared.path} merge --ff-only" in done.stderr
    shared.git("switch", "--quiet", "topic")
    conflict = shared.change({"second.txt": "ours\n"}, branch="one")
    other = shared.change({"second.txt": "theirs\n"}, branch="other")
    before = shared.git("for-each-ref")
    done = shared.gatecheck("merge", "--target", "one", "--head", other)
    assert (done.returncode, shared.git("for-each-ref")) == (1, before)
    assert "conflict" in done.stdout
    done = shared.gatecheck("merge", "--target", "one", "--head", other, "--rebase")
    assert (done.returncode, shared.git("for-each-ref")) == (1, before)
    assert "does not apply" in done.stderr
    for words, code in ((("--target", conflict), 2), (("--target", "one", "--push"), 2)):
        assert shared.gatecheck("merge", *words).returncode == code
    assert shared.git("for-each-ref") == before
