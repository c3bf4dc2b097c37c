"""The answer that is known already: the same words from the same state print the same bytes and exit with the same code.

This is what a run with nothing to do costs, so it imports only what Python has imported at start-up: no click, yaml, pygit2, json,
re, pathlib, dataclasses or hashlib (a test asserts it). Anything unexpected is a miss, and the long way decides.
"""

from __future__ import annotations

import marshal
import os
import sys
import time

from gatecheck import __version__, place, witness

TYPE_CHECKING = (
    False  # the name is what type checkers look for; importing it would cost more than this module
)
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gatecheck.witness import Witness

FORMAT = 1
"""Raised when the shape of what is kept changes."""
_REPO = "--repo"
_NEVER = ("--no-cache", "--report", "--worktree")
"""Options that ask for more than what is printed."""
_LOOKS = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "GATECHECK_CACHE", "GATECHECK_CACHE_SIZE", "CI")
"""Variables that decide what an output looks like."""


def answer(argv: list[str]) -> int | None:
    """Print a known answer and return its exit code; None when there is none and the question must be asked."""
    try:
        known = _known(argv)
    except Exception:  # noqa: BLE001 -- torn, foreign, or not to be read: a miss, and the long way decides
        return None
    if known is None:
        return None
    exit_code, out = known
    try:
        sys.stdout.buffer.write(out)
        sys.stdout.buffer.flush()
    except OSError as error:  # the reader went away, or the disk is full: nothing was told, so nothing passed
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"gatecheck: standard output cannot be written: {error.strerror}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 4
    return exit_code


def remember(
    argv: list[str], witnesses: Iterable[Witness], expires: float | None, exit_code: int, out: bytes
) -> None:
    """Keep an answer for the same words. It will be given again only while every witness holds."""
    found = _find(argv)
    if found is None:
        return
    path = _path(found, argv)
    seen = list(dict.fromkeys([*witnesses, *_own_code()]))
    data = marshal.dumps((FORMAT, __version__, expires, seen, exit_code, out))
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(f"{path}.{os.getpid()}", "wb") as stream:
            stream.write(data)
        os.replace(stream.name, path)
    except OSError:
        return  # a full disk, or a cache that was just cleaned: the answer stands, and is worked out again next time


def _known(argv: list[str]) -> tuple[int, bytes] | None:
    """Return exit code and output of an answer that still holds. Raises what reading a torn file raises."""
    found = _find(argv)
    if found is None:
        return None
    with open(_path(found, argv), "rb") as stream:
        known = marshal.loads(stream.read())  # noqa: S302 -- written by us, outside every gate
    kept_format, version, expires, witnesses, exit_code, out = known
    if (kept_format, version) != (FORMAT, __version__) or (expires is not None and time.time() >= expires):
        return None
    if not isinstance(exit_code, int) or not isinstance(out, bytes) or not all(map(witness.holds, witnesses)):
        return None
    return exit_code, out


def _find(argv: list[str]) -> place.Place | None:
    """Return the repository that is asked about; None when the words ask for more than an answer."""
    if not argv or argv[0] != "run" or any(word.startswith(_NEVER) for word in argv):
        return None
    folder = "."
    for number, word in enumerate(argv):
        if word == _REPO:
            folder = argv[number + 1] if number + 1 < len(argv) else "."
        elif word.startswith(_REPO + "="):
            folder = word[len(_REPO) + 1 :]
    return place.find(folder)


def _path(found: place.Place, argv: list[str]) -> str:
    looks = [os.environ.get(name) for name in _LOOKS]
    output = (sys.stdout.isatty(), sys.stdout.encoding)
    told = (argv, found.git_dir, found.work_tree, output, sys.executable, sys.path, looks)
    return f"{found.cache}/recall/{place.digest_of(ascii(told).encode())}"


def _own_code() -> list[Witness]:
    """Witness gatecheck itself and the plugins beside it: installed distributions, or sources that are run in place."""
    seen = [witness.distributions(folder) for folder in sys.path]
    names = [name for name in sys.modules if name.startswith("gatecheck") and "." not in name]
    packages = [os.path.dirname(sys.modules[name].__file__ or "") for name in names]
    return seen + [witness.sources(folder) for folder in packages if "-packages" not in folder]
