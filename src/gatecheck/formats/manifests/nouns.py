"""What a manifest names: pins, which can be looked up, and what is loose, which cannot."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from packaging.requirements import Requirement
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from gatecheck.formats.places import in_tree

Read = Callable[[str], bytes | None]
"""Gives the content of a file of the tree, None where there is none."""
Why = Literal["range", "local", "elsewhere", "unreadable", "itself"]
"""It names no single version; it is a folder or file of the tree; it comes from an address; nobody can tell what it is; it is the
project, which is no dependency and is left out in the end."""
_EXACT = {"==", "==="}


@dataclass(frozen=True, slots=True)
class Pin:
    """A dependency at one version."""

    name: str
    """Canonical: lower case, with single dashes (PEP 503)."""
    version: str
    """As PEP 440 writes it."""
    path: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Loose:
    """A dependency that no source of advisories can be asked about."""

    text: str
    """As it is written."""
    why: Why
    reason: str
    """Goes on after "is not audited: "."""
    path: str
    line: int | None = None
    name: str = ""
    """Canonical, where one is given."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one file names, together with the files that it includes."""

    pins: tuple[Pin, ...] = ()
    loose: tuple[Loose, ...] = ()
    included: tuple[str, ...] = ()
    """Paths of the other files that were read."""


def named(requirement: Requirement, path: str, line: int | None) -> Pin | Loose:
    """Return what a requirement (PEP 508) pins. Markers and extras decide nothing here: what may be installed is looked at."""
    name = canonicalize_name(requirement.name)
    if requirement.url:
        return Loose(str(requirement), "elsewhere", "it comes from an address of its own", path, line, name)
    exact = {s.version for s in requirement.specifier if s.operator in _EXACT}
    versions = {version for version in exact if not version.endswith(".*")}
    if len(versions) != 1:
        return Loose(str(requirement), "range", "it is not pinned to one version", path, line, name)
    return pinned(name, versions.pop(), path, line)


def pinned(name: str, version: str, path: str, line: int | None) -> Pin | Loose:
    """Return the pin of a name at a version; what is loose for a name or a version that is none."""
    text = f"{name}=={version}"
    try:
        canonical = canonicalize_name(name, validate=True)
        return Pin(canonical, str(Version(version)), path, line)
    except InvalidName:
        return Loose(text, "unreadable", "its name is none (PEP 503)", path, line)
    except InvalidVersion:
        return Loose(text, "unreadable", "its version is none (PEP 440)", path, line, canonical)


def in_folder_of(path: str, place: str) -> bool:
    """Tell whether a place that a file names, relative to the file's folder, lies in the tree."""
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), place))
    return joined == "." or in_tree(joined) is not None


def where(path: str, place: str) -> Why:
    """Tell what a place is that a file names: the project of the file's folder, another one of the tree, or none of it."""
    if posixpath.normpath(place) == ".":
        return "itself"
    return "local" if in_folder_of(path, place) else "elsewhere"


def sorted_out(found: list[Pin | Loose], included: tuple[str, ...] = ()) -> Manifest:
    """Return a manifest of what was found; a range whose name is pinned in the same files is no dependency of its own."""
    pins = tuple(dict.fromkeys(each for each in found if isinstance(each, Pin)))
    names = {pin.name for pin in pins}
    loose = dict.fromkeys(each for each in found if isinstance(each, Loose) and each.why != "itself")
    return Manifest(
        pins, tuple(each for each in loose if each.why != "range" or each.name not in names), included
    )
