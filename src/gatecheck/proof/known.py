"""What an audit found before, kept in the cache: an entry counts only as long as everything that it rests on is the same."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from gatecheck import __version__
from gatecheck.proof.decisions import digest_of_paths
from gatecheck.proof.entry import Entry
from gatecheck.proof.landed import Edits, Trace
from gatecheck.proof.refs import Refs

FOLDER = "audit"
"""Below the cache of a repository."""


class Known:
    """The entries of one branch, by commit."""

    def __init__(self, cache: Path, ref: str) -> None:
        self._path = cache / FOLDER / f"{hashlib.sha256(os.fsencode(ref)).hexdigest()}.json"
        self._entries = _read(self._path)
        self._is_new = False

    def forget(self) -> None:
        """Begin anew; what is on the disk goes with the next writing."""
        self._entries = {}

    def get(self, commit: str, key: str) -> Entry | None:
        """Return what was found; None where nothing was, or it rested on something else."""
        told = self._entries.get(commit)
        if not told or told[0] != key:
            return None
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in told[1].items()
        }
        return Entry(**values)

    def put(self, entry: Entry, key: str) -> None:
        """Keep what was found."""
        self._entries[entry.commit] = (key, dataclasses.asdict(entry))
        self._is_new = True

    def write(self) -> None:
        """Write all of it. A disk that does not take it costs the next audit its time, and nothing else."""
        if not self._is_new:
            return
        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(self._entries), encoding="ascii")
            fresh.replace(self._path)
        except OSError:
            with suppress(OSError):
                fresh.unlink()


def key_of(trace: Trace, edits: Edits, refs: Refs) -> str:
    """Return a digest of all that an entry rests on beside the commit itself: evidence, approvals, and who judges."""
    digests = [digest_of_paths(edits[pair]) for pair in trace.pairs] if refs.approvals else []
    told = [
        __version__,
        refs.evidence.get(trace.tree, ""),
        [refs.approvals.get(digest, ()) for digest in digests],
    ]
    return hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
