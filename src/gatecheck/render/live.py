"""The live display on a terminal: a spinner and the seconds for each gate at work, a mark for each that is done.

It is gone when the run ends, and when it breaks: the report says all that it said. Only this module imports rich.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, RenderableType
from rich.live import Live as Display
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from gatecheck.model import Ended, Event, Result
from gatecheck.render import escape, words
from gatecheck.render.text import MARKS
from gatecheck.render.watch import Progress, ended

_FRAMES_PER_SECOND = 8
_STYLES = {"good": "green", "bad": "bold red", "warn": "yellow", "quiet": "dim"}


class Live:
    """A listener that draws; a context manager, so that the cursor and the screen come back whatever happens."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._progress = Progress()
        self._spinners: dict[str, Spinner] = {}
        self._finished: list[Result] = []
        self._lock = threading.Lock()
        self._display = Display(
            console=Console(file=stream, force_terminal=True, highlight=False, markup=False, emoji=False),
            get_renderable=self._frame,
            refresh_per_second=_FRAMES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.stop()

    def __call__(self, event: Event) -> None:
        """Take in an event; the display draws itself."""
        with self._lock:
            self._progress.follow(event, self._clock())
            if isinstance(event, Ended):
                self._finished.append(event.result)

    def _frame(self) -> RenderableType:
        with self._lock:
            table = Table.grid(padding=(0, 1))
            for result in self._finished:
                mark, tone = MARKS[result.verdict]
                table.add_row(Text(mark, style=_STYLES[tone]), Text(ended(result)))
            now = self._clock()
            for gate, running in self._progress.running.items():
                spinner = self._spinners.setdefault(gate, Spinner("dots", style="cyan"))
                said = f": {running.said}" if running.said else ""
                line = f"{gate or 'preparing'} ({words.duration(now - running.since)}){said}"
                table.add_row(spinner, Text(escape.line(line), no_wrap=True, overflow="ellipsis"))
            return table
