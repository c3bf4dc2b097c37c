"""A slot: one tree's files on disk, as a repository of its own, moved from tree to tree by what differs.

Layout of a slot's folder:
    tree/       the files, and a `.git` of their own that borrows objects; this is all that a gate sees
    state       which tree it holds; absent while it is being moved
    files       what each file looked like when it was written, and in `moved` what changed since; believed only with a state
    index       git's index for that tree, moved along
    dirty       present from before a program runs in `tree/` until a walk has shown (or restored) that it is clean
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from gatecheck.errors import CannotTell, ToolError
from gatecheck.repo import Repository
from gatecheck.room import gitdir, state
from gatecheck.room.absent import Absent
from gatecheck.room.blobs import below, remove
from gatecheck.room.contents import Contents, commits_to_fetch
from gatecheck.room.folder import Folder
from gatecheck.room.manifest import Manifest, differences, folders_of, look, upwards
from gatecheck.room.state import State
from gatecheck.room.submodules import Modules

_CLOCK_TICK = 1_000_000_000
"""Nanoseconds: far more than file systems' clocks need to move on. A file from further ahead was not written just now."""
_LAID = "laid"
"""In the place of a blob's id: the file came from an environment."""
_DAMAGED = (OSError, ValueError, EOFError, TypeError, AttributeError)
"""What reading a damaged list of files raises."""


