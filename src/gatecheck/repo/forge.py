"""What a forge (GitHub, GitLab) says in CI about the change that it wants judged.

Everything that comes from an event is somebody else's text: commit ids must be ids, and branch names must be names that git allows,
before they are looked up or shown.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import NoReturn

from gatecheck.errors import CannotTell, UsageError
from gatecheck.model import Origin
from gatecheck.repo.history import bring, deepen
from gatecheck.repo.repository import Repository

_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NO_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|^[-./]|[./]$|^@$|^HEAD$")
"""What a branch's name must not hold. Source: git-check-ref-format(1)."""
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Told:
    """Target and head as a forge says them."""

    by: str
    """Who says it: `GitHub's pull_request event`."""
    head: str
    target: str
    """The target's branch."""
    default: str
    """The repository's default branch; empty when the forge does not say."""
    base: str | None = None
    """The commit that the target was at; None: whatever origin's branch is at here."""
    merge: str = ""
    """The forge's own merge commit of base and head; empty when there is none here."""
    landed: bool = False
    """True when the target moves to head itself, and not to a merge that is still to be made."""
    guessed: bool = False
    """True when the forge names no target, and the default branch is the nearest guess."""
    branch: str = ""
    """The head's branch, in the repository that it is in; empty when the forge does not say."""
    fork: bool = False
    """True when that is another repository than the target's."""
    bot: bool = False
    """True when a program of the forge opened the change and set off this run."""

    @property
    def ref(self) -> str:
        """The target's ref in this clone, where it may be missing."""
        return _remote(self.target)

    @property
    def origin(self) -> Origin:
        """Where the change comes from."""
        return Origin(self.branch, self.by, self.fork, self.bot, self.landed)

    @property
    def default_ref(self) -> str:
        """The default branch's ref in this clone, where it may be missing; empty when it is not known."""
        return self.default and _remote(self.default)


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a forge gives, with the name by which its documentation knows it."""

    by: str
    name: str
    value: object

    def text(self) -> str:
        """Return it as text that is not empty."""
        return self.value if isinstance(self.value, str) and self.value else self._wrong("a text")

    def commit(self) -> str:
        """Return it as the id of a commit."""
        found = self.text()
        return found if _OBJECT_ID.fullmatch(found) else self._wrong("a commit's id")

    def branch(self, *, optional: bool = False) -> str:
        """Return it as the name of a branch; empty where it is `optional` and not given."""
        if optional and self.value in (None, ""):
            return ""
        found = self.text()
        try:
            long = len(os.fsencode(found)) > _LONGEST_NAME
        except UnicodeEncodeError:  # half a surrogate pair
            long = True
        return self._wrong("a branch's name") if long or _NO_BRANCH.search(found) else found

    def _wrong(self, wanted: str) -> NoReturn:
        told = "nothing" if self.value in (None, "") else ascii(self.value)[:60]
        raise UsageError(
            f"{self.by} gives {told} as {self.name}, and not {wanted}",
            fix="Name both by hand: --target REF --head REF.",
        )


def is_no_commit(id_: str) -> bool:
    """Tell whether an id stands for no commit at all: forges write zeros for what was not there before, or is gone."""
    return not id_.strip("0")


def pushed(by: str, *, branch: str, default: str, before: str, after: str) -> Told:
    """Return what a push asks: a pushed default branch against what it was, any other branch against the default branch."""
    if is_no_commit(after):
        raise CannotTell(
            f"there is nothing to judge: {by} says that {branch or 'a ref'} was deleted",
            fix="Nothing is to be done; let the job run for pull requests, and for pushes to the default branch.",
        )
    if branch != default:
        return Told(by, after, default, default, guessed=True, branch=branch)
    if is_no_commit(before):
        raise CannotTell(
            f"there is nothing to compare with: {by} says that {branch} was created",
            fix="Name what it is to be compared with: --target REF.",
        )
    return Told(by, after, default, default, before, landed=True)


def parents_here(repository: Repository, commit: str) -> tuple[str, ...]:
    """Return the parents of a forge's merge commit, read from the commit itself; none when the clone does not have it."""
    return repository.objects.parents(commit) if repository.resolve(commit) else ()


def lacking(repository: Repository, told: Told, commit: str, what: str) -> CannotTell:
    """Return the error for a commit that a forge names and that this clone does not have."""
    joint = told.merge or told.head
    if repository.is_shallow and commit in parents_here(repository, joint):
        command = deepen(joint)
    else:
        command = bring(repository, *dict.fromkeys((told.base or told.head, told.head)))
    return CannotTell(
        f"the {what} that {told.by} names, {commit[:12]}, is not in this clone",
        fix=f"Fetch it: {command} (or check out with the full history)",
    )


def _remote(branch: str) -> str:
    return f"refs/remotes/origin/{branch}"
