"""What a reader is told of a secret: which, where, and how it is dealt with; never what it says."""

from __future__ import annotations

from collections.abc import Sequence

from gatecheck.model import Added, Finding, Workspace, day_of
from gatecheck_gates.leaks.trail import Place

_PLACES = 3
"""Places of one secret that are named."""
_HALF_A_YEAR = 180


def leaked(workspace: Workspace, brought: Sequence[Place], there: Sequence[Place]) -> Finding:
    """Return the finding for a secret that the merge result has."""
    first = there[0]
    how = f"which {_commits(brought)}" if brought else "which only the merge puts together"
    message = f"{first.secret}, {how}"
    if there[1:]:
        message += f"; it is in {_list([_where(place) for place in there[1:]])} too"
    way = _rewrite(workspace, brought[0].commit) if brought else f"out of {first.path}"
    return Finding("leaked", message, _fix(workspace, first, way), first.path, first.secret.line)


def buried(workspace: Workspace, brought: Sequence[Place]) -> Finding:
    """Return the finding for a secret that only the history has."""
    first = brought[0]
    message = f"{first.secret}, which {_commits(brought, 'brought')}: it was taken away later, and is in the history all the same"
    way = _rewrite(workspace, first.commit)
    return Finding("buried", message, _fix(workspace, first, way), first.path, first.secret.line)


def message(workspace: Workspace, brought: Sequence[Place]) -> Finding:
    """Return the finding for a secret in a commit's message."""
    first = brought[0]
    text = f"{first.secret}, which {_commits(brought)} in line {first.secret.line} of the message"
    return Finding("message", text, _fix(workspace, first, _rewrite(workspace, first.commit, "reword")))


def lookalike(place: Place) -> Finding:
    """Return the finding for a token that nobody issued."""
    text = f"{place.secret} has the form of a token, but its checksum is wrong: nobody issued it"
    return Finding(
        "lookalike",
        text,
        "If it was meant as an example, leave it; a real one would block.",
        place.path,
        place.secret.line,
    )


def old(there: Sequence[Place]) -> Finding:
    """Return the finding for a secret that the base has, in files that the change touches."""
    first = there[0]
    fix = "Replace it where it came from, and take it out: it is in the history of the target already."
    return Finding(
        "leaked",
        f"{first.secret}, which the target has already",
        fix,
        first.path,
        first.secret.line,
        introduced=False,
    )


def named(workspace: Workspace, file: Added, what: str) -> Finding:
    """Return the finding for a file that should not be there; the base may have it."""
    text = f"{file.path} is {what}, and commit {file.commit[:12]} adds it"
    fix = (
        f"Rotate what is in it, take it {_rewrite(workspace, file.commit)}, and name it in .gitignore; "
        "or, if it belongs here, have a waiver for this rule and path in the policy."
    )
    there = workspace.read(file.path, side="base") is not None
    return Finding("file", text, fix, file.path, introduced=not there)


def _where(place: Place) -> str:
    return f"{place.path}:{place.secret.line}"


def _commits(brought: Sequence[Place], verb: str = "") -> str:
    """Say which commits bring it, the first one first."""
    ids = list(dict.fromkeys(place.commit[:12] for place in brought))
    return f"commits {_list(ids)} {verb or 'bring'}" if ids[1:] else f"commit {ids[0]} {verb or 'brings'}"


def _list(texts: Sequence[str]) -> str:
    shown = list(dict.fromkeys(texts))
    more = f" and {len(shown) - _PLACES} more" if shown[_PLACES:] else ""
    return ", ".join(shown[:_PLACES]) + more


def _rewrite(workspace: Workspace, commit: str, todo: str = "edit") -> str:
    """Say how something is taken out of a commit, so that no other commit has it either."""
    parents = workspace.history.commit(commit).parents
    onto = parents[0][:12] if parents else "--root"
    return f"out of the history (`git rebase --interactive {onto}`, mark {commit[:12]} as `{todo}`, push with --force-with-lease)"


def _fix(workspace: Workspace, place: Place, way: str) -> str:
    target = workspace.change.target.removeprefix("refs/remotes/").removeprefix("refs/heads/")
    until = day_of(workspace.now, later=_HALF_A_YEAR)
    return (
        f"Rotate it (replace it where it came from: once pushed it counts as known), and take it {way}; or, if everybody may "
        f"know it, write below `allow` of this gate in the policy on {target}: "
        f'- {{sha256: "{place.secret.digest}", reason: WHY, owner: WHO, expires: {until}}}'
    )
