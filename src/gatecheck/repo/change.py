"""What a merge would do, computed by git itself in the private repository."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import Literal

from gatecheck.errors import CannotTell
from gatecheck.model import Change, ChangedPath
from gatecheck.repo.aim import Aim, short
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
_NONE: tuple[str, ...] = ()
_FILE_TYPE = 0o170000
_REGULAR = 0o100000


def compute(repository: Repository, aim: Aim) -> Change:
    """Return the change that merging head into target would be. Raises CannotTell when there is nothing to judge or no answer."""
    objects = repository.objects
    base_tree, head_tree = objects.tree_of(aim.base), objects.tree_of(aim.head)
    merge_base = repository.merge_base(aim.base, aim.head)
    if merge_base is None:
        raise _unrelated(repository, aim)
    if merge_base == aim.head:
        raise CannotTell(
            f"there is nothing to judge: {short(aim.target)} already has everything that {aim.head[:12]} has",
            fix="Commit your work on a branch (git switch -c BRANCH), or name --target and --head.",
        )
    objects.tree_of(merge_base)
    _refuse_shallow(repository, aim, merge_base)
    tree, conflicts = (head_tree, _NONE) if merge_base == aim.base else _merge(repository, aim)
    paths = () if conflicts else tuple(_diff(repository, base_tree, tree))
    return Change(aim.target, aim.base, aim.head, merge_base, base_tree, tree, paths, conflicts)


def _merge(repository: Repository, aim: Aim) -> tuple[str, tuple[str, ...]]:
    """Return the merge result's tree, or the paths that conflict. Source: git-merge-tree(1), OUTPUT."""
    code, out = repository.git_code(
        "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", aim.base, aim.head, codes=(0, 1)
    )
    tree, *names = [os.fsdecode(part) for part in out.split(b"\0") if part]
    if code == 1:
        return "", tuple(dict.fromkeys(names)) or ("(git names no path)",)
    repository.objects.entry(tree, ".gatecheck.yaml")  # the root tree is there and hashes right
    return tree, ()


def _diff(repository: Repository, old: str, new: str) -> Iterator[ChangedPath]:
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


def _refuse_shallow(repository: Repository, aim: Aim, merge_base: str) -> None:
    """Raise CannotTell when history is cut off between the merge base and the two tips: the merge base may be a wrong one."""
    shallow = repository.private / "shallow"
    if not shallow.exists():
        return
    cut = set(shallow.read_text("ascii").split())
    between = repository.git("rev-list", aim.base, aim.head, f"^{merge_base}").decode().split()
    if cut.intersection(between):
        raise CannotTell(
            "this clone is too shallow: the history between target and head is cut off, so the merge cannot be computed",
            fix="Deepen it first: git fetch --unshallow (in CI: check out with the full history)",
        )


def _unrelated(repository: Repository, aim: Aim) -> CannotTell:
    if (repository.private / "shallow").exists():
        return CannotTell(
            f"this clone is too shallow to find where the work forked from {short(aim.target)}",
            fix="Deepen it first: git fetch --unshallow (in CI: check out with the full history)",
        )
    return CannotTell(
        f"{short(aim.target)} and {aim.head[:12]} have no history in common",
        fix=f"Check that this is the right branch: git log --oneline {shlex.quote(short(aim.target))}",
    )
