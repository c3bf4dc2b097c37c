"""A file's bytes as text that can be looked into, and what of it cannot be seen that way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Form = Literal["text", "binary"]

_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_BEGINNING = 8_000
"""Bytes in which git itself looks for a NUL to tell binary files from text."""
_PACKED = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "compressed"),
    (b"BZh", "compressed"),
    (b"\xfd7zXZ\x00", "compressed"),
    (b"\x28\xb5\x2f\xfd", "compressed"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"Rar!\x1a\x07", "an archive"),
    (b"%PDF-", "a PDF"),
)
_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
_GENERATED = re.compile(
    r"(?:^|/)(?:[^/]*\.lock|[^/]*\.lockb|pylock(?:\.[^/]+)?\.toml|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml"
    r"|go\.sum|packages\.lock\.json|gradle\.lockfile|Package\.resolved|[^/]*\.min\.(?:js|css)|[^/]*\.(?:js|css)\.map)$"
)


@dataclass(frozen=True, slots=True)
class Content:
    """What a file says."""

    text: bytes
    """In an encoding of which ASCII is a part, with the file's own lines."""
    form: Form
    generated: bool
    """A lock file, minified or a source map: full of digests, and nobody typed it."""
    hidden: str = ""
    """Why there is more in it than can be seen, for people: `a zip archive`."""


def read(data: bytes, path: str) -> Content:
    """Return a file's content; of a binary one its bytes as they are, since tokens can stand in them, too."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return Content(_ascii(data[2:], encoding), "text", _is_generated(path))
    if encoding := _wide(data[:_BEGINNING]):
        return Content(_ascii(data, encoding), "text", _is_generated(path))
    if data.startswith(_POINTER):
        return Content(
            data, "text", generated=True, hidden="in Git LFS, and only its pointer was looked into"
        )
    hidden = next((what for magic, what in _PACKED if data.startswith(magic)), "")
    form: Form = "binary" if hidden or b"\0" in data[:_BEGINNING] else "text"
    return Content(data, form, _is_generated(path), f"{hidden}, which was not unpacked" if hidden else "")


def _ascii(data: bytes, encoding: str) -> bytes:
    return data.decode(encoding, "replace").encode()


def _wide(beginning: bytes) -> str:
    """Return the encoding of UTF-16 without a mark, which has a NUL in every other byte of English text; else nothing."""
    half = len(beginning) // 2
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        nuls, others = beginning[first::2].count(0), beginning[1 - first :: 2].count(0)
        if half and nuls * 10 > half * 9 and not others:
            return encoding
    return ""


def _is_generated(path: str) -> bool:
    return bool(_GENERATED.search(path))
