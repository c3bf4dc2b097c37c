"""Which policy judges a change: the base's, or, where the base has none that can be used, a stand-in that never counts as evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gatecheck import policy as policies
from gatecheck import registry
from gatecheck.errors import PolicyError
from gatecheck.model import PLANS, Change, ChangedPath, Law, Policy, Wanted
from gatecheck.repo import Aim, Repository, find_aim, policy_commit, protecting_commit, short

FILE = ".gatecheck.yaml"
FOLDER = ".gatecheck/"
LARGEST = 256 * 1024
"""Bytes of a policy; a larger one is not even read."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The policy that judges, what it asks for, and what the report must say about it."""

    policy: Policy
    wanted: tuple[Wanted, ...]
    law: Law
    protects: Callable[[str], bool]
    """Tells whether a branch is protected, by the policy of the default branch."""
    stacked: bool


def find_ruling(repository: Repository, aim: Aim, change: Change, only: Sequence[str]) -> Ruling:
    """Return the policy that judges the change. Raises PolicyError when the base has one that cannot be used."""
    protects = _protecting(repository, aim).protects
    commit, protected = policy_commit(repository, aim, protects)
    changed = any(map(_is_law, change.beyond(PLANS).paths))
    found = read_policy(repository, repository.objects.tree_of(commit))
    where = f"{FILE} of {short(aim.target)}" if commit == aim.base else f"{FILE} of {commit[:12]}"
    try:
        ruling = (
            _standing_in(repository, change) if found is None else dataclasses.replace(found, source=where)
        )
        wanted = registry.build(ruling, tuple(only))
    except PolicyError as error:
        ruling = _mended(repository, change, error)
        wanted = registry.build(ruling, tuple(only))
    law = Law(ruling.source, ruling.digest, ruling.bootstrap, changed, ruling.waivers)
    return Ruling(ruling, wanted, law, protects, stacked=not protected)


def _is_law(changed: ChangedPath) -> bool:
    """Tell whether a change at this path is one of the policy."""
    names = (changed.path, changed.old_path or "")
    return any(name == FILE or name.startswith(FOLDER) for name in names)


def judging_policy(repository: Repository) -> Policy:
    """Return the policy that would judge a change of HEAD here: the target's, or the preset that fits."""
    aim = find_aim(repository, None, None)
    commit, _ = policy_commit(repository, aim, _protecting(repository, aim).protects)
    found = read_policy(repository, repository.objects.tree_of(commit))
    if found is None:
        return fitting_preset(repository, repository.objects.tree_of(aim.head))
    return dataclasses.replace(found, source=f"{FILE} of {short(aim.target)}")


def fitting_preset(repository: Repository, tree: str) -> Policy:
    """Return the preset that fits the files at a tree's root."""
    names = (
        repository.git("ls-tree", "-z", "--name-only", tree).decode("utf-8", "surrogateescape").split("\0")
    )
    return policies.preset(*policies.detect(names))


def _protecting(repository: Repository, aim: Aim) -> Policy:
    """Return the policy that says which branches are protected."""
    commit = protecting_commit(repository, aim)
    return read_policy(repository, repository.objects.tree_of(commit)) or Policy("", "")


def read_policy(repository: Repository, tree: str) -> Policy | None:
    """Return the policy file of a tree; None when it has none. Raises PolicyError when it is something else than a file."""
    entry = repository.objects.entry(tree, FILE)
    if entry is None:
        return None
    if not entry.is_file:
        raise PolicyError(
            (f"{FILE}:1:1: it is a link, a folder or a submodule, and not a file",),
            fix=f"Make {FILE} a regular file on the target branch.",
        )
    size = repository.objects.size(entry.id)
    if size > LARGEST:
        raise PolicyError(
            (f"{FILE}:1:1: it has {size:,} bytes; {LARGEST:,} are the limit",), fix=f"Make {FILE} shorter."
        )
    return policies.parse(repository.objects.blob(entry.id), FILE)


def _standing_in(repository: Repository, change: Change) -> Policy:
    """Return what judges a change when the base has no policy: the change's own, or the preset that fits."""
    tree = change.tree or repository.objects.tree_of(change.head)
    own = read_policy(repository, tree)
    if own is None:
        return fitting_preset(repository, tree)
    return dataclasses.replace(own, source=f"{FILE} of the change itself", bootstrap=True)


def _mended(repository: Repository, change: Change, error: PolicyError) -> Policy:
    """Return the change's policy when all that it does is to mend the base's broken one; else raise the base's error."""
    only_policy = change.paths and all(map(_is_law, change.paths))
    if not only_policy or repository.objects.entry(change.base_tree, FILE) is None:
        raise error
    own = read_policy(repository, change.tree)
    if own is None or own.problems:
        raise error
    return dataclasses.replace(own, source=f"{FILE} of the change, which mends the base's", bootstrap=True)
