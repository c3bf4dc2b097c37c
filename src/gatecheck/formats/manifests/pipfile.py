"""Pipfile.lock: JSON with a section for each category of packages. Source: Pipenv's documentation, "Pipfile.lock"."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from gatecheck.formats import json_document
from gatecheck.formats.manifests.addresses import sources_of
from gatecheck.formats.manifests.locks import REASONS, place_of
from gatecheck.formats.manifests.nouns import Loose, Manifest, Pin, Why, pinned, sorted_out
from gatecheck.formats.manifests.toml_file import items, table, text

_ABOUT_ITSELF = "_meta"
_KEY = re.compile(r'^\s*"([^"\\]+)": \{', re.MULTILINE)


def read_pipfile(data: bytes, path: str) -> Manifest:
    """Return the packages of all sections. Raises ToolError when it is not JSON."""
    whole = table(json_document.parse(data, what=path))
    lines = _lines(data)
    sources = items(table(whole.get(_ABOUT_ITSELF)).get("sources"))
    return sorted_out(
        [
            *(found for source in sources for found in sources_of(source, "_meta.sources", path)),
            *(
                _named(name, package, path, lines.get(name))
                for section, packages in whole.items()
                if section != _ABOUT_ITSELF
                for name, package in table(packages).items()
            ),
        ]
    )


def _named(name: str, package: object, path: str, line: int | None) -> Pin | Loose:
    said = table(package)
    version = text(said.get("version"))
    why = _source(said, path) or (None if version.startswith("==") else "range")
    if why is None:
        return pinned(name, version.lstrip("="), path, line)
    return Loose(f"{name} {version}".rstrip(), why, REASONS[why], path, line, canonicalize_name(name))


def _source(package: dict[str, object], path: str) -> Why | None:
    if "path" in package:
        return place_of(package["path"], path)
    return "elsewhere" if {"git", "file", "url"} & package.keys() else None


def _lines(data: bytes) -> dict[str, int]:
    """Return the line on which each key stands first, where the file has one a line, as pipenv writes it."""
    found: dict[str, int] = {}
    written = data.decode("utf-8", "replace")
    for key in _KEY.finditer(written):
        found.setdefault(key[1], written.count("\n", 0, key.start(1)) + 1)
    return found
