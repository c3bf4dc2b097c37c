"""Refs that only grow: everybody's files are in them, however many write at once and whatever happens to the writer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.repo import Repository, UserGit, ledger

REF = "refs/gatecheck/evidence/abc"


@pytest.fixture
def git(project):
    return UserGit(Repository.at(str(project.path)).place)


def files(project, ref=REF):
    repository = Repository.at(str(project.path))
    return ledger.read_files(repository.objects, repository.resolve(ref))


def test_twenty_writers_at_once_leave_twenty_entries_in_one_line(git, project, monkeypatch):
    project.main({"a": "a"})
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")  # nobody's name is in it
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: ledger.append(git, REF, {f"{n}.json": b"%d" % n}, f"entry {n}"), range(20)))
    assert files(project) == {f"{n}.json": b"%d" % n for n in range(20)}
    commits = project.git("log", "--format=%P|%an|%cn", REF).splitlines()
    assert len(commits) == 20
    assert [line.split("|")[0].count(" ") for line in commits] == [0] * 20
    assert {tuple(line.split("|")[1:]) for line in commits} == {("gatecheck", "gatecheck")}
    tip = ledger.tip_of(git, REF)
    assert ledger.append(git, REF, {"3.json": b"3"}, "again") == tip  # nothing new


def test_two_copies_are_put_together_on_top_of_the_other(git, project):
    project.main({"a": "a"})
    ledger.append(git, REF, {"both": b"b"}, "both")
    ledger.append(git, "refs/x/far", {"both": b"b", "far": b"f"}, "far")
    far = ledger.append(git, "refs/x/far", {"farther": b""}, "farther")
    ledger.append(git, REF, {"near": b"n"}, "near")
    tip = ledger.unite(git, REF, far, "put together")
    assert files(project) == {"both": b"b", "far": b"f", "farther": b"", "near": b"n"}
    assert project.git("rev-parse", f"{tip}^") == far
    assert ledger.unite(git, REF, far, "again") == tip
    assert ledger.unite(git, "refs/x/new", far, "of nothing") == far


def test_a_move_that_is_refused_leaves_the_ref_as_it_was(git, project, monkeypatch):
    project.main({"a": "a"})
    tip = ledger.append(git, REF, {"1": b"1"}, "one")
    hook = project.path / ".git/hooks/reference-transaction"
    hook.write_text("#!/bin/sh\necho no room >&2; exit 1\n")
    hook.chmod(0o755)
    monkeypatch.setattr(ledger, "_PAUSE", 0)
    with pytest.raises(ToolError, match=f"{REF} cannot be moved"):
        ledger.append(git, REF, {"2": b"2"}, "two")
    assert ledger.tip_of(git, REF) == tip
    hook.unlink()
    monkeypatch.setattr(ledger, "ATTEMPTS", 0)
    with pytest.raises(ToolError, match="times in a row"):
        ledger.append(git, REF, {"2": b"2"}, "two")


@pytest.mark.parametrize("word", ["hash-object", "mktree", "commit-tree", "update-ref"])
def test_a_full_disk_leaves_no_half_of_an_entry(git, project, monkeypatch, tmp_path, word):
    tip = ledger.append(git, REF, {"1": b"1"}, "one")
    shim = tmp_path / "bin/git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\n[ "$1" = {word} ] && ulimit -f 0\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o755)
    with monkeypatch.context() as full:
        full.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
        full.setattr(ledger, "_PAUSE", 0)
        with pytest.raises(ToolError):
            ledger.append(git, REF, {"2": b"2"}, "two")
    assert (ledger.tip_of(git, REF), files(project)) == (tip, {"1": b"1"})
    Path(project.path, ".git", f"{REF}.lock").unlink(missing_ok=True)
    ledger.append(git, REF, {"2": b"2"}, "two")
    project.git("fsck", "--strict")


def test_a_writer_that_is_killed_leaves_the_ledger_whole(git, project):
    project.main({"a": "a"})
    script = (
        "import sys\n"
        "from gatecheck.repo import Repository, UserGit, ledger\n"
        "git = UserGit(Repository.at('.').place)\n"
        "for n in range(1000):\n"
        "    ledger.append(git, sys.argv[1], {f'{n}': b'%d' % n}, 'one more')\n"
        "    print(n, flush=True)\n"
    )
    argv = [sys.executable, "-c", script, REF]
    for count in (1, 3):
        with subprocess.Popen(
            argv, cwd=project.path, stdout=subprocess.PIPE, start_new_session=True
        ) as writer:
            for _ in range(count):
                writer.stdout.readline()
            os.killpg(writer.pid, signal.SIGKILL)
    kept = files(project)
    assert len(kept) >= 3
    assert all(content == name.encode() for name, content in kept.items())
    Path(project.path, ".git", f"{REF}.lock").unlink(
        missing_ok=True
    )  # what git leaves when it is killed, and names
    ledger.append(git, REF, {"last": b"l"}, "last")
    project.git("fsck", "--strict")


def test_what_is_no_ledger_is_refused(git, project, monkeypatch):
    project.main({"folder/a": "a", "b": "b"})
    project.git("update-ref", REF, "HEAD")
    with pytest.raises(CannotTell, match="should hold at most"):
        files(project)
    with pytest.raises(CannotTell, match="no plain file"):
        ledger.append(git, REF, {"1": b"1"}, "one")
    other = "refs/gatecheck/evidence/def"
    ledger.append(git, other, {"1": b"1", "2": b"2"}, "two")
    monkeypatch.setattr(ledger, "LARGEST_FILE", 0)
    with pytest.raises(CannotTell, match="more than 0 bytes"):
        files(project, other)
    monkeypatch.setattr(ledger, "MOST_FILES", 1)
    with pytest.raises(CannotTell, match="at most 1 files"):
        files(project, other)
