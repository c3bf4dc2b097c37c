"""Uncommitted work as a commit: what HEAD would be if everything that is in the work tree were committed now.

Tracked files are taken as they are on the disk, new ones unless they are ignored. The commit is made in the private repository;
the user's index, files, refs and objects stay as they are, and no program that the repository names is started.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.repo.desk import Desk
from gatecheck.repo.repository import Repository
from gatecheck.settings import shown

ATTEMPTS = 3
"""Times that a work tree is read which changes while it is read."""
_SUBMODULE = b"160000"
_SHOWN = 5
_NO_DRIVER = {b"unspecified", b"unset", b"set"}
_WHO = "gatecheck <gatecheck@localhost> 0 +0000"
Look = tuple[int, int, int, int, int] | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The work tree as a commit on top of HEAD."""

    commit: str
    """HEAD itself where nothing is uncommitted. The same work on the same HEAD is the same commit, at any time."""
    changed: int
    """Files at which it differs from HEAD."""
    says: str
    """For people: `the work tree of feature (uncommitted: 3 files)`."""
    notes: tuple[str, ...] = ()
    """What was left out."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What differs from the index, by git's own comparison."""

    gone: tuple[bytes, ...]
    """Lines that take files away, as `git update-index --index-info` reads them."""
    here: dict[bytes, str]
    """Path to the blob that the index has there; empty for a new file."""
    nested: tuple[bytes, ...]
    """Repositories in the work tree that are not submodules."""
    submodules: tuple[bytes, ...]


def commit_of_worktree(repository: Repository) -> Snapshot:
    """Return the work tree as a commit.

    Raises UsageError for a repository without work tree or commit, a merge that is not resolved, or a file that only a program of
    the user's could translate; ToolError when git cannot read something; CannotTell when the files do not keep still.
    """
    head = _head(repository)
    branch = repository.symbolic("HEAD")
    name = branch.removeprefix("refs/heads/") if branch else "a detached HEAD"
    for _ in range(ATTEMPTS):
        with tempfile.TemporaryDirectory(dir=repository.private.parent, prefix="worktree-") as folder:
            found = _tree(Desk(repository, Path(folder)), repository)
        if found:
            tree, seen = found
            break
    else:
        raise CannotTell(
            f"the work tree changed while it was read, {ATTEMPTS} times in a row", fix=_keep_still(repository)
        )
    old = repository.objects.tree_of(head)
    changed = repository.git("diff-tree", "-r", "-z", "--name-only", old, tree).count(b"\0")
    if not changed:
        return Snapshot(head, 0, f"the work tree of {name} (nothing is uncommitted)", _notes(seen))
    many = f"{changed:,} file{'' if changed == 1 else 's'}"
    text = (
        f"tree {tree}\nparent {head}\nauthor {_WHO}\ncommitter {_WHO}\n\nUncommitted work in the work tree\n"
    )
    commit = repository.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode())
    return Snapshot(
        commit.decode().strip(), changed, f"the work tree of {name} (uncommitted: {many})", _notes(seen)
    )


def _head(repository: Repository) -> str:
    if repository.place.work_tree is None:
        raise UsageError(
            "--worktree: this repository is bare and has no work tree",
            fix="Name a work tree with --repo DIR, or a commit with --head REF.",
        )
    head = repository.resolve("HEAD")
    if head is None:
        raise UsageError("this repository has no commit yet", fix="Commit something on a branch first.")
    return head


def _keep_still(repository: Repository) -> str:
    """Return what to do about a work tree that changes while it is read."""
    place = repository.place
    if place.work_tree and Path(place.cache).is_relative_to(place.work_tree):
        return "gatecheck's own cache lies in it: set GATECHECK_CACHE to a folder outside, or ignore that one (.gitignore)."
    return "Stop what writes to it (an editor, a build, a test run), and run again."


def _tree(desk: Desk, repository: Repository) -> tuple[str, _Seen] | None:
    """Return the work tree's tree id; None when the files changed while they were read."""
    index = Path(repository.place.git_dir, "index")
    indexed = _look(os.fsencode(index))
    seen = _compare(desk)
    top = os.fsencode(desk.work_tree) + b"/"
    looks = {path: _look(top + path) for path in seen.here}
    odd = [path for path, look in looks.items() if look and not _is_storable(look[0])]
    if odd:
        raise UsageError(
            f"git cannot keep what is neither file nor link: {_names(odd)}",
            fix="Remove it, or have it ignored (.gitignore).",
        )
    here = _without_unchanged(desk, repository, seen.here)
    try:
        _add(desk, seen.gone, here)
    except ToolError:
        if looks == {path: _look(top + path) for path in looks}:
            raise
        return None
    if looks != {path: _look(top + path) for path in looks} or indexed != _look(os.fsencode(index)):
        return None
    # A partial clone lacks what is not checked out; a gate that needs it will say so.
    return desk.git("write-tree", "--missing-ok").decode().strip(), seen


