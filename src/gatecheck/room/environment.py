"""The tools of a side: the interpreter and PATH that its gates get, found where the user works or built as the policy says."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from gatecheck import witness
from gatecheck.errors import ToolError
from gatecheck.formats.python_project import PIP, setup_in
from gatecheck.model import Environment, Python
from gatecheck.place import Place
from gatecheck.room.probe import Probed, probe
from gatecheck.witness import Witness


@dataclass(frozen=True)
class Tools:
    """Where the programs of one side come from."""

    environment: Environment
    built: str
    """Identity of an environment that was built, the same on both sides; empty: what the user has."""
    user_trees: tuple[str, ...]
    """The user's own work trees: code from there must not be what is tested."""
    cache: Path
    ambient: Path | None
    """The interpreter: the environment's, or where it brings none the one that the user works with."""
    programs: Path | None = None
    """The folder of the built environment's programs."""

    @cached_property
    def probed(self) -> Probed:
        """The interpreter, asked once. Raises ToolError when there is none."""
        if self.ambient is None:
            raise ToolError(
                "there is no Python interpreter on PATH",
                fix="Activate a virtual environment, or give the policy an `environment:` with `create`.",
            )
        return probe(self.ambient, self.cache / "probes")

    @property
    def python(self) -> Python:
        """The interpreter, as gates see it."""
        return self.probed.python

    @property
    def path(self) -> str:
        """PATH for the gates: the environment's programs first; else as the user has it."""
        first = self.programs or (self._virtual and self._virtual / "bin")
        own = os.environ.get("PATH", os.defpath)
        return f"{first}{os.pathsep}{own}" if first else own

    @property
    def _virtual(self) -> Path | None:
        """The virtual environment that the interpreter is of."""
        folder = self.ambient.parent.parent if self.ambient else None
        return folder if folder and (folder / "pyvenv.cfg").is_file() else None

    def variables(self) -> dict[str, str]:
        """Return the environment's part of what a gate's program sees."""
        found = {name: os.environ[name] for name in self.environment.passed if name in os.environ}
        found["PATH"] = self.path
        if self._virtual:
            found["VIRTUAL_ENV"] = str(self._virtual)
        if self.ambient and self.probed.user_base:
            found["PYTHONUSERBASE"] = self.probed.user_base
        return found

    def source_roots(self, tree: Path) -> tuple[str, ...]:
        """Return the folders of `tree` that stand for what editable installs took from the user's work tree.

        Raises ToolError for an editable install that cannot be pointed elsewhere.
        """
        if self.ambient is None or self.built:
            return ()
        return mapped_roots(self.probed, self.user_trees, tree)

    def digest(self) -> str:
        """Return what a result depends on beside the files: platform, PATH, interpreter, distributions, passed variables."""
        told: list[object] = [sys.platform, platform.machine(), os.environ.get("PATH"), self.built]
        told.append({name: os.environ.get(name) for name in self.environment.passed})
        if self.ambient:
            told += [self.python.version, dict(self.python.distributions)]
            told += [] if self.built else [str(self.python.executable), self._elsewhere()]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()

    def witnesses(self) -> list[Witness]:
        """Return what finding these tools depended on."""
        names = ("PATH", "VIRTUAL_ENV", *self.environment.passed)
        beside = [witness.stamp(f"{tree}/.venv/bin/python") for tree in self.user_trees]
        probed = [*self.probed.witnesses, *self._elsewhere()] if self.ambient else []
        return [*map(witness.variable, names), *beside, *probed]

    def _elsewhere(self) -> list[Witness]:
        """Return what editable installs of other projects look like: their code is on nobody's list of distributions."""
        folders = [*self.probed.roots, *self.probed.mapped.values()]
        return [
            witness.distributions(folder) if folder.endswith("-packages") else witness.sources(folder)
            for folder in folders
            if _inside(folder, self.user_trees) is None
        ]


