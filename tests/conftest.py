"""What every test stands on: an environment of its own, and real repositories that the installed program judges."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import coverage
import pytest

from gatecheck import __version__
from gatecheck.model.boundary import Agents
from gatecheck.place import find
from gatecheck.process import programs
from gatecheck.server import installing

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
class Keys:
    """SSH keys by name, each made when it is first asked for."""

    folder: Path

    def __call__(self, name: str, *options: str) -> Path:
        """Return the file of a private key; beside it lies the public one."""
        path = self.folder / name
        if not path.exists():
            argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", *options, "-f", path]
            subprocess.run(argv, check=True, capture_output=True)
        return path

    def public(self, name: str, *options: str) -> str:
        """Return a public key as one writes it: `ssh-ed25519 AAAA...`."""
        return self(name, *options).with_suffix(".pub").read_text().strip()

    def allowed(self, role: str, *names: str, more: str = "") -> str:
        """Return lines of allowed signers: each key with a name like its own, and one role."""
        return "".join(f'{name} namespaces="{role}"{more} {self.public(name)}\n' for name in names)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """SSH keys, kept for all tests of a worker."""
    return Keys(tmp_path_factory.mktemp("keys"))


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


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the private key of somebody, made when it is first asked for; its public half lies beside it (`.pub`)."""
    folder = tmp_path_factory.mktemp("people")

    def key(name: str) -> Path:
        path = folder / name
        if not path.exists():
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path]
            subprocess.run(words, check=True)
        return path

    return key


def allowed(*keys: Path, more: str = "") -> str:
    """Return lines of `.gatecheck/approvers`: each key under the name of its file."""
    lines = []
    for key in keys:
        kind, encoded = key.with_name(f"{key.name}.pub").read_text().split()[:2]
        lines.append(f'{key.name}@example.org namespaces="gatecheck-approval"{more} {kind} {encoded}\n')
    return "".join(lines)


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


class ForgeApi(ThreadingHTTPServer):
    """A forge's API on the loopback: it says what a test wrote down for a path, and keeps what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ForgeAnswer)
        self.says: dict[str, object] = {}
        """By path, without the query: a document; bytes; a status; or a callable that answers by itself."""
        self.headers: dict[str, dict[str, str]] = {}
        self.asked: list[tuple[str, str | None]] = []
        """Paths with their queries, and the Authorization that came along."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_) -> None:
        """Say nothing of a client that hung up."""