def _compare(desk: Desk) -> _Seen:
    """Return what differs from the index. Source: git-ls-files(1), OUTPUT; git-diff-index(1), RAW OUTPUT FORMAT."""
    submodules, unmerged = [], []
    for line in desk.git("ls-files", "--stage", "-z").split(b"\0")[:-1]:
        head, path = line.split(b"\t", 1)
        mode, _, stage = head.split(b" ")
        if stage != b"0":
            unmerged.append(path)
        elif mode == _SUBMODULE and os.path.lexists(os.fsencode(desk.work_tree) + b"/" + path + b"/.git"):
            submodules.append(path)
    if unmerged:
        raise UsageError(
            f"the index is not merged: {_names(list(dict.fromkeys(unmerged)))}",
            fix="Resolve the conflict and `git add` the files, or give it up (git merge --abort).",
        )
    # `dirty`: of a submodule only its HEAD is compared; more would start git in it, with its configuration
    parts = desk.git("diff-files", "-z", "--raw", "--no-abbrev", "--ignore-submodules=dirty").split(b"\0")[
        :-1
    ]
    gone, here = [], {}
    for head, path in zip(parts[::2], parts[1::2], strict=True):
        _, _, blob, _, status = head.split(b" ")
        if status == b"D":
            gone.append(b"0 " + b"0" * len(blob) + b"\t" + path)
        else:
            here[path] = blob.decode()
    new = desk.git("ls-files", "--others", "-z", "--exclude-per-directory=.gitignore", *desk.excludes)
    nested = []
    for path in new.split(b"\0")[:-1]:
        if path.endswith(b"/"):
            nested.append(path)
        else:
            here[path] = ""
    return _Seen(tuple(gone), here, tuple(nested), tuple(submodules))


def _without_unchanged(desk: Desk, repository: Repository, here: dict[bytes, str]) -> list[bytes]:
    """Return the paths that git alone can read, without files of Git LFS that are what the index says.

    Raises UsageError for those that a filter program would have to translate: it is never started.
    """
    out = desk.git("check-attr", "-z", "--stdin", "filter", stdin=b"".join(path + b"\0" for path in here))
    parts = out.split(b"\0")[:-1]
    drivers = dict(zip(parts[::3], parts[2::3], strict=True))
    kept, foreign = [], []
    for path, blob in here.items():
        place = os.fsencode(desk.work_tree) + b"/" + path
        if drivers[path] in _NO_DRIVER or os.path.islink(place) or not os.path.isfile(place):
            kept.append(path)
        elif not (drivers[path] == b"lfs" and blob and repository.objects.blob(blob) == _pointer(place)):
            foreign.append(path)
    if foreign:
        names = b", ".join(sorted({drivers[path] for path in foreign})).decode("utf-8", "replace")
        raise UsageError(
            f"{_names(foreign)}: an attribute (filter={names}) asks for a program that translates the content, and none is run "
            "for work that is not committed",
            fix="Commit it first and run without --worktree, or stage it if it did not change (git add).",
        )
    return kept


def _pointer(place: bytes) -> bytes:
    """Return what Git LFS stores for a file's content. Source: the Git LFS specification, The Pointer."""
    with open(place, "rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.tell()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n".encode()


def _add(desk: Desk, gone: tuple[bytes, ...], here: list[bytes]) -> None:
    """Bring the copy of the index up to date."""
    desk.git("update-index", "-z", "--index-info", stdin=b"".join(line + b"\0" for line in gone))
    desk.git(
        *("update-index", "--add", "--remove", "--replace", "-z", "--stdin"),
        stdin=b"".join(path + b"\0" for path in here),
    )


def _look(place: bytes) -> Look:
    """Return what tells whether a file is still the same; None when there is none."""
    try:
        now = os.lstat(place)
    except OSError:
        return None
    return (now.st_mode, now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)


def _is_storable(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode)


def _notes(seen: _Seen) -> tuple[str, ...]:
    notes = (
        ["uncommitted work was judged: commit it, and what is judged then is the same"] if seen.here else []
    )
    if seen.nested:
        notes.append(f"a repository inside the work tree was left out: {_names(list(seen.nested))}")
    if seen.submodules:
        notes.append(
            f"of a submodule the commit counts that is checked out, and nothing else in it: {_names(list(seen.submodules))}"
        )
    return tuple(notes)


def _names(paths: list[bytes]) -> str:
    some = [shown(os.fsdecode(path)) for path in paths[:_SHOWN]]
    return ", ".join(some) + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")
