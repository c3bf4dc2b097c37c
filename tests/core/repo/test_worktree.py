"""Uncommitted work as a commit: what `git add --all` would make of it, without a byte of the user's being touched."""

import contextlib
import hashlib
import os
import shutil
import socket
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.repo import Repository, worktree
from gatecheck.repo.worktree import commit_of_worktree


@pytest.fixture
def work(project):
    project.commit({"a.txt": "one\n", "b.txt": "two\n", "d/c.txt": "three\n", "run.sh": "true\n"})
    return project


def snapshot(project):
    return commit_of_worktree(Repository.at(str(project.path)))


def tree_of(project, commit):
    return Repository.at(str(project.path)).objects.tree_of(commit)


def git_would(project, tmp_path) -> str:
    """Return the tree that git itself would commit after `git add --all`, tried in a copy."""
    copy = tmp_path / "oracle"
    shutil.copytree(project.path, copy, symlinks=True)
    for words in (["add", "--all"], ["write-tree"]):
        done = subprocess.run(["git", "-C", copy, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def everything(folder: Path):
    """Return all that can be seen of the files below a folder, their contents and inodes among it.

    git notes on an object that it would have written, and finds there, that it is still needed: in its time, not in its bytes.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        seen = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(seen.st_mode) else b""
        times = () if ".git/objects" in str(path) else (seen.st_mtime_ns, seen.st_ctime_ns)
        found[path] = (seen.st_mode, seen.st_ino, seen.st_size, content, times)
    return found


def change_everything(project):
    path = project.path
    project.write({"a.txt": "ONE\n", "b.txt": None, "new/deep/n.txt": "n\n", "staged.txt": "s\n"})
    project.git("add", "staged.txt")
    project.write({"staged.txt": "and then edited\n", "intended.txt": "i\n", "gone.txt": "g\n"})
    project.git("add", "--intent-to-add", "intended.txt", "gone.txt")
    project.write({"gone.txt": None})
    (path / "run.sh").chmod(0o755)
    shutil.rmtree(path / "d")
    (path / "d").symlink_to("new/deep")
    (path / "out").symlink_to("/etc/passwd")
    os.mkfifo(path / "pipe")
    (path / "empty").mkdir()


def test_everything_that_git_would_commit_is_in_it(work, tmp_path):
    change_everything(work)
    (work.path / "pipe").unlink()  # it would stop the oracle's copy, and git leaves it out
    wanted = git_would(work, tmp_path)
    made = snapshot(work)
    assert tree_of(work, made.commit) == wanted
    assert made.says == f"the work tree of main (uncommitted: {made.changed} files)"
    assert made.changed == 9
    assert made.notes


def test_the_repository_is_left_as_it_was_to_the_last_byte(work):
    change_everything(work)
    before = everything(work.path)
    made = snapshot(work)
    assert everything(work.path) == before
    assert work.git("cat-file", "-t", made.commit, check=False) == "", (
        "its objects are in the private repository"
    )


def test_the_same_work_is_the_same_commit_and_another_is_another(work):
    work.write({"a.txt": "ONE\n"})
    first = snapshot(work)
    os.utime(work.path / "a.txt", ns=(0, 0))
    assert snapshot(work) == first
    assert first.says.endswith("(uncommitted: 1 file)")
    work.write({"a.txt": "TWO\n"})
    assert snapshot(work).commit != first.commit
    work.commit()
    assert snapshot(work).commit == work.git("rev-parse", "HEAD")


def test_nothing_uncommitted_is_simply_head(work):
    work.git("switch", "--quiet", "--detach")
    made = snapshot(work)
    assert (made.commit, made.changed, made.notes) == (work.git("rev-parse", "HEAD"), 0, ())
    assert made.says == "the work tree of a detached HEAD (nothing is uncommitted)"
    os.utime(work.path / "a.txt")  # touched, and the same
    assert snapshot(work) == made


def test_a_change_that_hides_behind_an_unchanged_time_and_size_is_seen(work):
    path = work.path / "a.txt"
    work.write({"a.txt": "1111\n"})
    work.git("add", "a.txt")
    seen = path.stat()
    path.write_text("2222\n")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    blob = Repository.at(str(work.path)).objects.entry(tree_of(work, snapshot(work).commit), "a.txt")
    assert Repository.at(str(work.path)).objects.blob(blob.id) == b"2222\n"


NAMES = [
    b"caf\xe9",
    b"new\nline",
    b"return\r",
    b'"quoted"',
    b"\ttab",
    b" ",
    b"-n",
    b"back\\slash",
    "ünï".encode(),
]


def test_names_may_have_any_bytes(work, tmp_path):
    for name in NAMES:
        Path(os.fsdecode(os.fsencode(work.path) + b"/" + name)).write_text("x\n")
    wanted = git_would(work, tmp_path)
    made = snapshot(work)
    assert (tree_of(work, made.commit), made.changed) == (wanted, len(NAMES))


def test_a_file_becomes_a_folder_and_a_folder_a_file(work, tmp_path):
    work.write({"a.txt": None})
    work.write({"a.txt/inner": "x\n"})
    shutil.rmtree(work.path / "d")
    work.write({"d": "a file now\n"})
    wanted = git_would(work, tmp_path)
    assert tree_of(work, snapshot(work).commit) == wanted


def test_what_is_ignored_anywhere_stays_out(work, isolated, tmp_path, monkeypatch):
    work.write(
        {".gitignore": "*.o\n!kept.o\n", "d/.gitignore": "local\n", "d/local": "", "x.o": "", "kept.o": ""}
    )
    work.write({"secret": "", "log": "", "b.txt": "tracked files are never ignored\n"})
    (work.path / ".git/info").mkdir(exist_ok=True)
    (work.path / ".git/info/exclude").write_text("secret\nb.txt\n!log\n")
    mine = isolated / "config"
    (mine / "git").mkdir(parents=True)
    (mine / "git/ignore").write_text("log\nkept.o\n.gitignore\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(mine))
    wanted = git_would(work, tmp_path)
    assert tree_of(work, snapshot(work).commit) == wanted


@pytest.mark.parametrize("where", ["~/mine", "absolute"])
def test_the_users_own_global_ignores_count_and_those_that_the_repository_names_do_not(
    work, isolated, tmp_path, monkeypatch, where
):
    (isolated / "mine").write_text("mine.txt\n")
    (isolated / "theirs").write_text("*\n")
    configuration = isolated / "gitconfig"
    named = where if where.startswith("~") else isolated / "mine"
    configuration.write_text(f"[core]\n\texcludesFile = {named}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configuration))
    work.write({"mine.txt": "", "new.txt": "new\n"})
    wanted = git_would(work, tmp_path)
    work.git("config", "core.excludesFile", str(isolated / "theirs"))
    made = snapshot(work)
    assert (tree_of(work, made.commit), made.changed) == (wanted, 1)


def test_without_a_home_there_are_no_ignores_of_the_users(work, monkeypatch):
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    work.write({"new.txt": ""})
    assert snapshot(work).changed == 1


def test_a_configuration_that_git_cannot_read_is_named(work, isolated, monkeypatch):
    (isolated / "broken").write_text("[core\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(isolated / "broken"))
    with pytest.raises(UsageError, match="broken"):
        snapshot(work)


@pytest.mark.parametrize("setting", ["true", "input", None])
def test_line_ends_are_what_git_would_store(work, tmp_path, setting):
    if setting:
        work.git("config", "core.autocrlf", setting)
    else:
        with (work.path / ".git/config").open("a") as stream:
            stream.write("[core]\n\tautocrlf\n")  # as good as true
    (work.path / ".git/info").mkdir(exist_ok=True)
    (work.path / ".git/info/attributes").write_text("raw.txt -text\n")
    work.write({"crlf.txt": b"1\r\n2\r\n", "raw.txt": b"1\r\n", "wide.txt": "ab\n".encode("utf-16")})
    work.write({".gitattributes": "*.bat text eol=crlf\nwide.txt text working-tree-encoding=UTF-16\n"})
    work.write({"x.bat": b"1\r\n"})
    wanted = git_would(work, tmp_path)
    assert tree_of(work, snapshot(work).commit) == wanted


def test_modes_do_not_count_where_the_repository_says_so(work):
    work.git("config", "core.fileMode", "false")
    (work.path / "run.sh").chmod(0o755)
    assert snapshot(work).changed == 0


# --- what cannot be translated, or cannot be kept ---


@pytest.mark.parametrize("staged", [True, False])
def test_a_changed_file_that_a_filter_must_translate_is_one_clear_error(work, staged):
    work.commit({".gitattributes": "*.bin filter=crypt\nplain.bin !filter\n", "x.bin": "secret\n"})
    assert snapshot(work).changed == 0
    work.write({"x.bin" if staged else "y.bin": "other\n", "plain.bin": "", "z.bin": ""})
    (work.path / "z.bin").unlink()
    (work.path / "z.bin").symlink_to("x.bin")  # links are never translated
    with pytest.raises(UsageError, match="filter=crypt") as caught:
        snapshot(work)
    assert ("y.bin" in caught.value.message) is not staged
    assert "Commit it first" in caught.value.fix


def test_a_file_of_lfs_that_was_only_touched_is_unchanged(work):
    content = b"large\n" * 10
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    work.commit({"large.dat": pointer})
    work.write({"large.dat": content, ".gitattributes": "*.dat filter=lfs\n"})
    assert snapshot(work).changed == 1, "only the attributes"
    work.write({"large.dat": content + b"more"})
    with pytest.raises(UsageError, match="filter=lfs"):
        snapshot(work)
    work.write({"large.dat": None, "other.dat": content})
    with pytest.raises(UsageError, match=r"other\.dat"):
        snapshot(work)


def test_a_file_that_became_something_else_is_named(work):
    (work.path / "a.txt").unlink()
    os.mkfifo(work.path / "a.txt")
    with pytest.raises(UsageError, match=r"neither file nor link: 'a\.txt'"):
        snapshot(work)


def test_pipes_and_sockets_that_nobody_tracks_are_left_out(work, monkeypatch):
    os.mkfifo(work.path / "pipe")
    monkeypatch.chdir(work.path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert snapshot(work).changed == 0


def test_an_index_with_conflicts_is_a_question_that_cannot_be_asked(work):
    for branch, text in (("left", "left\n"), ("right", "right\n")):
        work.git("switch", "--quiet", "--create", branch, "main")
        work.commit({f"{n}.txt": text for n in range(7)})
    work.git("merge", "left", check=False)
    with pytest.raises(UsageError, match=r"not merged: '0.txt'.* and 2 more"):
        snapshot(work)


def test_a_bare_repository_and_one_without_commits_say_so(project):
    with pytest.raises(UsageError, match="no commit yet"):
        snapshot(project)
    with pytest.raises(UsageError, match="bare"):
        commit_of_worktree(Repository.at(str(project.remote)))


def test_a_file_that_git_will_not_keep_is_an_error_in_its_words(work):
    work.write({"GIT~1": "x\n"})
    with pytest.raises(ToolError, match="GIT~1"):
        snapshot(work)


# --- indexes of every kind ---


def test_a_split_index_is_read_like_any_other(work, tmp_path):
    work.git("update-index", "--split-index")
    work.write({"a.txt": "ONE\n", "new.txt": ""})
    work.git("add", "new.txt")
    assert list((work.path / ".git").glob("sharedindex.*"))
    before = everything(work.path)
    wanted = git_would(work, tmp_path)
    assert tree_of(work, snapshot(work).commit) == wanted
    assert everything(work.path) == before


@pytest.mark.parametrize("sparse_index", ["--sparse-index", "--no-sparse-index"])
def test_what_a_sparse_checkout_leaves_out_stays_as_it_is(work, sparse_index):
    work.commit({"kept/k.txt": "k\n", "left/l.txt": "l\n", "left/deep/m.txt": "m\n"})
    work.git("sparse-checkout", "set", "--cone", sparse_index, "kept")
    assert not (work.path / "left").exists()
    assert snapshot(work).changed == 0
    work.write({"kept/k.txt": "K\n"})
    assert snapshot(work).changed == 1


def test_an_index_that_was_removed_is_an_empty_one(work, tmp_path):
    (work.path / ".git/index").unlink()
    assert snapshot(work).changed == 0, "all files are there, though none is tracked"
    work.write({"a.txt": None})
    assert snapshot(work).changed == 1


def test_the_index_that_the_caller_names_is_not_looked_at(work, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other"))
    assert snapshot(work).changed == 0


def test_a_linked_work_tree_has_an_index_and_a_head_of_its_own(work, tmp_path):
    work.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    (tmp_path / "side/a.txt").write_text("ONE\n")
    made = commit_of_worktree(Repository.at(str(tmp_path / "side")))
    assert (made.changed, made.says) == (1, "the work tree of side (uncommitted: 1 file)")
    assert snapshot(work).changed == 0


def test_a_repository_with_long_ids_works_too(tmp_path):
    top = tmp_path / "long"
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", top], check=True)
    for words in (["add", "."], ["commit", "--quiet", "-m", "x"]):
        (top / "a.txt").write_text("a\n")
        (top / "b.txt").write_text("b\n")
        subprocess.run(["git", "-C", top, *words], check=True)
    (top / "a.txt").write_text("A\n")
    (top / "b.txt").unlink()
    made = commit_of_worktree(Repository.at(str(top)))
    assert (made.changed, len(made.commit)) == (2, 64)


# --- repositories in the repository ---


@pytest.fixture
def nested(work):
    """Give a submodule and a repository that happens to lie in the work tree, both with an enemy's configuration."""
    canary = work.path.parent / "canary"
    canary.write_text(f"#!/bin/sh\ntouch {canary}.ran\ncat\n")
    canary.chmod(0o755)
    for name in ("sub", "embedded"):
        folder = work.path / name
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        for number in range(2):
            (folder / "inner.txt").write_text(f"{number}\n")
            for words in (["add", "."], ["commit", "--quiet", "-m", str(number)]):
                subprocess.run(["git", "-C", folder, *words], check=True)
    first = subprocess.run(
        ["git", "-C", work.path / "sub", "rev-parse", "HEAD~1"], capture_output=True, text=True, check=True
    ).stdout.strip()
    work.git("update-index", "--add", "--cacheinfo", f"160000,{first},sub")
    work.write({".gitmodules": '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n\tignore = none\n'})
    work.git("add", ".gitmodules")
    work.git("commit", "--quiet", "-m", "with a submodule")
    for name in ("sub", "embedded"):
        (work.path / name / "inner.txt").write_text("dirty\n")
        configuration = work.path / name / ".git/config"
        evil = f'[core]\n\tfsmonitor = {canary}\n[filter "evil"]\n\tclean = {canary}\n\tprocess = {canary}\n'
        configuration.write_text(configuration.read_text() + evil)
        (work.path / name / ".gitattributes").write_text("* filter=evil\n")
    return work


def test_a_submodule_counts_as_its_checked_out_commit_and_nothing_is_started_in_it(nested):
    made = snapshot(nested)
    second = subprocess.run(
        ["git", "-C", nested.path / "sub", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    entry = Repository.at(str(nested.path)).objects.entry(tree_of(nested, made.commit), "sub")
    assert (entry.mode, entry.id, made.changed) == (0o160000, second, 1)
    assert not Path(f"{nested.path.parent}/canary.ran").exists()
    left_out, submodule = made.notes[-2:]
    assert "embedded/" in left_out
    assert "'sub'" in submodule


def test_a_submodule_that_is_not_checked_out_stays_as_it_is_and_one_that_was_removed_goes(nested):
    shutil.rmtree(nested.path / "sub")
    assert snapshot(nested).changed == 1
    (nested.path / "sub").mkdir()
    assert snapshot(nested).changed == 0


# --- files that do not keep still ---


def test_a_work_tree_that_keeps_changing_is_no_answer(work, monkeypatch):
    work.write({"a.txt": "ONE\n"})
    add = worktree._add  # noqa: SLF001

    def meanwhile(*given):
        add(*given)
        with (work.path / "a.txt").open("a") as stream:
            stream.write("more\n")

    monkeypatch.setattr(worktree, "_add", meanwhile)
    with pytest.raises(CannotTell, match="3 times in a row"):
        snapshot(work)


def test_a_file_that_vanishes_while_it_is_read_is_read_again(work, monkeypatch):
    work.write({"new/a.txt": "", "new/GIT~1": "git refuses this name\n"})
    add = worktree._add  # noqa: SLF001

    def meanwhile(*given):
        try:
            add(*given)
        finally:
            shutil.rmtree(work.path / "new", ignore_errors=True)

    monkeypatch.setattr(worktree, "_add", meanwhile)
    assert snapshot(work).changed == 0


def test_a_writer_beside_us_gets_either_an_answer_or_none(work):
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            (work.path / f"n{number % 3}").write_text("x" * (number % 7))
            (work.path / f"n{(number + 1) % 3}").unlink(missing_ok=True)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            with contextlib.suppress(CannotTell, ToolError):
                assert snapshot(work).commit
    finally:
        stop.set()
        writer.join()
    assert not list(Path(Repository.at(str(work.path)).place.cache).glob("worktree-*"))
