"""The lines of a requirements file as pip reads them: joined, without comments, split into a requirement and its options.

Source: pip's documentation, Requirements File Format; pip/_internal/req/req_file.py of pip 26 (preprocess, break_args_options).
"""

from __future__ import annotations

import codecs
import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

_COMMENT = re.compile(r"(^|\s+)#.*$")
_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONG = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
}
_VALUED = {
    *_LONG.values(),
    "--pypi-url",
    "--extra-index-url",
    "--no-binary",
    "--only-binary",
    "--trusted-host",
    "--use-feature",
}
_FLAGS = {"--no-index", "--prefer-binary", "--require-hashes", "--pre"}


class Line(NamedTuple):
    """One logical line."""

    number: int
    """Of its first physical line, from 1."""
    requirement: str
    """What stands before the first option; empty when the line begins with one."""
    options: tuple[str, ...]
    """Words, as a shell would split them."""


class Option(NamedTuple):
    """One option of a line that has no requirement."""

    name: str
    """In its long form; empty for a word that pip would refuse, or that we do not know."""
    value: str


def decode(data: bytes) -> str:
    """Return the text by its byte order mark, or what its first two lines say, else UTF-8. Raises ValueError or LookupError."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    for line in data.split(b"\n")[:2]:
        found = _CODING.search(line) if line[:1] == b"#" else None
        if found:
            return data.decode(found[1].decode("ascii"))
    return data.decode("utf-8")


def lines(text: str) -> Iterator[Line]:
    """Yield the logical lines that say something. Raises ValueError, with the line's number, for quotes that do not end."""
    for number, joined in _joined(text):
        said = _COMMENT.sub("", joined).strip()
        if not said:
            continue
        words = said.split(" ")
        first = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
        requirement, options = " ".join(words[:first]).strip(), " ".join(words[first:])
        try:
            yield Line(number, requirement, tuple(shlex.split(options)))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error


def options(words: tuple[str, ...]) -> Iterator[Option]:
    """Yield the options of a line that has no requirement, each with its value."""
    left = list(words)
    while left:
        word = left.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("--"):
            name, value = _LONG.get(word[:2], ""), word[2:]
        if name in _FLAGS and not equals:
            yield Option(name, "")
        elif name in _VALUED:
            given = value or equals or not left
            yield Option(name, value if given else left.pop(0))
        else:
            yield Option("", word)


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines, those that end with a backslash joined to the next; a comment ends what went on."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        comment = _COMMENT.match(line)
        begun = begun if parts else number
        if line.endswith("\\") and not comment:
            parts.append(line.strip("\\"))
            continue
        yield begun, "".join([*parts, f" {line}" if comment else line])
        parts = []
    if parts:
        yield begun, "".join(parts)
