"""Some files of a tree in a folder of their own, without git."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from gatecheck.repo import Repository
from gatecheck.room.absent import Absent
from gatecheck.room.contents import Contents, commits_to_fetch
from gatecheck.room.manifest import Manifest
from gatecheck.room.state import State
from gatecheck.room.submodules import Modules


def fill(
    repository: Repository, tree: str, commit: str, folder: Path, wanted: Callable[[bytes], bool]
) -> Mapping[str, Absent]:
    """Write a tree's regular files whose paths are wanted, submodules' among them, to an empty folder.

    Return what is absent, by path: wanted files without their Git LFS content, and all submodules that are not here.
    """
    contents = Contents(folder, Modules(repository), State(), Manifest(folder))
    steps = contents.steps()
    steps.move(steps.source_of(b"", tree), "")
    steps.come = [file for file in steps.come if stat.S_ISREG(file.mode) and wanted(file.path)]
    contents.apply(steps, tree, None)
    return contents.absent(lambda: commits_to_fetch(repository, commit))
