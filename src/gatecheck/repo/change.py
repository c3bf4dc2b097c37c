"""What a merge would do, computed by git itself in the private repository."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import Literal

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import Change, ChangedPath
from gatecheck.repo.aim import Aim, short
from gatecheck.repo.history import Fork, fork_of
from gatecheck.repo.repository import Repository

_STATUS: dict[str, Literal["added", "modified", "deleted", "renamed"]] = {
    "A": "added",
    "M": "modified",
    "T": "modified",
    "D": "deleted",
    "R": "renamed",
}
MOST_RENAMES = 1_000
"""Files added and files deleted that are compared with each other; of more, only unchanged ones count as renamed."""
_FILE_TYPE = 0o170000
_REGULAR = 0o100000


def compute(repository: Repository, aim: Aim) -> Change:
    """Return the change that merging head into target would be. Raises CannotTell when there is nothing to judge or no answer."""
    objects = repository.objects
    fork = Fork("", sure=True) if aim.merge else fork_of(repository, aim.base, aim.head)
    _refuse_partial(repository, aim)
    base_tree, head_tree = objects.tree_of(aim.base), objects.tree_of(aim.head)
    if fork.commit == aim.head:
        raise CannotTell(
            f"there is nothing to judge: {short(aim.target)} already has everything that {aim.head[:12]} has",
            fix="Commit your work on a branch (git switch -c BRANCH), or name --target and --head.",
        )
    if fork.commit is None or not fork.sure:
        raise _unrelated(aim, fork)
    conflicts: tuple[str, ...] = ()
    if aim.merge:
        tree = objects.tree_of(aim.merge)
    elif fork.commit == aim.base:
        tree = head_tree
    else:
        objects.tree_of(fork.commit)
        tree, conflicts = _merge(repository, aim)
    paths = () if conflicts else tuple(difference(repository, base_tree, tree))
    return Change(aim.target, aim.base, aim.head, fork.commit, base_tree, tree, paths, conflicts)


def _merge(repository: Repository, aim: Aim) -> tuple[str, tuple[str, ...]]:
    """Return the merge result's tree, or the paths that conflict. Source: git-merge-tree(1), OUTPUT."""
    try:
        code, out = repository.git_code(
            "merge-tree",
            "--write-tree",
            "-z",
            "--name-only",
            "--no-messages",
            aim.base,
            aim.head,
            codes=(0, 1),
        )
    except ToolError as error:
        if repository.is_partial:  # what both sides changed is needed as it was at the merge base, too
            raise _partial(aim, "git cannot merge with what is in it") from error
        raise
    tree, *names = [os.fsdecode(part) for part in out.split(b"\0") if part]
    if code == 1:
        return "", tuple(dict.fromkeys(names)) or ("(git names no path)",)
    repository.objects.entry(tree, ".gatecheck.yaml")  # the root tree is there and hashes right
    return tree, ()


def difference(repository: Repository, old: str, new: str) -> Iterator[ChangedPath]:
    """Yield the paths at which two trees differ, renames found. Source: git-diff-tree(1), RAW OUTPUT FORMAT."""
    out = repository.git("diff-tree", "-r", "-z", "-M", f"-l{MOST_RENAMES}", "--raw", "--no-abbrev", old, new)
    parts = iter(os.fsdecode(out).split("\0")[:-1])
    for head in parts:
        old_mode, mode, old_blob, blob, status = head.removeprefix(":").split(" ")
        first = next(parts)
        path = next(parts) if status[0] == "R" else first
        gone = status[0] == "D"
        was, now = int(old_mode, 8), int(mode, 8)
        yield ChangedPath(
            path=path,
            status=_STATUS[status[0]],
            blob=None if gone else blob,
            old_blob=None if status[0] == "A" else old_blob,
            mode=now or was,
            old_path=first if status[0] == "R" else None,
            lines=repository.objects.changed_lines(old_blob if _is_regular(was) else None, blob)
            if _is_regular(now) and blob != old_blob
            else (),
        )


def _is_regular(mode: int) -> bool:
    return mode & _FILE_TYPE == _REGULAR


def _refuse_partial(repository: Repository, aim: Aim) -> None:
    """Raise CannotTell in a partial clone that lacks something of the trees to compare. Source: git-rev-list(1), --missing."""
    if not repository.is_partial:
        return
    commits = [commit for commit in (aim.base, aim.head, aim.merge) if commit]
    out = repository.git("rev-list", "--objects", "--no-walk", "--missing=print", *commits)
    lacking = sum(line.startswith(b"?") for line in out.splitlines())
    if lacking:
        raise _partial(aim, f"{lacking} objects of target and head are not in it")


def _partial(aim: Aim, why: str) -> CannotTell:
    wanted = [aim.base, aim.head] if aim.by_forge else []  # what a person named may never have been at origin
    return CannotTell(
        f"this is a partial clone, and {why}",
        fix=f"Fetch the rest: {' '.join(['git fetch --refetch --no-filter origin', *wanted])}",
    )


def _unrelated(aim: Aim, fork: Fork) -> CannotTell:
    if not fork.sure:
        return CannotTell(
            f"this clone is too shallow to tell where the work forked from {short(aim.target)}, so the merge cannot be computed",
            fix="Deepen it first: git fetch --unshallow (or check out with the full history)",
        )
    return CannotTell(
        f"{short(aim.target)} and {aim.head[:12]} have no history in common",
        fix=f"Check that this is the right branch: git log --oneline {shlex.quote(short(aim.target))}",
    )
