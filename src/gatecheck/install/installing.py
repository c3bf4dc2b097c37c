"""Putting the hooks in their place: what stands there is kept and chained, and nothing is ever half there."""

from __future__ import annotations

import dataclasses
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import CannotTell, UsageError
from gatecheck.install import edits, script
from gatecheck.install.compiled import Compiled, to_text
from gatecheck.install.files import READABLE, RUNNABLE, digest, put, sweep, turn
from gatecheck.install.ground import CHAINED, OWN, Ground, asked, reached, survey
from gatecheck.install.keeping import keep, lay_beside, put_back
from gatecheck.install.record import Record, load, save
from gatecheck.install.removing import remove
from gatecheck.place import Place
from gatecheck.repo import UserGit


@dataclass(frozen=True, slots=True)
class Installed:
    """What was installed, for those who tell it."""

    folder: Path
    hooks: tuple[str, ...]
    """Those with checks of ours."""
    chained: tuple[Path, ...]
    """Hooks of others that are run too."""
    notes: tuple[str, ...]


def install(place: Place, law: Compiled, python: str, *, begun: int, strict: bool) -> Installed:
    """Install hooks, or bring those that are installed up to date. Raises UsageError, CannotTell and ToolError."""
    if place.work_tree is None:
        raise UsageError(
            f"{place.git_dir} is a bare repository, in which nobody commits",
            fix="Install the hooks in the clones where people work.",
        )
    own, git = Path(place.common_dir, OWN), UserGit(place)
    with turn(own):
        record = load(own)
        ground = survey(place, git, ground_of(place, record))
        if record and Path(record.folder) != ground.folder:
            remove(place, git, record)  # core.hooksPath was set, or unset, since
            record = None
        write_law(own, law, python, begun)
        strict = strict or law.strict or bool(record and record.strict)  # never less than it was
        wanted = wanted_hooks(place, ground, strict=strict)
        notes = _take_place(place, git, ground, wanted, _planned(git, ground, record, law.version, python))
        _prove(place, git, ground)
        theirs = tuple(path for name in wanted if (path := chained_hook(place, ground, name)))
    return Installed(
        ground.folder, tuple(name for name in script.HOOKS if name in wanted), theirs, tuple(notes)
    )


def write_law(own: Path, law: Compiled, python: str, begun: int) -> None:
    """Write the compiled policy, and beside it which interpreter writes it anew. Raises OSError.

    The file's time is when reading began (ns): refs that were packed after that are newer, and hooks look again.
    """
    put(own / "python", os.fsencode(python + "\n"), READABLE)
    put(own / "policy", to_text(law).encode("utf-8", "surrogateescape"), READABLE, time=begun)


def ground_of(place: Place, record: Record | None) -> Ground | None:
    """Return what a record says of the configuration before us."""
    if record is None:
        return None
    return Ground(Path(place.common_dir), record.previous, record.worktrees, record.local)


def wanted_hooks(place: Place, ground: Ground, *, strict: bool) -> list[str]:
    """Return the names of all hooks that our folder must have."""
    wanted = [name for name in script.HOOKS if strict or name != script.STRICT]
    if ground.is_own:
        return wanted
    there = [
        name for name in script.KNOWN if any((folder / name).is_file() for folder in _folders(place, ground))
    ]
    return list(dict.fromkeys([*wanted, *script.PASSED_ON, *there]))


def chained_hook(place: Place, ground: Ground, name: str) -> Path | None:
    """Return the hook that ours runs too; None when there is none that git would have run."""
    folders = [ground.common / CHAINED] if ground.is_own else _folders(place, ground)
    found = (folder / name for folder in folders)
    return next((path for path in found if path.is_file() and os.access(path, os.X_OK)), None)


