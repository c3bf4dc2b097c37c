"""What every test stands on: an environment of its own, and real repositories that the installed program judges."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import coverage
import pytest

from gatecheck.model.boundary import Agents
from gatecheck.process import programs

PROGRAM = Path(sysconfig.get_path("scripts"), "gatecheck")
"""The console script that the package's installation wrote."""
POLICY = ".gatecheck.yaml"
_OURS = (
    "CI",
    "NO_COLOR",
    "FORCE_COLOR",
    "COLUMNS",
    "TERM",
    "GATECHECK_CACHE",
    "PYTEST_ADDOPTS",
    "SSH_AUTH_SOCK",
)
_THEIRS = ("GIT_", "GITHUB_", "GITLAB_", "CI_")
"""Beginnings of the names of git's and the forges' variables."""
_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}
Content = str | bytes | None
"""A file's text or bytes; None deletes it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take long."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home, a cache and an identity of its own, and take away what would leak in; return the home."""
    home = tmp_path_factory.mktemp("home")
    # A Coverage object that a test makes would keep coverage.py from saving what it measured in a worker of xdist.
    monkeypatch.delattr(coverage.process_startup, "coverage", raising=False)
    for name in [*_OURS, *Agents().environment, *(name for name in os.environ if name.startswith(_THEIRS))]:
        monkeypatch.delenv(name, raising=False)
    for name, value in _GIT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GATECHECK_CACHE", str(home / "cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    monkeypatch.setenv("PATH", f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}")
    # `python -m pytest` and `coverage run` put the current folder there, the installed program does not: what a room
    # finds there is read-only in it, and then what supervisors measure could not be written beside the rest.
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path not in {"", os.getcwd()}])
    if sys.prefix != sys.base_prefix:
        monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    return home


