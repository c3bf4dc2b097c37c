"""Somebody wants to know before committing: `gatecheck run --worktree` judges what is in the work tree as if it were committed."""

from __future__ import annotations

import os
import re

import pytest

POLICY = """\
version: 1
gates:
  look: {uses: command, run: [sh, look.sh], count: '^looked at (\\d+) files', unit: files}
"""
LOOK = """\
echo "looked at $(find . -name '*.txt' | wc -l) files"
! grep -rn BROKEN --include='*.txt' .
"""


@pytest.fixture
def shop(project):
    project.main({"code.txt": "one\n", "look.sh": LOOK, ".gitignore": "*.tmp.txt\n"}, policy=POLICY)
    project.change({"code.txt": "two\n"}, branch="feature")
    return project


def test_work_is_judged_before_it_is_committed_and_comes_out_the_same_after(shop):
    shop.write({"code.txt": "BROKEN\n", "new.txt": "new\n"})
    assert shop.gatecheck("run").returncode == 0, "without --worktree nobody looks at it"
    done = shop.gatecheck("run", "--worktree")
    assert done.returncode == 1
    assert (
        "chosen    target origin/main (origin/HEAD), head: the work tree of feature (uncommitted: 2 files)"
        in done.stdout
    )
    shop.write({"code.txt": "mended\n"})
    done = shop.gatecheck("run", "--worktree")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass  2 files" in done.stdout
    assert "uncommitted work was judged" in " ".join(done.stdout.split())
    shop.commit()
    assert shop.gatecheck("run").returncode == 0
    assert "nothing is uncommitted" in shop.gatecheck("run", "--worktree").stdout


def test_new_files_count_and_ignored_ones_do_not(shop):
    shop.write({"new.txt": "fine\n", "scratch.tmp.txt": "BROKEN\n"})
    assert shop.gatecheck("run", "--worktree").returncode == 0
    shop.write({"new.txt": "BROKEN\n"})
    assert shop.gatecheck("run", "--worktree").returncode == 1


def test_work_on_the_target_branch_itself_is_judged_too(shop):
    shop.git("switch", "--quiet", "main")
    assert shop.gatecheck("run", "--worktree").returncode == 4, "there is nothing to judge"
    shop.write({"code.txt": "BROKEN\n"})
    assert shop.gatecheck("run", "--worktree").returncode == 1


def test_a_conflict_with_the_target_is_told_before_the_commit(shop):
    shop.main({"code.txt": "three\n"})
    shop.write({"code.txt": "four\n"})
    done = shop.gatecheck("run", "--worktree")
    assert done.returncode == 1
    assert "code.txt  merge/conflict" in done.stdout


def test_the_same_work_is_answered_from_the_store_and_never_from_what_was_printed(shop):
    shop.write({"code.txt": "four\n"})
    first = shop.gatecheck("run", "--worktree")
    again = shop.gatecheck("run", "--worktree")
    assert (first.returncode, again.returncode) == (0, 0)
    assert "(recalled)" not in first.stderr
    assert "(recalled)" in again.stderr
    shop.write({"code.txt": "BROKEN\n"})
    assert shop.gatecheck("run", "--worktree").returncode == 1
    assert not list((shop.cache / "recall").glob("*"))


def test_the_policy_is_the_targets_and_not_the_one_that_lies_uncommitted(shop):
    shop.write(
        {".gatecheck.yaml": "version: 1\ngates: {look: {uses: command, run: 'true', exit-code-only: true}}\n"}
    )
    shop.write({"code.txt": "BROKEN\n"})
    assert shop.gatecheck("run", "--worktree").returncode == 1
    assert shop.gatecheck("run", "--worktree", "--target", "origin/main").returncode == 1


def test_aiming_beside_the_protected_branch_with_uncommitted_work_does_not_escape_its_policy(shop):
    shop.git("switch", "--quiet", "--create", "loose", "main")
    shop.commit({".gatecheck.yaml": "version: 1\nprotect: [loose]\ngates: {}\n"})
    shop.git("push", "--quiet", "origin", "loose")
    shop.git("fetch", "--quiet", "origin")
    shop.write({"code.txt": "BROKEN\n"})
    done = shop.gatecheck("run", "--worktree", "--target", "origin/loose")
    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize("words", [["--head", "main"], ["--head="]])
def test_one_head_is_enough(shop, words):
    done = shop.gatecheck("run", "--worktree", *words)
    assert done.returncode == 2
    assert "--head" in done.stderr


def test_what_cannot_be_judged_says_what_to_do(shop, make_project):
    shop.write({".gitattributes": "*.bin filter=lfs\n", "large.bin": "x\n"})
    done = shop.gatecheck("run", "--worktree")
    assert done.returncode == 2
    assert "filter=lfs" in done.stderr
    assert re.search(r"fix: Commit it first", done.stderr)
    done = shop.gatecheck("run", "--worktree", cwd=shop.remote)
    assert done.returncode == 2
    assert "bare" in done.stderr
    done = make_project("unborn").gatecheck("run", "--worktree")
    assert done.returncode == 2
    assert "no commit yet" in done.stderr


def test_neither_index_nor_files_are_touched(shop):
    shop.write({"code.txt": "four\n", "new.txt": ""})
    index = shop.path / ".git/index"
    before, status = index.stat(), index.read_bytes()
    assert shop.gatecheck("run", "--worktree").returncode == 0
    after = index.stat()
    assert (after.st_ino, after.st_mtime_ns, index.read_bytes()) == (
        before.st_ino,
        before.st_mtime_ns,
        status,
    )
    assert shop.git("status", "--porcelain") == " M code.txt\n?? new.txt"
    assert not [name for name in os.listdir(shop.cache) if name.startswith("worktree-")]


def test_a_cache_in_the_work_tree_is_named_as_what_keeps_changing_unless_it_is_ignored(shop):
    shop.write({"code.txt": "three\n"})
    here = {"GATECHECK_CACHE": str(shop.path / "kept")}
    done = shop.gatecheck("run", "--worktree", env=here)
    assert done.returncode == 4
    assert "gatecheck's own cache lies in it" in done.stderr
    shop.write({".gitignore": "*.tmp.txt\nkept/\n"})
    done = shop.gatecheck("run", "--worktree", env=here)
    assert done.returncode == 0, done.stdout + done.stderr
