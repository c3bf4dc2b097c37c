"""How a command and what it printed are told to a reader."""

from __future__ import annotations

import re
import shlex
import signal
from pathlib import Path

from gatecheck.model import Completed
from gatecheck_gates.commands.report import SCRATCH

MAX_LINES = 6
MAX_FAILURES = 4
MAX_WIDTH = 240
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f]")
_WORD = re.compile(r"\w")
_NOISE = re.compile(
    r"npm (?:notice|warn|WARN)\b|npm (?:error|ERR!)\s+(?:A complete log of this run\b|\S*_logs\b)"
)
"""What npm says about itself, after what its script said."""
_FAILURE = re.compile(r"\s*(?:not ok\b(?!.*# (?:TODO|SKIP)\b)|error: |(?:--- )?FAIL(?:ED)?\b|[✕✖✗●] )")
"""How test runners begin the line of a test that fails; TAP and others end with a summary that names none."""


def as_typed(argv: tuple[str, ...]) -> str:
    """Return the command as a reader can type it; what goes to the scratch folder goes to /tmp."""
    return shlex.join(word.replace(SCRATCH, "/tmp") for word in argv)  # noqa: S108 -- shown, not opened


def how_it_ended(completed: Completed) -> str:
    """Return `exit code 2`, or the signal that killed it."""
    if completed.exit_code >= 0:
        return f"exit code {completed.exit_code}"
    try:
        return f"signal {signal.Signals(-completed.exit_code).name}"
    except ValueError:
        return f"signal {-completed.exit_code}"


def last_lines(completed: Completed, tree: Path) -> str:
    """Return the last lines that say something, each after a line break; empty when there are none.

    Before them come the first of the earlier lines that tell of a failure.
    """
    text = plain(completed.output, tree)
    told = [line.rstrip()[:MAX_WIDTH] for line in text.splitlines() if _WORD.search(line)]
    lines = [line for line in told if not _NOISE.match(line)] or told
    failures = [line for line in lines[:-MAX_LINES] if _FAILURE.match(line)]
    return "".join(f"\n  {line}" for line in (*failures[:MAX_FAILURES], *lines[-MAX_LINES:]))


def plain(text: str, tree: Path) -> str:
    """Return text without terminal control, and without the name of the folder that it happened to run in."""
    for name in {str(tree), str(tree.resolve())}:
        text = text.replace(f"{name}/", "").replace(name, ".")
    return _CONTROL.sub("", text)