def texts(place: Place, ground: Ground, wanted: list[str], version: str, python: str) -> dict[str, bytes]:
    """Return what each hook is to say."""
    chained = None if ground.is_own else str(_folders(place, ground)[0])
    if ground.previous is not None:
        chained = ground.previous  # as it was written: a relative one means another folder in each work tree
    paths = script.Paths(version, python, chained, ground.worktrees, _way_out(place, ground, wanted))
    return {
        name: script.hook(name, paths, chains=chained_hook(place, ground, name) is not None)
        for name in wanted
    }


def _folders(place: Place, ground: Ground) -> list[Path]:
    """Return the folders whose hooks are chained, as they are seen from here: that of most work trees first."""
    start = Path(place.work_tree or place.git_dir)
    first = ground.standard if ground.previous is None else start / ground.previous
    return [first, *(start / folder for folder in ground.worktrees.values())]


def _planned(git: UserGit, ground: Ground, record: Record | None, version: str, python: str) -> Record:
    """Return what will be written down before anything is done."""
    value = str(ground.folder)
    known = {edit.file: edit for edit in record.edits} if record else {}
    made = [
        known[str(config)]
        if str(config) in known and asked(git, config) == value
        else edits.planned(config, value)
        for config in ground.configs
    ]
    return Record(
        version=version,
        python=python,
        strict=False,
        folder=value,
        made=record.made if record else not ground.folder.exists(),
        files=dict(record.files) if record else {},
        previous=ground.previous,
        worktrees=ground.worktrees,
        local=ground.local,
        edits=tuple(made),
    )


def _take_place(place: Place, git: UserGit, ground: Ground, wanted: list[str], plan: Record) -> list[str]:
    """Write the hooks and then, where it is needed, the configuration; return what should be told."""
    own, notes = Path(place.common_dir, OWN), []
    sweep(ground.folder)
    save(own, plan)
    if ground.is_own:
        for name in wanted:
            notes += keep(ground, name)
        lay_beside(ground)
    made = texts(place, ground, wanted, plan.version, plan.python)
    digests = {name: digest(text) for name, text in made.items()}
    plan = dataclasses.replace(plan, strict=script.STRICT in wanted)
    save(own, dataclasses.replace(plan, files={**plan.files, **digests}))
    for name, text in made.items():
        put(ground.folder / name, text, RUNNABLE)
    for name in set(script.KNOWN) - set(wanted):
        if script.is_ours(ground.folder / name):
            put_back(ground, name)
    for edit in plan.edits:
        edits.make(git, edit)
    save(own, dataclasses.replace(plan, files=digests))
    return notes


def _prove(place: Place, git: UserGit, ground: Ground) -> None:
    """Raise CannotTell, with nothing left installed, when git takes its hooks from another folder all the same."""
    for name, folder in reached(git, place).items():
        if os.path.realpath(folder) == os.path.realpath(ground.folder):
            continue
        remove(place, git, load(Path(place.common_dir, OWN)))
        where = f"the work tree {name}" if name else "this repository"
        raise CannotTell(
            f"git takes the hooks of {where} from {folder}, whatever .git/config says; nothing is installed",
            fix="See what sets it: git config --show-origin --get-all core.hooksPath (an included file wins over .git/config).",
        )


def _way_out(place: Place, ground: Ground, wanted: list[str]) -> str:
    """Return the command that takes the hooks away where gatecheck is gone."""
    folder = shlex.quote(str(ground.folder))
    if not ground.is_own:
        steps = [] if ground.local is None else [f"git config core.hooksPath {shlex.quote(ground.local)}"]
        steps = steps or ["git config --local --unset core.hooksPath"]
        for name, value in ground.worktrees.items():
            file = shlex.quote(str(ground.common / (f"worktrees/{name}" if name else "") / "config.worktree"))
            steps.append(f"git config --file {file} core.hooksPath {shlex.quote(value)}")
        return " && ".join(steps)
    kept = [name for name in wanted if chained_hook(place, ground, name)]
    gone = " ".join(name for name in wanted if name not in kept)
    back = "".join(
        f" && mv {shlex.quote(str(ground.common / CHAINED))}/{name} {folder}/{name}" for name in kept
    )
    return f"(cd {folder} && rm -f {gone}){back}"