class _ForgeAnswer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 20

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        path = self.path.partition("?")[0]
        said = self.server.says.get(self.path, self.server.says.get(path, 404))
        if callable(said):
            said(self)
            return
        body = said if isinstance(said, bytes) else json.dumps(said if said != 404 else {}).encode()
        self.send_response(said if type(said) is int else 200)
        for name, value in self.server.headers.get(self.path, self.server.headers.get(path, {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Say nothing."""


@pytest.fixture
def make_forge() -> Iterator[Callable[[], ForgeApi]]:
    """Make APIs of forges, which end with the test."""
    with contextlib.ExitStack() as stack:

        def make() -> ForgeApi:
            server = stack.enter_context(ForgeApi())
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            stack.callback(server.shutdown)
            return server

        yield make


@pytest.fixture(scope="session", autouse=True)
def _the_program_is_installed() -> None:
    """Say once, and plainly, what is missing."""
    assert shutil.which(PROGRAM), f"{PROGRAM} is not there: install the project first (make dev)"


@dataclasses.dataclass(frozen=True)
class Server:
    """The bare repository of a project, as a server that judges every push."""

    project: Project

    @property
    def path(self) -> Path:
        return self.project.remote

    def install(self, **wishes) -> None:
        """Install the hooks, or install them again."""
        installing.install(find(str(self.path)), installing.Wish(__version__, sys.executable, **wishes))

    def begin(self, **wishes) -> None:
        """Install the hooks for the first push, of what HEAD has, and make it."""
        self.install(bootstrap=self.digest(), **wishes)
        self.takes("origin", "HEAD:refs/heads/main")

    def digest(self) -> str:
        """Return the digest by which what HEAD has is pinned."""
        return self.project.gatecheck("server", "digest").stdout.strip()

    def git(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run git on the server, as whoever runs it."""
        return subprocess.run(["git", *words], cwd=self.path, capture_output=True, text=True, check=False)

    def by_hand(self, ref: str, commit: str) -> None:
        """Move a ref on the server, past its hooks."""
        self.git("fetch", "--quiet", str(self.project.path), commit)
        self.git("-c", "core.hooksPath=/dev/null", "update-ref", ref, commit)
        assert self.git("rev-parse", ref).stdout.strip() == commit

    def refs(self) -> str:
        """Return all refs and where they are."""
        return self.git("for-each-ref").stdout

    def push(
        self, *words: str, env: Mapping[str, str | None] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Push from the project."""
        return subprocess.run(
            ["git", "push", *words],
            cwd=self.project.path,
            env=environment(env),
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=60,
            check=False,
        )

    def takes(self, *words: str, env: Mapping[str, str | None] | None = None) -> str:
        """Push what must be taken, and return what was told."""
        done = self.push(*words, env=env)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def refuses(self, *words: str, env: Mapping[str, str | None] | None = None) -> str:
        """Push what must be refused, and return what was told: no ref has moved, and nothing is left behind."""
        before = self.refs()
        done = self.push(*words, env=env)
        assert done.returncode, done.stderr
        self.is_as(before)
        return done.stderr

    def is_as(self, before: str) -> None:
        """Look whether the refs are what they were, and nothing half-received is left."""
        assert self.refs() == before
        assert not list(Path(self.path, "objects").glob("tmp_*"))


SERVED_POLICY = 'version: 1\nprotect: [main, "release/*"]\ngates:\n  size: {}\n'


@pytest.fixture(scope="session")
def _served_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make what `served` copies."""
    folder = tmp_path_factory.mktemp("served")
    for words in (["--bare", folder / "project.git"], [folder / "project"]):
        subprocess.run(["git", "init", "--quiet", "-b", "main", *words], check=True)
    made = Project(folder / "project", folder / "project.git")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**_GIT, "HOME": str(folder), "GATECHECK_CACHE": str(folder / "cache")}.items():
            patch.setenv(name, value)
        made.git("remote", "add", "origin", "../project.git")
        law = {".gatecheck.yaml": SERVED_POLICY, ".gatecheck/approvers": "# nobody yet\n"}
        made.commit({**law, "a.txt": "one\n"}, "first")
        Server(made).begin(rewrites=True)
        made.git("fetch", "--quiet", "origin")
        made.git("remote", "set-head", "origin", "main")
    shutil.rmtree(folder / "cache", ignore_errors=True)
    return folder


@pytest.fixture
def served(_served_once: Path, tmp_path: Path) -> Project:
    """A clone, and a server with its first commit, a policy in which nobody is believed yet; work branches may be rewritten."""
    for name in ("project", "project.git"):
        shutil.copytree(_served_once / name, tmp_path / name, symlinks=True)
    return Project(tmp_path / "project", tmp_path / "project.git")


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """The server of the project that the test works in: of an empty one nothing is installed there yet."""
    asked = "served" if "served" in request.fixturenames else "project"
    return Server(request.getfixturevalue(asked))


@dataclasses.dataclass(frozen=True)
class Sshd:
    """A way to this account by ssh, over loopback; what each key may start there is written beside it."""

    folder: Path
    port: int
    """0 where no sshd can be started: then git-shell is, with what sshd would have told it."""

    def allow(self, key: Path, *, git_only: bool = True) -> None:
        """Let a key in: to git-shell, or to anything."""
        forced = 'restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" ' if git_only else ""
        with (self.folder / "authorized_keys").open("a", encoding="utf-8") as stream:
            stream.write(forced + key.with_suffix(".pub").read_text(encoding="utf-8"))

    def command(self, key: Path) -> str:
        """Return what GIT_SSH_COMMAND is, to come with a key."""
        if self.port:
            options = (
                "-oBatchMode=yes -oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -oLogLevel=ERROR"
            )
            return f"ssh -F none {options} -oIdentitiesOnly=yes -i {key} -p {self.port}"
        kind, public = key.with_suffix(".pub").read_text(encoding="utf-8").split()[:2]
        told = self.folder / f"told-{key.name}"
        told.write_text(f"publickey {kind} {public}\n", encoding="ascii")
        script = self.folder / f"ssh-{key.name}"
        script.write_text(
            STAND_IN.format(keys=self.folder / "authorized_keys", public=public, told=told), "utf-8"
        )
        script.chmod(0o755)
        return str(script)

    def url(self, repository: Path) -> str:
        """Return the address of a repository."""
        return f"ssh://{getpass.getuser()}@127.0.0.1{repository}"


STAND_IN = """\
#!/bin/sh
for last; do :; done
line=$(grep -F '{public}' '{keys}') || exit 255
export SSH_USER_AUTH='{told}'
case $line in
*command=*) exec env -i HOME="$HOME" PATH="$PATH" SSH_USER_AUTH="$SSH_USER_AUTH" git-shell -c "$last" ;;
*) exec env -i HOME="$HOME" PATH="$PATH" SSH_USER_AUTH="$SSH_USER_AUTH" sh -c "$last" ;;
esac
"""
"""Starts what sshd would, where there is none."""
SSHD_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
ExposeAuthInfo yes
LogLevel ERROR
"""


@pytest.fixture
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """Start a real sshd on loopback, with nobody let in yet, and stop it at the end."""
    folder = tmp_path_factory.mktemp("sshd")
    (folder / "authorized_keys").touch()
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    with contextlib.suppress(OSError):
        Path("/run/sshd").mkdir(exist_ok=True)  # where it gives up its rights, when it is started as root
    daemon = _sshd_at(program, folder) if program else None
    yield daemon[0] if daemon else Sshd(folder, 0)
    if daemon:
        daemon[1].terminate()
        daemon[1].wait(10)


def _sshd_at(program: str, folder: Path) -> tuple[Sshd, subprocess.Popen[bytes]] | None:
    """Start sshd on a port that is free; None where it does not start."""
    keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "host"]
    subprocess.run(keygen, check=True)
    for _ in range(5):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        (folder / "config").write_text(SSHD_CONFIG.format(port=port, folder=folder), encoding="utf-8")
        argv = [program, "-D", "-e", "-f", folder / "config"]
        daemon = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while daemon.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 10).close()
            except OSError:
                time.sleep(0.01)
            else:
                return Sshd(folder, port), daemon
    return None
