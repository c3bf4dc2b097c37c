"""A branch's commits, made anew on the target's tip: by git's own merge, in the private repository, with no work tree and no HEAD."""

from __future__ import annotations

import os
import re

from gatecheck.errors import Refused
from gatecheck.landing.bring import bring
from gatecheck.repo import Repository, UserGit
from gatecheck.repo.asking import run
from gatecheck.repo.commits import commits_between

_NOBODY = b"gatecheck <gatecheck> 0 +0000"
_REPLACED = re.compile(rb"(tree|parent|committer|gpgsig|gpgsig-sha256|mergetag) ")


def rebase(repository: Repository, git: UserGit, base: str, head: str) -> str:
    """Return the last of the branch's commits as they are on the base; the user's repository then has them, and no ref leads there.

    As `git rebase` does it, merges are left out, and commits that bring nothing any more. Authors and messages stay, signatures
    cannot. Raises Refused at the first commit that does not apply.
    """
    committer = os.fsencode(run(git, "var", "GIT_COMMITTER_IDENT"))
    tip = base
    for commit in commits_between(repository, base, head):
        parents = repository.objects.parents(commit)
        if len(parents) < 2:  # noqa: PLR2004 -- a merge has two
            tip = _pick(repository, tip, commit, parents, committer)
    if tip == base:
        raise Refused(
            f"nothing of {head[:12]} is left once it is rebased: the target has all of it",
            fix="There is nothing to merge; the branch can go.",
        )
    bring(repository, git, tip, (base, head))
    return tip


def _pick(repository: Repository, onto: str, commit: str, parents: tuple[str, ...], committer: bytes) -> str:
    """Return a commit on another parent; itself where it is there already, and the parent where it brings nothing."""
    if parents == (onto,):
        return commit
    objects = repository.objects
    theirs, ours = objects.tree_of(commit), objects.tree_of(onto)
    was = objects.tree_of(parents[0]) if parents else _empty(repository)
    tree = _applied(repository, was, ours, theirs, commit)
    if tree == ours and theirs != was:
        return onto
    return _written(repository, _rewritten(objects.read(commit, "commit"), tree, onto, committer))


def _applied(repository: Repository, was: str, ours: str, theirs: str, commit: str) -> str:
    """Return the tree that what happened between two trees makes of a third.

    git 2.39 takes no --merge-base, so three commits are made whose merge base is the one that is meant.
    """
    if was == ours:
        return theirs
    below = _written(repository, _standing_for(was))
    one, other = (_written(repository, _standing_for(tree, below)) for tree in (ours, theirs))
    argv = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", one, other)
    code, out = repository.git_code(*argv, codes=(0, 1))
    tree, *paths = [os.fsdecode(part) for part in out.split(b"\0") if part]
    if code:
        raise Refused(
            f"{commit[:12]} does not apply on the target's tip: {', '.join(dict.fromkeys(paths))}",
            fix="Rebase the branch yourself and resolve it there, or merge without --rebase.",
        )
    return tree


def _rewritten(commit: bytes, tree: str, parent: str, committer: bytes) -> bytes:
    """Return a commit with another tree, parent and committer; all else stays byte for byte. Source: git-cat-file(1), commits."""
    header, gap, message = commit.partition(b"\n\n")
    kept: list[bytes] = []
    going = False
    for line in header.split(b"\n"):
        going = going if line.startswith(b" ") else bool(_REPLACED.match(line))
        kept += [] if going else [line]
    first = [b"tree " + tree.encode(), b"parent " + parent.encode(), kept[0], b"committer " + committer]
    return b"\n".join([*first, *kept[1:]]) + gap + message


def _standing_for(tree: str, *parents: str) -> bytes:
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    people = b"author " + _NOBODY + b"\ncommitter " + _NOBODY
    return "\n".join(lines).encode() + b"\n" + people + b"\n\n\n"


def _written(repository: Repository, commit: bytes) -> str:
    return repository.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=commit).decode().strip()


def _empty(repository: Repository) -> str:
    return repository.git("hash-object", "-w", "-t", "tree", "--stdin", stdin=b"").decode().strip()
