"""Where else in the code a name stands: looked up only for words that a page lost or should no longer have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from gatecheck.formats.python_source import Unreadable
from gatecheck_gates.documents.code import Code
from gatecheck_gates.documents.difference import names_of
from gatecheck_gates.documents.mapping import DocumentMap
from gatecheck_gates.documents.names import Name

_WORD = re.compile(rb"\w+")


@dataclass
class Everywhere:
    """All Python files of the merge result that pages should tell of."""

    code: Code
    where: DocumentMap
    settings: tuple[str, ...]
    unreadable: list[str] = field(default_factory=list)
    """Files that hold such a word and cannot be parsed."""
    _names: dict[str, tuple[Name, ...]] = field(default_factory=dict)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Their paths."""
        python = (path for path in self.code.files.files if path.endswith(".py"))
        mapped = (path for path in python if self.where.entries_of(path))
        return tuple(path for path in mapped if not self.where.packages_only or self.code.is_importable(path))

    def holding(self, words: Collection[str]) -> Iterator[str]:
        """Yield the files in whose text any of these words stands; an option is sought by the words that it is made of."""
        parts = {part for word in words for part in _WORD.findall(word.encode())}
        for path in self.files:
            data = self.code.files.read(path) or b""
            if any(found[0] in parts for found in _WORD.finditer(data)):
                yield path

    def names(self, words: Collection[str]) -> Iterator[Name]:
        """Yield the names that files with any of these words offer, whatever the names are."""
        for path in self.holding(words):
            yield from self.names_of(path)

    def names_of(self, path: str) -> tuple[Name, ...]:
        """Return the names of one file; nothing, and a mark, where it cannot be parsed."""
        if path not in self._names:
            try:
                self._names[path] = tuple(names_of(self.code, path, self.settings))
            except Unreadable:
                self.unreadable.append(path)
                self._names[path] = ()
        return self._names[path]
