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
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gatecheck.errors import CannotTell
from gatecheck.repo import Repository
from gatecheck.room.blobs import below, listing, remove, write_blob

_LINK, _MODULE = 0o120000, 0o160000
_LAID = "laid"
"""In the place of a blob's id: the file came from an environment."""
_FORBIDDEN = {b"", b".", b"..", b".git"}


class Written(NamedTuple):
    """A file as it was when it was written: what must be seen again for it to count as untouched."""

    mode: int
    blob: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class Slot:
    """The files of one tree. `hold` makes it hold a tree; `restore` undoes what programs did to it."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        self._repository = repository
        self._folder = folder
        self.tree = folder / "tree"
        self._state, self._dirty, self._index = folder / "state", folder / "dirty", folder / "index"
        self._held = ""
        self._commit = ""
        self._laid = ""
        self._sources: tuple[Path, ...] = ()
        self._files: dict[bytes, Written] = {}

    def hold(self, tree: str, commit: str, branch: str) -> None:
        """Make the folder hold exactly this tree, with a `.git` whose HEAD is `commit` on `branch`."""
        if not self._load():
            self._empty()
        elif self._dirty.exists():
            self.restore()
        if self._held != tree:
            self._state.unlink(missing_ok=True)
            self._move(tree)
        self._commit = commit
        self._write_git(branch)
        self._save()

    @property
    def is_dirty(self) -> bool:
        """True from before a program runs here until it was seen to be clean."""
        return self._dirty.exists()

    def mark(self) -> None:
        """Say that a program is about to run here."""
        self._dirty.touch()

    def restore(self) -> None:
        """Put back what programs changed: extra files go, changed and missing ones are written again."""
        touched = list(self._differences())
        if touched:
            self._state.unlink(missing_ok=True)
            for path in touched:
                remove(self._path(path))
            for path in touched:
                was = self._files.get(path)
                if was:
                    self._files[path] = self._again(path, was)
            self._save()
        self._dirty.unlink(missing_ok=True)

    def extras(self) -> list[bytes]:
        """Return the paths (files, or whole folders) that are there and do not belong to the tree."""
        return [path for path in self._differences() if path not in self._files]

    def lay(self, layers: dict[str, Path]) -> None:
        """Put the files that building an environment left in the tree back into it; `layers` is key to folder."""
        self._sources = tuple(layers.values())
        wanted = " ".join(layers)
        if self._laid == wanted:
            return
        self._state.unlink(missing_ok=True)
        for path in [path for path, was in self._files.items() if was.blob == _LAID]:
            remove(self._path(path))
            del self._files[path]
            self._prune(path)
        for source in self._sources:
            for path in below(source):
                if path not in self._files:
                    self._files[path] = self._again(path, Written(0, _LAID, 0, 0, 0, 0))
        self._laid = wanted
        self._save()

    def _again(self, path: bytes, was: Written) -> Written:
        """Write a file that should be there, from git or from the environment that left it."""
        if was.blob != _LAID:
            return self._write(path, was.mode, was.blob)
        source = next(
            folder for folder in self._sources if os.path.lexists(os.fsencode(folder) + b"/" + path)
        )
        self._make_parents(path)
        shutil.copy2(os.fsencode(source) + b"/" + path, self._path(path), follow_symlinks=False)
        return _seen(self._path(path), was.mode, _LAID)

    def _load(self) -> bool:
        """Read the state; return False when there is none that can be believed."""
        try:
            held, laid, files = marshal.loads(self._state.read_bytes())  # noqa: S302 -- written by us, outside every gate
            self._held, self._laid = str(held), str(laid)
            self._files = {bytes(path): Written(*was) for path, was in files.items()}
        except (OSError, ValueError, EOFError, TypeError):
            return False
        return self.tree.is_dir()

    def _save(self) -> None:
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
        gone, come = self._steps(tree)
        for path in gone:
            remove(self._path(path))
            self._files.pop(path, None)
            self._prune(path)
        for path, mode, blob in come:
            self._files[path] = self._write(path, mode, blob)
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

    def _write(self, path: bytes, mode: int, blob: str) -> Written:
        place = self._path(path)
        self._make_parents(path)
        if mode == _MODULE:
            os.mkdir(place)
        elif mode == _LINK:
            os.symlink(self._repository.objects.blob(blob), place)
        else:
            write_blob(self._repository, blob, place, executable=bool(mode & 0o111))
        return _seen(place, mode, blob)

    def _path(self, path: bytes) -> bytes:
        """Return where a file goes. Raises CannotTell for a path that would leave the tree or reach into `.git`."""
        if any(part.lower() in _FORBIDDEN for part in path.split(b"/")):
            raise CannotTell(
                f"the tree holds a path that must not be written: {os.fsdecode(path)!r}",
                fix="Remove it from the branch; a server with receive.fsckObjects=true refuses such trees.",
            )
        return os.fsencode(self.tree) + b"/" + path

    def _make_parents(self, path: bytes) -> None:
        """Make a file's folders, never through a link."""
        folder = os.fsencode(self.tree)
        for part in path.split(b"/")[:-1]:
            folder += b"/" + part
            try:
                os.mkdir(folder)
            except FileExistsError:
                if not stat.S_ISDIR(os.lstat(folder).st_mode):
                    remove(folder)
                    os.mkdir(folder)

    def _prune(self, path: bytes) -> None:
        """Remove the folders that a file left empty."""
        folder = self._path(path)
        top = os.fsencode(self.tree)
        while (folder := os.path.dirname(folder)) != top:
            try:
                os.rmdir(folder)
            except OSError:  # not empty, or gone already
                return

    def _differences(self) -> Iterator[bytes]:
        """Yield the paths (files, or whole folders that do not belong) at which disk and state disagree."""
        folders = {b""}
        for path in self._files:
            while (path := path.rpartition(b"/")[0]) not in folders:
                folders.add(path)
        missing = dict(self._files)
        yield from self._walk(b"", folders, missing)
        yield from missing

    def _walk(self, folder: bytes, folders: set[bytes], missing: dict[bytes, Written]) -> Iterator[bytes]:
        with os.scandir(os.fsencode(self.tree) + b"/" + folder) as entries:
            listed = list(entries)
        for entry in listed:
            path = folder + b"/" + entry.name if folder else entry.name
            if path == b".git":
                continue
            was = missing.pop(path, None)
            if was:
                if _seen(entry.path, was.mode, was.blob) != was or (
                    was.mode == _MODULE and os.listdir(entry.path)
                ):
                    yield path
            elif path in folders and entry.is_dir(follow_symlinks=False):
                yield from self._walk(path, folders, missing)
            else:
                yield path

    def _write_git(self, branch: str) -> None:
        """Write the `.git` that gates see: no hooks, no remotes, no configuration of anybody's."""
        fresh = self.tree / ".git"
        remove(fresh)
        for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
            (fresh / folder).mkdir(parents=True)
        (fresh / "objects" / "info" / "alternates").write_bytes(
            os.fsencode(self._repository.private / "objects") + b"\n"
        )
        (fresh / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
        (fresh / "packed-refs").write_text(f"{self._commit} refs/heads/{branch}\n")
        long = "\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n"
        short = "\trepositoryformatversion = 0\n"
        (fresh / "config").write_text(
            "[core]\n\tbare = false\n\tfilemode = true\n" + (long if len(self._commit) == 64 else short)  # noqa: PLR2004
        )
        shallow = self._repository.private / "shallow"
        if shallow.exists():
            shutil.copyfile(shallow, fresh / "shallow")
        shutil.copyfile(self._index, fresh / "index")


def _seen(place: bytes, mode: int, blob: str) -> Written:
    now = os.lstat(place)
    if mode == _MODULE:  # an empty folder: only that it is one matters
        return Written(mode, blob, stat.S_IFMT(now.st_mode), 0, 0, 0)
    return Written(mode, blob, now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)
