"""The tables of a pyproject.toml from which tools install: uv, poetry, pdm, hatch, rye, flit, pixi and tox.

Sources: the tools' documentation of their settings. What other tools call their dependencies is named and not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from gatecheck.formats.manifests.addresses import place as named_by
from gatecheck.formats.manifests.addresses import sources_of
from gatecheck.formats.manifests.locks import REASONS, place_of
from gatecheck.formats.manifests.nouns import Found, Index, Loose, Pin, named, pinned
from gatecheck.formats.manifests.toml_file import items, line_of, table, text

_KNOWN = ("uv", "poetry", "pdm", "hatch", "rye", "flit", "pixi", "tox")
_ELSEWHERE = {"setuptools", "requirements_txt"}
"""Tools and hooks whose files are read by rules of their own."""
_WANTED = re.compile(r"(?:.*-)?(?:dependencies|overrides|requires|requires-(?:dist|extra|plugins)|deps)")
_OF_PIXI = re.compile(r"pypi-dependencies")
"""Its others are of conda."""
_OF_OTHERS = re.compile(r"(?:.*-)?dependencies")
_PLACES = re.compile(r"(?:.*-)?(?:index|index-urls?|find-links|trusted-hosts?|insecure-hosts?|sources?)")
_NAMES_ONLY = re.compile(r"(?:.*-)?(?:index|sources?)")
"""A text there may be the name of an index."""
_ADDRESS = "://"


def of_tools(tools: dict[str, Any], path: str, written: str) -> Iterator[Found]:
    """Yield what tools install, and where from; a table of a tool that is not known here is named."""
    for tool, settings in tools.items():
        known = tool in _KNOWN
        wanted = (_OF_PIXI if tool == "pixi" else _WANTED) if known else _OF_OTHERS
        for trail, key, value in _keys(settings, (tool,)):
            place = ".".join(("tool", *trail, key))
            if known and _PLACES.fullmatch(_plain(key)):
                yield from _indexes(key, value, place, path, written)
            if not wanted.fullmatch(_plain(key)) or _ELSEWHERE & {*trail}:
                continue
            if known:
                yield from _wishes(value, path, written)
            elif isinstance(value, dict | list) and value:
                reason = "the table is of a tool that is not known here"
                yield Loose(f"{place} {_words(value)}", "range", reason, path, line_of(written, key))
    for name, sources in table(table(tools.get("uv")).get("sources")).items():
        for source in (sources, *items(sources)):
            yield from _specified(name, table(source), path, line_of(written, name), ranges=False)


def required(wanted: str, path: str, line: int | None) -> Pin | Loose:
    """Return what a requirement (PEP 508) names."""
    try:
        return named(Requirement(wanted), path, line)
    except InvalidRequirement:
        return Loose(wanted, "unreadable", "it is no requirement (PEP 508)", path, line)


def _keys(node: object, trail: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, object]]:
    """Yield all keys below a table, each with where it stands."""
    for each in items(node):
        yield from _keys(each, trail)
    for key, value in table(node).items():
        yield trail, key, value
        yield from _keys(value, (*trail, key))


def _plain(key: str) -> str:
    return key.lower().replace("_", "-")


def _words(value: object) -> str:
    found = [*items(value), *table(value)]
    return ", ".join(each for each in found if isinstance(each, str))


def _wishes(value: object, path: str, written: str) -> Iterator[Found]:
    """Yield what a list of requirements names, or a table from names to versions or from groups to lists."""
    yield from _list(value, path, written)
    for name, wish in table(value).items():
        line = line_of(written, name)
        yield from _list(wish, path, written)
        for each in (wish, *items(wish)):
            if isinstance(each, dict):
                yield from _specified(name, each, path, line)
        if isinstance(wish, str) and name.lower() != "python":
            yield _versioned(name, wish, path, line)


def _list(value: object, path: str, written: str) -> Iterator[Found]:
    for each in items(value):
        wanted = each if isinstance(each, str) else table(each).get("value") or table(each).get("requirement")
        if isinstance(wanted, str):
            yield required(wanted, path, line_of(written, wanted))


def _specified(
    name: str, told: dict[str, Any], path: str, line: int | None, *, ranges: bool = True
) -> Iterator[Found]:
    """Yield what a table says of one package."""
    for key in ("git", "hg", "svn", "url", "file"):
        if text(told.get(key)):
            text_ = f"{name} {key} {told[key]}"
            yield Loose(text_, "elsewhere", REASONS["elsewhere"], path, line, canonicalize_name(name))
    if text(told.get("path")):
        why = place_of(told["path"], path)
        yield Loose(f"{name} {told['path']}", why, REASONS[why], path, line, canonicalize_name(name))
    if ranges and text(told.get("version")):
        yield _versioned(name, told["version"], path, line)


def _versioned(name: str, wish: str, path: str, line: int | None) -> Pin | Loose:
    """Return what a version means beside a name: a bare one is that version alone."""
    if _ADDRESS in wish:
        return Loose(f"{name} {wish}", "elsewhere", REASONS["elsewhere"], path, line, canonicalize_name(name))
    bare = wish.strip().lstrip("=").strip()
    try:
        Version(bare)
    except ValueError:
        return _ranged(name, wish, path, line)
    return pinned(name, bare, path, line)


def _ranged(name: str, wish: str, path: str, line: int | None) -> Pin | Loose:
    try:
        return named(Requirement(f"{name} {wish}"), path, line)
    except InvalidRequirement:  # `^1.0`, `~1.0`, `>=1 || <0.5`
        reason = "it is not pinned to one version"
        return Loose(f"{name} {wish}", "range", reason, path, line, canonicalize_name(name))


def _indexes(key: str, value: object, place: str, path: str, written: str) -> Iterator[Index]:
    for each in (value, *items(value)):
        if isinstance(each, str):
            if _ADDRESS in each or not _NAMES_ONLY.fullmatch(_plain(key)):
                yield named_by(each, place, path, line_of(written, each))
        elif isinstance(value, list):
            yield from sources_of(each, place, path, line_of(written, text(table(each).get("url"))))
