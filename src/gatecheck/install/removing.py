"""Taking the hooks away: what stood there before is there again, byte for byte, and what came since stays."""

from __future__ import annotations

import shutil
from pathlib import Path

from gatecheck.install import edits, script
from gatecheck.install.files import digest, sweep, turn
from gatecheck.install.ground import KEY, OWN, Ground, asked
from gatecheck.install.keeping import empty_beside, give_back
from gatecheck.install.record import NAME, Record, load
from gatecheck.place import Place
from gatecheck.repo import UserGit


def uninstall(place: Place) -> list[str] | None:
    """Take everything away that install brought, and return what should be told; None when there was nothing."""
    own, git = Path(place.common_dir, OWN), UserGit(place)
    if not _there(place, own):
        return None
    with turn(own):
        notes = remove(place, git, load(own))
        for name in ("policy", "python", "lock"):
            (own / name).unlink(missing_ok=True)
    if not any(own.iterdir()):  # snapshots are kept here too
        own.rmdir()
    return notes


def remove(place: Place, git: UserGit, record: Record | None) -> list[str]:
    """Undo the configuration first, so that git is back in the old folder before anything in ours is gone."""
    common = Path(place.common_dir)
    ground, ours = Ground(common, None), common / OWN / "hooks"
    for edit in record.edits if record else ():
        edits.undo(git, edit)
    if asked(git, common / "config") == str(ours):  # the record is lost
        git("config", "--local", "--unset-all", KEY)
    notes = _save_edited(ground.standard, record)
    for name in script.KNOWN:
        notes += give_back(ground, name)
    empty_beside(ground)
    sweep(ground.standard)
    notes += _empty(ours, record)
    if (
        record
        and record.made
        and record.folder == str(ground.standard)
        and not any(ground.standard.iterdir())
    ):
        ground.standard.rmdir()
    (common / OWN / NAME).unlink(missing_ok=True)
    return notes


def _there(place: Place, own: Path) -> bool:
    """Tell whether anything of ours is here."""
    common = Path(place.common_dir)
    hooks = [common / "hooks" / name for name in script.KNOWN]
    return (
        (own / NAME).exists()
        or (own / "policy").exists()
        or (own / "hooks").exists()
        or any(script.is_ours(path) for path in hooks)
    )


def _save_edited(folder: Path, record: Record | None) -> list[str]:
    """Keep a copy of hooks of ours that somebody has written into."""
    notes = []
    for name, written in (record.files if record else {}).items():
        path = folder / name
        if script.is_ours(path) and digest(path.read_bytes()) != written:
            copy = path.with_name(name + ".edited")
            shutil.copyfile(path, copy)
            notes.append(f"somebody wrote into our {name} hook; a copy is kept as {copy}")
    return notes


def _empty(folder: Path, record: Record | None) -> list[str]:
    """Remove our hooks from our own folder, and the folder unless others put something there."""
    if not folder.is_dir():
        return []
    notes = _save_edited(folder, record)
    sweep(folder)
    for path in folder.iterdir():
        if script.is_ours(path):
            path.unlink()
    if any(folder.iterdir()):
        return [
            *notes,
            f"{folder} holds files that are not ours, and stays; git does not look there any more",
        ]
    folder.rmdir()
    return notes
