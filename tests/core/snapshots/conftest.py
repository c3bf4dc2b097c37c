"""Snapshots of real work trees: taken at a time of the test's choice, and the state before and after compared in all that counts."""

from __future__ import annotations

import os
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatecheck.place import find
from gatecheck.repo import UserGit
from gatecheck.snapshots import Asked, all_known, inside, into_work_tree, known, take, to_branch

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TAG = "backup-20260102T030405Z"


@pytest.fixture
def ready(project):
    """A repository with a commit on main, which its remote has."""
    files = {name: f"{name}\n" for name in ("keep", "edit", "stage", "both", "gone", "removed", "old")}
    project.main({**files, "dir/in": "in\n", "empty": "", ".gitignore": "*.log\n"})
    return project


@pytest.fixture
def user_git():
    """Return the user's git for a project, or for a folder."""

    def user_git(where):
        return UserGit(find(str(getattr(where, "path", where))))

    return user_git


@pytest.fixture
def keep(ready, user_git):
    """Take a snapshot of a project (by default of `ready`), and return what came of it."""

    def keep(where=None, *, now=NOW, say=lambda _: None, **asked):
        return take(user_git(where or ready), Asked(**asked), now, say)

    return keep


@pytest.fixture
def restore(ready, user_git):
    """Put a snapshot back, into the work tree or (`to`) on to a branch."""

    def restore(where=None, *, tag=TAG, to=None):
        git = user_git(where or ready)
        found = inside(git, known(git, tag))
        return to_branch(git, found, to) if to else into_work_tree(git, found)

    return restore


@pytest.fixture
def listed(ready, user_git):
    """The names of the snapshots that are here."""

    def listed(where=None):
        return [each.snapshot.tag for each in all_known(user_git(where or ready))]

    return listed


def _files(top, *, times):
    found = {}
    for folder, folders, names in os.walk(os.fsencode(top)):
        folders[:] = [name for name in folders if name != b".git"]
        for name in [*folders, *(name for name in names if name != b".git")]:
            place = folder + b"/" + name
            seen = os.lstat(place)
            content = b""
            if stat.S_ISLNK(seen.st_mode):
                content = os.readlink(place)
            elif stat.S_ISREG(seen.st_mode):
                content = Path(os.fsdecode(place)).read_bytes()
            time = seen.st_mtime_ns if times else 0
            found[os.path.relpath(place, os.fsencode(top))] = (stat.filemode(seen.st_mode), content, time)
    return found


@pytest.fixture
def photo():
    """Everything that a snapshot must leave alone, in a form that can be compared."""

    def photo(where):
        top = Path(getattr(where, "path", where))
        git_dir = Path(find(str(top)).git_dir)
        index = git_dir / "index"
        seen = index.stat() if index.exists() else None

        def git(*words):
            env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
            return subprocess.run(["git", *words], cwd=top, env=env, capture_output=True, check=False).stdout

        return {
            "files": _files(top, times=True),
            "index": index.read_bytes() if seen else None,
            "index time": (seen.st_mtime_ns, seen.st_ino) if seen else None,
            "head": (git_dir / "HEAD").read_bytes(),
            "branches": git("for-each-ref", "refs/heads", "refs/remotes"),
            "status": git("status", "--porcelain=v2", "--branch", "-z"),
            "left in .git": sorted(name.name for name in git_dir.glob("*index*")),
            "log": git("reflog", "HEAD"),
        }

    return photo


@pytest.fixture
def state():
    """What must be the same after a snapshot was put back: files, index and status, whatever the times of files."""

    def state(where):
        top = Path(getattr(where, "path", where))

        def git(*words):
            return subprocess.run(["git", *words], cwd=top, capture_output=True, check=True).stdout

        return {
            "files": _files(top, times=False),
            "index": git("ls-files", "--stage", "-v", "-z"),
            "status": git("status", "--porcelain", "-z"),
            "diff": git("diff", "--binary"),
            "staged": git("diff", "--cached", "--binary"),
        }

    return state


@pytest.fixture
def make_mess():
    """Leave a work tree in the middle of work of every kind."""

    def make_mess(project):
        path = project.path
        project.write({"edit": "edited\n", "stage": "staged\n", "both": "staged\n", "gone": None})
        project.git("add", "stage", "both")
        project.write(
            {"both": "edited since\n", "new": "new\n", "sub/new too": "\x00\xff", "noise.log": "ignored\n"}
        )
        project.git("rm", "--quiet", "removed")
        project.git("mv", "old", "renamed")
        project.git("rm", "--quiet", "--cached", "keep")
        (path / "dir/in").unlink()
        (path / "dir").rmdir()
        (path / "dir").write_text("a file where a folder was\n")
        (path / "link").symlink_to("/etc/passwd")
        (path / "run").write_text("#!/bin/sh\n")
        (path / "run").chmod(0o755)
        (path / "intended").write_text("only intended\n")
        (path / ":!new").write_text("intended too, and no pattern\n")
        project.git("add", "--intent-to-add", "intended", ":(literal):!new")
        for name in (b"new\nline", b"\xff\xfe", b" ", b"-n", "größe".encode(), b'"', b"*"):
            Path(os.fsdecode(os.fsencode(path) + b"/" + name)).write_bytes(name)

    return make_mess
