"""Which lines a text has that an older one had not, by libgit2's diff."""

from __future__ import annotations

from collections.abc import Iterator

import pygit2
from pygit2.enums import DiffOption

from gatecheck.model import LineRange


def new_lines(before: bytes, after: bytes) -> tuple[LineRange, ...]:
    """Return the lines of a text that another one does not have. Both are taken as text, whatever is in them."""
    patch = pygit2.Patch.create_from(before, after, flag=DiffOption.FORCE_TEXT, context_lines=0)
    return tuple(
        LineRange(hunk.new_start, hunk.new_start + hunk.new_lines - 1)
        for hunk in _hunks(patch)
        if hunk.new_lines
    )


def _hunks(patch: pygit2.Patch | None) -> Iterator[pygit2.DiffHunk]:
    return iter(patch.hunks if patch else ())
