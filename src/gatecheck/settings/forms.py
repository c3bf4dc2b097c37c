"""Texts that mean more than text: command lines, patterns, times, shares and paths. Each is read, or refused."""

from __future__ import annotations

import re
import shlex
import warnings
from pathlib import PurePosixPath

import pathspec

LONGEST_TIME = 30 * 24 * 3600.0
"""Seconds; what is longer is a slip, and no timer takes it."""

SECONDS = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h)"
"""Text that is a time: `90s`, `10m`, `1h`, `500ms`."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def words(text: str) -> tuple[str, ...]:
    """Split a command line as a POSIX shell would, expanding nothing. Raises ValueError."""
    try:
        return command(tuple(shlex.split(text)))
    except ValueError as error:
        raise ValueError(f"this command line cannot be split into words: {error}") from error


def command(found: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a command line that names a program. Raises ValueError."""
    if not found or not found[0].strip():
        raise ValueError("the first word names the program, and there is none")
    return found


def glob(text: str) -> str:
    """Return a pattern of gitignore(5) that can match something. Raises ValueError."""
    if len(text) > 1024 or text.count("*") > 32:  # noqa: PLR2004 -- matching time grows with both
        raise ValueError("this pattern is too long: at most 1,024 characters and 32 stars")
    try:
        patterns = pathspec.GitIgnoreSpec.from_lines([text]).patterns
    except (ValueError, re.error) as error:
        raise ValueError(f"this is no pattern of a .gitignore file: {error}") from error
    if all(pattern.include is None for pattern in patterns):
        raise ValueError(
            "this pattern matches no path: write a pattern of a .gitignore file, such as `docs/**`"
        )
    return text


def regex(text: str) -> str:
    """Return a regular expression that Python compiles without a doubt. Raises ValueError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "error"
            )  # "possible nested set" and its like: it will mean something else one day
            re.compile(text)
    except (re.error, Warning, RecursionError, OverflowError) as error:
        raise ValueError(f"this is no regular expression: {error}") from error
    return text


def seconds(value: str | float) -> float:
    """Return a time in seconds, from a number or from text with its unit. Raises ValueError."""
    if isinstance(value, str):
        found = re.fullmatch(SECONDS, value)
        if not found:
            raise ValueError("expected a time: a number of seconds, or text such as 90s, 10m or 1h")
        value = float(found[1]) * _UNITS[found[2]]
    if not 0 < value <= LONGEST_TIME:
        raise ValueError("expected a time of more than 0 seconds and at most 720h")
    return float(value)


def percent(value: float) -> float:
    """Return a share of 0 to 100. Raises ValueError."""
    if not 0 <= value <= 100:  # noqa: PLR2004 -- per cent
        raise ValueError("expected a number from 0 to 100")
    return float(value)


def path(text: str) -> str:
    """Return a path below the root of the tree, in its shortest writing. Raises ValueError."""
    pure = PurePosixPath(text)
    if not text.strip() or pure.is_absolute() or ".." in pure.parts or text.startswith("~"):
        raise ValueError(
            "expected a relative path that stays inside the repository, such as `build/junit.xml`"
        )
    return str(pure)
