"""All that the doctor looks at, in order: git, the policy, the hooks as they are found and as they act, the remote, the keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gatecheck import install, registry
from gatecheck.app.boundaries import law_for_hooks, text_at
from gatecheck.app.law import judging_policy
from gatecheck.doctor import firing, keys, remote
from gatecheck.doctor.symptom import Status, Symptom
from gatecheck.errors import GatecheckError, PolicyError
from gatecheck.install import Compiled, Fact
from gatecheck.repo import Repository, UserGit, check_git


def examine(repo: str, python: str) -> tuple[Symptom, ...]:
    """Look at a repository; `python` is the interpreter that hooks should call. Raises UsageError where there is none."""
    return tuple(_examine(Repository.at(repo), python))


def _examine(repository: Repository, python: str) -> Iterator[Symptom]:
    yield _git()
    try:
        law = law_for_hooks(repository)
    except PolicyError as error:
        yield Symptom("policy", Status.OFF, error.message, error.fix)
        return
    yield _policy(repository, law)
    found = install.facts(repository.place, law, python, os.environ, strict=False)
    yield from map(_as_symptom, found)
    ours = tuple(fact.name for fact in found if fact.ok)
    folder = install.folder_of(repository.place)
    if folder:
        yield from firing.fire(Path(repository.place.common_dir), folder, law, ours)
    yield from remote.look(UserGit(repository.place), law)
    yield from keys.look(text_at(repository, law.tip, keys.APPROVERS))


def _git() -> Symptom:
    try:
        return Symptom("git", Status.ON, check_git())
    except GatecheckError as error:
        return Symptom("git", Status.OFF, error.message, error.fix)


def _policy(repository: Repository, law: Compiled) -> Symptom:
    try:
        policy = judging_policy(repository)
        gates = registry.build(policy)
    except GatecheckError as error:
        return Symptom("policy", Status.OFF, error.message, error.fix)
    if not law.blob:
        return Symptom(
            "policy",
            Status.NOTE,
            f"{law.ref} has none; {policy.source} stands in",
            "Write one: gatecheck init",
        )
    return Symptom("policy", Status.ON, f"{policy.source} is valid: {len(gates)} gates")


def _as_symptom(fact: Fact) -> Symptom:
    return Symptom(fact.name, Status.ON if fact.ok else Status.OFF, fact.says, fact.fix)
