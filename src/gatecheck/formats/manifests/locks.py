"""Lock files: pylock.toml (PEP 751), uv.lock and poetry.lock. Each lists packages, with their versions and where they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from packaging.utils import canonicalize_name

from gatecheck.errors import ToolError
from gatecheck.formats.manifests.nouns import Loose, Manifest, Pin, Why, pinned, sorted_out, where
from gatecheck.formats.manifests.toml_file import headers, parse, table, text

_Source = Callable[[dict[str, Any], str], Why | None]
"""Tells of a package, and the path of the file that lists it, why it is no pin; None when it is one."""
_REASONS: dict[Why, str] = {
    "local": "it is a part of this repository",
    "itself": "it is the project itself",
    "elsewhere": "it comes from an address of its own",
    "range": "the file names no version of it",
}


def read_pylock(data: bytes, path: str) -> Manifest:
    """Return the packages of a pylock.toml. Source: PEP 751, `[[packages]]`."""
    return _read(data, path, "packages", _pylock_source)


def read_uv(data: bytes, path: str) -> Manifest:
    """Return the packages of a uv.lock, the project itself among what is local."""
    return _read(data, path, "package", _uv_source)


def read_poetry(data: bytes, path: str) -> Manifest:
    """Return the packages of a poetry.lock."""
    return _read(data, path, "package", _poetry_source)


def _read(data: bytes, path: str, key: str, source: _Source) -> Manifest:
    whole, written = parse(data, path)
    packages = whole.get(key, [])
    if not isinstance(packages, list) or not all(isinstance(each, dict) for each in packages):
        raise ToolError(
            f"{path} has something else than tables under {key}",
            fix=f"Let its own tool write {path} anew, and commit it.",
        )
    places: list[int | None] = list(headers(written, key))
    if len(places) != len(packages):  # written by hand, in a form of its own
        places = [None] * len(packages)
    return sorted_out([_named(each, path, line, source) for each, line in zip(packages, places, strict=True)])


def _named(package: dict[str, Any], path: str, line: int | None, source: _Source) -> Pin | Loose:
    name, version = text(package.get("name")), text(package.get("version"))
    if not name:
        return Loose("a package", "unreadable", "the file gives it no name", path, line)
    why = source(package, path) or (None if version else "range")
    if why is None:
        return pinned(name, version, path, line)
    return Loose(f"{name} {version}".rstrip(), why, _REASONS[why], path, line, canonicalize_name(name))


def _pylock_source(package: dict[str, Any], path: str) -> Why | None:
    if "directory" in package:
        return _place(table(package["directory"]).get("path"), path)
    return "elsewhere" if "vcs" in package or "archive" in package else None


def _uv_source(package: dict[str, Any], path: str) -> Why | None:
    source = table(package.get("source"))
    if "registry" in source:
        return None
    places = [source[key] for key in ("editable", "virtual", "directory", "path") if key in source]
    return _place(places[0], path) if places else "elsewhere"


def _poetry_source(package: dict[str, Any], path: str) -> Why | None:
    if "source" not in package:
        return None
    source = table(package["source"])
    match text(source.get("type")):
        case "legacy":
            return None
        case "directory" | "file":
            return _place(source.get("url"), path)
        case _:
            return "elsewhere"


def _place(place: object, path: str) -> Why:
    """Tell whether a path that a lock file gives lies in the tree."""
    below = text(place)
    return where(path, below) if below else "elsewhere"
