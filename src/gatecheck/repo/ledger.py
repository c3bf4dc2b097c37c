"""A ref that only grows: its tip's tree holds small files, and each commit's one parent is what the ref was before.

So an ordinary push is a compare-and-swap, and what two added at the same time is put together without a conflict. Nobody's name is
in these commits: who says what is signed inside the files.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

from gatecheck.errors import CannotTell, ToolError
from gatecheck.repo.asking import DURABLY, QUIETLY, complaint, run
from gatecheck.repo.objects import Objects
from gatecheck.repo.user_git import UserGit

ATTEMPTS = 100
"""How often a move that lost a race is tried again; each time somebody else has won one."""
_STILL = 8
"""How often it is tried again where the ref did not move: somebody holds its lock, or the disk is full."""
_PAUSE = 0.02
"""Seconds, at most, before the first new attempt; by chance, so that those who collided do not do so again."""
_LONGEST_PAUSE = 0.5
MOST_FILES = 1000
"""Files of a ledger that are read: a remote must not keep us busy."""
LARGEST_FILE = 8 * 1024 * 1024
_NOBODY = {
    f"GIT_{role}_{what}": word
    for role in ("AUTHOR", "COMMITTER")
    for what, word in (("NAME", "gatecheck"), ("EMAIL", "gatecheck@localhost"))
}
_FILE = "100644"


def append(git: UserGit, ref: str, files: Mapping[str, bytes], subject: str) -> str:
    """Add files to a ledger, made if it is not there, and return its tip; with nothing new it stays as it is.

    A name that is there keeps its content. Raises ToolError when git cannot do it; the ref is then what it was.
    """
    blobs = {name: _blob(git, content) for name, content in files.items()}
    return _grow(git, ref, blobs, subject, onto=None)


def unite(git: UserGit, ref: str, tip: str, subject: str) -> str:
    """Let a ledger hold what another copy of it (`tip`, which came from elsewhere) holds too; return its tip.

    The new commit stands on that copy, so that pushing it there is a fast-forward.
    """
    return _grow(git, ref, {}, subject, onto=tip)


def read_files(objects: Objects, commit: str) -> dict[str, bytes]:
    """Return the files of a ledger's commit by name. Raises CannotTell when there are too many, or they are no small files."""
    entries = objects.listing(objects.tree_of(commit))
    if len(entries) > MOST_FILES or not all(entry.is_file for entry in entries.values()):
        raise _no_ledger(commit, f"it should hold at most {MOST_FILES} files, and nothing else")
    if any(objects.size(entry.id) > LARGEST_FILE for entry in entries.values()):
        raise _no_ledger(commit, f"a file in it has more than {LARGEST_FILE:,} bytes")
    return {name: objects.blob(entry.id) for name, entry in entries.items()}


def tip_of(git: UserGit, ref: str) -> str:
    """Return the commit that a ref points to; empty when it is not there."""
    code, out, _ = git.code("rev-parse", "--verify", "--quiet", "--end-of-options", ref, env=QUIETLY)
    return "" if code else out


def _grow(git: UserGit, ref: str, blobs: Mapping[str, str], subject: str, *, onto: str | None) -> str:
    """Move a ref to a commit that holds everything; whoever moved it meanwhile is taken into account, and it is tried again."""
    still = 0
    for attempt in range(ATTEMPTS):
        old = tip_of(git, ref)
        if onto and old and not git.code("merge-base", "--is-ancestor", onto, old, env=QUIETLY)[0]:
            return old
        parent = old if onto is None else onto
        mine = {**blobs, **(_held(git, old) if onto is not None else {})}
        held = _held(git, parent)
        more = mine.keys() - held.keys()
        new = _commit(git, {**mine, **held}, parent, subject) if more or not parent else parent
        if new == old:
            return old
        code, _, err = git.code("update-ref", "--no-deref", ref, new, old or "0" * len(new), env=DURABLY)
        if not code:
            return new
        still += tip_of(git, ref) == old
        if still > _STILL:
            raise ToolError(
                f"{ref} cannot be moved: {complaint(err)}",
                fix="Mend what git names (a full disk, a lock that a killed git left, a hook that refuses), and try again.",
            )
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _PAUSE * (attempt + 1))))  # noqa: S311 -- no secret
    raise ToolError(
        f"{ref} was moved by others {ATTEMPTS} times in a row", fix="Try again when there is less going on."
    )


def _held(git: UserGit, commit: str) -> dict[str, str]:
    """Return names and blobs of a ledger's commit; nothing of none. Raises CannotTell when it is something else."""
    if not commit:
        return {}
    found = {}
    for line in run(git, "ls-tree", "-z", "--full-tree", commit).split("\0")[:-1]:
        (mode, _, blob), name = line.partition("\t")[0].split(" "), line.partition("\t")[2]
        if mode != _FILE:
            raise _no_ledger(commit, f"{name!r} in it is no plain file")
        found[name] = blob
    return found


def _blob(git: UserGit, content: bytes) -> str:
    return run(git, "hash-object", "-w", "--stdin", "--no-filters", stdin=content)


def _commit(git: UserGit, blobs: Mapping[str, str], parent: str, subject: str) -> str:
    lines = "".join(f"{_FILE} blob {blob}\t{name}\0" for name, blob in blobs.items())
    tree = run(git, "mktree", "-z", stdin=lines.encode())
    on = ("-p", parent) if parent else ()
    return run(git, "commit-tree", tree, *on, stdin=f"{subject}\n".encode(), env={**QUIETLY, **_NOBODY})


def _no_ledger(commit: str, why: str) -> CannotTell:
    return CannotTell(
        f"{commit} is not what gatecheck keeps in its refs: {why}",
        fix="Delete the ref, and fetch it from where it is right: gatecheck evidence fetch",
    )
