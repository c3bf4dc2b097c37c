"""Addresses from which packages are fetched: as they are written, and whether one is another or lies below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from gatecheck.formats.manifests.nouns import Index, in_folder_of
from gatecheck.formats.manifests.toml_file import items, table, text

_USER = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#\\]*@")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")
_QUERY = re.compile(r"[?#].*", re.DOTALL)
_ODD = re.compile(r"[\x00-\x20\x7f\\$]|^~")
"""What programs read in different ways, variables, and a user's own folder."""
_HOST = re.compile(r"hosts?$", re.IGNORECASE)
_PORTS = {"https": 443, "http": 80}


def index(written: str, told_by: str, path: str, line: int | None = None) -> Index:
    """Return an index, a page of links or a folder of packages."""
    address = _QUERY.sub("", _USER.sub(r"\1", written.strip()))
    return Index(address, told_by, path, line, _local(address, path), address)


def host(written: str, told_by: str, path: str, line: int | None = None) -> Index:
    """Return a host whose certificate nobody checks, which makes another index of every one that it serves."""
    return Index(written.strip(), told_by, path, line, local=False, group=f"host {written.strip()}")


def place(written: str, told_by: str, path: str, line: int | None = None) -> Index:
    """Return what an option names, `told_by` ending with the option's name."""
    return (host if _HOST.search(told_by) else index)(written, told_by, path, line)


def file(written: str, told_by: str, path: str, line: int | None = None) -> Index:
    """Return the address of one file; its host and first folder say where it comes from."""
    found = index(written, told_by, path, line)
    return Index(found.address, told_by, path, line, found.local, "/".join(found.address.split("/")[:4]))


def of_package(package: dict[str, Any], path: str, line: int | None) -> Iterator[Index]:
    """Yield the places from which a lock file has a package fetched: its index, and the addresses of its files."""
    name = text(package.get("name"))
    source = table(package.get("source"))
    legacy = source.get("url") if source.get("type") == "legacy" else None
    for whole in filter(None, map(text, (source.get("registry"), package.get("index"), legacy))):
        yield index(whole, name, path, line)
    for each in (*items(package.get("wheels")), package.get("sdist"), *items(package.get("files"))):
        for one in filter(None, map(text, (table(each).get("url"), table(each).get("path")))):
            yield file(one, name, path, line)


def sources_of(source: object, told_by: str, path: str, line: int | None = None) -> Iterator[Index]:
    """Yield what a table of an index names; one whose certificate is not to be checked is another than the one it says."""
    told = table(source)
    if url := text(told.get("url")):
        found = index(url, told_by, path, line)
        yield found
        if told.get("verify_ssl", True) is not True:
            address = f"{found.address} (whoever answers for it)"
            yield Index(address, f"verify_ssl of {told_by}", path, line, found.local, address)


def lies_in(address: str, known: str) -> bool:
    """Tell whether an address is a known one or lies below it; in doubt it does not."""
    place, whole = _split(address), _split(known)
    if place is None or whole is None:
        return address.rstrip("/") == known.rstrip("/")
    below = place[1][: len(whole[1])] == whole[1]
    return place[0] == whole[0] and below


@lru_cache(maxsize=1024)
def _split(address: str) -> tuple[tuple[str, str, int | None], tuple[str, ...]] | None:
    """Return what is asked (scheme, host, port), and the folders; None for what is no plain address of the web."""
    try:
        parts: SplitResult = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    folders = tuple(filter(None, unquote(parts.path).split("/")))
    if _ODD.search(address) or parts.scheme not in _PORTS or not parts.hostname or ".." in folders:
        return None
    return (parts.scheme, parts.hostname, port or _PORTS[parts.scheme]), folders


def _local(address: str, path: str) -> bool:
    """Tell whether an address is a path in the tree."""
    return not _SCHEME.match(address) and not _ODD.search(address) and in_folder_of(path, address)
