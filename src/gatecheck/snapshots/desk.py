"""A copy of the user's index, over which git works as if it were the index: the user's own is only read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.repo import UserGit
from gatecheck.snapshots.asking import LITERALLY, QUIETLY, run

_FIRST_WITH_FLAGS = 3
"""The index version that has room for intents to add. Source: gitformat-index(5)."""


class Desk:
    """Runs git over an index of its own: a copy, or one that is empty at first."""

    def __init__(self, git: UserGit, index: Path) -> None:
        self._git = git
        self._index = index
        self._env = {**QUIETLY, **LITERALLY, "GIT_INDEX_FILE": str(index)}

    def __call__(self, *args: str, lines: Iterable[str] = (), fix: str = "") -> str:
        """Run git; `lines` are given to it with NULs behind them. Raises ToolError when it fails."""
        return run(self._git, *args, stdin=_nul_ended(lines), env=self._env, fix=fix)

    def told(self, *args: str) -> tuple[str, bytes]:
        """Run git and return its output and what it warns about. Raises ToolError when it fails."""
        code, out, err = self._git.code(*args, env=self._env)
        return (run(self._git, *args, env=self._env), b"") if code else (out, err)

    def tree(self) -> str:
        """Return the index as a tree; intents to add are not in it."""
        return self("write-tree", "--missing-ok")  # a partial clone lacks what is not checked out

    def refresh(self) -> None:
        """Have git look at files whose times are other ones, and see which are the same nevertheless."""
        self._git.code("update-index", "-q", "--refresh", env=self._env)

    def index(self) -> tuple[bytes, tuple[int, int]]:
        """Return the index as it is on the disk, and its times."""
        seen = self._index.stat()
        return self._index.read_bytes(), (seen.st_atime_ns, seen.st_mtime_ns)

    @property
    def may_intend(self) -> bool:
        """False when no entry can be an intent to add."""
        data = self._index.read_bytes() if self._index.exists() else b""
        return int.from_bytes(data[4:8]) >= _FIRST_WITH_FLAGS or b"link" in data

    def beside(self, name: str) -> Desk:
        """Return another, with an empty index."""
        return Desk(self._git, self._index.with_name(name))


@contextmanager
def desk_over(git: UserGit) -> Iterator[Desk]:
    """Give a desk with a copy of the index. Raises CannotTell when it cannot be copied."""
    with _folder() as folder:
        index = folder / "index"
        try:
            _copy(Path(git.place.git_dir, "index"), index)
        except OSError as error:
            raise CannotTell(
                f"the index cannot be copied to {index}: {error.strerror}",
                fix="Make some space there, or name another folder in TMPDIR.",
            ) from error
        yield Desk(git, index)


@contextmanager
def _folder() -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="gatecheck-snapshot-")
    except OSError as error:
        raise CannotTell(
            f"no temporary folder can be made: {error.strerror or error}",
            fix="Make some space, or name a folder that can be written in TMPDIR.",
        ) from error
    with folder as name:
        yield Path(name)


def _copy(source: Path, target: Path) -> None:
    """Copy an index with its time, by which git tells what it must compare; there is none before the first `git add`."""
    try:
        stream = source.open("rb")
    except FileNotFoundError:
        return
    with stream:
        target.write_bytes(stream.read())
        seen = os.fstat(stream.fileno())
    os.utime(target, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def _nul_ended(lines: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(line) + b"\0" for line in lines)
