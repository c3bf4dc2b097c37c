"""How much history is here: where two commits forked, and the commands that bring what is missing."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from gatecheck.repo.repository import Repository


class Fork(NamedTuple):
    """Where two commits forked, as far as this clone shows."""

    commit: str | None
    sure: bool
    """False when history is cut off, so that with all of it there might be another, nearer merge base."""


def fork_of(repository: Repository, base: str, head: str) -> Fork:
    """Return the best common ancestor of two commits, and whether the history here is enough to be sure."""
    found = repository.merge_base(base, head)
    cut = repository.private / "shallow"
    if not cut.exists() or found in {base, head}:
        return Fork(found, sure=True)
    if found is None:
        return Fork(None, sure=False)
    between = repository.git("rev-list", base, head, f"^{found}").decode().split()
    return Fork(found, sure=not set(cut.read_text("ascii").split()).intersection(between))


def bring(repository: Repository, *wanted: str) -> str:
    """Return the command that fetches commits or branches from origin, with all of the history that is not here yet."""
    whole = ["--unshallow"] if repository.is_shallow else []
    return shlex.join(["git", "fetch", "--no-tags", *whole, "origin", *wanted])


def deepen(commit: str) -> str:
    """Return the command that fetches the parents of a commit at which a shallow clone ends."""
    return f"git fetch --no-tags --deepen=1 origin {commit}"


def tracked(branch: str) -> str:
    """Return the refspec that makes `refs/remotes/origin/BRANCH` what it is at origin."""
    return f"+refs/heads/{branch}:refs/remotes/origin/{branch}"
