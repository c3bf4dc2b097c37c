"""The commit that lands: a merge with both parents, or all that a branch did as one commit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatecheck.landing.message import merge_message, squash_message, with_trailers
from gatecheck.model import Commit, Person
from gatecheck.repo import UserGit
from gatecheck.repo.asking import QUIETLY, run

_UTF8 = ("-c", "i18n.commitEncoding=UTF-8")


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to become a commit on the target."""

    base: str
    head: str
    tree: str
    """The merge result that was judged."""
    name: str
    """The branch that lands, for people."""
    target: str
    """The branch that it enters, in short."""
    message: str = ""
    """Asked for; empty: what git would say."""
    trailers: tuple[tuple[str, str], ...] = ()


def merge_commit(git: UserGit, draft: Draft) -> str:
    """Make a merge commit and return its id; no ref moves."""
    said = draft.message or merge_message(draft.name, draft.target)
    return _commit(git, draft, (draft.base, draft.head), said, {})


def squash_commit(git: UserGit, draft: Draft, commits: Sequence[Commit]) -> str:
    """Make one commit of all that the branch did, and return its id; where all is one author's, it is theirs."""
    said = draft.message or squash_message(draft.name, commits)
    authors = {(commit.author.name, commit.author.mail) for commit in commits}
    whose = _author(commits[-1].author) if len(authors) == 1 else {}
    return _commit(git, draft, (draft.base,), said, whose)


def _commit(git: UserGit, draft: Draft, parents: Sequence[str], said: str, whose: Mapping[str, str]) -> str:
    text = os.fsencode(with_trailers(said, draft.trailers))
    signs = git.code("config", "--type=bool", "--get", "commit.gpgSign")[1] == "true"
    above = [word for parent in parents for word in ("-p", parent)]
    argv = (*_UTF8, "commit-tree", *(["-S"] if signs else []), *above, "-F", "-", draft.tree)
    return run(git, *argv, stdin=text, env={**QUIETLY, **whose})


def _author(person: Person) -> dict[str, str]:
    return {
        "GIT_AUTHOR_NAME": person.name,
        "GIT_AUTHOR_EMAIL": person.mail,
        "GIT_AUTHOR_DATE": f"@{person.time} +0000",
    }
