"""Hooks of others in the repository's own folder: moved beside it while ours stand there, and moved back."""

from __future__ import annotations

import os
from pathlib import Path

from gatecheck.errors import UsageError
from gatecheck.install import script
from gatecheck.install.ground import CHAINED, Ground

RENAMED = (".legacy", ".old")
"""What pre-commit and lefthook append to the name of a hook that they find in their place."""


def keep(ground: Ground, name: str) -> list[str]:
    """See to it that a hook which stands in our place is also where it will be run from; return what should be told.

    It is linked, not moved: until ours takes its name at once, the old one stays in force.
    """
    there, kept = ground.standard / name, ground.common / CHAINED / name
    _forget_link(kept)
    for end in RENAMED:
        _take_back(there.with_name(name + end), kept)
    if not os.path.lexists(there) or script.is_ours(there):
        return []
    if there.is_dir():
        raise UsageError(f"{there} is a folder, and git wants a hook there", fix=f"Move {there} away.")
    notes = []
    if os.path.lexists(kept) and not _same(there, kept):
        notes.append(set_aside(kept, there))
    if not os.path.lexists(kept):
        kept.parent.mkdir(exist_ok=True)
        os.link(there, kept, follow_symlinks=False)
    return notes


def lay_beside(ground: Ground) -> None:
    """Make what lies beside the hooks (what they source, what pre-commit calls `pre-commit.legacy`) lie beside the kept ones too."""
    folder = ground.common / CHAINED
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        _forget_link(entry)
    for entry in ground.standard.iterdir():
        if (
            not entry.name.endswith(".sample")
            and not script.is_ours(entry)
            and not entry.name.startswith(".")
        ):
            link = folder / entry.name
            if not os.path.lexists(link):
                link.symlink_to(_beside(entry.name))


def put_back(ground: Ground, name: str) -> None:
    """Give a place of ours back to the hook that stood there, or leave it empty."""
    there, kept = ground.folder / name, ground.common / CHAINED / name
    _forget_link(kept)
    if ground.is_own and os.path.lexists(kept):
        kept.replace(there)
    else:
        there.unlink()


def give_back(ground: Ground, name: str) -> list[str]:
    """Put a kept hook where it stood: not over one that somebody has put there since; return what should be told."""
    there, kept = ground.standard / name, ground.common / CHAINED / name
    _forget_link(kept)
    for end in RENAMED:
        if os.path.lexists(there) and not script.is_ours(there):
            _take_back(there.with_name(name + end), kept)
    if script.is_ours(there):
        put_back(Ground(ground.common, None), name)
    elif os.path.lexists(kept):
        if not os.path.lexists(there):
            kept.replace(there)
        elif _same(there, kept):
            kept.unlink()
        else:
            return [set_aside(kept, there)]
    return []


def empty_beside(ground: Ground) -> None:
    """Remove the folder of kept hooks once none is left in it."""
    folder = ground.common / CHAINED
    if folder.is_dir():
        for entry in folder.iterdir():
            _forget_link(entry)
        if not any(folder.iterdir()):
            folder.rmdir()


def set_aside(kept: Path, there: Path) -> str:
    """Keep a hook that another one has replaced, under a name that git does not run; return what to tell."""
    aside = there.with_name(there.name + ".replaced")
    number = 1
    while os.path.lexists(aside):
        number += 1
        aside = there.with_name(f"{there.name}.replaced-{number}")
    kept.replace(aside)
    return f"an earlier {there.name} hook was replaced by somebody else's; it is kept as {aside}"


def _take_back(renamed: Path, kept: Path) -> None:
    """Where another tool has renamed a hook of ours, let it find the one that stood there before us instead."""
    if script.is_ours(renamed):
        if os.path.lexists(kept):
            kept.replace(renamed)
        else:
            renamed.unlink()


def _forget_link(path: Path) -> None:
    """Remove a link that `lay_beside` made."""
    if path.is_symlink() and path.readlink() == _beside(path.name):
        path.unlink()


def _beside(name: str) -> Path:
    return Path("..", "hooks", name)


def _same(one: Path, other: Path) -> bool:
    return os.path.samestat(one.lstat(), other.lstat())
