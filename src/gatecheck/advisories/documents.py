"""The documents of an export, one after another: files of a folder, members of a zip, or one file."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from gatecheck.errors import ToolError, UsageError
from gatecheck.formats.json_document import MAX_BYTES, parse

Document = tuple[str, object]
"""The name of a file, for people, and what it holds."""
_YAML = (".yaml", ".yml")
_SUFFIXES = (".json", *_YAML)
_NULL = "tag:yaml.org,2002:null"
_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_NULLS = {
    first: [(tag, pattern) for tag, pattern in known if tag == _NULL]
    for first, known in _SAFE.yaml_implicit_resolvers.items()
}
_TEXTS: Any = type("_Texts", (_SAFE,), {"yaml_implicit_resolvers": _NULLS})
"""A loader for which scalars are texts: a version is no number (`1.10`), and a moment no datetime object."""


def documents(source: Path) -> Iterator[Document]:
    """Yield the documents of an export, in the order of their names. Raises UsageError or ToolError for what cannot be read."""
    try:
        if source.is_dir():
            for path in _below(source):
                yield str(path.relative_to(source)), _parsed(path.name, path.read_bytes())
        elif zipfile.is_zipfile(source):
            yield from _zipped(source)
        else:
            yield source.name, _parsed(source.name, source.read_bytes())
    except OSError as error:
        raise UsageError(
            f"{error.filename or source} cannot be read: {error.strerror}",
            fix="Name an OSV export (JSON or zip), or a folder with JSON or YAML files.",
        ) from error


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files that may hold records; what begins with a dot belongs to tools."""
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(where, name) for name in sorted(files)):
            if path.name.endswith(_SUFFIXES) and not path.name.startswith(".") and path.is_file():
                yield path


def _zipped(source: Path) -> Iterator[Document]:
    try:
        with zipfile.ZipFile(source) as archive:
            for member in sorted(archive.infolist(), key=lambda member: member.filename):
                if member.is_dir() or not member.filename.endswith(_SUFFIXES):
                    continue
                with archive.open(member) as stream:
                    yield member.filename, _parsed(member.filename, stream.read(MAX_BYTES + 1))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise ToolError(f"{source} is a damaged zip: {error}", fix="Fetch it again.") from error


def _parsed(name: str, data: bytes) -> object:
    if not name.endswith(_YAML):
        return parse(data, what=f"file {name}")
    if len(data) > MAX_BYTES:
        raise ToolError(f"{name} has more than {MAX_BYTES:,} bytes", fix="Leave it out, and import again.")
    try:
        return yaml.load(data, _TEXTS)  # noqa: S506 -- a SafeLoader that knows even fewer types
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise ToolError(f"{name} is not YAML: {said}", fix="Fetch it again, or leave it out.") from error
