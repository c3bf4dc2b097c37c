"""The clean room of one run: two slots, the tools of each side, and the turn that lets one gate at a time run programs."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from gatecheck.errors import CannotTell
from gatecheck.model import Change, Completed, Environment, Globs, Side
from gatecheck.process import Programs
from gatecheck.repo import Repository
from gatecheck.repo.aim import branch_of
from gatecheck.room.blobs import is_bytecode, listing, place_of, remove, write_blob
from gatecheck.room.builder import Builder
from gatecheck.room.environment import Tools, interpreter, user_trees
from gatecheck.room.slot import Slot
from gatecheck.strays import kill_strays
from gatecheck.witness import Witness

ROOM = "GATECHECK_ROOM"
"""The variable by which the programs of a room are known; its value is the cache's folder."""
KEPT_LOGS = 20
"""Runs whose logs are kept."""


class Where(NamedTuple):
    """Over which files, from which folder and with which tools a program runs."""

    tree: Path
    cwd: Path
    tools: Tools


class Room:
    """Where gates work: made by `open_room`, gone (but for slots, environments and logs) when that ends."""

    def __init__(
        self,
        repository: Repository,
        change: Change,
        programs: Programs,
        scratch: Path,
        say: Callable[[str], None],
    ) -> None:
        self.repository = repository
        self.change = change
        self.scratch = scratch
        self.logs = _log_folder(Path(repository.place.cache) / "logs")
        self.turn = threading.Lock()
        """Held by the gate that runs programs: without overlays they would see each other's files."""
        self._programs = programs
        self._say = say
        self._making = threading.RLock()
        self._slots: dict[Side, Slot] = {}
        self._tools: dict[tuple[str, Side], Tools] = {}
        self._layers: dict[Side, dict[str, Path]] = {"base": {}, "merge": {}}
        head_tree = repository.objects.tree_of(change.head)
        self._ambient = interpreter(
            repository.place, lambda path: repository.objects.entry(head_tree, path) is not None
        )

    def slot(self, side: Side) -> Slot:
        """Return a side's slot, holding its tree; made when first asked for."""
        with self._making:
            if side not in self._slots:
                slot = Slot(Path(self.repository.place.cache) / "slots" / side, self.repository)
                change = self.change
                commit = change.base if side == "base" else _merge_commit(self.repository, change)
                slot.hold(change.tree_of(side), commit, branch_of(change.target) or "main")
                self._slots[side] = slot
            return self._slots[side]

    def tools(self, environment: Environment, side: Side) -> Tools:
        """Return a side's tools, building the environment when it is not there."""
        with self._making:
            key = (environment.name, side)
            if key not in self._tools:
                self._tools[key] = self._find_tools(environment, side)
            return self._tools[key]

    def _find_tools(self, environment: Environment, side: Side) -> Tools:
        cache = Path(self.repository.place.cache)
        trees = user_trees(self.repository.place)
        if not environment.create:
            return Tools(environment, "", trees, cache, self._ambient)
        builder = Builder(
            side,
            self.change.tree_of(side),
            lambda: self.slot(side),
            self.repository,
            self._programs,
            self._ambient,
            self._say,
        )
        folder = builder.folder(environment)
        programs = folder / "env" / "bin"
        own = programs / "python"
        if any((folder / "left").iterdir()):
            self._layers[side][folder.name] = folder / "left"
        python = own if own.exists() else self._ambient
        return Tools(environment, builder.identity(environment), trees, cache, python, programs)

    def enter(self, side: Side) -> Slot:
        """Return a side's slot, ready for a program: environments' files laid, marked as about to be touched."""
        with self._making:
            slot = self.slot(side)
            slot.lay(self._layers[side])
            slot.mark()
            return slot

    def narrowed(self, name: str, inputs: Globs, side: Side) -> Path:
        """Return a fresh folder that holds only a side's files that `inputs` match, and no git."""
        folder = Path(self.repository.place.cache) / "slots" / f"{name}-{side}"
        remove(folder)
        tree = folder / "tree"
        tree.mkdir(parents=True)
        for path, mode, blob in listing(self.repository, self.change.tree_of(side)):
            if inputs.match(os.fsdecode(path)) and mode & 0o170000 == 0o100000 and not is_bytecode(path):  # noqa: PLR2004 -- a regular file
                place = place_of(tree, path)
                os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120 -- bytes
                write_blob(self.repository, blob, place, executable=bool(mode & 0o111))
        return tree

    def run(
        self, gate: str, argv: tuple[str, ...], where: Where, env: Mapping[str, str], limit: float
    ) -> Completed:
        """Run a gate's program over a tree with a scrubbed environment, and a home that no other program has seen."""
        tools = where.tools
        (self.scratch / gate).mkdir(exist_ok=True)
        own = Path(tempfile.mkdtemp(dir=self.scratch / gate, prefix="own-"))
        variables = {
            "LANG": "C.UTF-8",
            "HOME": str(own / "home"),
            "TMPDIR": str(own / "tmp"),
            "GATECHECK_ORIGIN": self.repository.place.work_tree or "",
            "GIT_CEILING_DIRECTORIES": str(where.tree.parent),
            **tools.variables(),
            **env,
            ROOM: self.repository.place.cache,
        }
        roots = [*filter(None, [env.get("PYTHONPATH", "")]), *tools.source_roots(where.tree)]
        if roots:
            variables["PYTHONPATH"] = os.pathsep.join(roots)
        for folder in ("home", "tmp"):
            (own / folder).mkdir()
        if argv[0] in {"python", "python3"}:
            argv = (str(tools.python.executable), *argv[1:])
        log = self.logs / f"{gate}.log"
        try:
            return self._programs.run(argv, cwd=where.cwd, env=variables, limit=limit, log=log)
        finally:
            remove(own)

    def stop(self) -> None:
        """Kill every program that runs in the room."""
        self._programs.stop()

    def witnesses(self) -> list[Witness]:
        """Return what the tools that were looked at depended on."""
        return [seen for tools in self._tools.values() for seen in tools.witnesses()]

    def close(self) -> None:
        """Leave both slots clean."""
        for slot in self._slots.values():
            if slot.is_dirty:
                slot.restore()


