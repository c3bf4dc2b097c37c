"""Putting the hooks and the settings into a bare repository, and taking them away again."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import UsageError
from gatecheck.install import script, turn
from gatecheck.install.files import LOCK, READABLE, RUNNABLE, digest, put
from gatecheck.install.ground import CHAINED, OWN, Ground
from gatecheck.install.keeping import empty_beside, give_back, keep, lay_beside
from gatecheck.place import Place
from gatecheck.repo import Repository, UserGit, tips_of
from gatecheck.server import hooks, passes, settings
from gatecheck.server.ground import refuse
from gatecheck.server.law import Law, default_branch, law_of
from gatecheck.server.record import FORMAT, NAME, Record, find, place_of

_DIGEST = re.compile(r"[0-9a-f]{64}")
_OURS = "gatecheck"
"""The name of our hook among others in a folder of them."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How it is wanted."""

    version: str
    python: str
    bootstrap: str | None = None
    into: str | None = None
    rewrites: bool = False


@dataclass(frozen=True, slots=True)
class Installed:
    """What was done, for those who tell it."""

    law: Law
    record: Record
    files: tuple[Path, ...]
    chained: tuple[Path, ...]
    """Hooks of others that are run too."""
    notes: tuple[str, ...]


def install(place: Place, wish: Wish) -> Installed:
    """Install, or bring what is installed up to date. Raises UsageError before anything is done; CannotTell and ToolError."""
    git, common, repository = UserGit(place), Path(place.common_dir), Repository(place)
    default = default_branch(repository)
    law = law_of(repository, default, tips_of(place, [default]).get(default))
    record = _planned(find(str(common)) or Record(), wish, place_of(default, law.tip))
    refuse(place, law, record)
    with turn(common / OWN):
        before = {key: record.before.get(key, settings.values(git, key)) for key in settings.WANTED}
        record = dataclasses.replace(record, before=before)
        _save(common, record)
        _make_folder(common)
        notes = _put_hooks(common, record)
        wanted = settings.wanted(rewrites=record.rewrites)
        for key, was in before.items():
            if key in wanted:
                settings.put(git, key, wanted[key])
            else:
                settings.put_back(git, key, was)
        written = paths(common, record)
        digests = {name: digest(path.read_bytes()) for name, path in written.items()}
        record = dataclasses.replace(record, files=digests)
        _save(common, record)
    kept = tuple(common / CHAINED / name for name in written if chains(common, name))
    return Installed(law, record, tuple(written.values()), kept, tuple(notes))


def uninstall(place: Place) -> tuple[str, ...] | None:
    """Take everything away that install brought; return what should be told, None when there was nothing."""
    git, common = UserGit(place), Path(place.common_dir)
    record = find(str(common))
    if record is None and not any(script.is_ours(common / "hooks" / name) for name in hooks.NAMES):
        return None
    with turn(common / OWN):
        notes = _take_hooks(common, record or Record())
        for key, values in record.before.items() if record else ():
            settings.put_back(git, key, values)
        shutil.rmtree(common / passes.FOLDER, ignore_errors=True)
        (common / NAME).unlink(missing_ok=True)
        (common / OWN / LOCK).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # somebody else's notes are kept here too
        (common / OWN).rmdir()
    return tuple(notes)


def paths(common: Path, record: Record) -> dict[str, Path]:
    """Return where each hook stands, by its name."""
    if record.into:
        return {hooks.PRE_RECEIVE: Path(record.into, _OURS)}
    return {name: common / "hooks" / name for name in hooks.NAMES}


def chains(common: Path, name: str) -> bool:
    """Tell whether another hook is run after ours."""
    kept = common / CHAINED / name
    return kept.is_file() and os.access(kept, os.X_OK)


def _planned(known: Record, wish: Wish, here: str) -> Record:
    """Return what will be written down: what was said before holds until it is said otherwise."""
    if wish.bootstrap is not None and not _DIGEST.fullmatch(wish.bootstrap):
        raise UsageError(
            f"--bootstrap {wish.bootstrap} is no digest",
            fix="Give the 64 digits that `gatecheck server digest` prints in a clone with the policy.",
        )
    if wish.into is not None and not Path(wish.into).is_dir():
        raise UsageError(
            f"--into {wish.into} is no folder", fix="Name the folder from which the forge runs hooks."
        )
    pin = (wish.bootstrap, here) if wish.bootstrap else (known.bootstrap, known.at)
    into = str(Path(wish.into).resolve()) if wish.into is not None else known.into
    return dataclasses.replace(
        known,
        version=wish.version,
        python=wish.python,
        bootstrap=pin[0],
        at=pin[1],
        into=into,
        rewrites=wish.rewrites,
    )


def _make_folder(common: Path) -> None:
    """Make the folder for what is let pass: for everybody who may write objects here, and nobody else."""
    folder = common / passes.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE((common / "objects").stat().st_mode)
    for each in (folder, folder.parent):
        each.chmod(mode)


def _put_hooks(common: Path, record: Record) -> list[str]:
    """Write the hooks; those of others that stood there are run after them. Return what should be told."""
    notes: list[str] = []
    ground = Ground(common, None)
    if record.into:
        notes += [note for name in hooks.NAMES for note in give_back(ground, name)]
        empty_beside(ground)
    else:
        (common / "hooks").mkdir(exist_ok=True)
        for name in hooks.NAMES:
            notes += keep(ground, name)
        lay_beside(ground)
    for name, path in paths(common, record).items():
        put(path, hooks.text(name, record.version, record.python, chains=chains(common, name)), RUNNABLE)
    return notes


def _take_hooks(common: Path, record: Record) -> list[str]:
    ground = Ground(common, None)
    notes = [note for name in hooks.NAMES for note in give_back(ground, name)]
    empty_beside(ground)
    if record.into and script.is_ours(Path(record.into, _OURS)):
        Path(record.into, _OURS).unlink()
    return notes


def _save(common: Path, record: Record) -> None:
    """Write down what is done. Raises OSError."""
    said = {"format": FORMAT, **dataclasses.asdict(record)}
    put(common / NAME, json.dumps(said, indent=1).encode("utf-8"), READABLE)
