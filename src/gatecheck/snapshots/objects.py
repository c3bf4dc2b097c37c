"""A snapshot as git keeps it: a commit on no branch, whose parents are HEAD and the index, with an annotated tag that says of what it is.

the snapshot            the work tree
├── first parent        HEAD; none before the first commit
├── second parent       the index, a commit on HEAD
└── third parent        only where it is needed: the sides of conflicts, intents to add, and the commits that are being merged
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gatecheck.errors import ToolError
from gatecheck.repo import UserGit
from gatecheck.snapshots.asking import DURABLY, QUIETLY, complaint, run
from gatecheck.snapshots.contents import Contents
from gatecheck.snapshots.names import TAGS
from gatecheck.snapshots.standing import Standing

SUBJECT = "gatecheck snapshot: "
OF_BRANCH, OF_HEAD, OF_UNTRACKED = "Snapshot-Branch", "Snapshot-Head", "Snapshot-Untracked"
_NOBODY = {
    f"GIT_{role}_{what}": word
    for role in ("AUTHOR", "COMMITTER")
    for what, word in (("NAME", "gatecheck"), ("EMAIL", "gatecheck@localhost"))
}
"""Whose commits they are where git knows no name."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A snapshot that has its tag."""

    tag: str
    tag_id: str
    commit: str

    @property
    def ref(self) -> str:
        """The tag in full."""
        return TAGS + self.tag


@dataclass(frozen=True, slots=True)
class Untagged:
    """A snapshot's commit, to which nothing leads yet."""

    commit: str
    env: Mapping[str, str]
    who: str
    """The tagger, with the time, as git writes it."""


def committed(git: UserGit, standing: Standing, found: Contents, subject: str) -> Untagged:
    """Make the snapshot's commit, and those for the index that it needs."""
    commit, env, who = committing(git)
    heads = [standing.head] if standing.head else []
    parents = [*heads, commit(found.index, heads, f"index of {standing.says}")]
    if found.aside or standing.merging:
        tree = found.aside or run(git, "mktree")
        more = [*heads, *(other for other in standing.merging if other not in heads)]
        parents.append(commit(tree, more, f"what no tree can say of the index of {standing.says}"))
    return Untagged(commit(found.tree, parents, subject), env, who)


Commit = Callable[[str, Sequence[str], str], str]
"""Makes a commit from a tree, its parents and its message, and returns its id."""


def committing(git: UserGit) -> tuple[Commit, Mapping[str, str], str]:
    """Return what makes commits, the environment for that, and who does it, with the time, as git writes it.

    Where nobody has told git a name, it is done nevertheless, as by git stash.
    """
    code, who, _ = git.code("var", "GIT_COMMITTER_IDENT", env=QUIETLY)
    env = {**QUIETLY, **(_NOBODY if code else {})}
    who = run(git, "var", "GIT_COMMITTER_IDENT", env=env) if code else who

    def commit(tree: str, parents: Sequence[str], text: str) -> str:
        options = [part for parent in parents for part in ("-p", parent)]
        return run(git, "commit-tree", tree, *options, stdin=_encoded(f"{text}\n"), env=env)

    return commit, env, who


def subject(why: str, standing: Standing) -> str:
    """Return the line that says what a snapshot is of."""
    return SUBJECT + (" ".join(why.split()) or f"the state of {standing.says}")


def message(subject: str, standing: Standing, branch: str | None, untracked: int) -> str:
    """Return what the tag says; `branch` is the one whose snapshot it is."""
    trailers = [(OF_BRANCH, branch), (OF_HEAD, standing.head), (OF_UNTRACKED, str(untracked))]
    return f"{subject}\n\n" + "".join(f"{name}: {value}\n" for name, value in trailers if value is not None)


def tagged(git: UserGit, made: Untagged, tag: str, text: str) -> Tagged | None:
    """Give a snapshot its tag; None when there is a tag of that name. Raises ToolError when git refuses."""
    body = f"object {made.commit}\ntype commit\ntag {tag}\ntagger {made.who}\n\n{text}"
    tag_id = run(git, "mktag", stdin=_encoded(body), env=made.env)
    code, _, err = git.code("update-ref", TAGS + tag, tag_id, "0" * len(tag_id), env=DURABLY)
    if not code:
        return Tagged(tag, tag_id, made.commit)
    if resolve(git, TAGS + tag):
        return None
    raise ToolError(
        f"the tag {tag} cannot be made: {complaint(err)}",
        fix="Mend what git names (a full disk, a folder that cannot be written, a hook that refuses), and try again.",
    )


def resolve(git: UserGit, name: str) -> str | None:
    """Return the id of what a ref, in full, or a revision points to; None when there is none."""
    code, out, _ = git.code("rev-parse", "--verify", "--quiet", "--end-of-options", name, env=QUIETLY)
    return None if code else out


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
