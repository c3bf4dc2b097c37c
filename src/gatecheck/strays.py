"""Processes that left the group they were started in, found by a variable that they inherited. Only Linux shows it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path


def kill_strays(name: str, value: str) -> None:
    """Kill processes that left their group, known by a variable in the environment that they were started with."""
    mark = os.fsencode(f"{name}={value}") + b"\0"
    for _ in range(10):  # a stray may fork while we look
        strays = [pid for pid in _processes() if mark in _environment(pid)]
        if not strays:
            return
        for pid in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _processes() -> list[int]:
    try:
        return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]
    except FileNotFoundError:  # pragma: no cover -- macOS has no /proc
        return []


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
