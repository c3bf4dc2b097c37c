"""Begins a plan: writes the template into a work tree, and never over anything."""

from __future__ import annotations

import os
from pathlib import Path

from gatecheck.errors import UsageError
from gatecheck.plans.template import FOLDER, path_for, stub


def begin(top: Path, title: str, *, branch: str, time: str, snapshot: str = "") -> str:
    """Write a new plan below a work tree's root and return its path, relative to it.

    `time`, `branch` and `snapshot` are as in `path_for` and `stub`. Where the name is taken, `-2`, `-3` and so on is added to it.
    Raises UsageError when it cannot be written there; then nothing of it is left.
    """
    folder = top / FOLDER
    if not folder.resolve().is_relative_to(top.resolve()):
        raise UsageError(
            f"{FOLDER} lies behind a link that leaves the work tree",
            fix=f"Make {FOLDER} a folder of this repository.",
        )
    path, number = path_for(title, time), 1
    text = stub(title, branch=branch, snapshot=snapshot)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while not _written(top / path, text):
            number += 1
            path = path_for(title, f"{time}-{number}")
    except OSError as error:
        raise UsageError(
            f"{top / path} cannot be written: {error.strerror}",
            fix="Make the folder writable, or make room on the disk, and try again.",
        ) from error
    return path


def _written(path: Path, text: str) -> bool:
    """Write a file whole or not at all; return False when there is one of that name."""
    try:
        stream = path.open("x", encoding="utf-8")
    except FileExistsError:
        return False
    with stream:
        try:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        except BaseException:  # half a plan would be worse than none
            path.unlink()
            raise
    return True
