"""The programs of one run, each behind a supervisor that lets nothing outlive it.

A program gets a session of its own, no standard input, a wall-clock limit and a bound on what it may print. When it ends, however
it ends, everything that it started is killed, and so it is when gatecheck itself is killed: see `gatecheck.supervisor`.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from gatecheck.errors import Interrupted, ToolError
from gatecheck.model import Completed
from gatecheck.process.jail import Jail
from gatecheck.process.orphans import kill_orphans, protect
from gatecheck.process.output import Output, written
from gatecheck.process.short import not_startable

_SUPERVISOR = Path(__file__).parent.parent / "supervisor" / "__main__.py"
_PYTHON = (sys.executable, "-I", "-S")
_LOADER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # what our own interpreter may need to start
_PATIENCE = 10.0
"""Seconds that a supervisor gets to kill what it looks after."""
_CHUNK = 1024 * 1024
_TICK = 0.2
"""Seconds between looks at the clock where the kernel cannot tell us that a program ended."""


@dataclass(frozen=True, slots=True)
class _Supervised:
    """A supervisor that runs, and the pipe over which it says how its program ended."""

    process: subprocess.Popen[bytes]
    status: IO[bytes]

    def told(self) -> dict[str, Any] | None:
        """Return the first word of what it said; None when it was killed before it could say anything."""
        os.set_blocking(self.status.fileno(), False)
        said = self.status.read(_CHUNK)
        return marshal.loads(said) if said else None  # noqa: S302 -- only our supervisor has this pipe


class Programs:
    """The programs of one run: after `stop` none is left and none can be started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: dict[int, _Supervised] = {}
        self._stopped = False

    def stop(self) -> None:
        """Kill every program that runs; every `run` that waits for one raises Interrupted."""
        with self._lock:
            self._stopped = True
            for supervised in self._live.values():
                supervised.process.terminate()

    def run(
        self,
        argv: tuple[str, ...],
        *,
        cwd: Path,
        env: Mapping[str, str],
        limit: float,
        log: Path,
        jail: Jail | None = None,
    ) -> Completed:
        """Run a program until it ends or `limit` seconds have passed; without a jail it sees what gatecheck sees.

        Raises ToolError when it cannot be started, Interrupted when `stop` was called.
        """
        begun = time.monotonic()
        with written(log) as stream:
            start = stream.tell()
            output = Output(stream)
            with self._supervised(argv, cwd, env, jail) as supervised:
                try:
                    timed_out = _follow(supervised.process, output, begun + limit)
                finally:
                    self._end(supervised)
                told = supervised.told()
        with self._lock:
            if self._stopped:
                raise Interrupted("The run was stopped.", fix="Run gatecheck again when you are ready.")
        code = -signal.SIGKILL if timed_out else _exit_code(argv, cwd, told, output)
        return Completed(argv, code, output.text(), time.monotonic() - begun, timed_out, log, start)

    @contextlib.contextmanager
    def _supervised(
        self, argv: tuple[str, ...], cwd: Path, env: Mapping[str, str], jail: Jail | None
    ) -> Iterator[_Supervised]:
        """Start a program; gives its supervisor."""
        protect()
        with _pipe() as (heard, said), _pipe() as (asked, ask):
            with self._lock:
                if self._stopped:
                    raise Interrupted("The run was stopped.", fix="Run gatecheck again when you are ready.")
                status = said.fileno()
                process = _supervisor(asked.fileno(), status)
                supervised = self._live[process.pid] = _Supervised(process, heard)
            said.close()
            asked.close()
            with process:
                with contextlib.suppress(BrokenPipeError), ask:
                    ask.write(_question(argv, cwd, env, jail, status))
                yield supervised

    def _end(self, supervised: _Supervised) -> None:
        """Have a supervisor end what is left, and take note of its end."""
        process = supervised.process
        if not _has_ended(process):
            process.terminate()
            deadline = time.monotonic() + _PATIENCE
            while not _has_ended(process) and time.monotonic() < deadline:
                time.sleep(0.005)
            process.kill()
        with self._lock:
            del self._live[process.pid]  # before its number can be anybody else's
            if process.wait() < 0:  # killed, by its program perhaps: then what it looked after is ours now
                kill_orphans({*self._live})


def _supervisor(asked: int, status: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*_PYTHON, _SUPERVISOR],
        cwd="/",
        env={name: os.environ[name] for name in _LOADER if name in os.environ},
        stdin=asked,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[status],
        start_new_session=True,
        bufsize=0,
    )


def _question(
    argv: tuple[str, ...], cwd: Path, env: Mapping[str, str], jail: Jail | None, status: int
) -> bytes:
    """Return what a supervisor is asked to do; text as bytes, since it may decode by other rules than we do."""
    return marshal.dumps(
        {
            "argv": [os.fsencode(word) for word in argv],
            "env": {os.fsencode(name): os.fsencode(value) for name, value in env.items()},
            "cwd": os.fsencode(cwd),
            "jail": jail and jail.told(),
            "parent": os.getpid(),
            "status": status,
        }
    )


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Give the two ends of a pipe, both closed at the end."""
    out, into = os.pipe()
    with os.fdopen(out, "rb", 0) as reader, os.fdopen(into, "wb", 0) as writer:
        yield reader, writer


def _exit_code(argv: tuple[str, ...], cwd: Path, told: dict[str, Any] | None, output: Output) -> int:
    """Return how the program ended. Raises ToolError when it never ran, or its supervisor cannot say."""
    if told is None:
        said = output.text().strip().splitlines()
        raise ToolError(
            f"what watches over {argv[0]} was killed{f': {said[-1]}' if said else ''}",
            fix="Run again; a program that kills others may have reached it.",
        )
    if told["what"] == "ended":
        return int(told["code"])
    error = OSError(told["errno"], told["message"])
    if told["what"] == "start":
        raise _cannot_start(argv, cwd, error)
    raise ToolError(
        f"the room for {argv[0]} cannot be made: {told['message']}: {os.strerror(told['errno'])}",
        fix="Run again; if it stays so, run with --portable and report it.",
    )


def _follow(process: subprocess.Popen[bytes], output: Output, deadline: float) -> bool:
    """Read what a program prints until its supervisor ends; return True when the deadline came first."""
    pipe = process.stdout
    if pipe is None:  # pragma: no cover -- Popen was given a pipe; this tells the type checker
        return False
    os.set_blocking(pipe.fileno(), False)
    with selectors.DefaultSelector() as selector, _pidfd(process.pid) as ended:
        selector.register(pipe, selectors.EVENT_READ)
        if ended is not None:
            selector.register(ended, selectors.EVENT_READ)
        while not _has_ended(process):
            left = deadline - time.monotonic()
            if left <= 0:
                return True
            for key, _ in selector.select(left if ended is not None else min(left, _TICK)):
                if key.fileobj is pipe and not _read(pipe, output):
                    selector.unregister(pipe)
        # once: what it left in the pipe fits into one read, and what a daemon adds to it has no end
        _read(pipe, output)
    return False


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a child ended, without taking note of it: its number stays its own until that."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None  # pragma: no cover -- macOS before Python 3.13


def _read(pipe: IO[bytes], output: Output) -> bool:
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


def _cannot_start(argv: tuple[str, ...], cwd: Path, error: OSError) -> ToolError:
    if not cwd.is_dir():
        return ToolError(f"the folder {cwd.name!r} is not there", fix="Correct `cwd` in the policy.")
    return not_startable(
        argv[0],
        error,
        fix=f"Install {argv[0]} where the gate's PATH finds it, or name it in the policy's `environment: {{create: ...}}`.",
    )