@dataclasses.dataclass(frozen=True)
class Project:
    """A work tree with a bare remote called origin. What a test does in it, a person could have typed."""

    path: Path
    remote: Path
    program: Path = PROGRAM

    def git(self, *words: str, check: bool = True) -> str:
        """Run git in the work tree and return what it prints, without the last newline."""
        done = subprocess.run(["git", *words], cwd=self.path, capture_output=True, check=False)
        assert not check or done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return os.fsdecode(done.stdout).removesuffix("\n")

    def write(self, files: Mapping[str, Content]) -> None:
        """Write (or with None delete) files; text is dedented, so that it can be indented in a test."""
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())

    def commit(self, files: Mapping[str, Content] | None = None, message: str = "a step") -> str:
        """Write files, commit everything and return the commit's id."""
        self.write(files or {})
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def main(self, files: Mapping[str, Content] | None = None, *, policy: str | None = None) -> str:
        """Commit to main, push it, and return to the branch that was checked out."""
        here = self.git("symbolic-ref", "--short", "HEAD")
        if here != "main":
            self.git("switch", "--quiet", "main")
        commit = self.commit({**(files or {}), **({POLICY: policy} if policy is not None else {})})
        self.git("push", "--quiet", "origin", "main")
        self.git("remote", "set-head", "origin", "main")
        if here != "main":
            self.git("switch", "--quiet", here)
        return commit

    def change(self, files: Mapping[str, Content] | None = None, *, branch: str = "change") -> str:
        """Commit to a branch off main (made when it is not there), stay on it, and return the commit's id."""
        if self.git("symbolic-ref", "--short", "HEAD") != branch:
            there = self.git("branch", "--list", branch)
            self.git(
                "switch", "--quiet", *(() if there else ("--create",)), branch, *(() if there else ("main",))
            )
        return self.commit(files)

    def gatecheck(
        self, *words: str, env: Mapping[str, str | None] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the installed program here; `env` adds variables, or with None takes them away."""
        return gatecheck(*words, cwd=cwd or self.path, env=env)

    @property
    def cache(self) -> Path:
        """gatecheck's own folder for this repository; there must be exactly one."""
        (found,) = [
            folder
            for folder in Path(os.environ["GATECHECK_CACHE"]).iterdir()
            if folder.is_dir() and folder.name not in {"crashes", "supplies"}
        ]
        return found


def environment(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return this process's environment with changes; None takes a variable away."""
    merged = {**os.environ, **(changes or {})}
    return {name: value for name, value in merged.items() if value is not None}


def gatecheck(
    *words: str, cwd: Path, env: Mapping[str, str | None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the installed program as a process of its own, with nothing to read and no terminal."""
    return subprocess.run(
        [PROGRAM, *words],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=120,
        check=False,
    )


@pytest.fixture(autouse=True)
def _measured_supervisors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where coverage is measured, let it look into supervisors too: as they are started otherwise, they load nothing."""
    names = [name for name in os.environ if name.startswith("COVERAGE_PROCESS_")]
    if names:
        monkeypatch.setattr(programs, "_PYTHON", (sys.executable,))
        monkeypatch.setattr(programs, "_LOADER", names)


@pytest.fixture
def living() -> Callable[[str], list[int]]:
    """Find the processes whose environment or command line (words between NULs) holds a text; not those that only wait to be collected."""

    def living(text: str) -> list[int]:
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
                if text.encode() in told and state not in "ZX" and int(entry.name) != os.getpid():
                    found.append(int(entry.name))
        return found

    return living


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[[str], Project]:
    """Make a repository on an unborn main, and its bare remote; the name may be any folder's."""

    def make(name: str = "project") -> Project:
        top, remote = tmp_path / name, tmp_path / f"{name}.git"
        for words in (["--bare", remote], [top]):
            subprocess.run(["git", "init", "--quiet", "-b", "main", *words], check=True)
        made = Project(top, remote)
        made.git("remote", "add", "origin", str(remote))
        return made

    return make


@pytest.fixture
def project(make_project: Callable[[str], Project]) -> Project:
    """An empty repository on an unborn main, with a bare remote."""
    return make_project("project")


GUARDED_POLICY = """\
version: 1
extends: python
protect: [main, "release/*"]
"""
SNAPSHOT = "backup-20260102T030405Z"
"""The snapshot tag of the branch `feature` in a guarded project."""


@pytest.fixture(scope="session")
def _guarded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make what `guarded` copies: with hooks installed, a protected main, and a branch with its snapshot, all of it pushed."""
    folder = tmp_path_factory.mktemp("guarded")
    for words in (["--bare", folder / "project.git"], [folder / "project"]):
        subprocess.run(["git", "init", "--quiet", "-b", "main", *words], check=True)
    made = Project(folder / "project", folder / "project.git")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**_GIT, "HOME": str(folder), "GATECHECK_CACHE": str(folder / "cache")}.items():
            patch.setenv(name, value)
        made.git("remote", "add", "origin", "../project.git")
        made.main({"file.txt": "one\n"}, policy=GUARDED_POLICY)
        made.main({"second.txt": "two\n"})
        made.change({"feature.txt": "new\n"}, branch="feature")
        stash = made.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "gatecheck snapshot")
        made.git("tag", "--annotate", SNAPSHOT, stash, "-m", "gatecheck snapshot")
        record = f"{SNAPSHOT} {made.git('rev-parse', SNAPSHOT)} {made.git('rev-parse', 'main')}\n"
        made.write({".git/gatecheck/snapshots/feature": record})
        made.git("push", "--quiet", "origin", "feature", SNAPSHOT)
        done = made.gatecheck("install", "--strict")
        assert done.returncode == 0, done.stderr
    shutil.rmtree(folder / "cache", ignore_errors=True)
    return folder


@pytest.fixture
def guarded(_guarded_once: Path, tmp_path: Path) -> Project:
    """Return a repository with all hooks installed, on the branch `feature`; main and release/* are protected."""
    for name in ("project", "project.git"):
        shutil.copytree(_guarded_once / name, tmp_path / name, symlinks=True)
    return Project(tmp_path / "project", tmp_path / "project.git")


@pytest.fixture(scope="session", autouse=True)
def _the_program_is_installed() -> None:
    """Say once, and plainly, what is missing."""
    assert shutil.which(PROGRAM), f"{PROGRAM} is not there: install the project first (make dev)"