@contextmanager
def open_room(
    repository: Repository, change: Change, programs: Programs, say: Callable[[str], None]
) -> Iterator[Room]:
    """Give the room for a change; a second run on the same repository waits for its turn."""
    cache = Path(repository.place.cache)
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another run on this repository to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        kill_strays(ROOM, repository.place.cache)  # of a run that was killed: they would write into our slots
        with _scratch(cache / "scratch") as scratch:
            room = Room(repository, change, programs, scratch, say)
            yield room
            room.close()


@contextmanager
def _scratch(link: Path) -> Iterator[Path]:
    """Give a temporary folder; `link` points to it, so that the next run can remove what a killed one left.

    It is not in the cache, since the path of a socket may have 107 bytes and tests make theirs below TMPDIR.
    """
    if link.is_symlink():
        remove(link.readlink())
        link.unlink()
    folder = Path(tempfile.mkdtemp(prefix="gatecheck-"))
    try:
        link.symlink_to(folder)
        yield folder
    finally:
        remove(folder)
        link.unlink(missing_ok=True)


def _merge_commit(repository: Repository, change: Change) -> str:
    """Return the commit that the merge slot's HEAD is: head where it is the result, else one made in the private repository."""
    if repository.objects.tree_of(change.head) == change.tree and change.merge_base == change.base:
        return change.head
    who = "gatecheck <gatecheck@localhost> 0 +0000"
    text = (
        f"tree {change.tree}\nparent {change.base}\nparent {change.head}\nauthor {who}\ncommitter {who}\n\n"
        f"Merge {change.head} into {change.target}\n"
    )
    return (
        repository.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=os.fsencode(text))
        .decode()
        .strip()
    )


def _log_folder(top: Path) -> Path:
    """Make a folder for this run's logs and remove those of the oldest runs."""
    try:
        top.mkdir(parents=True, exist_ok=True)
        numbers = sorted(int(folder.name) for folder in top.iterdir() if folder.name.isdecimal())
        for number in numbers[: -KEPT_LOGS + 1]:
            shutil.rmtree(top / str(number), ignore_errors=True)
        folder = top / str(numbers[-1] + 1 if numbers else 1)
        folder.mkdir()
    except OSError as error:
        raise CannotTell(
            f"the cache cannot be written: {error}",
            fix="Free some disk space, or set GATECHECK_CACHE to another folder.",
        ) from error
    return folder
