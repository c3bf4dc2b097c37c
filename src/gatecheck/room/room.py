"""The room of one run: two slots, the tools of each side, and the stages over which gates' programs run."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from gatecheck.model import Change, Completed, Environment, Globs, Isolation, Side
from gatecheck.process import Jail, Layer, Programs
from gatecheck.repo import Repository
from gatecheck.repo.aim import branch_of
from gatecheck.room.absent import Absent
from gatecheck.room.blobs import remove
from gatecheck.room.builder import MARK, Builder, Built
from gatecheck.room.environment import Tools, interpreter, user_trees
from gatecheck.room.gitdir import IDENTITY
from gatecheck.room.narrow import narrow
from gatecheck.room.once import Once
from gatecheck.room.reach import Reach
from gatecheck.room.slot import Slot
from gatecheck.room.stage import OverlayStage, SharedStage, Stage
from gatecheck.room.where import Where
from gatecheck.witness import Witness

_SIDES: tuple[Side | None, ...] = ("base", "merge", None)


class Folders(NamedTuple):
    """The folders of one run; scratch is gone when it ends."""

    scratch: Path
    logs: Path


class Room:
    """Where gates work: made by `open_room`, gone (but for slots, environments and logs) when that ends."""

    def __init__(
        self,
        repository: Repository,
        change: Change,
        programs: Programs,
        isolation: Isolation,
        folders: Folders,
        say: Callable[[str], None],
    ) -> None:
        self.repository = repository
        self.change = change
        self.isolation = isolation
        self.scratch, self.logs = folders
        self._programs, self._say = programs, say
        self._turn = threading.Lock()
        self._slots: Once[Side, Slot] = Once()
        self._built: Once[tuple[str, Side], Built] = Once()
        self._stages: Once[tuple[str, Side | None], Stage] = Once()
        self.absent: dict[tuple[str, Side], Mapping[str, Absent]] = {}  # what a stage should hold, by path
        self._seen: dict[tuple[str, Side], Tools] = {}
        self._reach = Reach(repository.place, self.scratch)
        head_tree = repository.objects.tree_of(change.head)
        self._ambient = interpreter(
            repository.place, lambda path: repository.objects.entry(head_tree, path) is not None
        )

    def take_turn(self, say: Callable[[str], None]) -> bool:
        """Wait, where programs of gates would see each other's files, until no other gate runs any; tell whether it was needed."""
        if self.isolation.mode == "overlay":
            return False
        if not self._turn.acquire(blocking=False):
            say("waiting for another gate's programs to end")
            self._turn.acquire()
        return True

    def end_turn(self) -> None:
        """Let the next gate run its programs."""
        self._turn.release()

    def slot(self, side: Side) -> Slot:
        """Return a side's slot, holding its tree; made when first asked for."""
        return self._slots.get(side, lambda: self._hold(side))

    def _hold(self, side: Side) -> Slot:
        change = self.change
        slot = Slot(Path(self.repository.place.cache) / "slots" / side, self.repository)
        commit = change.base if side == "base" else _merge_commit(self.repository, change)
        slot.hold(change.tree_of(side), commit, branch_of(change.target) or "main")
        if self.isolation.mode == "overlay":
            slot.lay({})  # what environments left is seen through the overlay
        return slot

    def stage(self, gate: str, side: Side, environment: Environment, inputs: Globs | None = None) -> Stage:
        """Return a side's files as a gate's programs see them: all, or in a fresh folder only those that `inputs` match."""
        return self._stages.get((gate, side), lambda: self._set_up(gate, side, environment, inputs))

    def _set_up(self, gate: str, side: Side, environment: Environment, inputs: Globs | None) -> Stage:
        built = self._build(environment, side) if environment.create else None
        left = {built.name: built.left} if built and any(built.left.iterdir()) else {}
        if inputs is not None:
            tree, self.absent[gate, side] = narrow(self.repository, self.change, side, inputs, gate)
            return self._stage_of(tree, None, {}, f"{gate}-{side}", gate)
        slot = self.slot(side)
        self.absent[gate, side] = slot.absent
        return self._stage_of(slot.tree, slot, left, f"{gate}-{side}", gate)

    def aside(self, gate: str) -> Stage:
        """Return an empty folder, for programs that read neither side but what the gate gives them."""

        def empty() -> Stage:
            tree = self.scratch / gate / "empty"
            tree.mkdir(parents=True)
            return self._stage_of(tree, None, {}, f"{gate}-aside", gate)

        return self._stages.get((gate, None), empty)

    def _stage_of(self, tree: Path, slot: Slot | None, left: dict[str, Path], name: str, gate: str) -> Stage:
        if self.isolation.mode == "portable":
            return SharedStage(tree, slot, left)
        own = self.scratch / gate
        own.mkdir(exist_ok=True)
        jail = partial(self._jail, writable=(own,), hidden=self._reach.hidden)
        return OverlayStage(tree, tuple(left.values()), self.scratch / "uppers" / name, jail)

    def _jail(self, layer: Layer, *, writable: tuple[Path, ...], hidden: tuple[Path, ...]) -> Jail:
        interpreters = [tools.probed for tools in self._seen.values() if tools.ambient]
        prefixes = {Path(prefix) for found in interpreters for prefix in (found.prefix, found.base_prefix)}
        return Jail(
            self.isolation.users,
            self.isolation.pids,
            read_only=self._reach.read_only(prefixes),
            writable=writable,
            hidden=hidden,
            layers=(layer,),
        )

    # --- tools ---

    def tools(self, environment: Environment, side: Side) -> Tools:
        """Return a side's tools, building the environment when it is not there."""
        cache, trees = Path(self.repository.place.cache), user_trees(self.repository.place)
        if environment.create:
            built = self._build(environment, side)
            own = built.programs / "python"
            python = own if own.exists() else self._ambient
            tools = Tools(environment, built.identity, trees, cache, python, built.programs)
        else:
            tools = Tools(environment, "", trees, cache, self._ambient)
        return self._seen.setdefault((environment.name, side), tools)

    def _build(self, environment: Environment, side: Side) -> Built:
        builder = Builder(
            side,
            self.change.tree_of(side),
            lambda folder: self._stage_for_building(side, folder),
            self.repository,
            self._programs,
            self._ambient,
            self._say,
        )
        return self._built.get((environment.name, side), lambda: builder.built(environment))

    def _stage_for_building(self, side: Side, folder: Path) -> Stage:
        slot = self.slot(side)
        if self.isolation.mode == "portable":
            return SharedStage(slot.tree, slot, {})
        uppers = self.scratch / "uppers" / folder.name
        return OverlayStage(slot.tree, (), uppers, partial(self._jail, writable=(folder,), hidden=()))

    # --- programs ---

    def run(
        self, gate: str, argv: tuple[str, ...], where: Where, env: Mapping[str, str], limit: float
    ) -> Completed:
        """Run a gate's program over a stage with a scrubbed environment, and a home that no other program has seen."""
        (self.scratch / gate).mkdir(exist_ok=True)
        own = Path(tempfile.mkdtemp(dir=self.scratch / gate, prefix="own-"))
        variables = {
            "LANG": "C.UTF-8",
            "HOME": str(own / "home"),
            "TMPDIR": str(own / "tmp"),
            "GATECHECK_ORIGIN": self.repository.place.work_tree or "",
            **where.variables(env),
            MARK: self.repository.place.cache,
        }
        (own / "tmp").mkdir()
        (own / "home").mkdir()
        (own / "home" / ".gitconfig").write_text(IDENTITY)
        log = self.logs / f"{gate}.log"
        jail = where.stage.enter()
        try:
            return self._programs.run(
                where.argv(argv), cwd=where.cwd, env=variables, limit=limit, log=log, jail=jail
            )
        finally:
            remove(own)

    def stop(self) -> None:
        """Kill every program that runs in the room."""
        self._programs.stop()

    def leave(self, gate: str) -> None:
        """Throw away what a gate's programs wrote."""
        for stage in [self._stages.pop((gate, side)) for side in _SIDES]:
            if stage:
                stage.leave()
        if self.isolation.mode == "portable":
            self._check_environments(gate)

    def _check_environments(self, gate: str) -> None:
        """Have what a gate's programs could have changed built again before another gate uses it."""
        for key, built in self._built.items():
            if not built.check():
                self._built.pop(key)
                self._say(
                    f"a program of {gate} changed the environment {key[0]} ({key[1]}): it is thrown away"
                )

    def witnesses(self) -> list[Witness]:
        """Return what the tools that were looked at depended on."""
        return [seen for tools in self._seen.values() for seen in tools.witnesses()]

    def close(self) -> None:
        """Leave both slots clean."""
        for stage in self._stages.clear():
            stage.leave()


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
