"""Whether the server really judges every push: what must hold, looked at, and the hook fired once with what it must refuse."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gatecheck.doctor.symptom import Status, Symptom
from gatecheck.errors import ToolError
from gatecheck.install.files import digest
from gatecheck.place import Place
from gatecheck.process import ask
from gatecheck.repo import Repository, UserGit, short, tips_of
from gatecheck.server import accounts, hooks, settings
from gatecheck.server.ground import folder
from gatecheck.server.installing import paths
from gatecheck.server.law import FILES, default_branch, law_of
from gatecheck.server.record import Record, find

LIMIT = 60.0
"""Seconds that the hook may take to refuse."""
_FIRED = f"{'0' * 40} {'1' * 40} refs/replace/{'1' * 40}\n"
"""What must be refused before any object is looked at."""


def check(place: Place, version: str) -> tuple[Symptom, ...]:
    """Look at everything that must hold here. Raises CannotTell and ToolError when git cannot be asked."""
    again = f"Run: gatecheck server install {place.common_dir}"
    record = find(place.common_dir)
    if record is None:
        return (
            Symptom(
                "installed", Status.OFF, f"nothing of gatecheck judges pushes to {place.common_dir}", again
            ),
        )
    git = UserGit(place)
    return (
        *_law(place, record),
        _interpreter(record, version, again),
        *_hooks(place, git, record, again),
        *_settings(git, record, again),
        *accounts.access(place),
        *accounts.login(),
    )


def _law(place: Place, record: Record) -> Iterator[Symptom]:
    repository = Repository(place)
    default = default_branch(repository)
    law = law_of(repository, default, tips_of(place, [default]).get(default))
    name = short(default)
    if law.policy and law.tip:
        tree = repository.objects.tree_of(law.tip)
        yield Symptom("policy", Status.ON, f"{name} has one; protected: {', '.join(law.policy.protect)}")
        if repository.objects.entry(tree, FILES[1]) is None:
            fix = f"Bring {FILES[1]} to {name}, from a clone: see docs/evidence.md"
            yield Symptom("signers", Status.OFF, f"{name} has no {FILES[1]}: nobody is believed", fix)
    elif record.pins(default, law.tip):
        yield Symptom(
            "policy", Status.ON, f"{name} has none yet; the first one is pinned: {record.bootstrap}"
        )
    else:
        why = f"the policy of {name} cannot be used: {law.broken}" if law.broken else f"{name} has no policy"
        fix = f"Pin the one that is to come: gatecheck server install {place.common_dir} --bootstrap DIGEST"
        yield Symptom("policy", Status.OFF, f"{why}; nothing can be pushed to it", fix)


def _interpreter(record: Record, version: str, again: str) -> Symptom:
    if not os.access(record.python, os.X_OK):
        return Symptom(
            "interpreter",
            Status.OFF,
            f"hooks call {record.python}, which is not there: every push is refused",
            again,
        )
    if record.version != version:
        return Symptom(
            "interpreter",
            Status.OFF,
            f"the hooks were written by gatecheck {record.version}, this is {version}",
            again,
        )
    return Symptom("interpreter", Status.ON, f"hooks call {record.python}")


def _hooks(place: Place, git: UserGit, record: Record, again: str) -> Iterator[Symptom]:
    common = Path(place.common_dir)
    found = folder(git)
    if not record.into and os.path.realpath(found) != str((common / "hooks").resolve()):
        fix = "Unset it: git config --show-origin core.hooksPath tells who set it"
        yield Symptom("reached", Status.OFF, f"core.hooksPath sends git to {found}: no push is judged", fix)
    for name, path in paths(common, record).items():
        yield _hook(name, path, record, again)
    pre_receive = paths(common, record)[hooks.PRE_RECEIVE]
    if os.access(pre_receive, os.X_OK):
        yield _fired(place, pre_receive, again)
    if record.into:
        says = f"git's own tripwire is not installed: {record.into} belongs to a forge, whose hooks do not move refs"
        yield Symptom("tripwire", Status.NOTE, says)


def _hook(name: str, path: Path, record: Record, again: str) -> Symptom:
    try:
        held = path.read_bytes()
    except OSError as error:
        return Symptom(name, Status.OFF, f"{path} cannot be read: {error.strerror}", again)
    if not os.access(path, os.X_OK):
        says = f"{path} is not executable, and git ignores it without a word"
        return Symptom(name, Status.OFF, says, f"chmod +x {path}")
    if digest(held) != record.files.get(name):
        return Symptom(name, Status.OFF, f"{path} is not as it was written", again)
    return Symptom(name, Status.ON, str(path))


def _fired(place: Place, path: Path, again: str) -> Symptom:
    """Start the hook as git would, with a push that must be refused. Source: githooks(5), pre-receive."""
    name = f"{hooks.PRE_RECEIVE} fired"
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env["GIT_DIR"] = "."
    try:
        code, _, err = ask([str(path)], env=env, stdin=_FIRED.encode(), cwd=place.common_dir, limit=LIMIT)
    except ToolError as error:
        return Symptom(name, Status.OFF, error.message, again)
    if code and b"refs/replace" in err:
        return Symptom(name, Status.ON, "it refused a push of refs/replace")
    said = err.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
    return Symptom(
        name, Status.OFF, f"it should refuse refs/replace; it ended with {code} and said: {said[-1]}", again
    )


def _settings(git: UserGit, record: Record, again: str) -> Iterator[Symptom]:
    for key, wanted in settings.wanted(rewrites=record.rewrites).items():
        there = settings.effective(git, key)
        ok = set(wanted) <= set(there) if len(wanted) > 1 else there[-1:] == list(wanted)
        says = f"{key} is {', '.join(there) or 'not set'}" + ("" if ok else f", not {', '.join(wanted)}")
        yield Symptom(key, Status.ON if ok else Status.OFF, says, again)
    for line in settings.loosened(git):
        fix = "Take it out: git config --show-origin --get-regexp receive.fsck tells where it stands"
        yield Symptom("receive.fsck", Status.OFF, f"{line}: objects that git refuses are let in", fix)
