"""What a reader of documentation would look up: a public name, a command-line option, a setting or a variable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a name is the name of; the value is how a message says it."""

    FUNCTION = "function"
    CLASS = "class"
    METHOD = "method"
    CONSTANT = "constant"
    REEXPORT = "name"
    OPTION = "option"
    KEY = "configuration key"
    VARIABLE = "environment variable"

    @property
    def family(self) -> str:
        """Names of one family are the same when they are written alike, whatever they name: a function may become a class."""
        return "api" if self in _API else self.value


_API = frozenset({Kind.FUNCTION, Kind.CLASS, Kind.METHOD, Kind.CONSTANT, Kind.REEXPORT})


@dataclass(frozen=True)
class Name:
    """One name that a file declares."""

    kind: Kind
    text: str
    """As it is written there: `Client.get`, `--dry-run`, `SHOP_HOME`."""
    path: str
    line: int
    spellings: tuple[str, ...]
    """Any of these, standing on a page as a word, tells of it."""
    explained: bool = False
    """It has a docstring or a help text, which tools can turn into a page."""
    shape: str = ""
    """Digest of what it does, without its name: a renamed function keeps it."""
    module: str = ""
    """The dotted name of its module."""

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same name on the other side, wherever it stands there."""
        return self.kind.family, self.text

    @property
    def owner(self) -> str:
        """The class that a method or a nested class belongs to; empty for anything else."""
        return self.text.rpartition(".")[0] if self.kind.family == "api" else ""

    @property
    def last(self) -> str:
        """The name without its class."""
        return self.text.rpartition(".")[2] if self.kind.family == "api" else self.text

    def __str__(self) -> str:
        return f"{self.kind} `{self.text}`"


def digest(parts: Iterable[str]) -> str:
    """Return a short stand-in for an iterable of texts."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return whole.hexdigest()
