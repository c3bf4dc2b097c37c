"""Setting core.hooksPath in a configuration file, and taking exactly that out again, byte for byte."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.install.ground import KEY, asked
from gatecheck.install.record import Edit
from gatecheck.repo import UserGit


def planned(config: Path, value: str) -> Edit:
    """Return the edit that is about to be made, with the file as it is now. Raises OSError."""
    return Edit(str(config), os.fsdecode(config.read_bytes()), value)


def make(git: UserGit, edit: Edit) -> None:
    """Set it. Raises ToolError when git cannot."""
    git("config", "--file", edit.file, "--replace-all", KEY, edit.value)


def undo(git: UserGit, edit: Edit) -> None:
    """Put back what the edit changed, and leave alone what others changed since. Raises OSError and ToolError."""
    path = Path(edit.file)
    if not path.exists() or asked(git, path) != edit.value:
        return  # somebody has set another one
    now, before = path.read_bytes(), os.fsencode(edit.before)
    removed, added = _hunk(before, _edited(git, edit))
    if added and now.count(added) == 1:
        _write(path, now.replace(added, removed))
        return
    git("config", "--file", edit.file, "--unset-all", KEY)  # its surroundings were rewritten
    if removed.strip():
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "config")
            copy.write_bytes(before)
            had = git("config", "--file", str(copy), "--get", KEY)
        git("config", "--file", edit.file, KEY, had)


def _edited(git: UserGit, edit: Edit) -> bytes:
    """Return the file as it was right after the edit, by making the edit again in a copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "config")
        copy.write_bytes(os.fsencode(edit.before))
        git("config", "--file", str(copy), "--replace-all", KEY, edit.value)
        return copy.read_bytes()


def _hunk(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """Return the lines that differ between two files: those of the first and those of the second."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return b"".join(old[start : len(old) - end]), b"".join(new[start : len(new) - end])


def _write(path: Path, data: bytes) -> None:
    """Write a configuration file as git does: under a lock that is renamed."""
    real = Path(os.path.realpath(path))
    lock = real.with_name(real.name + ".lock")
    try:
        handle = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError as error:
        raise CannotTell(
            f"{path} is being written by somebody else",
            fix=f"Wait for that to end and try again; when nobody is, remove {lock}.",
        ) from error
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        os.fchmod(stream.fileno(), real.stat().st_mode & 0o7777)
    lock.replace(real)
