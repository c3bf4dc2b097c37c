"""Answers by content: what was asked names the file, and what was answered is believed only when its checksum is right.

Layout below the store's folder: `answers/<key>` holds one JSON document behind its own sha256; `files/<sha256>` the artefacts.
Every write is a temporary file that is synced and renamed, so a reader sees all of it or nothing. A torn or foreign file is a miss.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gatecheck.errors import CannotTell
from gatecheck.model import Memory


def key_of(*told: object) -> str:
    """Return the name under which the answer to a question is kept; `told` is everything the answer depends on."""
    text = json.dumps(told, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Store:
    """A folder of answers. Any number of runs may read and write it at once."""

    def __init__(self, folder: Path, *, recall: bool = True) -> None:
        self._answers = folder / "answers"
        self._files = folder / "files"
        self._recall = recall

    def get(self, key: str) -> Memory | None:
        """Return the answer that is kept under a key; None when there is none that can be believed."""
        if not self._recall:
            return None
        try:
            checksum, _, body = (self._answers / key).read_bytes().partition(b"\n")
            if hashlib.sha256(key.encode() + body).hexdigest().encode() != checksum:
                return None
            told: dict[str, Any] = json.loads(body)
            files = {name: self._file(digest) for name, digest in told["files"].items()}
        except (OSError, ValueError, KeyError):
            return None
        if None in files.values():
            return None
        return Memory(
            told["payload"].encode("utf-8", "surrogateescape"), {n: f for n, f in files.items() if f}
        )

    def put(self, key: str, payload: bytes, files: Mapping[str, Path]) -> dict[str, Path]:
        """Keep an answer and return where its files are kept. Raises CannotTell when the disk does not take it."""
        try:
            kept = {name: self._keep(path) for name, path in files.items()}
            text = payload.decode("utf-8", "surrogateescape")
            body = json.dumps({"payload": text, "files": {n: p.name for n, p in kept.items()}}).encode()
            checksum = hashlib.sha256(key.encode() + body).hexdigest().encode()
            self._write(self._answers / key, checksum + b"\n" + body)
        except OSError as error:
            raise CannotTell(
                f"the result cannot be kept: {error}",
                fix="Free some disk space (gatecheck clean), or name another folder in GATECHECK_CACHE.",
            ) from error
        return kept

    def _file(self, digest: str) -> Path | None:
        path = self._files / digest
        with path.open("rb") as stream:
            return path if hashlib.file_digest(stream, "sha256").hexdigest() == digest else None

    def _keep(self, source: Path) -> Path:
        with source.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        path = self._files / digest
        self._files.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._files, prefix=".", delete=False) as fresh:
            with source.open("rb") as stream:
                shutil.copyfileobj(stream, fresh)
            _settle(fresh.fileno(), fresh.name, path)
        return path

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as fresh:
            fresh.write(data)
            fresh.flush()
            _settle(fresh.fileno(), fresh.name, path)


def _settle(descriptor: int, name: str, path: Path) -> None:
    os.fsync(descriptor)
    Path(name).replace(path)
