"""A real, small workspace over two plain folders: real files, real processes, real pytest; no git."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from gatecheck.errors import ToolError
from gatecheck.model import Change, ChangedPath, Completed, History, Memory, Python, Side, ranges
from gatecheck.room.stage import SharedStage

Files = Mapping[str, str]


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
    ran: list[tuple[Side, tuple[str, ...]]] = dataclasses.field(default_factory=list)
    said: list[str] = dataclasses.field(default_factory=list)

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
        return tuple(before.split("\n"))

    def python(self, *, side: Side = "merge") -> Python:
        del side
        assert self.python_of
        return self.python_of

    def run(
        self,
        argv: tuple[str, ...],
        *,
        side: Side = "merge",
        limit: float | None = None,
        env: Mapping[str, str] = {},
        cwd: Path | None = None,
    ) -> Completed:
        python = self.python(side=side).executable
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
                    cwd=cwd or self._tree(side) / self.cwd,
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

    def recall(self, question: str, *, side: Side) -> Memory | None:
        return self.memory.get((question, self._digest(side)))

    def remember(self, question: str, payload: bytes, files: Mapping[str, Path], *, side: Side) -> None:
        self.memory[question, self._digest(side)] = Memory(payload, dict(files))

    def say(self, message: str) -> None:
        self.said.append(message)

    def _digest(self, side: Side) -> str:
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
            paths.append(ChangedPath(path, "deleted", None, "1"))
        elif old:
            blob = "1" if before[old] == after[path] else "2"
            paths.append(
                ChangedPath(path, "renamed", blob, "1", 0o100644, old, _lines(before[old], after[path]))
            )
        elif path not in before:
            paths.append(ChangedPath(path, "added", "1", None, lines=_lines("", after[path])))
        else:
            paths.append(ChangedPath(path, "modified", "2", "1", lines=_lines(before[path], after[path])))
    trees = ("\n".join(before), "\n".join(after))
    return Change("refs/heads/main", "b", "h", "b", *trees, tuple(paths))


def _lines(before: str, after: str):
    new = after.splitlines()
    blocks = difflib.SequenceMatcher(None, before.splitlines(), new, autojunk=False).get_matching_blocks()
    same = {n for block in blocks for n in range(block.b, block.b + block.size)}
    return ranges(n + 1 for n in range(len(new)) if n not in same)


def _files(tree: Path) -> dict[str, str]:
    return {
        p.relative_to(tree).as_posix(): p.read_text("utf-8") for p in sorted(tree.rglob("*")) if p.is_file()
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
        base: Files, head: Mapping[str, str | None], *, renames: Files | None = None, **more
    ) -> FolderWorkspace:
        top = Path(tempfile.mkdtemp(dir=tmp_path))
        after = {path: text for path, text in {**base, **head}.items() if text is not None}
        for name, content in (("base", base), ("merge", after)):
            (top / name).mkdir()
            for path, text in content.items():
                file = top / name / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8")
        (top / "scratch").mkdir()
        change = change_between(top / "base", top / "merge", renames or {})
        more.setdefault("python_of", interpreter)
        more.setdefault("environment", {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
        return FolderWorkspace(change, top / "merge", top / "base", top / "scratch", **more)

    return make
