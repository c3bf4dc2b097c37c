"""Proof that the user's repository was left alone: what must not move, before and after."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping

from gatecheck.repo import Repository


def look(repository: Repository) -> Mapping[str, str]:
    """Return a digest of each thing in the user's repository that a run must leave as it was."""
    place = repository.place
    return {
        "refs": _digest(
            "\n".join(f"{ref} {tip}" for ref, tip in sorted(repository.all_refs().items())).encode()
        ),
        "HEAD": _of_file(f"{place.git_dir}/HEAD"),
        "index": _of_file(f"{place.git_dir}/index"),
        "config": _of_file(f"{place.common_dir}/config") + _of_file(f"{place.git_dir}/config.worktree"),
        "hooks": _of_folder(f"{place.common_dir}/hooks"),
        "info": _of_folder(f"{place.common_dir}/info"),
    }


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of what differs."""
    return tuple(name for name, digest in before.items() if after[name] != digest)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _of_file(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return error.strerror or "unreadable"


def _of_folder(path: str) -> str:
    found = []
    for folder, _, files in os.walk(path):
        found += [
            (name, os.lstat(f"{folder}/{name}").st_mode, _of_file(f"{folder}/{name}")) for name in files
        ]
    return _digest(repr(sorted(found)).encode())
