"""A real, small workspace over two plain folders: real files, real processes, real pytest; no git."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import hashlib
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gatecheck.errors import ToolError
from gatecheck.model import Change, ChangedPath, Completed, History, Memory, Python, Side, Supply, ranges
from gatecheck.room.stage import SharedStage

Files = Mapping[str, str | bytes]


@dataclasses.dataclass
class FolderWorkspace:
    """Two folders and a scratch place; what was saved and remembered is kept in plain dictionaries."""

    change: Change
    merge: Path
    base_folder: Path
    scratch: Path
    cwd: str = "."
    limit: float = 60.0
    python_of: Python | None = None
    history: History | None = None
    """There are no commits behind two folders."""
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    artifacts: dict[tuple[str, str], Path] = dataclasses.field(default_factory=dict)
    saved: dict[str, Path] = dataclasses.field(default_factory=dict)
    memory: dict[tuple[str, str], Memory] = dataclasses.field(default_factory=dict)
    ran: list[tuple[Side | None, tuple[str, ...]]] = dataclasses.field(default_factory=list)
    said: list[str] = dataclasses.field(default_factory=list)
    now: float = 1_767_312_000.0  # 2026-01-02
    supplies: dict[str, Path] = dataclasses.field(default_factory=dict)

    def base(self) -> Path:
        return self.base_folder

    @property
    def whole(self) -> Change:
        return self.change

    def _tree(self, side: Side) -> Path:
        return self.merge if side == "merge" else self.base_folder

    def read(self, path: str, *, side: Side = "merge") -> bytes | None:
        file = self._tree(side) / path
        return file.read_bytes() if path in self.files(side=side) else None

    def left(self, path: str, *, side: Side = "merge") -> Path:
        return SharedStage(self._tree(side), None, {}).left(path)

    def files(self, *, side: Side = "merge") -> tuple[str, ...]:
        before = self.change.base_tree if side == "base" else self.change.tree
        return tuple(before.split("\0"))

    def python(self, *, side: Side = "merge") -> Python:
        del side
        assert self.python_of
        return self.python_of

    def run(
        self,
        argv: tuple[str, ...],
        *,
        side: Side | None = "merge",
        limit: float | None = None,
        env: Mapping[str, str] = {},
        cwd: Path | None = None,
    ) -> Completed:
        if side is None:  # gatecheck's own interpreter, which is measured as this process is
            env = {
                **env,
                **{name: text for name, text in os.environ.items() if name.startswith("COVERAGE_P")},
            }
        python = self.python(side=side or "merge").executable
        words = (str(python), *argv[1:]) if argv[0] in ("python", "python3") else argv
        self.ran.append((side, argv))
        here = {
            "PATH": f"{python.parent}{os.pathsep}/usr/bin:/bin",
            "HOME": str(self.scratch),
            **self.environment,
            **env,
        }
        paths = [env.get("PYTHONPATH"), self.environment.get("PYTHONPATH")]
        here["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        here["PYTHONDONTWRITEBYTECODE"] = "1"
        log = self.scratch / f"{len(self.ran)}.log"
        timed_out = False
        began = time.monotonic()
        with log.open("wb") as out:
            try:
                ended = subprocess.run(
                    words,
                    cwd=cwd or self._tree(side or "merge") / self.cwd,
                    env=here,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    timeout=limit or self.limit,
                    check=False,
                )
                code = ended.returncode
            except subprocess.TimeoutExpired:
                timed_out, code = True, -9
            except OSError as error:
                raise ToolError(f"{words[0]} cannot be started: {error}", fix="Install it.") from error
        seconds = time.monotonic() - began
        return Completed(argv, code, log.read_text("utf-8", "replace"), seconds, timed_out, log)

    def save(self, name: str, path: Path) -> None:
        kept = Path(tempfile.mkdtemp(dir=self.scratch)) / name
        kept.write_bytes(path.read_bytes())
        self.saved[name] = kept

    def artifact(self, gate: str, name: str) -> Path | None:
        return self.artifacts.get((gate, name))

    def recall(self, question: str, *, side: Side | None) -> Memory | None:
        return self.memory.get((question, self._digest(side)))

    def remember(
        self, question: str, payload: bytes, files: Mapping[str, Path], *, side: Side | None
    ) -> None:
        self.memory[question, self._digest(side)] = Memory(payload, dict(files))

    def supply(self, name: str) -> Supply | None:
        path = self.supplies.get(name)
        return path and Supply(path, hashlib.sha256(path.read_bytes()).hexdigest())

    def say(self, message: str) -> None:
        self.said.append(message)

    def _digest(self, side: Side | None) -> str:
        if side is None:
            return ""
        tree = self._tree(side)
        whole = hashlib.sha256()
        for path in self.files(side=side):
            whole.update(path.encode() + b"\0" + (tree / path).read_bytes())
        return whole.hexdigest()

    def commands(self, side: Side) -> list[tuple[str, ...]]:
        """The test runs over one side."""
        return [argv for where, argv in self.ran if where == side and "pytest" in argv]


def change_between(base: Path, merge: Path, renames: Mapping[str, str]) -> Change:
    before, after = _files(base), _files(merge)
    paths = []
    for path in sorted(before.keys() | after.keys()):
        if path in renames or before.get(path) == after.get(path):
            continue
        old = {new: old for old, new in renames.items()}.get(path)
        if path not in after:
            paths.append(ChangedPath(path, "deleted", None, _blob(before[path])))
        elif old:
            paths.append(
                ChangedPath(
                    path,
                    "renamed",
                    _blob(after[path]),
                    _blob(before[old]),
                    0o100644,
                    old,
                    _lines(before[old], after[path]),
                )
            )
        elif path not in before:
            blob = _blob(after[path])
            paths.append(ChangedPath(path, "added", blob, None, lines=_lines("", after[path])))
        else:
            blob, old_blob = _blob(after[path]), _blob(before[path])
            lines = _lines(before[path], after[path])
            paths.append(ChangedPath(path, "modified", blob, old_blob, lines=lines))
    trees = ("\0".join(before), "\0".join(after))
    return Change("refs/heads/main", "b", "h", "b", *trees, tuple(paths))


def _blob(text: str) -> str:
    return hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def _lines(before: str, after: str):
    new = after.splitlines()
    blocks = difflib.SequenceMatcher(None, before.splitlines(), new, autojunk=False).get_matching_blocks()
    same = {n for block in blocks for n in range(block.b, block.b + block.size)}
    return ranges(n + 1 for n in range(len(new)) if n not in same)


def _files(tree: Path) -> dict[str, str]:
    return {
        p.relative_to(tree).as_posix(): p.read_text("utf-8", "surrogateescape")
        for p in sorted(tree.rglob("*"))
        if p.is_file()
    }


@pytest.fixture(scope="session")
def plugins() -> Python:
    """This interpreter as the workspace sees it, with all that is installed."""
    from importlib.metadata import distributions  # noqa: PLC0415 -- only this fixture asks

    found = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in distributions()}
    return Python(Path(sys.executable), "3.11", found)


@pytest.fixture(scope="session")
def interpreter(plugins) -> Python:
    """The same without pytest's plugins, which only cost time where a test is not about them."""
    return dataclasses.replace(
        plugins, distributions={n: v for n, v in plugins.distributions.items() if "pytest-" not in n}
    )


