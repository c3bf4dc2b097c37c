"""What operators brought in for all repositories, for the gates that say that they read it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from gatecheck import witness
from gatecheck.errors import CannotTell
from gatecheck.model import Gate, Supply
from gatecheck.place import supply
from gatecheck.witness import Witness


def named(gate: Gate) -> tuple[str, ...]:
    """Return the names of what a gate reads. Most gates read nothing, and do not have the attribute."""
    return tuple(getattr(gate, "supplies", ()))


def find(name: str) -> Supply | None:
    """Return what was brought in under a name. Raises CannotTell when it is there and cannot be read."""
    path = Path(supply(name))
    try:
        with path.open("rb") as stream:
            return Supply(path, hashlib.file_digest(stream, "sha256").hexdigest())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotTell(f"{path} cannot be read: {error.strerror}", fix="See who owns it.") from error


def witnesses(gate: Gate) -> Iterator[Witness]:
    """Witness what a gate reads: each is only ever replaced as a whole."""
    for name in named(gate):
        yield witness.stamp(supply(name))
