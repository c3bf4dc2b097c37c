"""A snapshot put back: into a work tree that is clean and stands where it was taken, or on to a new branch, with nothing else touched."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import UsageError
from gatecheck.repo import UserGit
from gatecheck.snapshots.asking import QUIETLY, run
from gatecheck.snapshots.branch import make_branch, refuse_branch
from gatecheck.snapshots.contents import names
from gatecheck.snapshots.desk import desk_over
from gatecheck.snapshots.in_the_way import already_there
from gatecheck.snapshots.inside import Inside, differing
from gatecheck.snapshots.objects import committing
from gatecheck.snapshots.standing import stand, work_tree_of
from gatecheck.snapshots.write import SUBMODULE, Writing, index_locked, write


@dataclass(frozen=True, slots=True)
class PutBack:
    """Into the work tree."""

    written: int
    """Files that were written or removed."""
    staged: int
    """Paths at which the index differs from HEAD."""
    merging: tuple[str, ...]
    """The commits that were being merged, and are again."""
    submodules: tuple[tuple[str, str], ...]
    """Those whose HEAD was another one, with the commit that it was; they were not touched."""


@dataclass(frozen=True, slots=True)
class Branched:
    """On to a new branch."""

    branch: str
    tip: str
    commits: tuple[str, ...]
    """What each of its own commits is, the first first: `what was staged`."""


def into_work_tree(git: UserGit, found: Inside) -> PutBack:
    """Put files and index back as they were.

    Raises UsageError when the work tree stands elsewhere or is not clean, or when something would be overwritten that git does not
    have; ToolError or CannotTell when it cannot be written (or somebody else is writing), and then the work tree is as clean as it was.
    """
    top = f"{work_tree_of(git).work_tree}"
    changes = differing(git, found.base, found.tree)
    with index_locked(Path(git.place.git_dir)) as lock, desk_over(git) as desk:
        _refuse_elsewhere(git, found)
        kept = already_there(desk, top, changes, _instead(found))
        absent = {change.path for change in changes if not os.path.lexists(f"{top}/{change.path}")}
        write(desk, Writing(git, found, tuple(changes), kept, frozenset(absent)), lock)
        if found.merging:
            Path(git.place.git_dir, "MERGE_HEAD").write_text(
                "".join(f"{id_}\n" for id_ in found.merging), encoding="ascii"
            )
    staged = {change.path for change in differing(git, found.base, found.index)}
    staged |= {entry.path for entry in found.unmerged}
    submodules = tuple((change.path, change.id) for change in changes if change.mode == SUBMODULE)
    return PutBack(len(changes), len(staged), found.merging, submodules)


def to_branch(git: UserGit, found: Inside, name: str) -> Branched:
    """Make a new branch where the snapshot was taken, with a commit for what was staged and one for the rest; nothing else is touched.

    Raises UsageError for a name that no new branch can have, ToolError when git refuses.
    """
    refuse_branch(git, name)
    commit = committing(git)[0]
    tip, tree, made = found.known.head or "", found.base, []
    says = f"of {found.known.snapshot.tag}: {found.known.why}"
    for told, wanted in (("what was staged", found.index), ("what was not staged", found.tree)):
        if wanted != tree or (not tip and wanted == found.tree):
            tip, tree = commit(wanted, [tip] if tip else [], f"{told.capitalize()}, {says}"), wanted
            made.append(told)
    make_branch(git, name, tip, since=found.known.snapshot.tag)
    return Branched(name, tip, tuple(made))


def _refuse_elsewhere(git: UserGit, found: Inside) -> None:
    """Raise UsageError unless the work tree is clean, and at the commit where the snapshot was taken."""
    tag, standing = found.known.snapshot.tag, stand(git)
    aside = _instead(found)
    if standing.doing:
        raise UsageError(f"{standing.doing} is under way", fix=f"End it first. Or: {aside}")
    if standing.head != found.known.head:
        at = (
            f"git switch --create NEW-BRANCH {found.known.head}"
            if found.known.head
            else "git switch --orphan NEW-BRANCH"
        )
        raise UsageError(
            f"HEAD is at {_short(standing.head)}, and {tag} was taken at {_short(found.known.head)}",
            fix=f"Go there ({at}), and restore then. Or: {aside}",
        )
    out = run(
        git,
        "status",
        "--porcelain",
        "-z",
        "--untracked-files=no",
        "--ignore-submodules=dirty",
        "--no-renames",
        env=QUIETLY,
    )
    dirty = [line[3:] for line in out.split("\0")[:-1]]
    if dirty:
        raise UsageError(
            f"there is uncommitted work, which would be overwritten: {names(dirty)}",
            fix="Keep it first: commit it, or git stash push --include-untracked. Or restore beside it: git worktree add --detach DIR "
            f"{found.known.head}, and there gatecheck snapshot restore {tag}. Or: {aside}",
        )


def _instead(found: Inside) -> str:
    return f"gatecheck snapshot restore {found.known.snapshot.tag} --to NEW-BRANCH puts it on a branch, and touches nothing."


def _short(commit: str | None) -> str:
    return commit[:10] if commit else "no commit"
