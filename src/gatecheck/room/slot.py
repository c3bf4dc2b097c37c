"""A slot: one tree's files on disk, as a repository of its own, moved from tree to tree by what differs.

Layout of a slot's folder:
    tree/       the files, and a `.git` of their own that borrows objects; this is all that a gate sees
    state       which tree it holds and what each file looked like when it was written; absent while it is being moved
    index       git's index for that tree, moved along
    dirty       present from before a program runs in `tree/` until a walk has shown (or restored) that it is clean
"""

from __future__ import annotations

import marshal
import os
import shutil
import stat
from pathlib import Path

from gatecheck.errors import CannotTell, ToolError
from gatecheck.repo import Repository
from gatecheck.room.blobs import below, is_bytecode, listing, place_of, remove, write_blob
from gatecheck.room.manifest import SUBMODULE, Written, differences, folders_of, look, upwards

_LINK = 0o120000
_CLOCK_TICK = 1_000_000_000
"""Nanoseconds: far more than file systems' clocks need to move on. A file from further ahead was not written just now."""
_LAID = "laid"
"""In the place of a blob's id: the file came from an environment."""


class Slot:
    """The files of one tree. `hold` makes it hold a tree; `restore` undoes what programs did to it."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        self._repository = repository
        self._folder = folder
        self.tree = folder / "tree"
        self._state, self._dirty, self._index = folder / "state", folder / "dirty", folder / "index"
        self._held = ""
        self._commit = ""
        self._branch = ""
        self._laid = ""
        self._newest = 0
        self._sources: tuple[Path, ...] = ()
        self._files: dict[bytes, Written] = {}

    def hold(self, tree: str, commit: str, branch: str) -> None:
        """Make the folder hold exactly this tree, with a `.git` whose HEAD is `commit` on `branch`."""
        if not self._load():
            self._empty()
        elif self._dirty.exists():
            self._forget_laid()  # their sources may be gone; the walk takes them for extra files
            self.restore()
        if self._held != tree:
            self.lay({})  # the new tree may hold files where an environment left some
            self._state.unlink(missing_ok=True)
            self._move(tree)
        self._commit, self._branch = commit, branch
        self._write_git()
        self._save()

    @property
    def is_dirty(self) -> bool:
        """True from before a program runs here until it was seen to be clean."""
        return self._dirty.exists()

    def mark(self) -> None:
        """Say that a program is about to run here."""
        self._dirty.touch()
        while 0 <= self._newest - self._dirty.stat().st_mtime_ns < _CLOCK_TICK:
            self._dirty.touch()  # until a change to a file must show in its time

    def restore(self) -> None:
        """Put back what programs changed: extra files go, changed and missing ones are written again, and so is `.git`."""
        if not _is_folder(self.tree):  # somebody moved the whole of it, or put a link in its place
            remove(self.tree)
            self.tree.mkdir()
        touched = list(differences(self.tree, self._files))
        self._state.unlink(missing_ok=True)
        for path in touched:
            remove(self._path(path))
        for path in touched:
            was = self._files.get(path)
            if was:
                self._files[path] = self._again(path, was)
        if self._commit:
            self._write_git()
        self._save()
        self._dirty.unlink(missing_ok=True)

    def extras(self) -> list[bytes]:
        """Return the paths (files, or whole folders) that are there and do not belong to the tree."""
        return [path for path in differences(self.tree, self._files) if path not in self._files]

    def lay(self, layers: dict[str, Path]) -> None:
        """Put the files that building an environment left in the tree back into it; `layers` is key to folder."""
        self._sources = tuple(layers.values())
        wanted = " ".join(layers)
        if self._laid == wanted:
            return
        self._state.unlink(missing_ok=True)
        for path in self._forget_laid():
            remove(self._path(path))
            self._prune(path)
        folders = folders_of(self._files)
        for source in self._sources:
            for path in below(source):
                if path not in folders and not any(part in self._files for part in upwards(path)):
                    self._files[path] = self._again(path, Written(0, _LAID, 0, 0, 0, 0))
        self._laid = wanted
        self._save()

    def _forget_laid(self) -> list[bytes]:
        """Take the environments' files out of the list of what belongs here; return their paths."""
        laid = [path for path, was in self._files.items() if was.blob == _LAID]
        for path in laid:
            del self._files[path]
        self._laid = ""
        return laid

    def _again(self, path: bytes, was: Written) -> Written:
        """Write a file that should be there, from git or from the environment that left it."""
        if was.blob != _LAID:
            return self._write(path, was.mode, was.blob)
        source = next(
            folder for folder in self._sources if os.path.lexists(os.fsencode(folder) + b"/" + path)
        )
        self._make_parents(path, set())
        shutil.copy2(os.fsencode(source) + b"/" + path, self._path(path), follow_symlinks=False)
        return look(self._path(path), was.mode, _LAID)

    def _load(self) -> bool:
        """Read the state; return False when there is none that can be believed."""
        try:
            held, laid, files = marshal.loads(self._state.read_bytes())  # noqa: S302 -- written by us, outside every gate
            self._held, self._laid = str(held), str(laid)
            self._files = {bytes(path): Written(*was) for path, was in files.items()}
        except (OSError, ValueError, EOFError, TypeError, AttributeError):
            return False
        self._newest = max((was.ctime_ns for was in self._files.values()), default=0)
        return _is_folder(self.tree)

    def _save(self) -> None:
        self._newest = max((was.ctime_ns for was in self._files.values()), default=0)
        data = marshal.dumps(
            (self._held, self._laid, {path: tuple(was) for path, was in self._files.items()})
        )
        fresh = self._state.with_suffix(".new")
        fresh.write_bytes(data)
        fresh.replace(self._state)

    def _empty(self) -> None:
        """Begin anew with no file at all."""
        remove(self._folder)
        self.tree.mkdir(parents=True)
        self._held, self._laid, self._files = "", "", {}

    def _move(self, tree: str) -> None:
        try:
            gone, come = self._steps(tree)
        except ToolError:  # what is held was pruned, or there is another repository at the same place now
            self._empty()
            gone, come = self._steps(tree)
        for path in gone:
            remove(self._path(path))
            self._files.pop(path, None)
            self._prune(path)
        made: set[bytes] = set()
        for path, mode, blob in come:
            if not is_bytecode(path):
                self._files[path] = self._write(path, mode, blob, made)
        lines = [b"0 " + b"0" * len(tree) + b"\t" + path for path in gone]
        lines += [b"%o %s\t%s" % (mode, blob.encode(), path) for path, mode, blob in come]
        self._repository.git(
            "update-index",
            "-z",
            "--index-info",
            stdin=b"".join(line + b"\0" for line in lines),
            index=self._index,
        )
        self._held = tree

    def _steps(self, tree: str) -> tuple[list[bytes], list[tuple[bytes, int, str]]]:
        """Return the paths to take away and the files to write, by the difference from the tree that is held."""
        if not self._held:
            return [], list(listing(self._repository, tree))
        out = self._repository.git(
            "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", self._held, tree
        )
        parts = out.split(b"\0")[:-1]
        gone, come = [], []
        for head, path in zip(parts[::2], parts[1::2], strict=True):
            _, mode, _, blob, status = head.split(b" ")
            if status != b"A":
                gone.append(path)
            if status != b"D":
                come.append((path, int(mode, 8), blob.decode()))
        return gone, come

    def _write(self, path: bytes, mode: int, blob: str, made: set[bytes] | None = None) -> Written:
        """Write one file; `made` are folders that were seen to be folders since programs last ran."""
        place = place_of(self.tree, path)
        try:
            self._make_parents(path, set() if made is None else made)
            if mode == SUBMODULE:
                os.mkdir(place)
            elif mode == _LINK:
                os.symlink(self._repository.objects.blob(blob), place)
            else:
                write_blob(self._repository, blob, place, executable=bool(mode & 0o111))
        except FileExistsError as error:
            raise CannotTell(
                f"the tree holds two things of one name: {os.fsdecode(path)!r}",
                fix="Remove one of them from the branch; `git fsck` shows such trees.",
            ) from error
        return look(place, mode, blob)

    def _path(self, path: bytes) -> bytes:
        """Return where a file is that was written, or found, below the tree."""
        return os.fsencode(self.tree) + b"/" + path

    def _make_parents(self, path: bytes, made: set[bytes]) -> None:
        """Make a file's folders, never through a link."""
        parent = path.rpartition(b"/")[0]
        if not parent or parent in made:
            return
        self._make_parents(parent, made)
        folder = os.fsencode(self.tree) + b"/" + parent
        try:
            os.mkdir(folder)
        except FileExistsError:
            if not stat.S_ISDIR(os.lstat(folder).st_mode):
                raise
        made.add(parent)

    def _prune(self, path: bytes) -> None:
        """Remove the folders that a file left empty."""
        folder = self._path(path)
        top = os.fsencode(self.tree)
        while (folder := os.path.dirname(folder)) != top:
            try:
                os.rmdir(folder)
            except OSError:  # not empty, or gone already
                return

    def _write_git(self) -> None:
        """Write the `.git` that gates see: no hooks, no remotes, no configuration of anybody's."""
        fresh = self.tree / ".git"
        remove(fresh)
        for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
            (fresh / folder).mkdir(parents=True)
        (fresh / "objects" / "info" / "alternates").write_bytes(
            os.fsencode(self._repository.private / "objects") + b"\n"
        )
        branch = os.fsencode(f"refs/heads/{self._branch}\n")
        (fresh / "HEAD").write_bytes(b"ref: " + branch)
        (fresh / "packed-refs").write_bytes(self._commit.encode() + b" " + branch)
        long = "\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n"
        short = "\trepositoryformatversion = 0\n"
        (fresh / "config").write_text(
            "[core]\n\tbare = false\n\tfilemode = true\n" + (long if len(self._commit) == 64 else short)  # noqa: PLR2004
        )
        shallow = self._repository.private / "shallow"
        if shallow.exists():
            shutil.copyfile(shallow, fresh / "shallow")
        shutil.copyfile(self._index, fresh / "index")


def _is_folder(path: Path) -> bool:
    """Tell whether there is a folder, and not a link to one."""
    return path.is_dir() and not path.is_symlink()
