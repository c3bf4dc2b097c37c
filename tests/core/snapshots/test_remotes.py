"""A snapshot is on its remote when it was read back from there; when it is not, it is kept, and said so."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatecheck.errors import Interrupted
from gatecheck.snapshots import Arrived, Missing, Unasked, push_remote, remote, take

TAG = "backup-20260102T030405Z"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def hook(repository, text, name="pre-receive"):
    path = Path(repository) / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def there(repository):
    return subprocess.run(
        ["git", "--git-dir", repository, "tag"], capture_output=True, text=True, check=True
    ).stdout.split()


# --- which one ---


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"remote.origin.url": "x", "remote.up.url": "x"}, "origin"),
        ({"remote.up.url": "x"}, "up"),
        ({"remote.up.url": "x", "remote.down.url": "x"}, None),
        ({}, None),
        ({"remote.origin.url": "x", "branch.main.remote": "up"}, "up"),
        ({"remote.origin.url": "x", "branch.main.remote": "."}, "origin"),
        ({"remote.origin.url": "x", "branch.other.remote": "up"}, "origin"),
        ({"branch.main.remote": "up", "remote.pushDefault": "fork"}, "fork"),
        ({"branch.main.remote": "up", "remote.pushDefault": "fork", "branch.main.pushRemote": "own"}, "own"),
        ({"remote.with.dots and more.url": "x"}, "with.dots and more"),
    ],
)
def test_the_remote_is_the_one_to_which_git_would_push(make_project, user_git, settings, expected):
    project = make_project("plain")
    project.git("remote", "remove", "origin")
    with (project.path / ".git/config").open("a") as config:
        for name, value in settings.items():
            section, _, rest = name.partition(".")
            subsection, _, key = rest.rpartition(".")
            config.write(f'[{section} "{subsection}"]\n' if subsection else f"[{section}]\n")
            config.write(f"\t{key} = {value}\n")
    assert push_remote(user_git(project), "main") == expected


def test_without_a_remote_it_is_kept_and_says_how_to_add_one(ready, keep):
    ready.git("remote", "remove", "origin")
    kept = keep()
    assert kept.exit_code == 4
    assert isinstance(kept.fate, Missing)
    assert "git remote add" in kept.fate.fix
    assert ready.git("tag") == TAG


def test_with_several_remotes_and_no_choice_it_says_how_to_choose(ready, keep):
    ready.git("remote", "rename", "origin", "one")
    ready.git("remote", "add", "two", "/nowhere")
    kept = keep()
    assert "several remotes" in kept.fate.why
    assert "remote.pushDefault" in kept.fate.fix


def test_nothing_is_pushed_where_nobody_wants_it(ready, keep):
    kept = keep(push=False)
    assert (kept.fate, kept.exit_code) == (Unasked(), 0)
    assert there(ready.remote) == []


# --- what can go wrong ---


def test_offline_it_is_kept_and_says_how_to_push_it_later(ready, keep):
    away = ready.remote.rename(ready.remote.with_name("away"))
    kept = keep()
    assert (kept.exit_code, ready.git("tag")) == (4, TAG)
    assert "origin cannot be reached" in kept.fate.why
    assert "correct access rights" not in kept.fate.why
    away.rename(ready.remote)
    command = kept.fate.fix.partition(": ")[2].split()
    subprocess.run(command, cwd=ready.path, check=True, capture_output=True)
    assert there(ready.remote) == [TAG]


def test_a_remote_that_takes_no_tags_is_quoted(ready, keep):
    hook(ready.remote, "echo; echo we take no tags here >&2; exit 1")
    kept = keep()
    assert kept.exit_code == 4
    assert kept.fate.why == "origin refused it: we take no tags here"
    assert there(ready.remote) == []
    assert ready.git("tag") == TAG


def test_a_remote_that_refuses_without_a_word_is_quoted_through_git(ready, keep):
    hook(ready.remote, "exit 1", "update")
    assert "hook declined" in keep().fate.why


def test_a_remote_that_takes_it_and_drops_it_is_found_out(ready, keep):
    hook(ready.remote, f"git update-ref -d refs/tags/{TAG}", "post-receive")
    kept = keep()
    assert kept.exit_code == 4
    assert "does not have it" in kept.fate.why


def test_a_remote_that_can_be_pushed_to_and_not_read_has_not_been_seen_to_have_it(ready, keep, monkeypatch):
    monkeypatch.setattr(remote, "addresses", lambda *_: ["/nowhere"])
    kept = keep()
    assert "cannot be reached" in kept.fate.why


def test_every_address_of_a_remote_must_have_it(ready, keep, tmp_path):
    second = tmp_path / "second.git"
    subprocess.run(["git", "init", "--quiet", "--bare", second], check=True)
    ready.git("remote", "set-url", "--add", "--push", "origin", str(second))
    ready.git("remote", "set-url", "--add", "--push", "origin", str(ready.remote))
    assert isinstance(keep().fate, Arrived)
    assert there(second) == there(ready.remote) == [TAG]
    hook(second, "exit 1")
    assert keep().exit_code == 4


def test_it_is_read_back_from_where_it_was_pushed_to(ready, keep, tmp_path):
    fork = tmp_path / "fork.git"
    subprocess.run(["git", "init", "--quiet", "--bare", fork], check=True)
    ready.git("remote", "set-url", "--push", "origin", str(fork))
    assert isinstance(keep().fate, Arrived)
    assert (there(fork), there(ready.remote)) == ([TAG], [])


def test_settings_for_pushes_of_branches_do_not_matter(ready, keep):
    for setting in (
        "push.followTags=true",
        "push.recurseSubmodules=check",
        "push.default=nothing",
        "remote.origin.mirror=true",
    ):
        ready.git("config", *setting.split("="))
    ready.git("tag", "-a", "-m", "mine", "mine")
    assert isinstance(keep().fate, Arrived)
    assert there(ready.remote) == [TAG]


def test_who_logs_in_is_not_told(ready, keep):
    ready.git("remote", "set-url", "origin", "http://ada:secret@127.0.0.1:1/x.git")
    kept = keep(remote="http://ada:secret@127.0.0.1:1/x.git")
    assert kept.exit_code == 4
    assert "secret" not in f"{kept.fate}"
    assert "127.0.0.1" in kept.fate.why


@pytest.mark.parametrize("moment", ["push", "ls-remote"])
def test_who_has_no_patience_for_the_push_is_told_what_is_there(ready, keep, monkeypatch, moment):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(remote, "_without_large_files" if moment == "push" else "read_back", stop)
    with pytest.raises(Interrupted, match=TAG) as told:
        keep()
    assert f"git push origin refs/tags/{TAG}" in told.value.fix
    assert ready.git("tag") == TAG


def test_who_interrupts_after_the_push_is_told_what_is_there(ready, keep, monkeypatch):
    from gatecheck.snapshots import record  # noqa: PLC0415

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(record, "write", stop)
    with pytest.raises(Interrupted, match=f"{TAG} is kept"):
        keep()
    assert there(ready.remote) == [TAG]


# --- large files ---


@pytest.fixture
def lfs(ready, tmp_path, monkeypatch):
    """A Git LFS that writes down how it is called, and fails where a file says so."""
    program = tmp_path / "bin" / "git-lfs"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" >>{tmp_path}/called\n[ ! -e {tmp_path}/fails ] || {{ echo no server >&2; exit 2; }}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return tmp_path


def test_large_files_are_sent_first(ready, keep, lfs):
    (ready.path / ".git/lfs/objects").mkdir(parents=True)
    assert isinstance(keep().fate, Arrived)
    assert (lfs / "called").read_text() == f"push origin refs/tags/{TAG}\n"
    (lfs / "fails").touch()
    kept = keep()
    assert kept.exit_code == 4
    assert "no server" in kept.fate.why
    assert there(ready.remote) == [TAG]


def test_where_there_are_no_large_files_nobody_is_asked(ready, keep, lfs):
    keep()
    assert not (lfs / "called").exists()


def test_taking_is_one_call(ready, user_git):
    from gatecheck.snapshots import Asked  # noqa: PLC0415

    assert take(user_git(ready), Asked(), NOW, print).snapshot.tag == TAG
