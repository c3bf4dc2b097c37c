"""Symbolic links that Python would run by their names: what they point to may be called anything, and lie anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gatecheck.model import Finding, Side, Workspace
from gatecheck_gates.scans.files import File, is_python, may_be, says_python

_MOST_STEPS = 40
"""Links behind links that Linux follows. Source: path_resolution(7)."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a link leads."""

    target: str | None
    """Relative to the tree; None where it leads out of it, or round in a circle."""
    passed: frozenset[str]
    """The links on the way, and the target."""


@dataclass(frozen=True, slots=True)
class Linked:
    """What is behind the links that concern the change."""

    files: tuple[File, ...] = ()
    astray: tuple[str, ...] = ()
    """Links of the change that have a Python file's name and lead to no file of the tree."""


def follow(links: Mapping[str, str], path: str) -> Followed:
    """Return where a link of a tree leads, by whatever other links."""
    passed: set[str] = set()
    done: list[str] = []
    left = path.split("/")
    steps = 0
    while left:
        name = left.pop(0)
        if name == "..":
            if not done:
                return Followed(None, frozenset(passed))
            done.pop()
        elif name not in {"", "."}:
            done.append(name)
        here = "/".join(done)
        if here in links:
            passed.add(here)
            steps += 1
            text = links[here]
            if steps > _MOST_STEPS or text.startswith("/"):
                return Followed(None, frozenset(passed))
            done.pop()
            left = [*text.split("/"), *left]
    target = "/".join(done)
    return Followed(target, frozenset({*passed, target}))


def linked(workspace: Workspace) -> Linked:
    """Return the Python that the change brings behind links, and that of the base in the same places.

    A link concerns the change that adds or edits it, and also one that touches what it points to.
    """
    links = workspace.links()
    own = {changed.path for changed in workspace.change.paths}
    touched = {changed.path for changed in workspace.whole.paths}
    files: list[File] = []
    astray: list[str] = []
    for path in sorted(filter(may_be, links)):
        found = follow(links, path)
        if not _concerns(workspace, path, found, own, touched):
            continue
        file = _file(workspace, path, found, "merge")
        if file:
            files.append(file)
        elif says_python(path) and path in own and _is_no_file(workspace, found):
            astray.append(path)
    before = _before(workspace, {file.path for file in files})
    return Linked((*before, *files), tuple(astray))


def strays(linked: Linked) -> list[Finding]:
    """Return a finding for each link behind which nothing can be seen."""
    text = (
        "a link with a Python file's name leads to no file of the tree, so what it would run cannot be seen"
    )
    fix = "Have the link point to a file of this repository, or take it out."
    return [Finding("astray", text, fix, path) for path in linked.astray]


def _concerns(
    workspace: Workspace, path: str, found: Followed, own: Collection[str], touched: Collection[str]
) -> bool:
    if path in touched:
        return path in own  # else the policy exempts it
    return workspace.covers(path) and not found.passed.isdisjoint(touched)


def _before(workspace: Workspace, again: Collection[str]) -> list[File]:
    """Return what the base has behind links of the same names, and behind those that became files."""
    became = {
        changed.path
        for changed in workspace.change.paths
        if changed.old_blob and may_be(changed.path) and workspace.read(changed.path, side="base") is None
    }
    wanted = became.union(again)
    links = workspace.links(side="base") if wanted else {}
    there = [path for path in sorted(wanted) if path in links]
    files = (_file(workspace, path, follow(links, path), "base") for path in there)
    return [file for file in files if file]


def _file(workspace: Workspace, path: str, found: Followed, side: Side) -> File | None:
    """Return the Python file that stands at a link's path, if there is one."""
    data = workspace.read(found.target, side=side) if found.target else None
    if found.target is None or data is None or not is_python(path, data):
        return None
    content = f"behind a link: {hashlib.sha256(data).hexdigest()}"
    itself = may_be(found.target) and is_python(found.target, data)
    return File(path, content, side, found.target, itself)


def _is_no_file(workspace: Workspace, found: Followed) -> bool:
    """Tell whether a link leads to nothing that can be looked at; Python takes no folder for a module of such a name."""
    return not found.target or not any(path.startswith(f"{found.target}/") for path in workspace.files())
