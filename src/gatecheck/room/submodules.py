"""Submodules: which local module repository holds a submodule's commit. Source: gitmodules(5), gitsubmodules(7), ACTIVE SUBMODULES.

A module repository is only read: its objects are borrowed by a private git directory of our own, and no git runs in it.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import NamedTuple

from gatecheck.errors import CannotTell
from gatecheck.repo import Repository
from gatecheck.room.absent import BAD_NAME, NO_COMMIT, NO_MODULE

LARGEST = 1024 * 1024
"""Bytes of a .gitmodules file that is read."""
_DESCRIBED = re.compile(rb"submodule\.(.+)\.(path|update)", re.DOTALL)


class Described(NamedTuple):
    """What .gitmodules says of one submodule."""

    name: bytes
    optional: bool
    """True when it says that a clone leaves the folder empty."""


class Found(NamedTuple):
    """Where a submodule's files are: the module repository's folder and the commit's tree; or why they are not to be had."""

    folder: str
    tree: str
    why: str


def described(repository: Repository, tree: str) -> dict[bytes, Described]:
    """Return the submodules that a tree's .gitmodules describes, by path. Raises CannotTell when it cannot be read."""
    entry = repository.objects.entry(tree, ".gitmodules")
    if entry is None or not entry.is_file:
        return {}
    if repository.objects.size(entry.id) > LARGEST:
        raise CannotTell(
            ".gitmodules is larger than 1 MiB", fix="Describe each submodule once in .gitmodules."
        )
    settings: dict[bytes, dict[bytes, bytes]] = {}
    # without --no-includes git would read files that the change names
    for item in repository.git("config", "--blob", entry.id, "--no-includes", "-z", "--list").split(b"\0"):
        key, _, value = item.partition(b"\n")
        found = _DESCRIBED.fullmatch(key)
        if found:
            settings.setdefault(found[1], {})[found[2]] = value
    return {
        said[b"path"]: Described(name, said.get(b"update") == b"none")
        for name, said in settings.items()
        if b"path" in said
    }


class Modules:
    """The local module repositories that belong to a repository, opened when they are asked for."""

    def __init__(self, repository: Repository) -> None:
        self._top = repository
        self._open: dict[str, Repository] = {}

    def at(self, folder: str) -> Repository:
        """Return the module repository in a folder; an empty name is the repository itself."""
        if not folder:
            return self._top
        if folder not in self._open:
            name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
            cache = f"{self._top.place.cache}/modules/{name}"
            self._open[folder] = self._top.borrowing(folder, cache)
        return self._open[folder]

    def find(self, outer: str, name: bytes, commit: str) -> Found:
        """Return where a submodule's commit is; `outer` is the folder of the module repository that it is nested in, or empty."""
        if not _is_safe(name):
            return Found("", "", BAD_NAME)
        why = NO_MODULE
        for modules in self._folders(outer):
            top = os.path.realpath(modules)
            folder = os.path.realpath(os.path.join(top, os.fsdecode(name)))
            if not folder.startswith(f"{top}/"):
                why = BAD_NAME
            elif os.path.isfile(f"{folder}/HEAD") and os.path.isdir(f"{folder}/objects"):
                try:
                    return Found(folder, self.at(folder).objects.tree_of(commit), "")
                except CannotTell:
                    why = NO_COMMIT
        return Found("", "", why)

    def _folders(self, outer: str) -> list[str]:
        """Return the folders of modules: a linked work tree has its own, and may lack what the main one has."""
        if outer:
            return [f"{outer}/modules"]
        place = self._top.place
        return list(dict.fromkeys([f"{place.git_dir}/modules", f"{place.common_dir}/modules"]))


def _is_safe(name: bytes) -> bool:
    """Tell whether git would take the name. Source: check_submodule_name in git's submodule-config.c."""
    return not name.startswith((b"/", b"\\")) and b".." not in re.split(rb"[/\\]", name)
