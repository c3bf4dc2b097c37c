"""The forms of secrets that detect-secrets knows, as kept by Bridgecrew: its patterns, and nothing else of it.

Its filters read comments of the file that is judged (`pragma: allowlist secret`), and its verification asks providers over the
network; neither is used. ADR 15 says why it is this library.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from gatecheck.errors import CannotTell, ToolError
from gatecheck.formats.credentials.kinds import checksummed, random
from gatecheck.formats.credentials.passwords import LONGEST_LINE
from gatecheck.model import Workspace

_PACKAGE = "detect_secrets.plugins"
_QUESTION = "the patterns of detect-secrets (1)"
_LEFT_OUT: Mapping[str, str] = {
    "AzureStorageKeyDetector": "any 64 bytes in base64 look so; AccountKey= is looked for by gatecheck.formats.credentials",
    "BasicAuthDetector": "any user:password in an address; passwords of addresses are looked for there, if they are no words",
    "IPPublicDetector": "an address is no secret",
    "JwtTokenDetector": "takes text that is no token; it is looked for there with its header read",
    "PrivateKeyDetector": "takes the line that begins a key for one; it is looked for there with the key behind it",
}
"""Detectors that are looked for more narrowly elsewhere. The ones by entropy and by keyword have no pattern, so they are not met here."""
_CHECKSUMMED = {"GitHubTokenDetector", "NpmDetector"}
_SPACES = re.compile(r"[ \t]{9,}")
"""Some patterns take a time that grows with the cube of a run of spaces, so it is cut short; no secret has spaces in it."""
_NESTED = "){"
"""What patterns of nested repetitions have, which take a time that grows with the square of a line."""
_SHORTEST = 8
_LINES = 2_000
"""Lines that are looked at together."""
_LIMIT = 60.0
"""Seconds of one processor for one text."""


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of secret."""

    kind: str
    patterns: tuple[re.Pattern[str], ...]
    checksum: bool
    """Its tokens end with a checksum."""


@dataclass(frozen=True, slots=True)
class Match:
    """Something that has the form of a secret."""

    line: int
    kind: str
    value: bytes
    false: bool
    """Its checksum is wrong, so nobody issued it."""


def known(workspace: Workspace) -> tuple[Detector, ...]:
    """Return the library's detectors as they are kept, else from the library: to import it takes longer than to look into most changes.

    Raises ToolError as `detectors` does.
    """
    kept = workspace.recall(_QUESTION, side=None)
    if kept:
        return tuple(_load(*each) for each in json.loads(kept.payload))
    found = detectors()
    payload = [[each.kind, [[p.pattern, p.flags] for p in each.patterns], each.checksum] for each in found]
    workspace.remember(_QUESTION, json.dumps(payload).encode(), {}, side=None)
    return found


def _load(kind: str, patterns: Iterable[tuple[str, int]], checksum: bool) -> Detector:  # noqa: FBT001 -- as it was kept
    return Detector(kind, tuple(re.compile(*pattern) for pattern in patterns), checksum)


@cache
def detectors() -> tuple[Detector, ...]:
    """Return the library's detectors. Raises ToolError when it is not there, or has become another."""
    try:
        package = importlib.import_module(_PACKAGE)
        plugin = importlib.import_module(f"{_PACKAGE}.base").RegexBasedDetector
        modules = [
            importlib.import_module(f"{_PACKAGE}.{m.name}") for m in pkgutil.iter_modules(package.__path__)
        ]
        found = [_detector(each) for module in modules for each in _classes(module, plugin)]
    except (ImportError, AttributeError, TypeError, re.error) as error:
        raise ToolError(
            f"detect-secrets cannot be used: {error}",
            fix="Install gatecheck again, in an environment of its own: it needs bc-detect-secrets.",
        ) from error
    return tuple(found)


def matches(text: bytes, detectors: Iterable[Detector]) -> Iterator[Match]:
    """Yield what the detectors' patterns find in a text's lines, where it is no placeholder; lines that nobody typed are passed by.

    Raises CannotTell when that takes too long, as a text can be made to that plays with the patterns.
    """
    end = time.thread_time() + _LIMIT
    patterns = [(detector, pattern) for detector in detectors for pattern in detector.patterns]
    for first, part in _parts(text):
        for detector, pattern in patterns:
            for match in pattern.finditer(part):
                value = _value(match).encode("latin-1")
                if random(value):
                    line = first + part.count("\n", 0, match.start())
                    yield Match(line, detector.kind, value, detector.checksum and not checksummed(value))
            if time.thread_time() > end:
                raise CannotTell(
                    f"looking for secrets took longer than {_LIMIT:.0f} s in one file of {len(text):,} bytes",
                    fix="Look at that file: it is made so that patterns take long. If it is meant so, lower `largest` of this gate.",
                )


def _parts(text: bytes) -> Iterator[tuple[int, str]]:
    """Yield a text in parts of whole lines, each with the number of its first line."""
    lines = [line if len(line) <= LONGEST_LINE else "" for line in text.decode("latin-1").split("\n")]
    for start in range(0, len(lines), _LINES):
        yield start + 1, _SPACES.sub(" " * 8, "\n".join(lines[start : start + _LINES]))


def _value(match: re.Match[str]) -> str:
    """Return the longest group, which is the secret without its surroundings, where the pattern has one that is no mere prefix."""
    group = max(filter(None, match.groups()), key=len, default="")
    return group if len(group) >= _SHORTEST else match[0]


def _classes(module: ModuleType, plugin: type) -> Iterator[type]:
    """Yield the detectors that a module defines."""
    for name, found in inspect.getmembers(module, inspect.isclass):
        own = found.__module__ == module.__name__ and issubclass(found, plugin)
        if own and not inspect.isabstract(found) and name not in _LEFT_OUT:
            yield found


def _detector(plugin: type) -> Detector:
    made = plugin()
    kept = [each for each in made.denylist if _NESTED not in each.pattern]
    patterns = tuple(re.compile(each.pattern, each.flags | re.MULTILINE) for each in kept)
    return Detector(str(made.secret_type), patterns, plugin.__name__ in _CHECKSUMMED)
