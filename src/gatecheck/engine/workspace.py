"""The clean room as one gate sees it: the room's files and tools, with this gate's options and the store's memory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from gatecheck import __version__
from gatecheck.engine import code, inputs, supplies
from gatecheck.engine.history import GateHistory
from gatecheck.engine.rules import Rules
from gatecheck.model import (
    Change,
    Completed,
    Listener,
    Memory,
    Python,
    Said,
    Side,
    Supply,
    Wanted,
)
from gatecheck.room import Room, Stage, Where, refuse_absent
from gatecheck.room.environment import Tools
from gatecheck.store import Store, key_of
from gatecheck.witness import Witness

Artifacts = dict[str, dict[str, Path]]
"""Gate's name to artefact's name to file."""


class GateWorkspace:
    """Implements gatecheck.model.Workspace for one gate of one run."""

    def __init__(
        self,
        wanted: Wanted,
        change: Change,
        *,
        room: Room,
        store: Store,
        artifacts: Artifacts,
        listen: Listener,
        rules: Rules,
    ) -> None:
        self.change = change
        self._room = room
        self._wanted = wanted
        self._store = store
        self._artifacts = artifacts
        self._listen = listen
        self._exempt = rules.exempt
        self.now = rules.now
        self.history = GateHistory(room.repository, room.change, rules.origin, rules.protects)
        self._has_turn = False
        self._used_tools = False
        self.saved: dict[str, Path] = {}

    # --- files ---

    @property
    def merge(self) -> Path:
        """The folder with the files of the merge result."""
        return self._tree("merge")

    def base(self) -> Path:
        """Return the folder with the files of the base."""
        return self._tree("base")

    def _tree(self, side: Side) -> Path:
        return self._room.slot(side).tree if self._wanted.inputs is None else self._stage(side).tree

    def _stage(self, side: Side) -> Stage:
        wanted = self._wanted
        return self._room.stage(wanted.name, side, wanted.environment, wanted.inputs)

    def left(self, path: str, *, side: Side = "merge") -> Path:
        """Return where a file that this gate's programs wrote to a side's tree can be read."""
        return self._stage(side).left(path)

    @property
    def cwd(self) -> str:
        """The folder in which `run` starts programs, relative to the tree."""
        return self._wanted.cwd

    @cached_property
    def scratch(self) -> Path:
        """A folder of this gate's own, outside both trees."""
        folder = self._room.scratch / self._wanted.name / "work"
        folder.mkdir(parents=True)
        return folder

    def read(self, path: str, *, side: Side = "merge") -> bytes | None:
        """Return a file's bytes from git's objects, None when it is not a file there."""
        objects = self._room.repository.objects
        entry = objects.entry(self.change.tree_of(side), path) if self._present(path) else None
        return objects.blob(entry.id) if entry and entry.is_file else None

    def files(self, *, side: Side = "merge") -> tuple[str, ...]:
        """Return the paths of all files of a side's tree, in git's order."""
        out = self._room.repository.git("ls-tree", "-r", "-z", "--name-only", self.change.tree_of(side))
        return tuple(path for path in os.fsdecode(out).split("\0")[:-1] if self._present(path))

    @property
    def whole(self) -> Change:
        """The change at all paths, whichever this gate is for; with `inputs`, at those that are present."""
        change = self._room.change
        return change if self._wanted.inputs is None else change.within(self._wanted.inputs)

    def _present(self, path: str) -> bool:
        return self._wanted.inputs is None or self._wanted.inputs.match(path)

    # --- programs ---

    def python(self, *, side: Side = "merge") -> Python:
        """Return the side's interpreter."""
        return self._tools(side).python

    def run(
        self,
        argv: tuple[str, ...],
        *,
        side: Side | None = "merge",
        limit: float | None = None,
        env: Mapping[str, str] = {},
        cwd: Path | None = None,
    ) -> Completed:
        """Run a program over one side or neither; where gates would see each other's files, the first one waits for its turn."""
        self._take_turn()
        if side is None:
            where = Where(self._room.aside(self._wanted.name), cwd or self.scratch, None)
        else:
            tools, stage = self._tools(side), self._stage(side)
            self._refuse_absent(side)
            where = Where(stage, cwd or stage.tree / self._wanted.cwd, tools)
        return self._room.run(self._wanted.name, argv, where, env, limit or self._wanted.timeout)

    def _refuse_absent(self, side: Side) -> None:
        """Raise CannotTell when something that the gate reads is not on this machine."""
        there = self._room.absent[self._wanted.name, side].values()
        refuse_absent(there, self._wanted.inputs or self._wanted.paths, self._exempt)

    def _tools(self, side: Side) -> Tools:
        self._used_tools = True
        if self._wanted.environment.create:
            self._take_turn()  # it may have to be built, over the side's files
        return self._room.tools(self._wanted.environment, side)

    def _take_turn(self) -> None:
        self._has_turn = self._has_turn or self._room.take_turn(self.say)

    def close(self) -> None:
        """Throw away what the gate's programs wrote, and let the next gate run its own."""
        try:
            self._room.leave(self._wanted.name)
        finally:
            if self._has_turn:
                self._has_turn = False
                self._room.end_turn()

    # --- artefacts and memory ---

    def save(self, name: str, path: Path) -> None:
        """Keep a file with this gate's result."""
        self.saved[name] = path

    def artifact(self, gate: str, name: str) -> Path | None:
        """Return a file that another gate saved."""
        return self._artifacts.get(gate, {}).get(name)

    def recall(self, question: str, *, side: Side | None) -> Memory | None:
        """Return what is kept for a question about one side, or about what it names itself."""
        return self._store.get(self._side_key(question, side))

    def remember(
        self, question: str, payload: bytes, files: Mapping[str, Path], *, side: Side | None
    ) -> None:
        """Keep the answer to a question about one side, or about what it names itself."""
        self._store.put(self._side_key(question, side), payload, files, synced=side is not None)

    def key(self) -> str:
        """Return the name under which this gate's result is kept. Raises ToolError when the tools are not to be had."""
        sides = [self._inputs_digest(side) for side in ("base", "merge")]
        needed = [
            sorted((n, p.name) for n, p in self._artifacts.get(g, {}).items())
            for g in self._wanted.gate.needs
        ]
        here = [p for p in self.change.paths if self._present(p.path) or self._present(p.old_path or p.path)]
        seen = [[(p.path, p.old_path, p.blob, p.mode) for p in paths] for paths in (here, self.whole.paths)]
        # a gate that starts no program of the environment neither waits for it to be built nor fails where it cannot be
        tools = self._tools("merge").digest() if self._wanted.gate.programs else None
        # with `inputs` there is no git in the room; without, a program may look at the commits
        commits = () if self._wanted.inputs else (self.change.base, self.change.head)
        return key_of("result", *self._asked(), *sides, seen, commits, needed, tools)

    @property
    def lasts(self) -> bool:
        """Tell whether the key stands for everything that the gate looked at and used, so that its result may be kept."""
        narrow = self._wanted.inputs is not None  # then no commit is in the key
        if self.history.moves or (narrow and self.history.looked):
            return False
        return bool(self._wanted.gate.programs) or not self._used_tools

    def _side_key(self, question: str, side: Side | None) -> str:
        if side is None:
            return key_of("content", question, *self._asked())
        return key_of("side", question, *self._asked(), self._inputs_digest(side), self._tools(side).digest())

    def _asked(self) -> tuple[object, ...]:
        gate = self._wanted.gate
        return (
            __version__,
            self._room.isolation.mode,
            gate.kind,
            code.digest(type(gate)),
            code.own_tools(),
            repr(gate),
            self._programs(),
            self._wanted.cwd,
            [(name, found and found.digest) for name, found in self._supplies.items()],
        )

    @cached_property
    def _supplies(self) -> dict[str, Supply | None]:
        return {name: supplies.find(name) for name in supplies.named(self._wanted.gate)}

    def supply(self, name: str) -> Supply | None:
        """Return what was brought in under a name that the gate's class has among its `supplies`."""
        return self._supplies[name]

    def _programs(self) -> list[Witness]:
        names = self._wanted.gate.programs
        return [seen for name in names for seen in code.program(name, self._tools("merge").path)]

    def witnesses(self) -> list[Witness]:
        """Return what the answer depends on beside the trees and the tools: the gate's own code and its programs."""
        gate = self._wanted.gate
        return [*self._programs(), *code.witnesses(type(gate)), *supplies.witnesses(gate)]

    def _inputs_digest(self, side: Side) -> str:
        return inputs.digest(self._room.repository, self.change.tree_of(side), self._wanted.inputs)

    def say(self, message: str) -> None:
        """Tell whoever watches what is being done now."""
        self._listen(Said(self._wanted.name, message))
