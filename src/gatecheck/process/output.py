"""What a program prints: head and tail in memory, all of it (up to a bound) in a log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from gatecheck.errors import CannotTell

HEAD = TAIL = 128 * 1024
"""Bytes of output that are kept in memory from the start and from the end."""
LOG = 64 * 1024 * 1024
"""Bytes of output that are written to the log."""


class Output:
    """Takes what a program prints, piece by piece."""

    def __init__(self, log: IO[bytes]) -> None:
        self._log = log
        self._room = LOG
        self._head = bytearray()
        self._tail = bytearray()
        self._seen = 0

    def add(self, data: bytes) -> None:
        """Take what was printed next."""
        self._seen += len(data)
        if self._room > 0:
            self._log.write(data[: self._room])
            self._room -= len(data)
            if self._room <= 0:
                self._log.write(b"\n[gatecheck: the log ends here; the program went on printing]\n")
        free = HEAD - len(self._head)
        self._head += data[:free]
        self._tail += data[free:] if free > 0 else data
        if len(self._tail) > 2 * TAIL:
            del self._tail[:-TAIL]

    def text(self) -> str:
        """Return head and tail as text, with a line between them that says how much is missing."""
        tail = bytes(self._tail[-TAIL:])
        cut = self._seen - len(self._head) - len(tail)
        middle = f"\n[gatecheck: {cut:,} bytes left out]\n".encode() if cut else b""
        return (bytes(self._head) + middle + tail).decode("utf-8", "replace")


@contextlib.contextmanager
def written(log: Path) -> Iterator[IO[bytes]]:
    """Open a log to add to it. Raises CannotTell when the disk does not take it."""
    try:
        with log.open("ab", buffering=0) as stream:
            yield stream
    except OSError as error:
        raise CannotTell(
            f"the log of a program cannot be written: {error}",
            fix="Free some disk space, or set GATECHECK_CACHE to another folder.",
        ) from error
