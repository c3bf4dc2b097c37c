"""Short programs of our own choosing, run to their end: git for repo, an interpreter that is asked what it is."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from gatecheck.errors import ToolError

LIMIT = 1800.0
"""Seconds of wall-clock time; what git does here takes seconds even in very large repositories."""


def ask(
    argv: list[str], *, env: Mapping[str, str], stdin: bytes = b"", cwd: str = "/", limit: float = LIMIT
) -> tuple[int, bytes, bytes]:
    """Run a short program of our own choosing to its end, or for `limit` seconds; return exit code, output and error output."""
    try:
        done = subprocess.run(
            argv, input=stdin, capture_output=True, env=env, cwd=cwd, check=False, timeout=limit
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(
            f"`{' '.join(argv[:3])}` did not end within {limit:.0f} s",
            fix="Look for a pipe where a file should be, or a disk that does not answer, and run again.",
        ) from error
    except (OSError, ValueError) as error:
        raise not_startable(argv[0], error, fix=f"Install {argv[0]} and put it on PATH.") from error
    return done.returncode, done.stdout, done.stderr


def not_startable(program: str, error: Exception, *, fix: str) -> ToolError:
    """Return the error for a program that the system would not start."""
    reason = getattr(error, "strerror", None) or str(error)
    return ToolError(f"{program} cannot be started: {reason}", fix=fix)
