"""A branch's own snapshot: which one it is, where that is written down, and how the hook for pushes gets it on to the remote."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, Refused, ToolError, UsageError
from gatecheck.snapshots import bring, record

TAG = "backup-20260102T030405Z"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
LATER_TAG = "backup-20260102T040405Z"
SECRET = "aws = 'AKIA" + "QYLPMN5HFIQR7XYA'\n"


@pytest.fixture
def place(ready, user_git):
    return user_git(ready).place


@pytest.fixture
def asked(ready, user_git):
    """Do what the hook asks for, and return the tag."""

    def asked(branch=None, *, remote="origin", where=None, now=NOW):
        return bring(user_git(where or ready), remote, branch, now, lambda _: None)

    return asked


def there(ready):
    out = subprocess.run(
        ["git", "--git-dir", ready.remote, "tag"], capture_output=True, text=True, check=True
    )
    return out.stdout.split()


# --- the record ---


def test_the_record_is_one_line_that_a_shell_can_read(ready, keep):
    kept = keep()
    line = (ready.path / ".git/gatecheck/snapshots/main").read_text()
    assert line == f"{TAG} {kept.snapshot.tag_id} {ready.git('rev-parse', 'HEAD')}\n"


def test_the_snapshot_from_before_the_work_stays_the_branchs_own(ready, keep, place):
    ready.git("switch", "--quiet", "--create", "work")
    keep()
    ready.commit({"edit": "edited\n"})
    keep(now=LATER)
    assert record.read(place, "work").tag == TAG


@pytest.mark.parametrize("how", ["gone", "moved", "of another history", "unreadable", "of nothing"])
def test_a_record_that_is_not_worth_anything_any_more_is_replaced(ready, keep, place, how):
    ready.change({"edit": "edited\n"}, branch="work")
    kept = keep()
    path = Path(place.common_dir, "gatecheck/snapshots/work")
    if how == "gone":
        ready.git("tag", "-d", TAG)
    elif how == "moved":
        ready.git("tag", "-f", TAG, "HEAD")
    elif how == "of another history":
        ready.git("switch", "--quiet", "main")
        ready.git("branch", "-D", "work")
        ready.git("switch", "--quiet", "--create", "work")
    elif how == "unreadable":
        path.write_bytes(b"\xff\n")
    else:
        path.write_text(f"{TAG} {kept.snapshot.tag_id}\n")
    keep(now=LATER)
    assert record.read(place, "work").tag == LATER_TAG


def test_a_record_from_before_the_first_commit_stays(make_project, keep, user_git):
    project = make_project("unborn")
    keep(project)
    keep(project, now=LATER)
    project.commit({"first": "1\n"})
    keep(project, now=LATER)
    assert record.read(user_git(project).place, "main").tag == TAG
    project.git("checkout", "--quiet", "--orphan", "other")
    keep(project, now=LATER)
    project.git("symbolic-ref", "HEAD", "refs/heads/main")
    assert record.read(user_git(project).place, "other").head is None


def test_a_branch_without_commits_has_no_snapshot_of_one_with_commits(ready, keep, place):
    keep()
    ready.git("checkout", "--quiet", "--orphan", "new")
    ready.git("branch", "-D", "main")
    ready.git("branch", "-m", "main")
    keep(now=LATER)
    assert record.read(place, "main").tag == LATER_TAG


def test_names_with_slashes_make_folders_and_what_is_in_the_way_is_of_branches_that_are_gone(
    ready, keep, place
):
    for name in ("a", "a/b/c", "a/b/d", "a"):
        ready.git("switch", "--quiet", "--create", name, "main")
        keep(now=NOW + timedelta(seconds=len(name)), push=False)
        assert record.read(place, name)
        if name != "a/b/c":
            ready.git("switch", "--quiet", "main")
            ready.git("for-each-ref", "refs/heads/a")
            for branch in ready.git("for-each-ref", "--format=%(refname:short)", "refs/heads/a").split():
                ready.git("branch", "-D", branch)
        else:
            assert (ready.path / ".git/gatecheck/snapshots/a/b/c").is_file()
    assert record.read(place, "a/b/c") is None


# --- what the hook asks for ---


def test_a_branch_without_a_snapshot_gets_one(ready, asked, place):
    ready.git("switch", "--quiet", "--create", "work")
    ready.write({"new": "1\n"})
    assert asked() == TAG
    assert there(ready) == [TAG]
    assert record.read(place, "work").tag == TAG
    assert ready.git("cat-file", "blob", f"{TAG}:new") == "1"


def test_one_that_the_remote_has_is_not_made_again(ready, asked, keep):
    keep()
    assert asked(now=LATER) == TAG
    ready.git("tag", "-d", TAG)
    assert asked(now=LATER) == TAG, "the remote has it, wherever else it is"
    assert there(ready) == [TAG]


def test_one_that_was_kept_offline_is_pushed(ready, asked, keep):
    keep(push=False)
    assert there(ready) == []
    assert asked(now=LATER) == TAG
    assert there(ready) == [TAG]


def test_one_that_was_kept_here_because_of_a_secret_is_not_pushed(ready, asked, keep):
    ready.write({"new": SECRET})
    keep(push=False)
    (ready.path / "new").unlink()
    with pytest.raises(Refused, match="new:1"):
        asked()
    assert there(ready) == []


def test_one_that_is_nowhere_any_more_is_made_anew(ready, asked, keep, place):
    keep(push=False)
    ready.git("tag", "-d", TAG)
    assert asked(now=LATER) == LATER_TAG
    assert record.read(place, "main").tag == LATER_TAG


def test_one_whose_name_the_remote_has_for_another_is_made_anew(ready, asked, keep, place, tmp_path):
    keep(push=False)
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "--quiet", "--no-tags", ready.remote, other], check=True)
    (other / "theirs").touch()
    keep(other)
    assert asked(now=LATER) == LATER_TAG
    assert there(ready) == [TAG, LATER_TAG]
    assert record.read(place, "main").tag == LATER_TAG


def test_a_branch_that_is_not_checked_out_gets_one_of_its_tip(ready, asked, place):
    tip = ready.change({"edit": "on work\n"}, branch="work")
    ready.git("switch", "--quiet", "main")
    ready.write({"edit": "uncommitted on main\n"})
    assert asked("work") == TAG
    assert ready.git("rev-parse", f"{TAG}^{{tree}}") == ready.git("rev-parse", "work^{tree}")
    assert record.read(place, "work") == record.Record(TAG, ready.git("rev-parse", TAG), tip)
    assert "Snapshot-Branch: work" in ready.git("cat-file", "tag", TAG)


def test_a_detached_head_must_say_for_which_branch(ready, asked, place):
    ready.git("checkout", "--quiet", "--detach")
    with pytest.raises(UsageError, match="detached") as told:
        asked()
    assert "--branch" in told.value.fix
    ready.write({"new": "1\n"})
    assert asked("to/be") == TAG
    assert record.read(place, "to/be").tag == TAG
    assert ready.git("cat-file", "blob", f"{TAG}:new") == "1"


def test_what_does_not_arrive_is_no_answer(ready, asked, keep):
    with pytest.raises(CannotTell, match="cannot be reached") as told:
        asked(remote="/nowhere")
    assert f"git push /nowhere refs/tags/{TAG}" in told.value.fix
    with pytest.raises(CannotTell, match="cannot be reached"):
        asked(remote="/nowhere")


def test_from_a_bare_repository_nobody_can_ask(ready, asked):
    with pytest.raises(UsageError, match="bare"):
        asked(where=ready.remote)


def test_a_real_hook_that_asks_lets_the_push_go_on(ready):
    ready.change({"edit": "edited\n"}, branch="work")
    hook = ready.path / ".git/hooks/pre-push"
    hook.write_text(f'#!/bin/sh\nexec {ready.program} snapshot --for-push "$1" >&2\n')
    hook.chmod(0o755)
    ready.git("push", "--quiet", "origin", "work")
    (tag,) = there(ready)
    assert ready.git("rev-parse", f"{tag}^1") == ready.git("rev-parse", "work")
    ready.remote.rename(ready.remote.with_name("away"))
    with pytest.raises(AssertionError):
        ready.git("push", "origin", "work")


def test_an_odd_commit_in_the_place_of_the_branch_is_an_error(ready, asked):
    blob = ready.git("rev-parse", "HEAD:edit")
    (ready.path / ".git/refs/heads/odd").write_text(f"{blob}\n")
    with pytest.raises(ToolError):
        asked("odd")
