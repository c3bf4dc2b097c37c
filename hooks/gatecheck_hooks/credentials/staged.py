"""What is staged, file by file, as git's diff shows it: read with nothing of the repository's configuration in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from gatecheck_hooks.ask_git import git
from gatecheck_hooks.credentials.search import Line
from gatecheck_hooks.refusal import Refusal

LIMIT = 64 << 20
"""Bytes of a diff that are read."""
_DIFF = [
    "-c",
    "core.fsmonitor=",
    "-c",
    "core.quotePath=false",
    "-c",
    "core.bigFileThreshold=8m",
    "diff",
    "--cached",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--no-renames",
    "--full-index",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--unified=0",
    "--inter-hunk-context=0",
    "--submodule=short",
    "--ignore-submodules=none",
]
"""As in sh/secrets.sh, for larger files. Without renames, what left one file and came into another is known by its value."""
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPED = rb"\\(?:([0-7]{3})|(.))"
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


class Staged(NamedTuple):
    """One file: the lines that it gets and loses; of a binary one (for git) only its blobs, by their ids."""

    path: bytes
    state: str
    """`new`, `deleted` or nothing."""
    binary: tuple[str, str] | None
    added: list[Line]
    removed: list[Line]


def staged(against: str | None = None) -> tuple[list[Staged], bool]:
    """Return what is staged against HEAD (or another commit), and whether that is all of it."""
    code, diff = git(*_DIFF, *([against] if against else []), limit=LIMIT)
    whole = len(diff) < LIMIT
    if code != 0 and whole:
        raise Refusal(f"git could not show what is staged (exit code {code})", "See with: git diff --cached")
    return list(_files(diff.split(b"\n"))), whole


def _files(lines: list[bytes]) -> Iterator[Staged]:
    """Yield the files of a diff. A hunk says how many lines it has, so that no content can pass for a heading."""
    at = 0
    while at < len(lines):
        at += 1
        if not lines[at - 1].startswith(b"diff --git "):
            continue
        head = lines[at - 1]
        state, blobs, binary = "", (b"", b""), False
        added: list[Line] = []
        removed: list[Line] = []
        while at < len(lines) and not lines[at].startswith(b"diff --git "):
            line = lines[at]
            at += 1
            if line.startswith((b"new file mode ", b"deleted file mode ")):
                state = line.partition(b" ")[0].decode()
            elif line.startswith(b"index "):
                blobs = tuple(line[6:].partition(b" ")[0].split(b"..")[:2])  # type: ignore[assignment]
            elif line.startswith(b"Binary files "):
                binary = True
            elif hunk := _HUNK.match(line):
                at = _hunk(lines, at, hunk, added, removed)
        ids = (blobs[0].decode(), blobs[-1].decode()) if binary else None
        yield Staged(_path(head), state, ids, added, removed)


def _hunk(lines: list[bytes], at: int, hunk: re.Match[bytes], added: list[Line], removed: list[Line]) -> int:
    """Take a hunk's lines, and return where the next heading is."""
    lost, number, gained = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
    while (lost > 0 or gained > 0) and at < len(lines):
        sign, line = lines[at][:1], lines[at][1:]
        at += 1
        if sign == b"+":
            added.append((number, line))
        elif sign == b"-":
            removed.append((number, line))
        lost -= sign in (b"-", b" ")
        gained -= sign in (b"+", b" ")
        number += sign in (b"+", b" ")
    return at


def _path(head: bytes) -> bytes:
    """Return the path of a heading `diff --git a/PATH b/PATH`; without renames both are the same."""
    names = head[len(b"diff --git ") :]
    half = (len(names) - 1) // 2
    if not names.startswith(b'"'):
        return names[2:half]
    return re.sub(
        _ESCAPED, lambda m: bytes([int(m[1], 8)]) if m[1] else _LETTERS.get(m[2], m[2]), names[3 : half - 1]
    )
