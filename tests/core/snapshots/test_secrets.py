"""Secrets in what would be pushed stop a snapshot, wherever in it they are; what the remote has already is no news."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, Refused
from gatecheck.snapshots import Arrived, leaks

TAG = "backup-20260102T030405Z"
KEY = "AKIA" + "QYLPMN5HFIQR7XYA"
SECRET = f"aws = '{KEY}'\n"


def refused(keep, **asked):
    with pytest.raises(Refused) as told:
        keep(**asked)
    assert KEY not in told.value.message
    assert "--no-push" in told.value.fix
    assert told.value.exit_code == 1
    return told.value.message


@pytest.mark.parametrize("tracked", [True, False])
def test_a_secret_stops_it_and_nothing_is_made(ready, keep, tracked, photo):
    ready.write({"edit" if tracked else "new": SECRET})
    before = photo(ready)
    assert ("edit:1" if tracked else "new:1") in refused(keep)
    assert photo(ready) == before
    assert ready.git("tag") == ""
    assert ready.git("ls-remote", "origin", "refs/tags/*") == ""


def test_a_secret_that_is_only_staged_stops_it(ready, keep):
    ready.write({"stage": SECRET})
    ready.git("add", "stage")
    ready.write({"stage": "clean again\n"})
    assert "stage:1" in refused(keep)


def test_a_secret_in_a_commit_that_the_remote_lacks_stops_it(ready, keep):
    ready.change({"edit": SECRET})
    assert "edit:1" in refused(keep)
    ready.write({"edit": "clean again\n"})
    ready.git("add", "edit")
    assert "edit:1" in refused(keep)


def test_a_secret_that_the_remote_has_is_no_news(ready, keep):
    ready.main({"edit": SECRET})
    ready.write({"new": "1\n"})
    assert isinstance(keep().fate, Arrived)


def test_what_a_merge_brought_from_the_remote_is_no_news(ready, keep):
    ready.change({"mine": "1\n"}, branch="mine")
    ready.git("push", "--quiet", "origin", "mine")
    ready.commit({"mine": "2\n"})
    ready.git("switch", "--quiet", "main")
    ready.main({"edit": SECRET})
    ready.git("switch", "--quiet", "mine")
    ready.git("merge", "--quiet", "--no-edit", "main")
    assert isinstance(keep().fate, Arrived)
    ready.write({"stage": SECRET.replace("7XYA", "7XYB")})
    assert "stage:1" in refused(keep)


def test_a_remote_of_which_nothing_is_known_would_get_everything(ready, keep):
    ready.main({"edit": SECRET})
    ready.git("remote", "remove", "origin")
    ready.git("remote", "add", "origin", str(ready.remote))
    assert "edit:1" in refused(keep)


def test_an_address_that_is_no_remote_counts_as_what_the_remotes_have(ready, keep):
    ready.main({"edit": SECRET})
    assert isinstance(keep(remote=str(ready.remote)).fate, Arrived)


def test_what_is_not_pushed_may_have_secrets_and_says_so(ready, keep):
    ready.write({"new": SECRET})
    kept = keep(push=False)
    assert kept.exit_code == 0
    assert "new:1" in kept.leaks[0]
    assert KEY not in kept.leaks[0]
    assert ready.git("tag") == TAG


def test_leaving_untracked_files_out_leaves_their_secrets_out(ready, keep):
    ready.write({"new": SECRET})
    assert isinstance(keep(tracked_only=True).fate, Arrived)


def test_before_the_first_commit_secrets_are_seen_too(make_project, keep):
    project = make_project("unborn")
    project.write({"new": SECRET})
    assert "new:1" in refused(lambda: keep(project))


def test_in_a_linked_work_tree_secrets_are_seen_too(ready, keep, tmp_path):
    ready.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    (tmp_path / "linked/new").write_text(SECRET)
    assert "new:1" in refused(lambda: keep(tmp_path / "linked"))


def test_many_secrets_are_counted(ready, keep):
    ready.write({f"new{number:02}": SECRET for number in range(12)})
    told = refused(keep)
    assert "new09:1" in told
    assert "new10" not in told
    assert "and 2 more" in told


def test_what_may_be_known_stands_on_the_protected_branch(ready, keep):
    ready.write({"new": SECRET})
    digest = refused(keep).partition("sha256 ")[2][:16]
    ready.git("stash", "push", "--quiet", "--include-untracked")
    ready.main({".gatecheck/allowed-secrets": f"{digest} an example\n"})
    ready.git("stash", "pop", "--quiet")
    assert isinstance(keep().fate, Arrived)


def test_the_hook_reads_the_compiled_policy_where_there_is_one(ready, keep):
    folder = ready.path / ".git/gatecheck"
    folder.mkdir()
    (folder / "policy").write_text("gatecheck-policy 1\nref refs/heads/main\nend\n")
    ready.write({"new": SECRET})
    refused(keep)
    (folder / "policy").write_text("gatecheck-policy 1\nref refs/heads/main\n")
    with pytest.raises(CannotTell, match="torn"):
        keep()


def test_what_was_not_looked_into_is_said(ready, keep):
    ready.write({"new": b"\0" * 9_000_000})
    assert any("not looked into" in note for note in keep().notes)


def test_a_hook_that_breaks_is_no_answer(ready, keep, monkeypatch, tmp_path):
    broken = tmp_path / "package"
    broken.mkdir()
    (broken / "secrets.py").write_text("raise RuntimeError('broken')\n")
    monkeypatch.setattr(leaks, "files", lambda _: Path(broken))
    ready.write({"new": "1\n"})
    with pytest.raises(CannotTell, match="broken") as told:
        keep()
    assert "--no-push" in told.value.fix
    (broken / "secrets.py").write_text("raise SystemExit(7)\n")
    with pytest.raises(CannotTell, match="exit code 7"):
        keep()


def test_the_look_leaves_nothing_behind(ready, keep, tmp_path, monkeypatch):
    import tempfile  # noqa: PLC0415

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    ready.write({"new": SECRET})
    refused(keep)
    assert list(scratch.iterdir()) == []
    worktrees = subprocess.run(
        ["git", "worktree", "list"], cwd=ready.path, capture_output=True, text=True, check=True
    ).stdout
    assert len(worktrees.splitlines()) == 1
