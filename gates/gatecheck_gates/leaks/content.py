"""A file's bytes as text that can be looked into, and what of it cannot be seen that way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Form = Literal["text", "binary"]

_BOMS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_BEGINNING = 8_000
"""Bytes in which git itself looks for a NUL to tell binary files from text."""
_PACKED = (
    (re.compile(rb"PK\x03\x04"), "a zip archive"),
    (re.compile(rb"\x1f\x8b"), "compressed"),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), "compressed"),
    (re.compile(rb"\xfd7zXZ\x00"), "compressed"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "compressed"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "an archive"),
    (re.compile(rb"Rar!\x1a\x07"), "an archive"),
    (re.compile(rb"%PDF-[0-9]"), "a PDF"),
)
"""How packed files begin. Text can be made to begin so as well: it is looked into like any other."""
_LARGEST_POINTER = 1024
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[0-9]-[a-z0-9.-]{1,40} sha256:[0-9a-f]{64}\n)*"
    rb"oid sha256:[0-9a-f]{64}\nsize [0-9]{1,20}\n?"
)
"""Source: the specification of Git LFS, THE POINTER."""
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
            return Content(_ascii(data[len(mark) :], encoding), "text", _is_generated(path))
    if encoding := _wide(data[:_BEGINNING]):
        return Content(_ascii(data, encoding), "text", _is_generated(path))
    if len(data) <= _LARGEST_POINTER and _POINTER.fullmatch(data):
        hidden = "in Git LFS, and only its pointer was looked into"
        return Content(data, "text", _is_generated(path), hidden)
    hidden = next((f"{what}, which was not unpacked" for magic, what in _PACKED if magic.match(data)), "")
    return Content(data, "binary" if b"\0" in data[:_BEGINNING] else "text", _is_generated(path), hidden)


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
