"""Secrets in what a snapshot would bring to a remote. Who knows secrets is the hook for them, which is asked as a program.

The hook looks at what is staged against HEAD, and in a merge at what is new against every parent. So it is given a HEAD that is the last
commit that the remote has (where there are several, the others are "being merged"), and an index that is one of the snapshot's trees.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from gatecheck.errors import CannotTell, Refused
from gatecheck.process import ask
from gatecheck.repo import UserGit
from gatecheck.snapshots.asking import QUIETLY, run

_NOTHING, _FOUND = 0, 1
"""Exit codes of the hook."""
_ITEM = "  - "
_SAYS = "gatecheck: "
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a look for secrets."""

    leaks: tuple[str, ...] = ()
    """Where, of what kind, and how it is known; never what it says."""
    notes: tuple[str, ...] = ()
    """What was not looked into."""


def look(git: UserGit, commit: str, head: str | None, trees: Sequence[str], remote: str | None) -> Looked:
    """Look for secrets in what a snapshot's trees, and its HEAD, have and the remote lacks; without a remote, in what HEAD lacks.

    Raises CannotTell when nobody can tell.
    """
    heads = [head] if head else []
    there = _there_already(git, commit, remote) if remote else heads
    names = (f"{name}^{{tree}}" for name in (*there, *heads, *trees))
    found = run(git, "rev-parse", *names).split("\n")
    leaks: list[str] = []
    notes: list[str] = []
    for tree in dict.fromkeys(found[len(there) :]):
        if found[: len(there)] != [tree]:
            more = _in_tree(git, tree, there)
            leaks += more.leaks
            notes += more.notes
    return Looked(tuple(dict.fromkeys(leaks)), tuple(dict.fromkeys(notes)))


def refusal(leaks: Sequence[str]) -> Refused:
    """Return the error for a snapshot that would carry secrets away."""
    listed = "".join(f"\n{_ITEM}{leak}" for leak in leaks[:_SHOWN])
    more = f"\n{_ITEM}and {len(leaks) - _SHOWN} more" if len(leaks) > _SHOWN else ""
    return Refused(
        f"the snapshot would bring what looks like a secret to the remote, so it was not made:{listed}{more}",
        fix="Take it out of the file, have git ignore the file (.gitignore), leave untracked files out (--tracked-only), or keep the "
        "snapshot on this machine (--no-push). What may be known to all stands by its digest in .gatecheck/allowed-secrets on the "
        "protected branch.",
    )


def _there_already(git: UserGit, commit: str, remote: str) -> list[str]:
    """Return the last commits that the remote has, as far as is known here, and from which a snapshot comes."""
    have = f"--remotes={remote}" if remote in git("remote").split("\n") else "--remotes"
    out = run(git, "rev-list", "--boundary", commit, "--not", have)
    edges = [line.removeprefix("-") for line in out.split("\n") if line.startswith("-")]
    return run(git, "merge-base", "--independent", *edges).split("\n") if len(edges) > 1 else edges


def _in_tree(git: UserGit, tree: str, there: Sequence[str]) -> Looked:
    """Have the hook look at a tree as if it were staged on top of what is there already."""
    with tempfile.TemporaryDirectory(prefix="gatecheck-secrets-") as folder:
        head, *others = there or ["ref: refs/heads/none"]
        Path(folder, "HEAD").write_text(f"{head}\n", encoding="ascii")
        if others:
            Path(folder, "MERGE_HEAD").write_text("".join(f"{each}\n" for each in others), encoding="ascii")
        place = git.place
        Path(folder, "commondir").write_bytes(
            os.fsencode(place.common_dir) + b"\n"
        )  # as of a linked work tree
        env = {**QUIETLY, "GIT_DIR": folder, "GIT_WORK_TREE": f"{place.work_tree}"}
        run(git, "read-tree", tree, env=env)
        argv = [sys.executable, "-I", "-S", str(files("gatecheck_hooks") / "secrets.py")]
        code, _, err = ask(argv, env=git.environment(env), cwd=f"{place.work_tree}")
    lines = err.decode("utf-8", "replace").splitlines()
    leaks = [line.removeprefix(_ITEM) for line in lines if line.startswith(_ITEM)]
    if (code, bool(leaks)) not in {(_NOTHING, False), (_FOUND, True)}:
        raise CannotTell(
            f"nobody can tell whether there is a secret in it: {' '.join(lines) or f'exit code {code}'}",
            fix="Mend that, or keep the snapshot on this machine: --no-push",
        )
    told = [line.removeprefix(_SAYS) for line in lines if line.startswith(_SAYS) and not line.endswith(":")]
    return Looked(tuple(leaks), tuple(told))
