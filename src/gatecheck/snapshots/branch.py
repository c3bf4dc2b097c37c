"""New branches: what they may be called, and making one without moving anything else."""

from __future__ import annotations

from gatecheck.errors import ToolError, UsageError
from gatecheck.repo import UserGit
from gatecheck.settings import shown
from gatecheck.snapshots.asking import DURABLY, QUIETLY, complaint, run
from gatecheck.snapshots.names import HEADS


def refuse_branch(git: UserGit, name: str) -> None:
    """Raise UsageError for a name that no new branch can have."""
    if git.code("check-ref-format", "--branch", name)[1] != name:
        raise UsageError(
            f"{shown(name)} is no name for a branch", fix="Use letters, digits, dashes and slashes."
        )
    above = [name[:end] for end, char in enumerate(name) if char == "/"]
    wanted = [HEADS + each for each in (name, *above)]
    there = run(git, "for-each-ref", "--format=%(refname)", *wanted, env=QUIETLY).split("\n")
    taken = [ref.removeprefix(HEADS) for ref in there if ref in wanted or ref.startswith(f"{HEADS}{name}/")]
    if taken:
        raise UsageError(
            f"there is a branch {shown(taken[0])} already", fix=f"Name another one than {shown(name)}."
        )


def make_branch(git: UserGit, name: str, commit: str, *, since: str) -> None:
    """Make a branch at a commit. Raises ToolError when git, or a hook, refuses; `since` is a snapshot that is kept in any case."""
    code, _, err = git.code(
        *("update-ref", "-m", "branch: Created by gatecheck"),
        *(HEADS + name, commit, "0" * len(commit)),
        env=DURABLY,
    )
    if code:
        raise ToolError(
            f"the branch {name} cannot be made: {complaint(err)}",
            fix=f"Mend what git names, and try again; the snapshot is kept as {since}.",
        )
