"""What differs between what was approved and what is there now, in a sentence that names the file or the commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gatecheck.approval.statement import SHORT, Statement, listed_files, listed_steps
from gatecheck.model.approval import BranchCommit
from gatecheck.model.change import Edit

_MOST = 3
"""Differences that are named; the others are counted."""
_TOO_LARGE = "its files differ from those that were approved, and it is too large to say which"
_TOO_LONG = "its commits differ from those that were approved, and they are too many to say which"


def in_files(statement: Statement, edits: Sequence[Edit]) -> str:
    """Return how the files differ."""
    now = {
        path: (old[:SHORT] or "-", new[:SHORT] or "-", mode or "-") for path, old, new, mode in edits
    }  # of any size: what was approved may be the smaller one
    if not statement.files or not now:
        return _TOO_LARGE
    return _some(_file_differences(statement.files, now)) or _TOO_LARGE


def in_commits(statement: Statement, commits: Sequence[BranchCommit]) -> str:
    """Return how the commits differ, where the files do not."""
    if not statement.steps or not listed_steps(commits):
        return _TOO_LONG
    return _some(_commit_differences(statement.steps, commits)) or "its commits are in another order"


def is_related(statement: Statement, edits: Sequence[Edit], commits: Sequence[BranchCommit] | None) -> bool:
    """Tell whether a statement about another change may have been meant for this one: an author's commit is in both, or all files are."""
    authors = {step[0] for step in statement.steps}
    if commits and any(who in authors for who, _, _ in listed_steps(commits)):
        return True
    return bool(statement.files) and statement.files.keys() == listed_files(edits).keys()


def _file_differences(
    then: Mapping[str, tuple[str, str, str]], now: Mapping[str, tuple[str, str, str]]
) -> Iterator[str]:
    for path in sorted({*then, *now}):
        if path not in then:
            yield f"it touches {path} too now"
        elif path not in now:
            yield f"it does not touch {path} any more"
        elif then[path][0] != now[path][0]:
            yield f"the base moved in {path}"
        elif then[path] != now[path]:
            yield f"the content of {path} differs"


def _commit_differences(
    then: tuple[tuple[str, str, str], ...], commits: Sequence[BranchCommit]
) -> Iterator[str]:
    steps = listed_steps(commits)
    lost = [step for step in then if step not in steps]
    for commit, step in zip(commits, steps, strict=True):
        if step in then:
            continue
        subject = commit.message.strip().partition("\n")[0][:60]
        name = f"the commit {commit.id[:10]} ({subject})"
        twin = next((old for old in lost if old[0] == step[0] or old[1:] == step[1:]), None)
        if twin is None:
            yield f"{name} came after the approval"
            continue
        lost.remove(twin)
        if twin[0] != step[0]:
            yield f"{name} has another author or another time"
        elif twin[2] != step[2]:
            yield f"{name} does something else"
        else:
            yield f"the message of {name} differs"
    if lost:
        yield f"{len(lost)} of the commits that were approved {'is' if len(lost) == 1 else 'are'} not there any more"


def _some(differences: Iterator[str]) -> str:
    found = list(differences)
    more = [f"and {len(found) - _MOST} more"] if found[_MOST:] else []
    return ", ".join([*found[:_MOST], *more])
