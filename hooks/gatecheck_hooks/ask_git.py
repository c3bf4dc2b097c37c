"""Runs git and keeps what it prints, without subprocess: a hook has no time for its imports."""

from __future__ import annotations

import os

from gatecheck_hooks.refusal import Refusal

_STDIN_LIMIT = 60_000
"""Bytes that a pipe takes without anybody reading."""


def git(*words: str, stdin: bytes = b"", limit: int = -1, quiet: bool = False) -> tuple[int, bytes]:
    """Return git's exit code and what it printed, at most `limit` bytes of it; `quiet` hides its complaints.

    Raises Refusal when there is no git to be started.
    """
    assert len(stdin) <= _STDIN_LIMIT, "more than a pipe holds"  # noqa: S101 -- the caller's bound
    theirs_in, ours_in = os.pipe()
    ours_out, theirs_out = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, theirs_in, 0), (os.POSIX_SPAWN_DUP2, theirs_out, 1)]
    if quiet:
        actions.append((os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0))  # type: ignore[arg-type]
    try:
        child = os.posix_spawnp(
            "git", ["git", "--no-replace-objects", *words], os.environ, file_actions=actions
        )
    except OSError as error:
        os.close(ours_in)
        os.close(ours_out)
        raise Refusal(f"cannot start git: {error.strerror}", "Put git on PATH") from None
    finally:
        os.close(theirs_in)
        os.close(theirs_out)
    with os.fdopen(ours_in, "wb") as pipe:
        pipe.write(stdin)
    with os.fdopen(ours_out, "rb") as pipe:
        printed = pipe.read(limit)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), printed
