"""Whether the hooks are really on: each thing that must hold, looked at, with what to do where it does not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gatecheck.install import script
from gatecheck.install.compiled import Compiled, from_text
from gatecheck.install.ground import CHAINED, OWN, Ground, reached, survey
from gatecheck.install.installing import ground_of, texts, wanted_hooks
from gatecheck.install.record import Record, load
from gatecheck.place import Place
from gatecheck.repo import UserGit

_AGAIN = "Run: gatecheck install"
_OVERRIDES = ("GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS")
"""Variables by which one call, or a whole shell, can send git to other hooks."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that must hold for the hooks to be on."""

    name: str
    """In one or two words: `pre-commit`, `policy`."""
    ok: bool
    says: str
    fix: str = ""
    """What to do where it does not hold."""


def facts(
    place: Place, law: Compiled, python: str, variables: Mapping[str, str], *, strict: bool
) -> tuple[Fact, ...]:
    """Look at everything that must hold here; `variables` are those of whoever asks. Raises ToolError when git cannot be asked."""
    own, git = Path(place.common_dir, OWN), UserGit(place)
    record = load(own)
    if record is None:
        return (
            Fact(
                "installed", ok=False, says=f"no hooks of gatecheck are installed in {own.parent}", fix=_AGAIN
            ),
        )
    ground = survey(place, git, ground_of(place, record))
    return (
        *_installed(record, law, python),
        _policy(own, law),
        *_reached(place, git, Path(record.folder), variables),
        *_hooks(place, ground, record, strict=strict or law.strict or record.strict),
    )


def folder_of(place: Place) -> Path | None:
    """Return where our hooks are; None where they are not installed."""
    record = load(Path(place.common_dir, OWN))
    return Path(record.folder) if record else None


def _installed(record: Record, law: Compiled, python: str) -> Iterator[Fact]:
    there = os.access(record.python, os.X_OK)
    yield Fact(
        "interpreter",
        ok=there,
        says=f"hooks call {record.python}" + ("" if there else ", which is not there"),
        fix="" if there else _AGAIN,
    )
    if (record.version, record.python) != (law.version, python):
        says = f"the hooks were written by gatecheck {record.version} of {record.python}, and this is {law.version} of {python}"
        yield Fact("version", ok=False, says=says, fix=_AGAIN)


def _policy(own: Path, law: Compiled) -> Fact:
    try:
        known = from_text((own / "policy").read_bytes().decode("utf-8", "surrogateescape"))
    except OSError:
        known = None
    where = f"the policy of {law.ref}"
    if known is None:
        return Fact("policy", ok=False, says=f"{own / 'policy'} is missing or damaged", fix=_AGAIN)
    if known != law:
        return Fact("policy", ok=False, says=f"{own / 'policy'} is not {where} as it is now", fix=_AGAIN)
    return Fact("policy", ok=True, says=f"hooks know {where}")


def _reached(place: Place, git: UserGit, folder: Path, variables: Mapping[str, str]) -> Iterator[Fact]:
    """Ask git where it looks: without what is set in the environment, and with it."""
    set_here = {
        name: value
        for name, value in variables.items()
        if name in _OVERRIDES or name.startswith(("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"))
    }
    for env, where in ((None, ""), (set_here, " because of GIT_CONFIG variables in this environment")):
        for name, found in reached(git, place, env).items() if env != {} else ():
            who = f"the work tree {name}" if name else "git"
            good = os.path.realpath(found) == os.path.realpath(folder)
            if good and env is None:
                yield Fact("reached", ok=True, says=f"{who} looks for hooks in {folder}")
            elif not good:
                fix = (
                    "Unset them: env | grep GIT_CONFIG"
                    if env
                    else f"See what sets it: git config --show-origin --get-all core.hooksPath. Then: {_AGAIN[5:]}"
                )
                yield Fact(
                    "reached",
                    ok=False,
                    says=f"{who} looks for hooks in {found}{where}, not in {folder}",
                    fix=fix,
                )


def _hooks(place: Place, ground: Ground, record: Record, *, strict: bool) -> Iterator[Fact]:
    wanted = wanted_hooks(place, ground, strict=strict)
    made = texts(place, ground, wanted, record.version, record.python)
    for name in wanted:
        path = Path(record.folder, name)
        if not path.exists():
            yield Fact(name, ok=False, says=f"{path} is not there", fix=_AGAIN)
        elif not script.is_ours(path):
            yield Fact(name, ok=False, says=f"{path} is somebody else's, and ours is not run", fix=_AGAIN)
        elif not os.access(path, os.X_OK):
            yield Fact(name, ok=False, says=f"{path} is not executable, so git ignores it", fix=_AGAIN)
        elif path.read_bytes() != made[name]:
            asks = ": the policy asks for `strict` now" if strict and not record.strict else ""
            yield Fact(name, ok=False, says=f"{path} is not as this gatecheck writes it{asks}", fix=_AGAIN)
        elif name in script.HOOKS:
            yield Fact(name, ok=True, says=f"{path} is in its place")
    for name in script.KNOWN:
        path = ground.common / CHAINED / name
        if ground.is_own and path.is_file() and not os.access(path, os.X_OK):
            yield Fact(
                name,
                ok=True,
                says=f"{path}, which was there before, is not executable, as it was; it is not run",
            )
