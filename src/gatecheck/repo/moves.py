"""Moves of guarded refs that gatecheck is about to make itself, announced to the reference-transaction hook for as long as they take.

The file `<common git dir>/gatecheck/moves` has a line `<old id> <new id> <full ref>` for each; the hook lets exactly these through.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.place import Place

Move = tuple[str, str, str]
"""Old id, new id (zeros: none), and the ref in full."""


@contextmanager
def announced(place: Place, moves: Sequence[Move]) -> Iterator[None]:
    """Hold the announcement while the moves are made, by one command at a time. Raises CannotTell when it cannot be written."""
    folder = Path(place.common_dir, "gatecheck")
    path = folder / "moves"
    try:
        folder.mkdir(exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise _cannot(path, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            fresh = folder / f".moves.{os.getpid()}"
            fresh.write_bytes(b"".join(os.fsencode(f"{old} {new} {ref}\n") for old, new, ref in moves))
            fresh.replace(path)
        except OSError as error:
            raise _cannot(path, error) from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(lock)


def _cannot(path: Path, error: OSError) -> CannotTell:
    return CannotTell(f"{path} cannot be written: {error.strerror}", fix=f"Make {path.parent} writable.")
