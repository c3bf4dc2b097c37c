"""Answers by content: what was asked names the file, and what was answered is believed only when its checksum is right.

Layout below the store's folder: `answers/<key>` holds one JSON document behind its own sha256; `files/<sha256>` the artefacts.
Every write is a temporary file that is synced and renamed, so a reader sees all of it or nothing. A torn or foreign file is a miss,
so small answers of which there are many are not synced: when the power fails, they are only worked out again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

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
            answer = self._answers / key
            checksum, _, body = answer.read_bytes().partition(b"\n")
            if hashlib.sha256(key.encode() + body).hexdigest().encode() != checksum:
                return None
            told: dict[str, Any] = json.loads(body)
            files = {name: self._file(digest) for name, digest in told["files"].items()}
            for used in (answer, *files.values()):
                os.utime(used)  # what was used longest ago is removed first
            return Memory(told["payload"].encode("utf-8", "surrogateescape"), files)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def put(
        self, key: str, payload: bytes, files: Mapping[str, Path], *, synced: bool = True
    ) -> dict[str, Path]:
        """Keep an answer and return where its files are kept. Raises CannotTell when the disk does not take it.

        `synced=False` does not wait for the disk.
        """
        kept = self.keep(files)
        text = payload.decode("utf-8", "surrogateescape")
        body = json.dumps({"payload": text, "files": {n: p.name for n, p in kept.items()}}).encode()
        checksum = hashlib.sha256(key.encode() + body).hexdigest().encode()
        with _writing():
            self._write(self._answers / key, checksum + b"\n" + body, synced=synced)
        return kept

    def keep(self, files: Mapping[str, Path]) -> dict[str, Path]:
        """Keep files by their content, without an answer, and return where; the file's name is its digest."""
        with _writing():
            return {name: self._keep(path) for name, path in files.items()}

    def _file(self, digest: str) -> Path:
        path = self._files / digest
        if _digest(path) != digest:
            raise ValueError(f"{path} is damaged")
        return path

    def _keep(self, source: Path) -> Path:
        with _fresh(self._files) as fresh:
            with source.open("rb") as stream:
                shutil.copyfileobj(stream, fresh)
            fresh.flush()
            path = self._files / _digest(Path(fresh.name))  # of what was copied: the source may be moving
            _settle(fresh, path)
        return path

    def _write(self, path: Path, data: bytes, *, synced: bool) -> None:
        with _fresh(path.parent) as fresh:
            fresh.write(data)
            _settle(fresh, path, synced=synced)


@contextmanager
def _fresh(folder: Path) -> Iterator[IO[bytes]]:
    """Give a temporary file in a folder; whatever happens, none of that name stays behind."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as fresh:
        try:
            yield fresh
        finally:
            Path(fresh.name).unlink(missing_ok=True)


def _settle(fresh: IO[bytes], path: Path, *, synced: bool = True) -> None:
    """Give a temporary file its name, once all of it is on the disk."""
    fresh.flush()
    if synced:
        os.fsync(fresh.fileno())
    Path(fresh.name).replace(path)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotTell(
            f"the result cannot be kept: {error}",
            fix="Free some disk space (gatecheck clean), or name another folder in GATECHECK_CACHE.",
        ) from error
