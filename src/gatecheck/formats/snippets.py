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
    if text.lstrip().startswith(">>>"):
        for source in _typed(text):
            python_source.parse(source, awaiting=True)
    else:
        python_source.parse(textwrap.dedent(text), awaiting=True)


def _typed(text: str) -> Iterator[str]:
    """Yield what is typed in an interactive session, a prompt and its continuations at a time; answers are left out."""
    lines: list[str] = []
    for line in [*text.split("\n"), ">>>"]:
        found = _TYPED.match(line)
        if lines and not (found and found[1] == "..."):
            yield "\n".join((*lines, ""))
            lines = []
        if found and (found[1] == ">>>" or lines):
            lines.append(found[2] or "")


def _yaml(text: str) -> None:
    for _ in yaml.parse(text, Loader=yaml.SafeLoader):
        pass  # events alone: no object is built, so no alias is followed


_READERS: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(("python", "py", "python3", "pycon", "doctest"), _python),
    "json": json.loads,
    **dict.fromkeys(("yaml", "yml"), _yaml),
    "toml": tomllib.loads,
}
