"""The only module that starts programs: git for repo, and whatever the gates run.

A program gets a session of its own, no standard input, a wall-clock limit and a bound on what it may print. When it ends, however
it ends, everything that it started is killed: its process group, and (on Linux, by a token in their environment) processes that
left the group.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from gatecheck.errors import CannotTell, Interrupted, ToolError
from gatecheck.model import Completed
from gatecheck.strays import kill_strays

HEAD = TAIL = 128 * 1024
"""Bytes of output that are kept in memory from the start and from the end."""
LOG = 64 * 1024 * 1024
"""Bytes of output that are written to the log."""
TOKEN = "GATECHECK_TOKEN"  # noqa: S105 -- the name of a variable, not a secret
_CHUNK = 1024 * 1024
_TICK = 0.2
"""Seconds between looks at the clock where the kernel cannot tell us that a program ended."""


def ask(
    argv: list[str], *, env: Mapping[str, str], stdin: bytes = b"", cwd: str = "/"
) -> tuple[int, bytes, bytes]:
    """Run a short program of our own choosing to its end; return exit code, output and error output."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, env=env, cwd=cwd, check=False)
    except (OSError, ValueError) as error:
        raise _not_startable(argv[0], error, fix=f"Install {argv[0]} and put it on PATH.") from error
    return done.returncode, done.stdout, done.stderr


def pour(argv: list[str], *, env: Mapping[str, str], into: IO[bytes], cwd: str = "/") -> int:
    """Run a short program of our own choosing with its output going straight to an open file; return its exit code."""
    try:
        return subprocess.run(
            argv, stdout=into, stdin=subprocess.DEVNULL, env=env, cwd=cwd, check=False
        ).returncode
    except OSError as error:
        raise _not_startable(argv[0], error, fix=f"Install {argv[0]} and put it on PATH.") from error


class Programs:
    """The programs of one run: after `stop` none is left and none can be started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[int] = set()
        self._stopped = False

    def stop(self) -> None:
        """Kill every program that runs; every `run` that waits for one raises Interrupted."""
        with self._lock:
            self._stopped = True
            for group in self._live:
                _kill_group(group)

    def run(
        self, argv: tuple[str, ...], *, cwd: Path, env: Mapping[str, str], limit: float, log: Path
    ) -> Completed:
        """Run a program until it ends or `limit` seconds have passed.

        Raises ToolError when it cannot be started, Interrupted when `stop` was called.
        """
        token = secrets.token_hex(16)
        begun = time.monotonic()
        with _written(log) as stream:
            start = stream.tell()
            output = _Output(stream)
            with self._start(argv, cwd, {**env, TOKEN: token}) as child:
                try:
                    timed_out = _follow(child, output, begun + limit)
                finally:
                    self._end(child, token)
        with self._lock:
            if self._stopped:
                raise Interrupted("The run was stopped.", fix="Run gatecheck again when you are ready.")
        seconds = time.monotonic() - begun
        return Completed(argv, child.returncode, output.text(), seconds, timed_out, log, start)

    def _start(self, argv: tuple[str, ...], cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise Interrupted("The run was stopped.", fix="Run gatecheck again when you are ready.")
            try:
                child = subprocess.Popen(
                    argv,
                    cwd=cwd,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    bufsize=0,
                )
            except (OSError, ValueError) as error:
                raise _cannot_start(argv, cwd, error) from error
            self._live.add(child.pid)
            return child

    def _end(self, child: subprocess.Popen[bytes], token: str) -> None:
        _kill_group(child.pid)
        with self._lock:
            self._live.discard(child.pid)  # before its number can be anybody else's
        child.wait()
        kill_strays(TOKEN, token)


class _Output:
    """What a program prints: head and tail in memory, all of it (up to a bound) in the log."""

    def __init__(self, log: IO[bytes]) -> None:
        self._log = log
        self._room = LOG
        self._head = bytearray()
        self._tail = bytearray()
        self._seen = 0

    def add(self, data: bytes) -> None:
        self._seen += len(data)
        if self._room > 0:
            self._log.write(data[: self._room])
            self._room -= len(data)
            if self._room <= 0:
                self._log.write(b"\n[gatecheck: the log ends here; the program went on printing]\n")
        free = HEAD - len(self._head)
        self._head += data[:free]
        self._tail += data[free:] if free > 0 else data
        if len(self._tail) > 2 * TAIL:
            del self._tail[:-TAIL]

    def text(self) -> str:
        """Return head and tail as text, with a line between them that says how much is missing."""
        tail = bytes(self._tail[-TAIL:])
        cut = self._seen - len(self._head) - len(tail)
        middle = f"\n[gatecheck: {cut:,} bytes left out]\n".encode() if cut else b""
        return (bytes(self._head) + middle + tail).decode("utf-8", "replace")


def _follow(child: subprocess.Popen[bytes], output: _Output, deadline: float) -> bool:
    """Read what a program prints until it ends; return True when the deadline came first."""
    pipe = child.stdout
    if pipe is None:  # pragma: no cover -- Popen was given a pipe; this tells the type checker
        return False
    os.set_blocking(pipe.fileno(), False)
    with selectors.DefaultSelector() as selector, _pidfd(child.pid) as ended:
        selector.register(pipe, selectors.EVENT_READ)
        if ended is not None:
            selector.register(ended, selectors.EVENT_READ)
        while not _has_ended(child):
            left = deadline - time.monotonic()
            if left <= 0:
                return True
            for key, _ in selector.select(left if ended is not None else min(left, _TICK)):
                if key.fileobj is pipe and not _read(pipe, output):
                    selector.unregister(pipe)
        # once: what it left in the pipe fits into one read, and what a daemon adds to it has no end
        _read(pipe, output)
    return False


def _has_ended(child: subprocess.Popen[bytes]) -> bool:
    """Tell whether a child ended, without taking note of it: its number stays its own until its group was killed."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return child.poll() is not None  # pragma: no cover -- macOS before Python 3.13


def _read(pipe: IO[bytes], output: _Output) -> bool:
    """Move what is there from the pipe to the output; return False when there is nothing (more)."""
    data = pipe.read(_CHUNK)
    if not data:
        return False
    output.add(data)
    return True


@contextlib.contextmanager
def _pidfd(pid: int) -> Iterator[int | None]:
    """Give a file descriptor that becomes readable when a child ends, or None where there is no such thing."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


@contextlib.contextmanager
def _written(log: Path) -> Iterator[IO[bytes]]:
    """Open a log to add to it. Raises CannotTell when the disk does not take it."""
    try:
        with log.open("ab", buffering=0) as stream:
            yield stream
    except OSError as error:
        raise CannotTell(
            f"the log of a program cannot be written: {error}",
            fix="Free some disk space, or set GATECHECK_CACHE to another folder.",
        ) from error


def _cannot_start(argv: tuple[str, ...], cwd: Path, error: Exception) -> ToolError:
    if not cwd.is_dir():
        return ToolError(f"the folder {cwd.name!r} is not there", fix="Correct `cwd` in the policy.")
    return _not_startable(
        argv[0],
        error,
        fix=f"Install {argv[0]} where the gate's PATH finds it, or name it in the policy's `environment: {{create: ...}}`.",
    )


def _not_startable(program: str, error: Exception, *, fix: str) -> ToolError:
    reason = getattr(error, "strerror", None) or str(error)
    return ToolError(f"{program} cannot be started: {reason}", fix=fix)
