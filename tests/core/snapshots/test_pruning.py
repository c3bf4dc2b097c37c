"""Old snapshots go, here and on the remote, when their work is merged; those of work that is going on, or nowhere else, stay."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.snapshots import age, choose, prune, record

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TAG = "backup-20260102T030405Z"
MONTH_LATER = NOW + timedelta(days=31)
GUARD = """#!/bin/sh
[ "$1" = prepared ] || exit 0
while read -r old new ref; do
    case $ref in refs/tags/backup-*) ;; *) continue ;; esac
    case $new in *[!0]*) continue ;; esac
    grep -qxF "$(git rev-parse "$ref") $new $ref" .git/gatecheck/moves || { echo "$ref is guarded" >&2; exit 1; }
done
"""


@pytest.fixture
def chosen(ready, user_git):
    """Which ones would go, and why the others stay."""

    def chosen(*, merged=True, older=None, now=MONTH_LATER, where=None):
        choice = choose(user_git(where or ready), now, merged=merged, older=older)
        return [known.snapshot.tag for known in choice.goes], [why for _, why in choice.stays]

    return chosen


@pytest.fixture
def pruned(ready, user_git):
    def pruned(*, merged=False, older=timedelta(0)):
        git = user_git(ready)
        return prune(git, choose(git, MONTH_LATER, merged=merged, older=older).goes)

    return pruned


@pytest.fixture
def worked(ready, keep):
    """A branch with a snapshot of uncommitted work, a commit, and main checked out again."""
    ready.git("switch", "--quiet", "--create", "work")
    ready.write({"edit": "draft\n"})
    keep()
    ready.commit({"edit": "done\n"})
    ready.git("switch", "--quiet", "main")
    return ready


def there(ready):
    return subprocess.run(
        ["git", "--git-dir", ready.remote, "tag"], capture_output=True, text=True, check=True
    ).stdout.split()


# --- which ones ---


def test_work_that_is_not_merged_keeps_its_snapshot(worked, chosen):
    assert chosen() == ([], ["work is not merged into origin/main"])


def test_work_that_is_merged_does_not(worked, chosen):
    worked.git("merge", "--quiet", "--no-ff", "--no-edit", "work")
    worked.main()
    assert chosen() == ([TAG], [])


def test_work_that_was_squashed_is_merged_too(worked, chosen):
    worked.git("merge", "--quiet", "--squash", "work")
    worked.main({"other": "other\n"})
    assert chosen() == ([TAG], [])


def test_a_branch_of_the_remote_that_is_ahead_counts_too(worked, chosen):
    worked.git("push", "--quiet", "origin", "work")
    worked.main({"edit": "done\n"})
    worked.git("switch", "--quiet", "work")
    worked.commit({"edit": "more\n"})
    worked.git("push", "--quiet", "origin", "work")
    worked.git("reset", "--quiet", "--hard", "HEAD^")
    worked.git("switch", "--quiet", "main")
    assert chosen() == ([], ["origin/work is not merged into origin/main"])


def test_a_branch_that_is_gone_is_judged_by_what_is_in_the_snapshot(worked, chosen):
    worked.git("branch", "-D", "work")
    assert chosen() == ([], ["it has work that origin/main lacks"])
    worked.main({"edit": "draft\n"})
    assert chosen() == ([TAG], [])


def test_a_branch_that_has_not_moved_since_is_judged_by_what_is_in_the_snapshot(ready, keep, chosen):
    ready.git("branch", "work")
    ready.git("switch", "--quiet", "work")
    ready.write({"edit": "draft\n"})
    keep()
    ready.git("checkout", "--quiet", "--force", "main")
    assert chosen() == ([], ["it has work that origin/main lacks"])


def test_a_detached_snapshot_is_judged_by_what_is_in_it(ready, keep, chosen):
    ready.git("checkout", "--quiet", "--detach")
    keep()
    ready.git("switch", "--quiet", "main")
    assert chosen() == ([TAG], [])


@pytest.mark.parametrize("where", ["here", "in a linked work tree"])
def test_a_branch_that_is_checked_out_keeps_its_snapshot_whatever_is_asked(worked, chosen, where, tmp_path):
    if where == "here":
        worked.git("switch", "--quiet", "work")
    else:
        worked.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "work")
    assert chosen(merged=False, older=timedelta(0)) == ([], ["work is checked out"])


def test_age_is_told_by_the_name(worked, chosen):
    assert chosen(merged=False, older=timedelta(days=30)) == ([TAG], [])
    assert chosen(merged=False, older=timedelta(days=32)) == ([], ["it is not that old"])
    assert chosen(merged=True, older=timedelta(days=30)) == ([], ["work is not merged into origin/main"])


def test_what_cannot_be_told_stays(ready, keep, chosen):
    ready.git("checkout", "--quiet", "--orphan", "other")
    ready.commit({"other": "1\n"})
    keep()
    ready.git("switch", "--quiet", "main")
    ((), (why,)) = map(tuple, chosen())
    assert "no common history" in why


def test_without_a_default_branch_nobody_knows_what_is_merged(worked, chosen):
    worked.git("remote", "remove", "origin")
    worked.git("branch", "-m", "main", "other")
    with pytest.raises(UsageError):
        chosen()
    (worked.path / ".git/refs/heads/main").write_text(worked.git("rev-parse", "HEAD:edit") + "\n")
    with pytest.raises(UsageError, match="not a commit"):
        chosen()


@pytest.mark.parametrize(("text", "days"), [("30d", 30), ("2w", 14), ("36h", 1.5)])
def test_ages(text, days):
    assert age(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1.5d", "1 d", "1y", "999999d", "٣d"])
def test_what_is_no_age(text):
    with pytest.raises(UsageError, match="not an age"):
        age(text)


def test_a_bare_repository_is_refused(ready, chosen):
    with pytest.raises(UsageError, match="bare"):
        chosen(where=ready.remote)


# --- taken away ---


def test_it_is_gone_here_and_there_with_its_record_and_the_guard_let_it_through(worked, pruned, user_git):
    hook = worked.path / ".git/hooks/reference-transaction"
    hook.write_text(GUARD)
    hook.chmod(0o755)
    with pytest.raises(AssertionError, match="is guarded"):
        worked.git("tag", "-d", TAG)
    done = pruned()
    assert [known.snapshot.tag for known in done.gone] == [TAG]
    assert (worked.git("tag"), there(worked), done.left) == ("", [], ())
    assert record.read(user_git(worked).place, "work") is None
    assert not (worked.path / ".git/gatecheck/moves").exists()


def test_packed_tags_go_too(worked, pruned):
    worked.git("pack-refs", "--all")
    hook = worked.path / ".git/hooks/reference-transaction"
    hook.write_text(GUARD)
    hook.chmod(0o755)
    pruned()
    assert worked.git("tag") == ""


def test_the_record_of_a_later_snapshot_stays(worked, pruned, keep, user_git):
    place = user_git(worked).place
    worked.git("switch", "--quiet", "work")
    Path(place.common_dir, "gatecheck/snapshots/work").unlink()
    keep(now=NOW + timedelta(days=60))
    worked.git("switch", "--quiet", "main")
    pruned()
    assert record.read(place, "work").tag == "backup-20260303T030405Z"


def test_without_a_remote_it_goes_here(worked, pruned):
    worked.git("remote", "remove", "origin")
    pruned()
    assert worked.git("tag") == ""


def test_what_the_remote_never_had_goes_here(ready, keep, pruned):
    ready.git("checkout", "--quiet", "--detach")
    keep(push=False)
    pruned()
    assert ready.git("tag") == ""


def test_when_the_remote_cannot_be_asked_nothing_goes(worked, pruned):
    worked.remote.rename(worked.remote.with_name("away"))
    with pytest.raises(CannotTell, match="cannot be reached") as told:
        pruned()
    assert "No snapshot was deleted" in told.value.fix
    assert worked.git("tag") == TAG


def test_what_the_remote_does_not_give_up_stays_here_too(worked, pruned):
    hook = worked.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho we delete nothing >&2\nexit 1\n")
    hook.chmod(0o755)
    done = pruned()
    ((known, why),) = done.left
    assert (known.snapshot.tag, done.gone) == (TAG, ())
    assert "we delete nothing" in why
    assert worked.git("tag") == TAG
    assert not (worked.path / ".git/gatecheck/moves").exists()


def test_another_tag_of_that_name_on_the_remote_is_nobodys_to_delete(worked, pruned):
    subprocess.run(
        ["git", "--git-dir", worked.remote, "tag", "-f", TAG, "main"], check=True, capture_output=True
    )
    done = pruned()
    assert "another tag" in done.left[0][1]
    assert there(worked) == [TAG]


def test_it_goes_from_every_address_of_the_remote(worked, pruned, tmp_path):
    second = tmp_path / "second.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", worked.remote, second], check=True)
    worked.git("remote", "set-url", "--add", "--push", "origin", str(second))
    worked.git("remote", "set-url", "--add", "--push", "origin", str(worked.remote))
    pruned()
    assert there(worked) == []
    assert subprocess.run(["git", "--git-dir", second, "tag"], capture_output=True, check=True).stdout == b""


def test_a_branch_with_a_remote_of_its_own_has_its_snapshot_there(worked, pruned, keep, tmp_path):
    fork = tmp_path / "fork.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", worked.remote, fork], check=True)
    worked.git("remote", "add", "fork", str(fork))
    worked.git("config", "branch.work.pushRemote", "fork")
    pruned()
    assert subprocess.run(["git", "--git-dir", fork, "tag"], capture_output=True, check=True).stdout == b""


def test_many_go_in_a_few_pushes(worked, keep, pruned, monkeypatch):
    from gatecheck.snapshots import withdraw  # noqa: PLC0415

    monkeypatch.setattr(withdraw, "_AT_ONCE", 2)
    worked.git("checkout", "--quiet", "--detach")
    for _ in range(4):
        keep()
    done = pruned()
    assert len(done.gone) == 5
    assert there(worked) == []


def test_nothing_to_do_is_nothing_done(ready, pruned):
    assert pruned().gone == ()


def test_a_hook_of_the_users_that_refuses_is_heard(worked, pruned):
    hook = worked.path / ".git/hooks/reference-transaction"
    hook.write_text("#!/bin/sh\necho not on a Sunday >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ToolError, match="Sunday"):
        pruned()
    assert not (worked.path / ".git/gatecheck/moves").exists()


@pytest.mark.parametrize("what", ["folder", "file"])
def test_where_moves_cannot_be_announced_nothing_moves(ready, keep, pruned, what):
    ready.git("checkout", "--quiet", "--detach")
    keep(push=False)
    if what == "folder":
        (ready.path / ".git/gatecheck").write_text("")
    else:
        (ready.path / ".git/gatecheck/moves").mkdir(parents=True)
    with pytest.raises(CannotTell, match="moves cannot be written"):
        pruned()
    assert ready.git("tag") == TAG
