"""What a lookup of refs depended on: the files in which git keeps them, so that a later look tells whether one has moved."""

from __future__ import annotations

import os
import re

from gatecheck import witness
from gatecheck.place import Place
from gatecheck.witness import Witness

_FULL_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")
_PLACES = ("refs", "refs/tags", "refs/heads", "refs/remotes")


class RefWitnesses:
    """Witnesses of the refs of one repository, each file once. State: what was seen, until it can no longer stand for the answer."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: dict[Witness, None] = {}
        # with reftable, refs are not files
        self._hopeless = os.path.exists(f"{place.common_dir}/reftable")  # noqa: PTH110 -- `place` speaks in strings

    @property
    def all(self) -> list[Witness] | None:
        """What was seen; None once something was asked that no witness can stand for."""
        return None if self._hopeless else list(self._known)

    def revision(self, revision: str) -> None:
        """Write down the files that decide what a revision means, in the order of gitrevisions(7)."""
        if _FULL_ID.fullmatch(revision):
            return
        if not _PLAIN_NAME.fullmatch(revision) or ".." in revision or len(revision) < 2:  # noqa: PLR2004 -- `@`, `-`
            self._hopeless = True
            return
        self.ref(revision)
        if not revision.startswith("refs/") and revision != "HEAD":
            for folder in _PLACES:
                self.ref(f"{folder}/{revision}")
            self.ref(f"refs/remotes/{revision}/HEAD")

    def variable(self, name: str) -> str:
        """Return an environment variable, and write down what it was; empty when it is not set."""
        seen = witness.variable(name)
        self._see(seen)
        return seen[2] if isinstance(seen[2], str) else ""

    def file(self, path: str) -> bytes:
        """Return a small file's content, and write down what it was; empty when it is not there."""
        seen = witness.file(path)
        self._see(seen)
        return seen[2] if isinstance(seen[2], bytes) else b""

    def give_up(self) -> None:
        """Say that something was asked that no witness can stand for."""
        self._hopeless = True

    def ref(self, ref: str) -> None:
        """Write down the files in which a ref may stand and, where it is symbolic, those of the ref that it points to."""
        private, common = self._place.git_dir, self._place.common_dir
        self._see(witness.stamp(f"{common}/packed-refs"))
        for folder in dict.fromkeys((private, common)):
            seen = witness.file(f"{folder}/{ref}")
            content = seen[2]
            if self._see(seen) and isinstance(content, bytes) and content.startswith(b"ref: "):
                self.ref(os.fsdecode(content[5:].strip()))

    def below(self, prefix: str) -> None:
        """Write down the files in which the refs below a prefix stand, and the ref that the prefix itself may be.

        A pattern with a `*` stands for the folder in which the names that it matches begin.
        """
        prefix = prefix.partition("*")[0].rpartition("/")[0] if "*" in prefix else prefix.rstrip("/")
        self.ref(prefix)
        common = self._place.common_dir
        listed = witness.names(f"{common}/{prefix}")
        loose = listed[2]
        if not isinstance(loose, tuple):  # too many to compare
            self._hopeless = True
            return
        self._see(listed)
        for path in loose:
            self.ref(path.removeprefix(f"{common}/"))

    def _see(self, seen: Witness) -> bool:
        """Keep a witness; return False when it is known already."""
        if seen in self._known:
            return False
        self._known[seen] = None
        return True
