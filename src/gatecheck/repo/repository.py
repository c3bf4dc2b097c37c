"""The user's repository, asked as little as possible, and the private one beside it in which git may work."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import IO

from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.place import Place, find
from gatecheck.process import ask
from gatecheck.repo.batch import BatchObjects
from gatecheck.repo.command import git_environment, is_partial, last_line, refuse_lazy_fetch
from gatecheck.repo.libgit2 import Libgit2Objects
from gatecheck.repo.objects import Objects
from gatecheck.repo.private import make_private
from gatecheck.repo.ref_witnesses import RefWitnesses
from gatecheck.witness import Witness

_SHA256_DIGITS = 64
_NAMES_NOTHING = (b"Needed a single revision", b"no upstream configured", b"fatal: log for", b"is ambiguous")
"""What git says of a revision that names no commit, or not one."""
_HARMLESS = (
    b"warning: exhaustive rename detection was skipped",
    b"warning: you may want to set your diff.rename",
)
"""Warnings that come with a right answer: so many files were moved that some count as deleted and added."""


_DURABLE = ("-c", "core.fsync=loose-object")
"""What git writes must be there after a loss of power, or not at all."""


class Repository:
    """A repository that somebody else owns. It is read, and never written to."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._seen = RefWitnesses(place)
        self._some_id = ""

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
        refuse_lazy_fetch(place)
        return cls(place)

    @property
    def name(self) -> str:
        """The folder that people know it by."""
        return self.place.work_tree or self.place.git_dir

    @property
    def witnesses(self) -> list[Witness] | None:
        """What lookups of refs depended on; None once something was asked that no witness can stand for."""
        return self._seen.all

    def variable(self, name: str) -> str:
        """Return an environment variable on which the answer depends; empty when it is not set."""
        return self._seen.variable(name)

    def never_recall(self) -> None:
        """Say that the answer depends on something that no witness can stand for."""
        self._seen.give_up()

    @property
    def is_shallow(self) -> bool:
        """True for a clone whose history is cut off somewhere."""
        return Path(self.place.common_dir, "shallow").exists()

    @property
    def is_partial(self) -> bool:
        """True for a clone that may lack objects which its remote promised to send later."""
        return is_partial(self.place)

    # --- the user's repository: three commands that start nothing ---

    def resolve(self, revision: str) -> str | None:
        """Return the commit id that a revision names, None when it names none."""
        self._seen.revision(revision)
        out = self._look("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
        self._some_id = out or self._some_id
        return out or None

    def symbolic(self, ref: str) -> str | None:
        """Return the ref that a symbolic ref points to, None when it is not symbolic or not there."""
        self._seen.revision(ref)
        return self._look("symbolic-ref", "--quiet", ref) or None

    def refs(self, *prefixes: str) -> dict[str, str]:
        """Return the refs below the prefixes (a `*` in one stands for any text), by full name, with the ids of what they point to."""
        for prefix in prefixes:
            self._seen.below(prefix)
        out = self._look("for-each-ref", "--format=%(refname) %(objectname)", *prefixes)
        found: dict[str, str] = {}
        for line in out.splitlines():
            ref, _, tip = line.rpartition(" ")
            found[ref] = tip
        return found

    def noted(self, name: str) -> str:
        """Return a note that an acting command of gatecheck left in the common git directory; empty when there is none."""
        return os.fsdecode(self._seen.file(f"{self.place.common_dir}/gatecheck/{name}"))

    def all_refs(self) -> dict[str, str]:
        """Return every ref; nothing depends on them, they are only compared before and after."""
        lines = self._look("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        return {ref: tip for tip, _, ref in (line.partition(" ") for line in lines)}

    def _look(self, *args: str) -> str:
        env = {**git_environment(), "GIT_DIR": self.place.git_dir}
        argv = ["git", f"--git-dir={self.place.git_dir}", *args]
        code, out, err = ask(argv, env=env)
        if code == 0 and b"ignoring broken ref" not in err:
            return os.fsdecode(out).removesuffix("\n")
        if code == 1 or not err or any(words in err for words in _NAMES_NOTHING):
            return ""
        raise CannotTell(
            f"git cannot read this repository: {last_line(err)}",
            fix="Run `git fsck` in it; reftable repositories need git 2.45 or newer.",
        )

    # --- the private repository: our own git directory over the user's objects ---

    @cached_property
    def private(self) -> Path:
        """The private repository's git directory, made when it is first asked for."""
        return make_private(self.place, self._object_format)

    @cached_property
    def _object_format(self) -> str:
        """The name of the hash that gives objects their ids."""
        some_id = self._some_id or next(iter(self.all_refs().values()), "")
        return "sha256" if len(some_id) == _SHA256_DIGITS else "sha1"

    def borrowing(self, git_dir: str, cache: str) -> Repository:
        """Return a repository that reads another's objects, of the same format; nothing is asked of the other, and refs are of this one."""
        place = Place(work_tree=None, git_dir=self.place.git_dir, common_dir=git_dir, cache=cache)
        other = Repository(place)
        other._some_id = self._some_id
        return other

    def git(
        self, *args: str, stdin: bytes = b"", codes: tuple[int, ...] = (0,), index: Path | None = None
    ) -> bytes:
        """Run git in the private repository and return its output. Raises ToolError on any other exit code."""
        return self.git_code(*args, stdin=stdin, codes=codes, index=index)[1]

    def git_code(
        self,
        *args: str,
        stdin: bytes = b"",
        codes: tuple[int, ...] = (0,),
        index: Path | None = None,
        warns: bool = False,
    ) -> tuple[int, bytes]:
        """Run git in the private repository; return its exit code and output.

        What it complains about is no answer, unless the caller knows that it only `warns`.
        """
        env = git_environment()
        if index:
            env["GIT_INDEX_FILE"] = str(index)
        command = ["git", f"--git-dir={self.private}", *_DURABLE, *args]
        code, out, err = ask(command, env=env, stdin=stdin)
        err = b"".join(line for line in err.splitlines(keepends=True) if not line.startswith(_HARMLESS))
        if code not in codes or (err and not warns):
            raise ToolError(
                f"git {args[0]} could not do its work (exit {code}): {last_line(err)}",
                fix="Check the repository with `git fsck`, and if that finds nothing, run `gatecheck clean`; "
                "in a partial clone run `git fetch --refetch --no-filter` first.",
            )
        return code, out

    def stream_blob(self, blob: str, into: IO[bytes]) -> None:
        """Write a large blob to an open file without holding it in memory; raises CannotTell when it is missing or damaged."""
        for chunk in self.objects.stream(blob):
            into.write(chunk)

    @cached_property
    def objects(self) -> Objects:
        """The objects of the user's repository and of the private one, with their hashes checked."""
        return (Libgit2Objects if self._object_format == "sha1" else BatchObjects)(self.private)

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Tell whether a commit is reachable from another (a commit is its own ancestor)."""
        return self.git_code("merge-base", "--is-ancestor", ancestor, commit, codes=(0, 1))[0] == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor, None when there is none."""
        code, out = self.git_code("merge-base", one, other, codes=(0, 1))
        return None if code else out.decode().strip()
