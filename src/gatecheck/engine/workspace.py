"""The clean room as one gate sees it: the room's files and tools, with this gate's options and the store's memory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from gatecheck import __version__
from gatecheck.engine import code
from gatecheck.engine.history import GateHistory
from gatecheck.engine.rules import Rules
from gatecheck.errors import CannotTell
from gatecheck.model import (
    Change,
    Completed,
    Globs,
    Listener,
    Memory,
    Python,
    Said,
    Side,
    Wanted,
)
from gatecheck.room import Room, Stage, Where
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
        self.history = GateHistory(room.repository, room.change, rules.origin, rules.protects)
        self._has_turn = False
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
        side: Side = "merge",
        limit: float | None = None,
        env: Mapping[str, str] = {},
        cwd: Path | None = None,
    ) -> Completed:
        """Run a program over one side; where gates would see each other's files, the first one waits for its turn."""
        self._take_turn()
        tools = self._tools(side)
        stage = self._stage(side)
        self._refuse_absent(side)
        where = Where(stage, cwd or stage.tree / self._wanted.cwd, tools)
        return self._room.run(self._wanted.name, argv, where, env, limit or self._wanted.timeout)

    def _refuse_absent(self, side: Side) -> None:
        """Raise CannotTell when something that the gate reads is not on this machine."""
        globs = self._wanted.inputs or self._wanted.paths
        read = [
            absent
            for absent in self._room.absent[self._wanted.name, side].values()
            if (absent.read_by(globs) if globs else not absent.covered_by(self._exempt))
        ]
        if read:
            more = f", and {len(read) - 1} more like it" if len(read) > 1 else ""
            raise CannotTell(f"{read[0].what}{more}", fix=read[0].fix)

    def _tools(self, side: Side) -> Tools:
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

    def recall(self, question: str, *, side: Side) -> Memory | None:
        """Return what is kept for a question about one side."""
        return self._store.get(self._side_key(question, side))

    def remember(self, question: str, payload: bytes, files: Mapping[str, Path], *, side: Side) -> None:
        """Keep the answer to a question about one side."""
        self._store.put(self._side_key(question, side), payload, files)

    def key(self) -> str:
        """Return the name under which this gate's result is kept. Raises ToolError when the tools are not to be had."""
        sides = [self._inputs_digest(side) for side in ("base", "merge")]
        needed = [
            sorted((n, p.name) for n, p in self._artifacts.get(g, {}).items())
            for g in self._wanted.gate.needs
        ]
        here = [p for p in self.change.paths if self._present(p.path) or self._present(p.old_path or p.path)]
        seen = [[(p.path, p.old_path, p.blob, p.mode) for p in paths] for paths in (here, self.whole.paths)]
        # with `inputs` there is no git in the room; without, a program may look at the commits
        commits = () if self._wanted.inputs else (self.change.base, self.change.head)
        return key_of("result", *self._asked(), *sides, seen, commits, needed, self._tools("merge").digest())

    @property
    def lasts(self) -> bool:
        """Tell whether the key stands for everything that the gate looked at, so that its result may be kept."""
        narrow = self._wanted.inputs is not None  # then no commit is in the key
        return not (self.history.moves or (narrow and self.history.looked))

    def _side_key(self, question: str, side: Side) -> str:
        return key_of("side", question, *self._asked(), self._inputs_digest(side), self._tools(side).digest())

    def _asked(self) -> tuple[object, ...]:
        gate = self._wanted.gate
        return (
            __version__,
            self._room.isolation.mode,
            gate.kind,
            code.digest(type(gate)),
            repr(gate),
            self._programs(),
            self._wanted.cwd,
        )

    def _programs(self) -> list[Witness]:
        path = self._tools("merge").path
        return [seen for name in self._wanted.gate.programs for seen in code.program(name, path)]

    def witnesses(self) -> list[Witness]:
        """Return what the answer depends on beside the trees and the tools: the gate's own code and its programs."""
        return [*self._programs(), *code.witnesses(type(self._wanted.gate))]

    def _inputs_digest(self, side: Side) -> str:
        """Return what stands for a side's files: the tree, or with `inputs` only the files that they match."""
        tree = self.change.tree_of(side)
        inputs = self._wanted.inputs
        if inputs is None:
            return tree
        return _narrow_digest(self._room.repository.git("ls-tree", "-r", "-z", tree), inputs)

    def say(self, message: str) -> None:
        """Tell whoever watches what is being done now."""
        self._listen(Said(self._wanted.name, message))


def _narrow_digest(listed: bytes, inputs: Globs) -> str:
    lines = [os.fsdecode(line) for line in listed.split(b"\0")[:-1]]
    held = [line for line in lines if _is_read(line, inputs)]
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()


def _is_read(line: str, inputs: Globs) -> bool:
    """Tell whether a line of a tree's listing bears on what `inputs` match: attributes and submodules may do so from elsewhere."""
    path = line.partition("\t")[2]
    return inputs.match(path) or line.startswith("160000 ") or path.rpartition("/")[2] == ".gitattributes"
