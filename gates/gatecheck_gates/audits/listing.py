"""What the manifests of both sides name: those that the change touches, with the lock files beside them, or all."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gatecheck.errors import ToolError
from gatecheck.formats.manifests import Loose, Manifest, Pin, is_project, read_manifest, sibling_locks
from gatecheck.model import Globs, Side, Workspace


@dataclass(frozen=True, slots=True)
class Listing:
    """What one side's manifests name, each place once."""

    manifests: tuple[str, ...]
    pins: tuple[Pin, ...]
    loose: tuple[Loose, ...]
    included: tuple[str, ...]
    """Files that manifests include."""


@dataclass(frozen=True, slots=True)
class Both:
    """The two sides; what the base names stands at the paths that its files have on the merge result."""

    merge: Listing
    base: Listing
    notes: tuple[str, ...]


def listed(workspace: Workspace, globs: Globs, *, every: bool) -> Both:
    """Read the manifests. Raises ToolError for one of the merge result that cannot be read."""
    if every:
        paths = {path for path in workspace.files() if globs.match(path)}
        before = {path for path in workspace.files(side="base") if globs.match(path)}
    else:
        touched = [path for path in workspace.change.paths if globs.match(path.path)]
        paths = {path.path for path in touched if path.blob and not _unaltered(workspace, path.path)}
        before = {path.old_path or path.path for path in touched if path.old_blob}
    moved = {path.old_path: path.path for path in workspace.change.paths if path.old_path}
    paths |= _locks(workspace, paths, "merge")
    before |= _locks(workspace, before, "base") | (paths - set(moved.values()))
    notes: list[str] = []
    base = _side(_base_manifests(workspace, before, notes))
    return Both(_side(_merge_manifests(workspace, paths)), _renamed(base, moved), tuple(notes))


def _unaltered(workspace: Workspace, path: str) -> bool:
    """Tell whether a change touches a pyproject.toml without touching what it depends on."""
    if not is_project(path):
        return False
    try:
        before = read_manifest(path, lambda name: workspace.read(name, side="base"))
    except ToolError:
        return False
    after = read_manifest(path, workspace.read)
    return _said(before) == _said(after)


def _said(manifest: Manifest) -> tuple[list[tuple[str, str]], list[str]]:
    return (
        sorted((pin.name, pin.version) for pin in manifest.pins),
        sorted(loose.text for loose in manifest.loose),
    )


def _locks(workspace: Workspace, paths: Iterable[str], side: Side) -> set[str]:
    """Return the lock files that say what is installed of a pyproject.toml: beside it, or in a folder above."""
    found = set()
    for project in filter(is_project, paths):
        folder = posixpath.dirname(project)
        while True:
            places = sibling_locks(posixpath.join(folder, "pyproject.toml"))
            found |= {place for place in places if workspace.read(place, side=side) is not None}
            if not folder:
                break
            folder = posixpath.dirname(folder)
    return found


def _merge_manifests(workspace: Workspace, paths: Iterable[str]) -> dict[str, Manifest]:
    return {path: read_manifest(path, workspace.read) for path in sorted(paths)}


def _base_manifests(workspace: Workspace, paths: Iterable[str], notes: list[str]) -> dict[str, Manifest]:
    """Read what the base has; what cannot be read there has nothing that could be old, and that is said."""
    found = {}
    for path in sorted(paths):
        if workspace.read(path, side="base") is None:
            continue
        try:
            found[path] = read_manifest(path, lambda name: workspace.read(name, side="base"))
        except ToolError as error:
            notes.append(f"On the base, {error.message}; so all that it names now counts as new.")
    return found


def _side(manifests: dict[str, Manifest]) -> Listing:
    every = manifests.values()
    pins = tuple(dict.fromkeys(pin for manifest in every for pin in manifest.pins))
    names = {pin.name for pin in pins}
    loose = tuple(dict.fromkeys(each for manifest in every for each in manifest.loose))
    return Listing(
        tuple(manifests),
        pins,
        # a range of a pyproject.toml whose name a lock file pins is no dependency of its own
        tuple(
            each
            for each in loose
            if not (each.why == "range" and is_project(each.path) and each.name in names)
        ),
        tuple(sorted({path for manifest in every for path in manifest.included} - set(manifests))),
    )


def _renamed(base: Listing, moved: dict[str, str]) -> Listing:
    return replace(
        base,
        pins=tuple(replace(pin, path=moved.get(pin.path, pin.path)) for pin in base.pins),
        loose=tuple(replace(each, path=moved.get(each.path, each.path)) for each in base.loose),
    )
