"""The user's repository, asked as little as possible, and the private one beside it in which git may work."""

from __future__ import annotations

import os
import re
import tempfile
from functools import cached_property
from pathlib import Path
from typing import IO

from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.place import Place, find
from gatecheck.process import ask, pour
from gatecheck.repo.objects import Objects
from gatecheck.repo.ref_witnesses import RefWitnesses
from gatecheck.witness import Witness

OLDEST_GIT = (2, 38)
"""`git merge-tree --write-tree` came with it."""
_NO_LAZY_FETCH_SINCE = {39: 4, 40: 2, 41: 1, 42: 2, 43: 4, 44: 1}
"""Minor version of git 2 to the first patch version that obeys GIT_NO_LAZY_FETCH."""
_NAMES_NOTHING = (b"Needed a single revision", b"no upstream configured", b"fatal: log for", b"is ambiguous")
"""What git says of a revision that names no commit, or not one."""
_HARMLESS = (
    b"warning: exhaustive rename detection was skipped",
    b"warning: you may want to set your diff.rename",
)
"""Warnings that come with a right answer: so many files were moved that some count as deleted and added."""


class Repository:
    """A repository that somebody else owns. It is read, and never written to."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._seen = RefWitnesses(place)

    @classmethod
    def at(cls, folder: str) -> Repository:
        """Find the repository that holds a folder. Raises UsageError when there is none."""
        if not os.path.isdir(folder):  # noqa: PTH112 -- `place` speaks in strings
            raise UsageError(
                f"{folder} is not a folder", fix="Name a folder of a git repository with --repo."
            )
        place = find(folder)
        if place is None:
            raise UsageError(
                f"{os.path.realpath(folder)} is not in a git repository",
                fix="Change into a repository, or name one with --repo DIR.",
            )
        _refuse_lazy_fetch(place)
        return cls(place)

    @property
    def name(self) -> str:
        """The folder that people know it by."""
        return self.place.work_tree or self.place.git_dir

    @property
    def witnesses(self) -> list[Witness] | None:
        """What lookups of refs depended on; None once something was asked that no witness can stand for."""
        return self._seen.all

    # --- the user's repository: three commands that start nothing ---

    def resolve(self, revision: str) -> str | None:
        """Return the commit id that a revision names, None when it names none."""
        self._seen.revision(revision)
        out = self._look("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
        return out or None

    def symbolic(self, ref: str) -> str | None:
        """Return the ref that a symbolic ref points to, None when it is not symbolic or not there."""
        self._seen.revision(ref)
        return self._look("symbolic-ref", "--quiet", ref) or None

    def refs(self, *prefixes: str) -> dict[str, str]:
        """Return the refs below the prefixes, by full name, with the ids of what they point to."""
        for prefix in prefixes:
            self._seen.below(prefix)
        out = self._look("for-each-ref", "--format=%(refname) %(objectname)", *prefixes)
        found: dict[str, str] = {}
        for line in out.splitlines():
            ref, _, tip = line.rpartition(" ")
            found[ref] = tip
        return found

    def all_refs(self) -> dict[str, str]:
        """Return every ref; nothing depends on them, they are only compared before and after."""
        lines = self._look("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        return {ref: tip for tip, _, ref in (line.partition(" ") for line in lines)}

    def _look(self, *args: str) -> str:
        env = {**_git_environment(), "GIT_DIR": self.place.git_dir}
        argv = ["git", f"--git-dir={self.place.git_dir}", *args]
        code, out, err = ask(argv, env=env)
        if code == 0 and b"ignoring broken ref" not in err:
            return os.fsdecode(out).removesuffix("\n")
        if code == 1 or not err or any(words in err for words in _NAMES_NOTHING):
            return ""
        raise CannotTell(
            f"git cannot read this repository: {_last_line(err)}",
            fix="Run `git fsck` in it; reftable repositories need git 2.45 or newer.",
        )

    # --- the private repository: our own git directory over the user's objects ---

    @cached_property
    def private(self) -> Path:
        """The private repository's git directory, made when it is first asked for."""
        borrowed = f"{self.place.common_dir}/objects"
        if "\n" in borrowed:
            raise CannotTell(
                "git cannot borrow objects from a folder whose path holds a newline",
                fix="Move the repository to a folder with a plainer name.",
            )
        folder = Path(self.place.cache) / "git"
        shallow = Path(self.place.common_dir) / "shallow"
        try:
            if not (folder / "HEAD").exists():
                folder.parent.mkdir(parents=True, exist_ok=True)
                self._make(folder)
            _write_if_other(folder / "objects" / "info" / "alternates", os.fsencode(borrowed) + b"\n")
            _write_if_other(folder / "shallow", shallow.read_bytes() if shallow.exists() else b"")
        except OSError as error:
            raise CannotTell(
                f"the cache cannot be written: {error}",
                fix=f"Make {folder.parent} writable, or name another folder in GATECHECK_CACHE.",
            ) from error
        return folder

    def _make(self, folder: Path) -> None:
        check_git()
        head = self.resolve("HEAD") or ""
        object_format = "sha256" if len(head) == 64 else "sha1"  # noqa: PLR2004 -- hex digits
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            fresh = f"{scratch}/git"
            argv = [
                "git",
                "init",
                "--quiet",
                "--bare",
                "--template=",
                f"--object-format={object_format}",
                fresh,
            ]
            code, _, err = ask(argv, env=_git_environment())
            if code:
                raise ToolError(
                    f"git init failed in the cache: {_last_line(err)}",
                    fix=f"Make {folder.parent} writable, or name another folder in GATECHECK_CACHE.",
                )
            Path(fresh, "objects", "info").mkdir(exist_ok=True)
            try:
                Path(fresh).rename(folder)
            except OSError:  # another run was faster
                if not (folder / "HEAD").exists():
                    raise

    def git(
        self, *args: str, stdin: bytes = b"", codes: tuple[int, ...] = (0,), index: Path | None = None
    ) -> bytes:
        """Run git in the private repository and return its output. Raises ToolError on any other exit code."""
        return self.git_code(*args, stdin=stdin, codes=codes, index=index)[1]

    def git_code(
        self, *args: str, stdin: bytes = b"", codes: tuple[int, ...] = (0,), index: Path | None = None
    ) -> tuple[int, bytes]:
        """Run git in the private repository; return its exit code and output. What it complains about is no answer."""
        env = _git_environment()
        if index:
            env["GIT_INDEX_FILE"] = str(index)
        code, out, err = ask(["git", f"--git-dir={self.private}", *args], env=env, stdin=stdin)
        err = b"".join(line for line in err.splitlines(keepends=True) if not line.startswith(_HARMLESS))
        if code not in codes or err:
            raise ToolError(
                f"git {args[0]} could not do its work (exit {code}): {_last_line(err)}",
                fix="Check the repository with `git fsck`; in a partial clone fetch what is missing first.",
            )
        return code, out

    def stream_blob(self, blob: str, into: IO[bytes]) -> None:
        """Write a large blob to an open file without holding it in memory. The caller checks its hash."""
        argv = ["git", f"--git-dir={self.private}", "cat-file", "blob", blob]
        code = pour(argv, env=_git_environment(), into=into)
        if code:
            raise CannotTell(f"blob {blob} cannot be read", fix="Check the repository with `git fsck`.")

    @cached_property
    def objects(self) -> Objects:
        """The objects of the user's repository and of the private one, with their hashes checked."""
        return Objects(self.private)

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Tell whether a commit is reachable from another (a commit is its own ancestor)."""
        return self.git_code("merge-base", "--is-ancestor", ancestor, commit, codes=(0, 1))[0] == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor, None when there is none."""
        code, out = self.git_code("merge-base", one, other, codes=(0, 1))
        return None if code else out.decode().strip()


