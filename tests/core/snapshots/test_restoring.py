"""A snapshot comes back as it was: into a clean work tree, or on to a branch; and nothing that git does not have is ever overwritten."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.snapshots import write

TAG = "backup-20260102T030405Z"
FILE = ("-c", "protocol.file.allow=always")


@pytest.fixture
def clean(ready):
    """Make the work tree as if nothing had ever been in it but what HEAD has."""

    def clean(path=None):
        for words in (["merge", "--abort"], ["reset", "--quiet", "--hard"], ["clean", "--quiet", "-ffdx"]):
            subprocess.run(["git", *words], cwd=path or ready.path, capture_output=True, check=False)

    return clean


@pytest.fixture
def kept_mess(ready, make_mess, keep, state):
    """Take a snapshot of a mess, and return what it was."""
    make_mess(ready)
    (ready.path / "noise.log").unlink()
    keep()
    return state(ready)


def test_everything_is_as_it_was(ready, kept_mess, clean, restore, state):
    clean()
    assert state(ready) != kept_mess
    restore()
    assert state(ready) == kept_mess


def test_it_comes_back_in_another_clone_too(ready, kept_mess, tmp_path, restore, state, user_git):
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "--quiet", "--no-tags", ready.remote, other], check=True)
    with pytest.raises(UsageError, match="no snapshot") as told:
        restore(other)
    assert f"git fetch origin tag {TAG}" in told.value.fix
    subprocess.run(["git", "fetch", "--quiet", "origin", "tag", TAG], cwd=other, check=True)
    restore(other)
    assert state(other) == kept_mess


def test_files_that_only_have_other_times_are_no_uncommitted_work(ready, kept_mess, clean, restore, state):
    clean()
    for name in ("edit", "both", "keep"):
        os.utime(ready.path / name, (1, 1))
    restore()
    assert state(ready) == kept_mess


def test_new_files_that_still_lie_there_as_they_were_are_welcome(ready, kept_mess, restore, state):
    ready.git("rm", "--quiet", "--cached", "intended")
    ready.git("reset", "--quiet", "--hard")
    assert (ready.path / "new").exists()
    (ready.path / "dir").exists()
    restore()
    assert state(ready) == kept_mess


def test_conflicts_and_the_merge_come_back(ready, keep, clean, restore, state):
    ready.change({"edit": "theirs\n", "stage": "theirs\n"}, branch="other")
    ready.git("switch", "--quiet", "main")
    ready.commit({"edit": "ours\n", "stage": None})
    ready.git("merge", "other", check=False)
    before = state(ready)
    keep()
    clean()
    assert state(ready) != before
    done = restore()
    assert state(ready) == before
    assert done.merging == (ready.git("rev-parse", "other"),)
    ready.git("add", "--all")
    ready.git("commit", "--quiet", "-m", "merged")
    assert ready.git("rev-parse", "HEAD^2") == ready.git("rev-parse", "other")


def test_before_the_first_commit_it_comes_back_too(make_project, keep, clean, restore, state):
    project = make_project("unborn")
    project.write({"staged": "1\n", "both": "1\n", "new": "2\n", "intended": "3\n"})
    project.git("add", "staged", "both")
    project.git("add", "--intent-to-add", "intended")
    project.write({"both": "edited\n"})
    before = state_of_unborn(project)
    keep(project)
    project.git("rm", "--quiet", "-r", "--force", ".")
    (project.path / "new").unlink()
    restore(project)
    assert state_of_unborn(project) == before
    made = restore(project, to="rescue")
    assert made.commits == ("what was staged", "what was not staged")
    assert project.git("ls-tree", "-r", "--name-only", "rescue").split() == [
        "both",
        "intended",
        "new",
        "staged",
    ]
    assert project.git("rev-list", "--count", "rescue") == "2"


def state_of_unborn(project):
    return (
        project.git("ls-files", "--stage"),
        project.git("status", "--porcelain"),
        sorted(os.listdir(project.path)),
    )


def test_an_empty_repository_on_to_a_branch_is_an_empty_commit(make_project, keep, restore):
    project = make_project("unborn")
    keep(project)
    restore(project, to="rescue")
    assert project.git("ls-tree", "rescue") == ""


def test_a_sparse_checkout_gets_back_what_lay_outside_of_it(ready, keep, clean, restore, state):
    ready.main({"in/file": "1\n", "out/file": "2\n", "out/other": "2\n"})
    ready.git("sparse-checkout", "set", "in")
    ready.write({"in/new": "", "out/new": "new\n", "in/file": "edited\n", "out/file": "there, and edited\n"})
    before = state(ready)
    keep()
    clean()
    ready.git("sparse-checkout", "reapply")
    assert not (ready.path / "out").exists()
    restore()
    assert state(ready) == before
    assert not (ready.path / "out/other").exists()


def test_a_submodule_is_not_touched_and_named(ready, make_project, keep, restore, clean):
    module = make_project("lib")
    module.main({"f": "one\n"})
    ready.git(*FILE, "submodule", "--quiet", "add", str(module.path), "lib")
    ready.main()
    first = ready.git("rev-parse", "HEAD:lib")
    subprocess.run(
        ["git", "commit", "--quiet", "--allow-empty", "-m", "two"], cwd=ready.path / "lib", check=True
    )
    keep()
    second = ready.git("rev-parse", f"{TAG}:lib")
    ready.git("-C", "lib", "checkout", "--quiet", first)
    (ready.path / "lib/f").write_text("work in it\n")
    done = restore()
    assert done.submodules == (("lib", second),)
    assert ready.git("-C", "lib", "rev-parse", "HEAD") == first
    assert (ready.path / "lib/f").read_text() == "work in it\n"


# --- never over uncommitted work ---


@pytest.mark.parametrize("words", [[], ["add", "edit"]], ids=["unstaged", "staged"])
def test_uncommitted_work_is_in_no_danger(ready, kept_mess, clean, restore, photo, words):
    clean()
    ready.write({"edit": "precious\n"})
    if words:
        ready.git(*words)
    before = photo(ready)
    with pytest.raises(UsageError, match="'edit'") as told:
        restore()
    assert "stash" in told.value.fix
    assert f"git worktree add --detach DIR {ready.git('rev-parse', 'HEAD')}" in told.value.fix
    assert "--to NEW-BRANCH" in told.value.fix
    assert photo(ready) == before


@pytest.mark.parametrize("ignored", [False, True], ids=["untracked", "ignored"])
@pytest.mark.parametrize(
    "path",
    ["new", "sub/new too", "sub", "dir/precious", "link"],
    ids=[
        "a file",
        "a file in a folder",
        "where a folder must be",
        "in a folder where a file must be",
        "a link",
    ],
)
def test_what_git_does_not_have_is_not_overwritten(ready, kept_mess, clean, restore, photo, path, ignored):
    clean()
    if path == "link":
        (ready.path / "link").symlink_to("/etc/hostname")
    else:
        ready.write({path: "precious\n"})
    if ignored:
        (ready.path / ".git/info").mkdir(exist_ok=True)
        (ready.path / ".git/info/exclude").write_text(f"/{path}\n")
    before = photo(ready)
    with pytest.raises(UsageError, match="would be overwritten") as told:
        restore()
    assert f"'{'dir' if path.startswith('dir') else path}'" in told.value.message
    assert photo(ready) == before


def test_a_link_in_the_place_of_a_folder_leads_nowhere(ready, kept_mess, clean, restore, photo, tmp_path):
    clean()
    (tmp_path / "elsewhere").mkdir()
    (ready.path / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="'sub'"):
        restore()
    assert os.listdir(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
def test_work_that_git_was_told_not_to_look_at_is_not_overwritten(
    ready, kept_mess, clean, restore, photo, mark
):
    clean()
    ready.git("update-index", mark, "edit")
    ready.write({"edit": "precious\n"})
    before = photo(ready)
    with pytest.raises(UsageError, match="'edit'"):
        restore()
    assert photo(ready) == before


def test_new_files_that_are_in_nobodys_way_stay(ready, kept_mess, clean, restore):
    clean()
    ready.write({"other": "precious\n", "noise.log": "mine\n"})
    restore()
    assert (ready.path / "other").read_text() == "precious\n"
    assert (ready.path / "noise.log").read_text() == "mine\n"


def test_elsewhere_it_says_how_to_get_there(ready, kept_mess, clean, restore, photo):
    clean()
    old = ready.git("rev-parse", "HEAD")
    ready.commit({"edit": "later\n"})
    before = photo(ready)
    with pytest.raises(UsageError, match=old[:10]) as told:
        restore()
    assert f"git switch --create NEW-BRANCH {old}" in told.value.fix
    assert photo(ready) == before


def test_in_the_middle_of_a_merge_nothing_is_restored(ready, kept_mess, clean, restore):
    clean()
    ready.change({"edit": "theirs\n"}, branch="other")
    ready.git("switch", "--quiet", "main")
    ready.git("merge", "--quiet", "--no-ff", "--no-commit", "other")
    with pytest.raises(UsageError, match="a merge is under way"):
        restore()


# --- all or nothing ---


def test_what_cannot_be_written_whole_is_taken_back(ready, kept_mess, clean, restore, photo, monkeypatch):
    clean()
    (ready.path / "noise.log").write_text("mine\n")
    before = photo(ready)

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "_install", fail)
    with pytest.raises(KeyboardInterrupt):
        restore()
    after = photo(ready)
    assert {path: seen[:2] for path, seen in after["files"].items()} == {
        path: seen[:2] for path, seen in before["files"].items()
    }
    assert (after["index"], after["head"], after["status"]) == (
        before["index"],
        before["head"],
        before["status"],
    )


def test_what_lay_there_before_is_not_taken_back(ready, kept_mess, clean, restore, monkeypatch):
    clean()
    ready.write({"new": "new\n"})
    monkeypatch.setattr(write, "_install", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        restore()
    assert (ready.path / "new").read_text() == "new\n"
    assert not (ready.path / "sub").exists()


def test_what_cannot_be_taken_back_is_said(ready, kept_mess, clean, restore, monkeypatch):
    clean()

    def lose_git(*_):
        monkeypatch.setenv("PATH", "/nonexistent")
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "_install", lose_git)
    with pytest.raises(ToolError, match="only in part") as told:
        restore()
    assert "git reset --hard" in told.value.fix


def test_a_filter_that_fails_leaves_the_work_tree_clean(ready, keep, clean, restore, photo):
    ready.git("config", "filter.once.clean", "cat")
    ready.git("config", "filter.once.required", "true")
    ready.main({".gitattributes": "*.z filter=once\n"})
    ready.write({"a new one": "1\n", "edit": "edited\n", "y.z": "1\n"})
    keep()
    clean()
    before = photo(ready)
    ready.git("config", "filter.once.smudge", "false")
    with pytest.raises(ToolError, match=r"y\.z"):
        restore()
    after = photo(ready)
    assert after["status"] == before["status"]
    assert {*after["files"]} == {*before["files"]}


def test_a_locked_index_is_waited_for_by_nobody(ready, kept_mess, clean, restore, photo):
    clean()
    lock = ready.path / ".git/index.lock"
    lock.touch()
    before = photo(ready)["status"]
    with pytest.raises(CannotTell, match="locked") as told:
        restore()
    assert str(lock) in told.value.message
    assert lock.exists()
    lock.unlink()
    assert photo(ready)["status"] == before


def test_an_index_that_cannot_be_locked_is_one_clear_error():
    with pytest.raises(CannotTell, match="the index cannot be written"), write.index_locked(Path(os.devnull)):
        pass


def test_of_two_at_once_one_restores_and_the_other_touches_nothing(ready, kept_mess, clean, state):
    clean()
    words = [ready.program, "snapshot", "restore", TAG]
    both = [
        subprocess.Popen(words, cwd=ready.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    told = sorted((process.wait(), process.communicate()[0]) for process in both)
    assert told[0][0] == 0, told
    assert told[1][0] in {2, 4}, told
    refusals = ("uncommitted work", "is under way", "the index is locked")
    assert any(refusal in told[1][1] for refusal in refusals), told
    assert state(ready) == kept_mess


def test_an_index_that_cannot_be_written_is_taken_back(ready, kept_mess, clean, restore, photo, monkeypatch):
    clean()
    before = photo(ready)["status"]
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(CannotTell, match="No space left"):
        restore()
    monkeypatch.undo()
    assert not (ready.path / ".git/index.lock").exists()
    assert photo(ready)["status"] == before


# --- on to a branch ---


def test_a_branch_gets_what_was_staged_and_the_rest_and_nothing_else_is_touched(
    ready, kept_mess, restore, photo
):
    before = photo(ready)
    made = restore(to="rescue/one")
    after = photo(ready)
    assert after.pop("branches") == before.pop("branches").replace(
        b"\trefs/heads/main\n",
        b"\trefs/heads/main\n" + f"{made.tip} commit\trefs/heads/rescue/one\n".encode(),
    )
    assert after == before
    assert ready.git("diff", "rescue/one", TAG) == ""
    assert ready.git("diff", "rescue/one^", f"{TAG}^2") == ""
    assert ready.git("rev-parse", "rescue/one^^") == ready.git("rev-parse", "main")
    assert "backup" not in ready.git("describe", "--tags", "--always", "rescue/one")


def test_without_uncommitted_work_the_branch_is_at_the_old_head(ready, keep, restore):
    keep()
    old = ready.git("rev-parse", "HEAD")
    ready.commit({"edit": "later\n"})
    made = restore(to="back")
    assert (made.tip, made.commits) == (old, ())


def test_with_all_work_staged_there_is_one_commit(ready, keep, restore):
    ready.write({"edit": "edited\n"})
    ready.git("add", "edit")
    keep()
    assert restore(to="back").commits == ("what was staged",)


@pytest.mark.parametrize("name", ["main", "main/below", "topic", "-x", "a..b", "a b", "HEAD", "@{-1}", ""])
def test_a_branch_that_cannot_be_new_is_refused(ready, keep, restore, name, photo):
    ready.git("branch", "topic/below")
    keep()
    before = photo(ready)
    with pytest.raises(UsageError):
        restore(to=name) if name else restore(to=" ")
    assert photo(ready) == before


def test_a_hook_that_refuses_the_branch_is_heard(ready, keep, restore):
    keep()
    hook = ready.path / ".git/hooks/reference-transaction"
    hook.write_text("#!/bin/sh\necho not this one >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ToolError, match="not this one") as told:
        restore(to="rescue")
    assert TAG in told.value.fix


# --- what is none of ours ---


def test_a_tag_that_only_looks_like_a_snapshot_is_none(ready, restore, listed):
    ready.git("tag", TAG)
    ready.git("tag", "-a", "-m", "by hand", f"{TAG}-2")
    ready.git("tag", "-a", "-m", "gatecheck snapshot: of a tree", f"{TAG}-3", "HEAD^{tree}")
    ready.git("tag", "-a", "-m", "gatecheck snapshot: impossible", "backup-20269902T030405Z")
    ready.git("tag", "-a", "-m", "gatecheck snapshot: named otherwise", "backup-x")
    assert listed() == []
    with pytest.raises(UsageError, match="no snapshot"):
        restore()
    with pytest.raises(UsageError, match="not the name"):
        restore(tag="backup-x")


@pytest.mark.parametrize("head", [True, False])
def test_a_commit_of_another_shape_is_refused(ready, restore, head):
    told = f"Snapshot-Head: {ready.git('rev-parse', 'HEAD')}\n" if head else ""
    ready.git("tag", "-a", "-m", f"gatecheck snapshot: forged\n\n{told}Snapshot-Untracked: 0", TAG)
    with pytest.raises(UsageError, match="parents") as error:
        restore()
    assert f"git show {TAG}" in error.value.fix


def test_git_itself_refuses_a_tree_that_reaches_into_git(ready, restore, tmp_path):
    """A snapshot from a remote may have been made by somebody else than gatecheck."""
    blob = (
        subprocess.run(
            ["git", "hash-object", "-w", "--stdin"],
            cwd=ready.path,
            input=b"evil\n",
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    inner = subprocess.run(
        ["git", "mktree"],
        cwd=ready.path,
        input=f"100644 blob {blob}\tevil\n",
        text=True,
        capture_output=True,
        check=True,
    ).stdout.strip()
    raw = b"40000 .git\0" + bytes.fromhex(inner)
    tree = (
        subprocess.run(
            ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
            cwd=ready.path,
            input=raw,
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    head = ready.git("rev-parse", "HEAD")
    index = ready.git("commit-tree", "-p", head, "-m", "index", f"{head}^{{tree}}")
    evil = ready.git("commit-tree", "-p", head, "-p", index, "-m", "evil", tree)
    ready.git(
        "tag",
        "-a",
        "-m",
        f"gatecheck snapshot: evil\n\nSnapshot-Head: {head}\nSnapshot-Untracked: 0",
        TAG,
        evil,
    )
    with pytest.raises(ToolError):
        restore()
    assert not (ready.path / ".git/evil").exists()
    assert ready.git("status", "--porcelain") == ""
    assert Path(ready.path / "edit").read_text() == "edit\n"
