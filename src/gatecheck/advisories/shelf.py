"""Where the compacted file lies: beside the repositories' folders in the cache, one for all of them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gatecheck.errors import CannotTell, UsageError
from gatecheck.formats.advisories import COMMAND, SUPPLY, Advisories, read_advisories
from gatecheck.place import supply


def keep(content: bytes) -> Path:
    """Put a compacted file in its place, whole or not at all. Raises CannotTell when the disk does not take it."""
    path = Path(supply(SUPPLY))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{SUPPLY}-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise CannotTell(
            f"{path} cannot be written: {error.strerror}",
            fix="Free some disk space, or name another folder in GATECHECK_CACHE.",
        ) from error
    return path


def kept() -> tuple[Path, Advisories]:
    """Return the file and what it holds. Raises UsageError when none was brought in, ToolError when it is damaged."""
    path = Path(supply(SUPPLY))
    try:
        return path, read_advisories(path.read_bytes())
    except FileNotFoundError as error:
        raise UsageError(
            f"no advisories were imported: there is no {path}", fix=f"Import an export: {COMMAND}"
        ) from error
    except OSError as error:
        raise CannotTell(f"{path} cannot be read: {error.strerror}", fix="See who owns it.") from error
