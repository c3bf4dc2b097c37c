"""Where a report goes: a file, whole or not at all, or standard output; and whether it has colours."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gatecheck.errors import CannotTell


def write_whole(path: Path, text: str) -> None:
    """Write a whole file or none. Raises CannotTell when the disk does not take it: a report that is missing is no pass."""
    path = path.resolve()
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.exists() and not path.is_file():  # a device or a pipe is written to, and never replaced
            path.write_text(text, encoding="utf-8")
            return
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise CannotTell(f"the report {path} cannot be written: {error}", fix="Name another file.") from error


def is_colored(when: str) -> bool:
    """Tell whether colours are wanted: always, never, or by what the environment says and where it goes."""
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def print_out(text: str) -> None:
    """Print a report. Raises CannotTell when it cannot be told: nothing was told, so nothing passed."""
    sys.stdout.flush()
    try:
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding, "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python tries again at its end
        raise CannotTell(
            f"the report cannot be written to standard output: {error.strerror}",
            fix="Write it to another place.",
        ) from error
