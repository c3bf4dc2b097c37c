"""What a reader sees while gates run, on standard error: plain lines, or a live display on a terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TextIO

from gatecheck.model import Begun, Ended, Event, Listener, Result, Said
from gatecheck.render import escape, words

HEARTBEAT = 30.0
"""Seconds; CI systems take a job that is silent for minutes for dead."""


def watcher(stream: TextIO, *, terminal: bool) -> AbstractContextManager[Listener]:
    """Return the listener that fits the stream; leave the context before anything else is written to it."""
    if not terminal:
        return Lines(stream)
    from gatecheck.render.live import Live  # noqa: PLC0415 -- rich costs seven bare interpreters, so only where it shows

    return Live(stream)


def ended(result: Result) -> str:
    """A gate's end in one line: `tests: pass, 205 tests (12.3 s)`."""
    examined = f", {result.outcome.examined}" if result.outcome else ""
    how = "recalled" if result.recalled else words.duration(result.seconds)
    return escape.line(f"{result.name}: {result.verdict}{examined} ({how})")


@dataclass(slots=True)
class Running:
    """A gate at work: since when, and what it said last."""

    since: float
    said: str = ""


class Progress:
    """Which gates are at work, in the order in which they began."""

    def __init__(self) -> None:
        self.running: dict[str, Running] = {}

    def follow(self, event: Event, now: float) -> None:
        """Take in what happened. A gate that says something has begun, and the room (no name) ends with no event."""
        match event:
            case Begun(gate):
                self.running[gate] = Running(now)
            case Said(gate, message):
                self.running.setdefault(gate, Running(now)).said = escape.cut(message, 200)
            case _:
                self.running.pop(event.result.name, None)
        if not isinstance(event, Said):
            self.running.pop("", None)  # gates are on the move, so the room has done what it spoke of


class Lines:
    """A line when a gate begins and ends, and every `interval` seconds one for each gate still at work."""

    def __init__(
        self, stream: TextIO, clock: Callable[[], float] = time.monotonic, *, interval: float = HEARTBEAT
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._interval = interval
        self._progress = Progress()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="gatecheck-heartbeat", daemon=True)
        self._broken = False

    def __enter__(self) -> Self:
        self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._heart.join()

    def __call__(self, event: Event) -> None:
        """Take in an event and say so."""
        with self._lock:
            self._progress.follow(event, self._clock())
            match event:
                case Begun(gate):
                    self._write(escape.line(f"{gate}: running"))
                case Said("", message):
                    self._write(escape.line(message))
                case Ended(result):
                    self._write(ended(result))

    def _beat(self) -> None:
        while not self._stop.wait(self._interval):
            with self._lock:
                now = self._clock()
                for gate, running in self._progress.running.items():
                    said = f": {running.said}" if running.said else ""
                    name = gate or "preparing"
                    self._write(
                        escape.line(f"still running: {name} ({words.duration(now - running.since)}){said}")
                    )

    def _write(self, line: str) -> None:
        if self._broken:
            return
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except OSError:  # nobody reads the progress any more (a closed pipe); the run and its report go on
            self._broken = True
