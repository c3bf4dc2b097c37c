"""What a tree has, all of it at once: the paths of its files, and where its symbolic links point."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gatecheck.repo.repository import Repository

_LINK = "120000"


def files(repository: Repository, tree: str) -> Iterator[str]:
    """Yield the paths of a tree's files, links and submodules, in git's order."""
    yield from os.fsdecode(repository.git("ls-tree", "-r", "-z", "--name-only", tree)).split("\0")[:-1]


def links(repository: Repository, tree: str) -> Iterator[tuple[str, str]]:
    """Yield a tree's symbolic links, each with what it says. Source: git-ls-tree(1), OUTPUT FORMAT."""
    for entry in os.fsdecode(repository.git("ls-tree", "-r", "-z", tree)).split("\0")[:-1]:
        head, _, path = entry.partition("\t")
        mode, _, blob = head.split(" ")
        if mode == _LINK:
            yield path, os.fsdecode(repository.objects.blob(blob))