def check_git() -> None:
    """Raise ToolError when git is too old."""
    said, version = _git_version()
    if version < OLDEST_GIT:
        raise ToolError(
            f"gatecheck needs git {'.'.join(map(str, OLDEST_GIT))} or newer; this is {said!r}",
            fix="Install a newer git and put it first on PATH.",
        )


def _git_version() -> tuple[str, tuple[int, int, int]]:
    _, out, _ = ask(["git", "--version"], env=_git_environment())
    said = out.decode("ascii", "replace").strip()
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
    return said, (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)


def _refuse_lazy_fetch(place: Place) -> None:
    """Raise ToolError where git would fetch what is missing, by a program that the repository's configuration names.

    GIT_NO_LAZY_FETCH forbids it since git 2.45.0, and in the versions that brought it to older series (release notes of 2.39.4).
    """
    try:
        config = Path(place.common_dir, "config").read_bytes().lower()
    except OSError:
        return
    if not any(word in config for word in (b"promisor", b"partialclone", b"include")):
        return
    said, (major, minor, patch) = _git_version()
    if (major, minor) < (2, 45) and patch < _NO_LAZY_FETCH_SINCE.get(minor, patch + 1):
        raise ToolError(
            f"{said} cannot be kept from fetching in this partial clone",
            fix="Install git 2.45 or newer, or use a full clone.",
        )


def _git_environment() -> dict[str, str]:
    """Return an environment in which git reads no configuration but the repository's own, and fetches nothing."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "HOME": "/nonexistent",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": "/nonexistent",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _last_line(err: bytes) -> str:
    lines = err.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it says nothing"


def _write_if_other(path: Path, data: bytes) -> None:
    """Write a file unless it already says the same; no data means no file."""
    there = path.read_bytes() if path.exists() else b""
    if there == data:
        return
    if not data:
        path.unlink()
        return
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(path)
