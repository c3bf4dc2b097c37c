"""A slot over a real repository, and a tree on disk compared with what git itself would write."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from pathlib import Path

import pytest

from gatecheck.repo import Repository
from gatecheck.room.slot import Slot


@pytest.fixture
def repo(project):
    """The repository of `project`, as gatecheck sees it; it must have a commit when this is first used."""
    return Repository.at(str(project.path))


@pytest.fixture
def hold(project, repo, tmp_path):
    """Make the slot hold a commit's tree, with a slot object of its own each time, as another run would."""

    def hold(revision="HEAD", *, folder=tmp_path / "slots" / "merge", branch="main"):
        commit = project.git("rev-parse", f"{revision}^{{commit}}")
        slot = Slot(folder, repo)
        slot.hold(repo.objects.tree_of(commit), commit, branch)
        return slot

    return hold


def _on_disk(top):
    """Everything below a folder but its `.git`: path to (kind, executable, content)."""
    found = {}
    for folder, folders, files in os.walk(os.fsencode(top)):
        if folder == os.fsencode(top):
            folders.remove(b".git")
        for name in [*folders, *files]:
            place = folder + b"/" + name
            mode = os.lstat(place).st_mode
            path = os.path.relpath(place, os.fsencode(top))
            if stat.S_ISLNK(mode):
                found[path] = ("link", False, os.readlink(place))
            elif stat.S_ISDIR(mode):
                found[path] = ("folder", stat.S_IMODE(mode) & 0o700 == 0o700, b"")
            else:
                found[path] = ("file", bool(mode & 0o100), Path(os.fsdecode(place)).read_bytes())
    return found


@pytest.fixture
def fresh(project, tmp_path):
    """What git itself checks out of a commit."""

    def fresh(revision="HEAD"):
        folder = tmp_path / f"fresh-{len(list(tmp_path.iterdir()))}"
        subprocess.run(["git", "clone", "--quiet", "--no-checkout", project.path, folder], check=True)
        commit = project.git("rev-parse", revision)
        words = ["-c", "advice.detachedHead=false", "checkout", "--quiet", commit]
        subprocess.run(["git", "-C", folder, *words], check=True)
        return _on_disk(folder)

    return fresh


@pytest.fixture
def on_disk():
    """Everything below a folder but its `.git`: path to (kind, executable, content)."""
    return _on_disk


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"


@pytest.fixture
def stored(project):
    """Put content into the local store of Git LFS, as `git lfs fetch` would; return the pointer file's bytes."""

    def stored(content, *, git_dir=None, there=True):
        oid = hashlib.sha256(content).hexdigest()
        place = Path(git_dir or project.path / ".git", "lfs", "objects", oid[:2], oid[2:4], oid)
        if there:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        return POINTER.format(oid, len(content)).encode()

    return stored


@pytest.fixture
def submodule(make_project, project):
    """Make a repository of some files and add it as a submodule (not committed); return that repository."""

    def submodule(path, files, *, within=None):
        module = make_project(path.replace("/", "-"))
        module.main(files)
        (within or project).git(
            "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(module.path), path
        )
        return module

    return submodule
