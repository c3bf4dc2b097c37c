"""What a tree names and this machine does not have: content of Git LFS, and submodules. Nothing is fetched; the reader is told how."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from gatecheck.errors import CannotTell
from gatecheck.model import Globs

MISSING, DAMAGED, EXTENDED = "missing", "damaged", "extended"
"""Why a file's Git LFS content is absent."""
NO_MODULE, NO_COMMIT, BAD_NAME, TOO_DEEP, UNREADABLE = "module", "commit", "name", "deep", "unreadable"
"""Why a submodule is absent."""
_ANYTHING = "any name"
"""Stands for a file in a submodule whose files are not known."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A file or a submodule whose content is not on this machine."""

    path: str
    what: str
    """What is absent, as the beginning of a message."""
    fix: str
    is_folder: bool
    """True for a submodule: whatever is below the path is absent."""

    def read_by(self, globs: Globs) -> bool:
        """Tell whether globs mean it; for a submodule also when they may mean something in it."""
        if not self.is_folder:
            return globs.match(self.path)
        probe = f"{self.path}/{_ANYTHING}"
        if globs.match(probe):
            return True
        return any(
            _reaches(pattern, self.path) and not _taken_back(globs.patterns[number + 1 :], probe)
            for number, pattern in enumerate(globs.patterns)
            if not pattern.startswith(("!", "#"))
        )

    def covered_by(self, globs: Globs) -> bool:
        """Tell whether globs mean it; for a submodule only when they mean everything in it."""
        return globs.match(f"{self.path}/{_ANYTHING}" if self.is_folder else self.path)


def refuse(absent: Iterable[Absent], globs: Globs | None, exempt: Globs) -> None:
    """Raise CannotTell where something is absent that is read: what `globs` mean, or without them all but what is exempt."""
    read = [each for each in absent if (each.read_by(globs) if globs else not each.covered_by(exempt))]
    if read:
        more = f", and {len(read) - 1} more like it" if len(read) > 1 else ""
        raise CannotTell(f"{read[0].what}{more}", fix=read[0].fix)


def lfs(path: str, why: str, module: str, commits: tuple[str, ...]) -> Absent:
    """Return what to say of a file without its content; `module` is the submodule that it is in, or empty."""
    git = f"git -C {shlex.quote(module)} lfs" if module else "git lfs"
    fetch = f"{git} fetch origin {' '.join(commits)}"
    if why == DAMAGED:
        what = f"the Git LFS content of {path!r} is damaged: it has another hash than its pointer says"
        return Absent(path, what, f"Run `{git} fsck --objects`, then `{fetch}`.", is_folder=False)
    if why == EXTENDED:
        what = f"the Git LFS content of {path!r} can only be made by an extension, which is a program that gatecheck does not run"
        return Absent(
            path, what, f"Track it without extensions: `{git} ext list` names them.", is_folder=False
        )
    what = f"the Git LFS content of {path!r} is not here, only its pointer"
    return Absent(path, what, f"Run `{fetch}`.", is_folder=False)


def submodule(path: str, why: str, module: str, commit: str) -> Absent:
    """Return what to say of a submodule without its files; `module` is the submodule that it is in, or empty."""
    git = f"git -C {shlex.quote(module)}" if module else "git"
    inner = path.removeprefix(f"{module}/")
    told = {
        NO_MODULE: (
            f"the submodule {path!r} is not here",
            f"Run `{git} submodule update --init -- {shlex.quote(inner)}`.",
        ),
        NO_COMMIT: (
            f"the submodule {path!r} is here without its commit {commit[:10]}",
            f"Run `git -C {shlex.quote(path)} fetch origin {commit}`.",
        ),
        BAD_NAME: (
            f"the name of the submodule {path!r} leads out of git's folder of modules",
            "Give it another name in .gitmodules; git refuses this one, too.",
        ),
        TOO_DEEP: (
            f"the submodule {path!r} is nested too deep",
            "Nest submodules less deep, or keep gates from it by their `inputs:` or `paths:`.",
        ),
        UNREADABLE: (
            f"the submodule {path!r} cannot be found, since .gitmodules is not to be read",
            "Correct .gitmodules in the branch; `git config --file .gitmodules --list` shows what is wrong.",
        ),
    }
    what, fix = told[why]
    return Absent(path, what, fix, is_folder=True)


def _reaches(pattern: str, folder: str) -> bool:
    """Tell whether a pattern may match something below a folder. Source: gitignore(5), PATTERN FORMAT."""
    stripped = pattern.strip().removesuffix("/")
    if "/" not in stripped:
        return bool(stripped)  # at any depth
    parts = stripped.removeprefix("/").split("/")
    for part, name in zip(parts, folder.split("/"), strict=False):
        if part == "**":
            return True
        if not Globs((f"/{part}",)).match(name):
            return False
    return True


def _taken_back(patterns: tuple[str, ...], probe: str) -> bool:
    return any(pattern.startswith("!") and Globs((pattern[1:],)).match(probe) for pattern in patterns)
