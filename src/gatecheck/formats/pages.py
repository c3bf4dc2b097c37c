"""Which files are pages of documentation, and how each is read."""

from __future__ import annotations

from pathlib import PurePosixPath

from gatecheck.formats import markdown, restructuredtext
from gatecheck.formats.page import Page, without

LARGEST = 4 * 1024 * 1024
"""Bytes of a page whose marks are read; of a larger one only the words count."""
_MARKDOWN = frozenset({".md", ".markdown", ".mdx", ".ipynb", ""})
_RST = frozenset({".rst", ".rest", ".txt"})
_OTHER = frozenset({".adoc", ".asciidoc", ".org", ".html", ".htm", ".pod", *(f".{n}" for n in range(1, 9))})


def is_page(path: str) -> bool:
    """Tell whether a file's name is that of a page: text for readers, or without a suffix as in `README`."""
    suffix = PurePosixPath(path).suffix.lower()
    return suffix in _MARKDOWN or suffix in _RST or suffix in _OTHER


def read(path: str, data: bytes) -> Page:
    """Return a page; bytes that are no UTF-8 are shown as what they are not, and never an error."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    suffix = PurePosixPath(path).suffix.lower()
    if len(data) > LARGEST or suffix in _OTHER:
        return Page(without(text, "<!--", "-->"))
    return restructuredtext.read(text) if suffix in _RST else markdown.read(text)
