"""What answers: a gate's own code and the programs that it starts. No answer outlives the code that gave it."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from gatecheck import witness
from gatecheck.errors import ToolError
from gatecheck.model import Gate
from gatecheck.witness import Witness

_NAME = re.compile(r"[A-Za-z0-9._-]+")
"""How a requirement begins. Source: PEP 508."""


@cache
def digest(gate: type[Gate]) -> str:
    """Return the digest of the package that a gate's code is in. Raises ToolError when it has no files."""
    whole = hashlib.sha256()
    for home in homes(gate):
        for path in sorted(home.rglob("*.py")) if home.is_dir() else [home]:
            whole.update(str(path.relative_to(home.parent)).encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


@cache
def own_tools() -> tuple[str, ...]:
    """Return gatecheck's interpreter and the distributions that it requires, with their versions: scanners are among them."""
    try:
        required = requires("gatecheck") or []
    except PackageNotFoundError:  # run from its sources
        required = []
    names = sorted({found[0] for line in required if (found := _NAME.match(line))})
    return (sys.version, *(f"{name} {_version(name)}" for name in names))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"  # the gate that needs it says so


@cache
def homes(gate: type[Gate]) -> tuple[Path, ...]:
    """Return the folders of the top-level package that a gate's code is in, or the file of its only module."""
    top = import_module(gate.__module__.partition(".")[0])
    found = list(getattr(top, "__path__", ())) or [top.__file__]
    if None in found:
        raise ToolError(
            f"the code of gate {gate.kind} has no file", fix="Install the plugin as a normal package."
        )
    return tuple(Path(home) for home in found)


def witnesses(gate: type[Gate]) -> Iterator[Witness]:
    """Witness code that is run from where it is written; what is installed is witnessed by its distribution."""
    for home in homes(gate):
        if "-packages" not in str(home):
            yield witness.sources(str(home)) if home.is_dir() else witness.stamp(str(home))


def program(name: str, path: str) -> tuple[Witness, ...]:
    """Witness what `name` means on a PATH: the file that is found, and that no folder before it has one."""
    seen: list[Witness] = []
    for folder in path.split(os.pathsep):
        found = Path(folder, name)
        seen.append(witness.stamp(str(found)))
        if os.access(found, os.X_OK) and found.is_file():
            break
    return tuple(dict.fromkeys(seen))
