"""What .gitattributes files say of paths. Source: gitattributes(5), DESCRIPTION; gitignore(5), PATTERN FORMAT, for what they share.

Macros (`[attr]`) are not expanded: git's own, `binary`, says nothing that is asked for here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

FILE = ".gitattributes"
Value = str | bool | None
"""True: set, False: unset (`-name`), text: `name=text`, None: unspecified."""
_TOKENS = (
    (re.compile(r"(?:^|(?<=/))\*\*/"), r"(?:.*/)?"),
    (re.compile(r"(?<=/)\*\*\Z"), r".*"),
    (re.compile(r"\*+"), r"[^/]*"),
    (re.compile(r"\?"), r"[^/]"),
    (re.compile(r"\[[!^](\]?[^]]*)\]"), r"[^/\1]"),
    (re.compile(r"\[(\]?[^]]*)\]"), r"[\1]"),
)
_MEMBER = re.compile(r"(.)(?:-(.))?", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s+(.*)')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class _Line:
    pattern: re.Pattern[str]
    whole: bool
    """The pattern is about the path from the file's folder on, and not about the last name alone."""
    values: Mapping[str, Value]


class Attributes:
    """The attributes files of one tree, each read when a path below its folder is asked for."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        """`read` gives a file's bytes by its path, None where there is none."""
        self._read = read
        self._lines: dict[PurePosixPath, tuple[_Line, ...]] = {}

    def value(self, path: str, name: str) -> Value:
        """Return an attribute of a path: the file nearest to it decides, and in that the last line that says anything."""
        here = PurePosixPath(path)
        for folder in here.parents:
            inside = str(here.relative_to(folder))
            for line in reversed(self._in(folder)):
                if name in line.values and line.pattern.fullmatch(inside if line.whole else here.name):
                    return line.values[name]
        return None

    def is_set(self, path: str, name: str) -> bool:
        """Tell whether an attribute is set, or has the text `true`, as linguist reads its own."""
        return self.value(path, name) in {True, "true"}

    def _in(self, folder: PurePosixPath) -> tuple[_Line, ...]:
        if folder not in self._lines:
            data = self._read(str(folder / FILE)) or b""
            self._lines[folder] = tuple(_parsed(data.decode("utf-8", "surrogateescape")))
        return self._lines[folder]


def _parsed(text: str) -> Iterator[_Line]:
    for line in map(str.strip, text.split("\n")):
        quoted = _QUOTED.fullmatch(line)
        pattern, rest = (_ESCAPED.sub(r"\1", quoted[1]), quoted[2]) if quoted else _halves(line)
        if pattern and not pattern.startswith(("#", "!", "[attr]")) and not pattern.endswith("/"):
            values = dict(map(_attribute, rest.split()))
            yield _Line(re.compile(_translated(pattern.removeprefix("/"))), "/" in pattern, values)


def _halves(line: str) -> tuple[str, str]:
    pattern, *rest = line.split(maxsplit=1) or [""]
    return pattern, " ".join(rest)


def _attribute(word: str) -> tuple[str, Value]:
    if word[0] in "-!":
        return word[1:], False if word[0] == "-" else None
    name, equals, value = word.partition("=")
    return name, value if equals else True


def _translated(pattern: str) -> str:
    parts, at = [], 0
    while at < len(pattern):
        for token, meaning in _TOKENS:
            if found := token.match(pattern, at):
                parts.append(_safe(found, meaning))
                at = found.end()
                break
        else:
            at += pattern[at] == "\\" and at + 1 < len(pattern)
            parts.append(re.escape(pattern[at]))
            at += 1
    return "".join(parts)


def _safe(found: re.Match[str], meaning: str) -> str:
    if not found.re.groups:
        return meaning
    return meaning.replace(r"\1", _MEMBER.sub(_member, found[1])) if found[1] else "(?!)"


def _member(found: re.Match[str]) -> str:
    """Return a character of a class or a range; of one that runs backwards git takes the first character."""
    first, last = found.groups()
    return re.escape(first) + (f"-{re.escape(last)}" if last and first <= last else "")