class Slot:
    """The files of one tree. `hold` makes it hold a tree; `restore` undoes what programs did to it."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        self._repository = repository
        self._folder = folder
        self.tree = folder / "tree"
        self._place, self._dirty, self._index = folder / "state", folder / "dirty", folder / "index"
        self._modules = Modules(repository)
        self._sources: tuple[Path, ...] = ()
        self._commit = ""
        self._absent: Mapping[str, Absent] | None = None
        self._begin(State())

    def _begin(self, held: State) -> None:
        self._state = held
        self._manifest = Manifest(self._folder)
        self._contents = Contents(self.tree, self._modules, held, self._manifest)

    def hold(self, tree: str, commit: str, branch: str) -> None:
        """Make the folder hold exactly this tree, with a `.git` whose HEAD is `commit` on `branch`."""
        if not self._load():
            self._empty()
        elif self._dirty.exists():
            self._forget_laid()  # their sources may be gone; the walk takes them for extra files
            try:
                self.restore()
            except CannotTell:  # what should be there is not to be had any more
                self._empty()
        self._commit, self._absent = commit, None
        if self._state.tree != tree:
            self.lay({})  # the new tree may hold files where an environment left some
            self._move(tree)
        else:
            self._look_again()
        identity = gitdir.identity(self._repository, commit, branch)
        if self._state.git != identity or not self._place.exists():
            self._touch()
            self._state.git = identity
            self._write_git()
            self._save()

    @property
    def absent(self) -> Mapping[str, Absent]:
        """What the tree names and this machine does not have, by path."""
        if self._absent is None:
            self._absent = self._contents.absent(lambda: commits_to_fetch(self._repository, self._commit))
        return self._absent

    @property
    def is_dirty(self) -> bool:
        """True from before a program runs here until it was seen to be clean."""
        return self._dirty.exists()

    def mark(self) -> None:
        """Say that a program is about to run here."""
        self._dirty.touch()
        while 0 <= self._manifest.newest - self._dirty.stat().st_mtime_ns < _CLOCK_TICK:
            self._dirty.touch()  # until a change to a file must show in its time

    def restore(self) -> None:
        """Put back what programs changed: extra files go, changed and missing ones are written again, and so is `.git`."""
        if self.tree.is_symlink() or not self.tree.is_dir():  # somebody moved the whole of it
            remove(self.tree)
            self.tree.mkdir()
        try:
            touched = sorted(differences(self.tree, self._manifest.files))
        except _DAMAGED:
            held = self._state
            self._empty()
            self._move(held.tree)
            self._state.git = held.git
            touched = []
        if touched:
            self._touch()
        folder = Folder(self.tree)
        for path in touched:
            remove(folder.place(path))
        for path in touched:
            if path in self._manifest.files:
                self._again(path)
        self._write_git()
        self._save()
        self._dirty.unlink(missing_ok=True)

    def extras(self) -> list[bytes]:
        """Return the paths (files, or whole folders) that are there and do not belong to the tree."""
        files = self._manifest.files
        return [path for path in differences(self.tree, files) if path not in files]

    def lay(self, layers: dict[str, Path]) -> None:
        """Put the files that building an environment left in the tree back into it; `layers` is key to folder."""
        self._sources = tuple(layers.values())
        wanted = " ".join(layers)
        held = self._state
        if held.environments == wanted:
            return
        self._touch()
        folder = Folder(self.tree)
        for path in self._forget_laid():
            folder.remove(path, held.links)
        files = self._manifest.files if layers else {}
        folders = folders_of(files)
        for source in self._sources:
            for path in below(source):
                if path not in folders and not any(self._is_taken(part) for part in upwards(path)):
                    held.laid.append(path)
                    self._lay(path)
        held.environments = wanted
        self._save()

    def _is_taken(self, path: bytes) -> bool:
        was = self._manifest.files.get(path)
        return bool(was) and not (path in self._state.links and self._state.links[path].folder)

    def _lay(self, path: bytes) -> None:
        """Write a file from the environment that left it."""
        source = next(
            folder for folder in self._sources if os.path.lexists(os.fsencode(folder) + b"/" + path)
        )
        folder = Folder(self.tree)
        folder.make_parents(path)
        shutil.copy2(os.fsencode(source) + b"/" + path, folder.place(path), follow_symlinks=False)
        self._manifest.put(path, look(folder.place(path), 0, _LAID))

    def _forget_laid(self) -> list[bytes]:
        """Take the environments' files out of the list of what belongs here; return their paths."""
        laid, self._state.laid = self._state.laid, []
        for path in laid:
            self._manifest.drop(path)
        self._state.environments = ""
        return laid

    def _again(self, path: bytes) -> None:
        """Write a file that should be there, from git or from the environment that left it."""
        if self._manifest.files[path][1] == _LAID:
            self._lay(path)
        else:
            self._contents.again(path)
            self._absent = None

    def _load(self) -> bool:
        """Read the state; return False when there is none that can be believed."""
        held = state.load(self._place)
        if held is None or self.tree.is_symlink() or not self.tree.is_dir():
            return False
        self._begin(held)
        return self._manifest.believe(*held.sizes)

    def _touch(self) -> None:
        """Say that what is on disk will differ from the state that was saved."""
        self._place.unlink(missing_ok=True)

    def _save(self) -> None:
        if not self._place.exists():
            self._state.sizes = self._manifest.save()
            self._state.save(self._place)

    def _empty(self) -> None:
        """Begin anew with no file at all."""
        remove(self._folder)
        self.tree.mkdir(parents=True)
        self._begin(State())

    def _move(self, tree: str) -> None:
        self._touch()
        try:
            self._step_to(tree)
        except (
            ToolError
        ):  # what is held was pruned, the index is damaged, or another repository is at the same place now
            self._empty()
            self._step_to(tree)

    def _step_to(self, tree: str) -> None:
        steps = self._contents.steps()
        steps.move(steps.source_of(b"", tree), self._state.tree)
        lines = sorted(steps.index, key=_is_added)
        self._repository.git("update-index", "-z", "--index-info", stdin=b"".join(lines), index=self._index)
        self._contents.apply(steps, tree, self._index)
        self._state.tree = tree

    def _look_again(self) -> None:
        """Go for what was absent: somebody may have fetched it."""
        steps = self._contents.steps()
        before = dict(self._state.links)
        steps.look_again()
        if steps.come or before != self._state.links:
            self._touch()
            self._contents.apply(steps, self._state.tree, self._index)
        there = self._contents.to_be_had()
        if there:
            self._touch()
            self._contents.fill(there)

    def _write_git(self) -> None:
        filled = self._contents.filled()
        gitdir.write(self.tree, self._repository, self._state.git, self._index, filled)


def _is_added(line: bytes) -> bool:
    """Tell whether a line for git's index adds something; what goes must go first."""
    return not line.startswith(b"0 ")
