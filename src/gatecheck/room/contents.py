"""The files of a tree as they should be on disk: blobs, submodules' files, and the content that pointers of Git LFS stand for."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from gatecheck.repo import Repository
from gatecheck.room import absent, lfs
from gatecheck.room.absent import Absent
from gatecheck.room.blobs import File, remove
from gatecheck.room.folder import Folder
from gatecheck.room.manifest import SUBMODULE, Manifest, look
from gatecheck.room.state import State, Tracked
from gatecheck.room.steps import Source, Steps
from gatecheck.room.submodules import Modules

_ATTRIBUTES = b".gitattributes"


class Contents:
    """Writes the files of a tree into a folder, and keeps its state up to date."""

    def __init__(self, top: Path, modules: Modules, state: State, files: Manifest) -> None:
        self._top = top
        self._modules = modules
        self._state = state
        self._files = files

    def steps(self) -> Steps:
        """Return steps yet to be collected, from what the folder holds now."""
        return Steps(self._modules, self._state.links)

    def apply(self, steps: Steps, tree: str, index: Path | None) -> None:
        """Take the steps; afterwards the folder holds the tree. `index` is one that holds it, too."""
        folder = Folder(self._top)
        made = {file.path for file in steps.come if file.mode == SUBMODULE}
        kept = self._state.links.keys() - made
        for path in steps.dropped:
            for below in [each for each in self._files.files if each.startswith(path + b"/")]:
                self._forget(below)
            self._forget(path)
            folder.remove(path, kept)
        for path in steps.gone:
            self._forget(path)
            folder.remove(path, kept)
        pointers: dict[bytes, Tracked] = {}
        for file in steps.come:
            pointer = folder.write(file)
            if pointer:
                pointers[file.path] = Tracked(pointer, file.mode, file.blob, filtered=False, why="")
            self._note(file.path, file.mode, file.blob)
        self._state.pointers.update(pointers)
        self._settle(steps, pointers, tree, index)

    def again(self, path: bytes) -> None:
        """Write a file again that a program changed or took away."""
        mode, blob = self._files.files[path][:2]
        source = self.steps().source_of(path)
        Folder(self._top).write(File(path, mode, blob, source.repository))
        if path in self._state.pointers:
            self._fill(source, path)
        self._note(path, mode, blob)

    def filled(self) -> list[bytes]:
        """Return the repository's own files (not its submodules') that hold their Git LFS content."""
        steps = self.steps()
        return [
            path
            for path, seen in self._state.pointers.items()
            if seen.filtered and not seen.why and not steps.source_of(path).prefix
        ]

    def to_be_had(self) -> list[bytes]:
        """Return the files whose Git LFS content was absent and may be here now."""
        steps = self.steps()
        return [
            path
            for path, seen in self._state.pointers.items()
            if seen.why and lfs.is_there(steps.source_of(path).repository, seen.pointer)
        ]

    def fill(self, paths: Iterable[bytes]) -> None:
        """Try again to put their content into files that are pointers of Git LFS."""
        steps = self.steps()
        for path in paths:
            self._fill(steps.source_of(path), path)

    def absent(self, commits: Callable[[], tuple[str, ...]]) -> dict[str, Absent]:
        """Return what is not here, by path. `commits` gives those by which a reader can fetch the repository's own content."""
        steps, commits = self.steps(), cache(commits)
        found: dict[str, Absent] = {}
        for at, link in self._state.links.items():
            if link.why:
                module = steps.source_of(at).prefix[:-1]
                path = os.fsdecode(at)
                found[path] = absent.submodule(path, link.why, os.fsdecode(module), link.commit)
        for at, seen in self._state.pointers.items():
            if seen.why:
                module = steps.source_of(at).prefix[:-1]
                fetched = (self._state.links[module].commit,) if module else commits()
                path = os.fsdecode(at)
                found[path] = absent.lfs(path, seen.why, os.fsdecode(module), fetched)
        return found

    def _settle(self, steps: Steps, fresh: Mapping[bytes, Tracked], tree: str, index: Path | None) -> None:
        """Ask the attributes of new pointers, and of all pointers of a source whose attributes changed."""
        pointers = self._state.pointers
        if not pointers:
            return
        touched = [*steps.gone, *(file.path for file in steps.come)]
        changed = {steps.source_of(path, tree) for path in touched if path.rpartition(b"/")[2] == _ATTRIBUTES}
        asked: dict[Source, list[bytes]] = defaultdict(list)
        for path in pointers if changed else fresh:
            source = steps.source_of(path, tree)
            if path in fresh or source in changed:
                asked[source].append(path)
        for source, paths in asked.items():
            inner = [path.removeprefix(source.prefix) for path in paths]
            own = index if not source.prefix else None
            filtered = lfs.filtered(source.repository, source.tree, inner, own)
            for path, name in zip(paths, inner, strict=True):
                self._turn(source, path, filtered=name in filtered, fresh=path in fresh)

    def _turn(self, source: Source, path: bytes, *, filtered: bool, fresh: bool) -> None:
        """Let a pointer hold its content, or be a plain file, as the attributes say now."""
        seen = self._state.pointers[path]
        if not fresh and filtered == seen.filtered:
            return
        self._state.pointers[path] = seen._replace(filtered=filtered, why="")
        if filtered:
            self._fill(source, path)
        elif not fresh:
            remove(Folder(self._top).place(path))
            Folder(self._top).write(File(path, seen.mode, seen.blob, source.repository))
            self._note(path, seen.mode, seen.blob)

    def _fill(self, source: Source, path: bytes) -> None:
        seen = self._state.pointers[path]
        if not seen.filtered:
            return
        place = Folder(self._top).place(path)
        data = source.repository.objects.blob(seen.blob)
        why = lfs.replace(source.repository, data, seen.pointer, place)
        self._state.pointers[path] = seen._replace(why=why)
        self._note(path, seen.mode, seen.blob)

    def _note(self, path: bytes, mode: int, blob: str) -> None:
        self._files.put(path, look(Folder(self._top).place(path), mode, blob))

    def _forget(self, path: bytes) -> None:
        self._files.drop(path)
        self._state.pointers.pop(path, None)


def commits_to_fetch(repository: Repository, commit: str) -> tuple[str, ...]:
    """Return commits that the user's repository knows: the commit, or the parents of one that was made in the private repository."""
    if not (repository.private / "objects" / commit[:2] / commit[2:]).exists():
        return (commit,)
    return repository.objects.parents(commit)
