"""Blocks of code on pages: whether they are what their language says. Nothing of them is run."""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping

import yaml

from gatecheck.formats import python_source
from gatecheck.formats.page import Block
from gatecheck.formats.python_source import Unreadable

LARGEST = 256 * 1024
"""Characters of a block that is read."""
_LINES = 40
"""Lines below a prompt that are taken for the rest of what was typed."""
_TYPED = re.compile(r"^\s*(>>>|\.\.\.)(?: (.*))?$")


def fault(block: Block) -> str:
    """Return what is wrong with a block; empty when nothing is, or nobody here reads its language."""
    reader = _READERS.get(block.language)
    if reader is None or not block.text.strip():
        return ""
    if len(block.text) > LARGEST:
        return f"is longer than {LARGEST // 1024} KiB"
    try:
        reader(block.text)
    except Unreadable as error:
        return error.reason
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        return f"cannot be parsed: {error.problem}{line}"
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        return f"cannot be parsed: {str(error).partition(chr(10))[0]}"
    return ""


def is_read(block: Block) -> bool:
    """Tell whether a block is of a language that is looked at."""
    return block.language in _READERS


def _python(text: str) -> None:
    """Parse a module, a part of one, or an interactive session. Raises Unreadable."""
    if text.lstrip().startswith(">>>"):
        for entry in _entries(text):
            _entry(entry)
        return
    text = textwrap.dedent(text)
    _first_that_parses(text, text + "\ndef decorated(): ...\n")


def _first_that_parses(text: str, *others: str) -> None:
    """Parse a text, or where it cannot be, one of the others instead. Raises Unreadable, the first text's."""
    try:
        python_source.parse(text, awaiting=True)
    except Unreadable:
        if not any(map(_parses, others)):
            raise


def _parses(text: str) -> bool:
    try:
        python_source.parse(text, awaiting=True)
    except Unreadable:
        return False
    return True


def _entry(lines: list[tuple[bool, str]]) -> None:
    """Parse what is typed at one prompt; where that is no whole statement, its next lines may stand there without their dots."""
    typed = "\n".join(line for is_typed, line in lines if is_typed)
    longer = ["\n".join(line for _, line in lines[:n]) for n in range(2, min(len(lines), _LINES) + 1)]
    _first_that_parses(typed, *longer)


def _entries(text: str) -> Iterator[list[tuple[bool, str]]]:
    """Yield the lines of an interactive session, a prompt with all below it at a time, and whether each is typed."""
    lines: list[tuple[bool, str]] = []
    for line in text.split("\n"):
        found = _TYPED.match(line)
        if found and found[1] == ">>>" and not (found[2] or "").startswith(" "):
            if lines:
                yield lines
            lines = []
        lines.append((True, found[2] or "") if found else (False, line))
    yield lines


def _yaml(text: str) -> None:
    for _ in yaml.parse(text, Loader=yaml.SafeLoader):
        pass  # events alone: no object is built, so no alias is followed


_READERS: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(("python", "py", "python3", "pycon", "doctest"), _python),
    "json": json.loads,
    **dict.fromkeys(("yaml", "yml"), _yaml),
    "toml": tomllib.loads,
}
