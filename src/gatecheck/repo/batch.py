"""Objects through `git cat-file` in the private repository, hashed again here: git itself does not check the hash of what it reads."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from gatecheck.model.history import Kind
from gatecheck.process.conversation import Conversation
from gatecheck.repo.command import git_environment
from gatecheck.repo.objects import Entry, Objects, another_kind, missing

_SHA1_DIGITS, _SHA256_DIGITS = 40, 64
_FOLDER = 0o040000
_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0")
"""What stands before each id in a tree."""


class BatchObjects(Objects):
    """Objects of any object format that git knows, and blobs of any size. Source: git-cat-file(1), BATCH OUTPUT."""

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._lock = threading.Lock()
        self._git: Conversation | None = None

    def read(self, id_: str, kind: Kind) -> bytes:
        """See Objects."""
        return b"".join(self._contents(id_, kind))

    def kind(self, id_: str) -> Kind:
        """See Objects."""
        with self._lock:
            return cast("Kind", self._ask(b"info", id_)[0])

    def size(self, blob: str) -> int:
        """See Objects."""
        with self._lock:
            return self._ask(b"info", blob)[1]

    def stream(self, blob: str) -> Iterator[bytes]:
        """See Objects."""
        return self._contents(blob, "blob")

    def entry(self, tree: str, path: str) -> Entry | None:
        """See Objects."""
        found = Entry(_FOLDER, tree)
        for name in os.fsencode(path).split(b"/"):
            if found.mode != _FOLDER:
                return None
            try:
                held = _find(self.read(found.id, "tree"), name, len(tree) // 2)
            except ValueError as error:
                raise missing(found.id, error) from error
            if held is None:
                return None
            found = held
        return found

    def _contents(self, id_: str, kind: Kind) -> Iterator[bytes]:
        with self._lock:
            seen, size, git = self._ask(b"contents", id_)
            digest = (hashlib.sha256 if len(id_) == _SHA256_DIGITS else hashlib.sha1)(
                b"%s %d\0" % (seen.encode(), size), usedforsecurity=False
            )
            finished = False
            try:
                for chunk in git.chunks(size):
                    digest.update(chunk)
                    yield chunk
                finished = b"".join(git.chunks(1)) == b"\n"
            finally:
                if not finished:  # whoever reads stopped in the middle, or git did
                    self._hang_up(git)
        if not finished or digest.hexdigest() != id_:
            raise missing(id_, "its content has another hash")
        if seen != kind:
            raise another_kind(id_, kind)

    def _ask(self, word: bytes, id_: str) -> tuple[str, int, Conversation]:
        """Ask git about an object; return its kind, its size and whom to hear the rest from."""
        if len(id_) not in {_SHA1_DIGITS, _SHA256_DIGITS} or not id_.isalnum():
            raise missing(id_, "this is no object id")
        if self._git is None:
            argv = ["git", f"--git-dir={self._git_dir}", "cat-file", "--batch-command"]
            self._git = Conversation(argv, env=git_environment())
        git = self._git
        answer = git.say(b"%s %s" % (word, id_.encode())).decode("ascii", "replace").split(" ")
        if len(answer) != 3 or answer[0] != id_ or not answer[2].isdecimal():  # noqa: PLR2004 -- id, kind, size
            if answer != [id_, "missing"]:
                self._hang_up(git)
            raise missing(id_, "git cannot read it")
        return answer[1], int(answer[2]), git

    def _hang_up(self, git: Conversation) -> None:
        git.end()
        self._git = None


def _find(tree: bytes, name: bytes, width: int) -> Entry | None:
    """Return a tree's entry of a name; ids have `width` bytes. Raises ValueError for bytes that are no tree."""
    at = 0
    while at < len(tree):
        head = _ENTRY.match(tree, at)
        if head is None:
            message = "it is no tree that git could have written"
            raise ValueError(message)
        at = head.end() + width
        if head[2] == name:
            return Entry(int(head[1], 8), tree[head.end() : at].hex())
    return None
