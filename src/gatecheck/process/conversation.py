"""A program of our own choosing that stays and answers one question after the other: `git cat-file --batch-command`."""

from __future__ import annotations

import subprocess
import weakref
from collections.abc import Iterator, Mapping

from gatecheck.process.short import not_startable

_CHUNK = 1024 * 1024


class Conversation:
    """A program that reads lines and answers each. It ends when this object does, since its input ends then."""

    def __init__(self, argv: list[str], *, env: Mapping[str, str]) -> None:
        try:
            self._child = subprocess.Popen(
                argv,
                cwd="/",
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise not_startable(argv[0], error, fix=f"Install {argv[0]} and put it on PATH.") from error
        self.end = weakref.finalize(self, _end, self._child)
        """End the program; calling it again does nothing."""

    def say(self, line: bytes) -> bytes:
        """Ask with one line and return the first line of the answer, without its end; empty when the program is gone."""
        stdin, stdout = self._child.stdin, self._child.stdout
        if (
            stdin is None or stdout is None
        ):  # pragma: no cover -- Popen was given pipes; this tells the type checker
            return b""
        try:
            stdin.write(line + b"\n")
            stdin.flush()
        except (OSError, ValueError):  # it died, or was ended
            return b""
        return stdout.readline().removesuffix(b"\n")

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the next bytes of the answer piece by piece; fewer than `size` when the program is gone."""
        stdout = self._child.stdout
        if stdout is None:  # pragma: no cover -- as above
            return
        while size > 0 and (chunk := stdout.read(min(size, _CHUNK))):
            size -= len(chunk)
            yield chunk


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()  # it writes nothing, so there is nothing to finish
    child.communicate()