@pytest.fixture
def room(tmp_path, interpreter):
    """Make a workspace from the base's files and what the change adds, replaces or (None) deletes."""

    def make(
        base: Files,
        head: Mapping[str, str | bytes | None],
        *,
        renames: Mapping[str, str] | None = None,
        **more,
    ) -> FolderWorkspace:
        top = Path(tempfile.mkdtemp(dir=tmp_path))
        after = {path: text for path, text in {**base, **head}.items() if text is not None}
        for name, content in (("base", base), ("merge", after)):
            (top / name).mkdir()
            for path, text in content.items():
                file = top / name / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text.encode() if isinstance(text, str) else text)
        (top / "scratch").mkdir()
        change = change_between(top / "base", top / "merge", renames or {})
        more.setdefault("python_of", interpreter)
        more.setdefault("environment", {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
        return FolderWorkspace(change, top / "merge", top / "base", top / "scratch", **more)

    return make


Answer = Callable[[str, str], tuple[int, object]]
"""From a name and a version to a status and a document (bytes are sent as they are)."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *args):
        pass

    def send(self, status: int, document: object) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def _served(handler: type[_Handler]) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


@contextlib.contextmanager
def _osv(answer: Answer) -> Iterator[str]:
    """Give the address of an OSV interface: POST /v1/query."""

    class Handler(_Handler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/v1/query"
            assert asked["package"]["ecosystem"] == "PyPI"
            self.send(*answer(asked["package"]["name"], asked["version"]))

    with _served(Handler) as port:
        yield f"http://127.0.0.1:{port}/v1/query"


@contextlib.contextmanager
def _pypi(answer: Answer, folder: Path) -> Iterator[dict[str, str]]:
    """Give the variables with which requests reaches a PyPI of ours: a proxy that answers for pypi.org, and its certificate.

    pip-audit knows no other address for it: GET https://pypi.org/pypi/NAME/VERSION/json.
    """
    certificate, key = folder / "pypi.pem", folder / "pypi.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=pypi.org", "-addext", "subjectAltName=DNS:pypi.org", "-out", certificate, "-keyout", key],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Handler(_Handler):
        def do_CONNECT(self):
            assert self.path == "pypi.org:443"
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            with context.wrap_socket(self.connection, server_side=True) as secure:
                self.connection = self.request = secure
                self.rfile, self.wfile = secure.makefile("rb"), secure.makefile("wb")
                self.close_connection = False
                while not self.close_connection:
                    self.handle_one_request()

        def do_GET(self):
            _, pypi_, name, version, json_ = self.path.split("/")
            assert (pypi_, json_) == ("pypi", "json")
            self.send(*answer(name, version))

    with _served(Handler) as port:
        yield {"HTTPS_PROXY": f"http://127.0.0.1:{port}", "REQUESTS_CA_BUNDLE": str(certificate)}


@pytest.fixture
def services():
    """Local servers that speak what OSV and PyPI document, for the online half of the dependencies gate."""
    return types.SimpleNamespace(osv=_osv, pypi=_pypi)
