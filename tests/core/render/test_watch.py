from __future__ import annotations

import io
import os
import pty
import re
import sys
import threading

import pytest

from gatecheck.model import Begun, Ended, Examined, Outcome, Result, Said, Verdict
from gatecheck.render.live import Live
from gatecheck.render.watch import HEARTBEAT, Lines, watcher

PASSED = Result("tests", "tests", Verdict.PASS, outcome=Outcome(Examined(205, "tests")), seconds=12.34)
RECALLED = Result("coverage", "coverage", Verdict.ERROR, recalled=True)
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Screen(io.StringIO):
    """A stream whose reader can wait for a line."""

    def __init__(self, *, until: str) -> None:
        super().__init__()
        self._until = until
        self.seen = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        if self._until in self.getvalue():
            self.seen.set()
        return written


def test_a_gate_is_said_when_it_begins_and_when_it_ends():
    stream = io.StringIO()
    with Lines(stream) as lines:
        for event in (
            Said("", "building the environment"),
            Begun("tests"),
            Said("tests", "41 %"),
            Ended(PASSED),
        ):
            lines(event)
        lines(Ended(RECALLED))

    assert stream.getvalue().splitlines() == [
        "building the environment",
        "tests: running",
        "tests: pass, 205 tests (12.3 s)",
        "coverage: error (recalled)",
    ]


def test_in_a_long_silence_each_gate_at_work_is_named_with_its_time_and_last_words():
    stream = Screen(until="still running: tests (2 min 30 s): running 12 failing tests again\n")
    now = [0.0]  # as far as anybody knows, whenever the other thread looks
    with Lines(stream, lambda: now[0], interval=0.001) as lines:
        lines(Begun("tests"))
        lines(Begun("types"))
        lines(Said("tests", "running 12 failing tests again"))
        now[0] = 150.0
        assert stream.seen.wait(20)

    assert "still running: types (2 min 30 s)\n" in stream.getvalue()


def test_the_room_is_named_as_preparing_until_a_gate_begins():
    stream = Screen(until="still running: preparing (0 s): building\n")
    with Lines(stream, lambda: 0.0, interval=0.001) as lines:
        lines(Said("", "building"))
        assert stream.seen.wait(20)
        lines(Begun("tests"))
        begun = stream.getvalue().index("tests: running")

    assert "preparing" not in stream.getvalue()[begun:]


def test_the_heart_stops_with_the_context_and_on_an_exception():
    with pytest.raises(KeyError), Lines(io.StringIO()):
        raise KeyError

    assert "gatecheck-heartbeat" not in {thread.name for thread in threading.enumerate()}
    assert HEARTBEAT <= 30


def test_a_reader_who_went_away_does_not_stop_the_run():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb", buffering=0) as raw:
        stream = io.TextIOWrapper(raw, write_through=True)
        with Lines(stream) as lines:
            lines(Begun("tests"))
            lines(Ended(PASSED))
        with pytest.raises(BrokenPipeError):
            stream.write("it is broken indeed")
        stream.detach()


def test_the_stream_decides_which_listener_is_used():
    assert isinstance(watcher(io.StringIO(), terminal=False), Lines)
    assert isinstance(watcher(io.StringIO(), terminal=True), Live)


class Terminal:
    """A real pseudo terminal, read by a thread from its other end."""

    def __init__(self) -> None:
        self._far, near = pty.openpty()
        self.stream = os.fdopen(near, "w", encoding="utf-8")
        self._screen = b""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._far, 4096)
            except OSError:  # how Linux says that the near end is closed
                return
            with self._changed:
                self._screen += data
                self._changed.notify_all()

    def wait_for(self, pattern: str) -> None:
        with self._changed:
            assert self._changed.wait_for(
                lambda: re.search(pattern, self._screen.decode(errors="replace")), 20
            )

    def close(self) -> str:
        if not self.stream.closed:
            self.stream.close()
            self._reader.join()
            os.close(self._far)
        return self._screen.decode()


@pytest.fixture
def terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    opened = Terminal()
    yield opened
    opened.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems end a pseudo terminal in other ways")
def test_a_terminal_shows_gates_at_work_and_those_that_are_done_and_is_clean_at_the_end(terminal):
    with Live(terminal.stream, clock=lambda: 0.0) as live:
        live(Said("", "building"))
        terminal.wait_for("preparing .0 s.: building")
        live(Begun("tests"))
        live(Begun("[bold]types\x1b[2J"))
        live(Said("tests", "41 %"))
        terminal.wait_for("tests .0 s.: 41 %")
        live(Ended(PASSED))
        terminal.wait_for("✓.*tests: pass, 205 tests")
        terminal.wait_for(re.escape(r"[bold]types\x1b[2J"))
    screen = terminal.close()

    assert "\x1b[2J" not in screen
    assert screen.rfind(SHOW) > screen.rfind(HIDE) >= 0
    assert screen.rstrip().endswith(("\x1b[2K", SHOW))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems end a pseudo terminal in other ways")
def test_an_exception_leaves_the_terminal_as_it_was(terminal):
    def interrupted():
        with Live(terminal.stream) as live:
            live(Begun("tests"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    screen = terminal.close()

    assert screen.rfind(SHOW) > screen.rfind(HIDE) >= 0
