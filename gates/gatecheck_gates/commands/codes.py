"""Which exit codes of a command mean that it says no, and which that it could not do its work."""

from __future__ import annotations

from collections.abc import Collection

_SAYS_NO = range(1, 126)
"""With shells, `env` and `timeout`, 126 and 127 mean that a program cannot be started, and from 128 on a signal ended it."""
_REPORTS = (1,)


def findings_codes(declared: tuple[int, ...] | None, *, exit_code_only: bool) -> Collection[int]:
    """Return the codes that mean findings.

    A command whose report is read says there what it found, so an unusual code is a reason not to believe it. Of a command
    of which only the exit code is known, any code is an answer: `make` ends with 2, whatever its recipe ended with.
    """
    if declared is not None:
        return declared
    return _SAYS_NO if exit_code_only else _REPORTS


def shown(codes: Collection[int]) -> str:
    """Return the codes as a reader is told them."""
    if codes is _SAYS_NO:
        return f"{_SAYS_NO.start} to {_SAYS_NO.stop - 1}"
    return ", ".join(map(str, codes)) or "none"
