"""A folder of files as the programs of one gate see it, and where to find what they left there."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from gatecheck.errors import ToolError
from gatecheck.process import Jail, Layer
from gatecheck.room.blobs import remove
from gatecheck.room.slot import Slot


class Stage(Protocol):
    """Made for one gate and side; what its programs write stays until it is left, and no other gate sees it."""

    tree: Path
    """Where programs see the files."""

    def enter(self) -> Jail | None:
        """Make ready for a program; return the jail that it runs in, None where there are none."""
        ...

    def left(self, path: str) -> Path:
        """Return where a file that programs wrote can be read. Raises ToolError when it lies behind a link."""
        ...

    def extras(self) -> Iterator[tuple[str, Path]]:
        """Yield what programs added: path, and the file or folder itself, which may be moved away."""
        ...

    def leave(self) -> None:
        """Throw away what programs wrote."""
        ...


class SharedStage:
    """The folder itself: programs of one gate at a time, and a walk afterwards that puts everything back."""

    def __init__(self, tree: Path, slot: Slot | None, layers: dict[str, Path]) -> None:
        self.tree = tree
        self._slot = slot
        self._layers = layers

    def enter(self) -> None:
        """Lay the environment's files, and mark the slot as about to be touched."""
        if self._slot:
            self._slot.lay(self._layers)
            self._slot.mark()

    def left(self, path: str) -> Path:
        """Return where a file that programs wrote can be read."""
        return _plain(path, self.tree)

    def extras(self) -> Iterator[tuple[str, Path]]:
        """Yield what programs added to the slot."""
        for path in self._slot.extras() if self._slot else ():
            yield os.fsdecode(path), self.tree / os.fsdecode(path)

    def leave(self) -> None:
        """Put back what programs changed."""
        if self._slot and self._slot.is_dirty:
            self._slot.restore()


class OverlayStage:
    """A private overlay: the folder below is never written to."""

    def __init__(
        self, tree: Path, below: tuple[Path, ...], folder: Path, jail: Callable[[Layer], Jail]
    ) -> None:
        """`below`: what environments left, seen where the tree holds nothing; `folder`: for what programs write."""
        self.tree = tree
        self._below = below
        self._folder = folder
        self._jail = jail
        self._entered = 0
        self._upper = folder / "upper"
        self._upper.mkdir(parents=True)

    def enter(self) -> Jail:
        """Return a jail over what earlier programs of the gate left; the kernel wants a new folder to work in each time."""
        self._entered += 1
        work = self._folder / f"work-{self._entered}"
        work.mkdir()
        return self._jail(Layer(self.tree, (self.tree, *self._below), self._upper, work))

    def left(self, path: str) -> Path:
        """Return where a file that programs wrote can be read: above when they touched it, else below."""
        above = _plain(path, self._upper)
        return above if os.path.lexists(above) else _plain(path, self.tree)

    def extras(self) -> Iterator[tuple[str, Path]]:
        """Yield what programs added: what is above and has no counterpart below."""
        yield from self._extras("")

    def _extras(self, folder: str) -> Iterator[tuple[str, Path]]:
        for entry in sorted(os.scandir(self._upper / folder), key=lambda entry: entry.name):
            path = f"{folder}{entry.name}"
            if path == ".git" or stat.S_ISCHR(entry.stat(follow_symlinks=False).st_mode):  # a removal
                continue
            if not os.path.lexists(self.tree / path):
                yield path, Path(entry.path)
            elif entry.is_dir(follow_symlinks=False) and (self.tree / path).is_dir():
                yield from self._extras(f"{path}/")

    def leave(self) -> None:
        """Throw away what programs wrote."""
        remove(self._folder)


def keep_extras(stage: Stage, into: Path) -> None:
    """Move what programs added to a stage (generated versions, compiled extensions) to a folder."""
    for name, place in list(stage.extras()):
        if place.name == "__pycache__":
            continue
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(place, into / name)


def _plain(path: str, top: Path) -> Path:
    """Return a place below a folder. Raises ToolError when a folder on the way is a link: it may lead anywhere."""
    place = top
    for part in Path(path).parts[:-1]:
        place /= part
        if place.is_symlink():
            raise ToolError(
                f"{path} lies behind a symbolic link", fix="Let the program write its report to a plain path."
            )
    return top / path