def mapped_roots(probed: Probed, user_trees: tuple[str, ...], tree: Path) -> tuple[str, ...]:
    """Return where in `tree` the packages are that editable installs would import from the user's work trees."""
    roots: list[str] = []
    found: list[str] = []
    for root in probed.roots:
        inside = _inside(root, user_trees)
        if inside is not None:
            roots.append(str(tree / inside))
            found.append(root)
    for package, folder in probed.mapped.items():
        inside = _inside(folder, user_trees)
        if inside is None:
            continue
        parent, name = os.path.split(inside)
        if Path(name).stem != package.rpartition(".")[2]:
            raise _unmappable(package, folder)
        roots.append(str(tree / Path(parent, *([".."] * package.count("."))).as_posix()))
        found.append(folder)
    for folder in found:
        _refuse_extensions(folder, str(_inside(folder, user_trees)), tree)
    for name, folder in probed.editable.items():
        own = [os.path.realpath(folder)]
        if _inside(folder, user_trees) is not None and not any(_inside(path, own) for path in found):
            raise _unmappable(name, folder)
    return tuple(dict.fromkeys(os.path.normpath(root) for root in roots))


def _refuse_extensions(folder: str, inside: str, tree: Path) -> None:
    """Raise ToolError for a compiled module beside the sources that the tree under test lacks: Python would do without it in silence."""
    for extension in _extensions_below(folder):
        place = tree / inside / extension
        if place.parent.is_dir() and not place.exists():
            raise _unmappable(Path(extension).name.partition(".")[0], folder)


@cache
def _extensions_below(folder: str) -> tuple[str, ...]:
    found = []
    for where, folders, files in os.walk(folder):
        folders[:] = [
            name for name in folders if name[0] != "." and not os.path.exists(f"{where}/{name}/pyvenv.cfg")
        ]
        compiled = (name for name in files if name.endswith((".so", ".pyd")))
        found += [os.path.relpath(f"{where}/{name}", folder) for name in compiled]
    return tuple(found)


def interpreter(place: Place, tracked: Callable[[str], bool]) -> Path | None:
    """Return the interpreter that the user works with: the active environment's, a `.venv` beside the code, or PATH's.

    A `.venv` that is tracked by git belongs to the change's author, not to the user, and is passed over.
    """
    active = os.environ.get("VIRTUAL_ENV")
    if active and Path(active, "bin", "python").exists():
        return Path(active, "bin", "python")
    main = place.common_dir.removesuffix("/.git")  # of a linked work tree: the one that it was made from
    for tree in filter(None, (place.work_tree, main)):
        if not tracked(".venv") and Path(tree, ".venv", "bin", "python").exists():
            return Path(tree, ".venv", "bin", "python")
    found = shutil.which("python3") or shutil.which("python")
    return Path(found) if found else None


def user_trees(place: Place) -> tuple[str, ...]:
    """Return all work trees of the user's repository. Source: gitrepository-layout(5), worktrees/<id>/gitdir."""
    found = [place.work_tree] if place.work_tree else []
    if place.common_dir.endswith("/.git"):
        found.append(place.common_dir.removesuffix("/.git"))
    pointers = Path(place.common_dir, "worktrees").glob("*/gitdir")
    found += [pointer.read_text().strip().removesuffix("/.git") for pointer in pointers]
    return tuple(dict.fromkeys(os.path.realpath(folder) for folder in found))


def _inside(folder: str, user_trees: Iterable[str]) -> str | None:
    """Return a folder's path relative to the user's work tree that holds it, None when none does."""
    real = os.path.realpath(folder)
    for top in user_trees:
        if real == top:
            return "."
        if real.startswith(top + "/"):
            return real[len(top) + 1 :]
    return None


def _unmappable(name: str, folder: str) -> ToolError:
    setup = setup_in(Path(folder)) or PIP
    return ToolError(
        f"{name} is installed editable from {folder} in a way that cannot be pointed at the tree under test",
        fix=f"Let gatecheck build it: put `{setup.line}` into the policy.",
    )
