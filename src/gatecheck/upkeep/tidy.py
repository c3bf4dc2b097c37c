"""Looking through the cache from time to time, and removing what was used longest ago until the rest fits."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gatecheck.settings import human
from gatecheck.upkeep.claim import IN_USE, alone, last_use
from gatecheck.upkeep.discard import STAMP, discard, put_away, repositories, sweep, turn
from gatecheck.upkeep.size import bound, size_of

INTERVAL = 86_400.0
"""Seconds between two looks: a look costs a walk over all that is kept."""
SOON = 600.0
"""As above, while the disk is nearly full."""
LEAST_FREE = 1024**3
"""Bytes below which the disk counts as nearly full."""
UNUSED = 60 * 86_400.0
"""Seconds after which the whole folder of a repository goes."""
LARGEST_GIT = 256 * 1024**2
MOST_LOOSE = 5_000
"""Bounds of a private git directory: the objects of merge results collect in it, and nothing else removes them."""
_ENOUGH = 0.9
"""How full the cache may be after it was too full, so that the next run does not find it so again."""
_UNITS = {
    "environments": "lock",
    "slots": "state",
    "store/answers": "",
    "store/files": "",
    "recall": "",
    "probes": "",
    "logs": "",
    "crashes": "",
    "modules": "",
}
"""Folders whose entries are removed one by one, and the file in each entry that is touched when it is used."""
_TICK = 2.0
"""Seconds by which the time of a file may lag behind the clock."""


@dataclass(frozen=True, slots=True, order=True)
class _Unit:
    """Something that is removed as a whole."""

    used: float
    path: Path
    sign: Path
    """The file whose time is when it was used last."""
    size: int
    repository: Path


def tidy_when_due(cache: Path, begun: float, say: Callable[[str], None]) -> None:
    """Look through the cache after a run, when it is time to; what the run itself used (since `begun`) stays.

    It is no part of the answer: what goes wrong is said, and tried again the next time.
    """
    root = cache.parent
    try:
        if _is_due(root, cache, begun):
            with turn(root, wait=False) as ours:
                if ours:
                    _tidy(root, begun, say)
    except OSError as error:
        say(f"the cache could not be tidied: {error}")


def _is_due(root: Path, cache: Path, begun: float) -> bool:
    stamp = root / STAMP
    age = time.time() - stamp.stat().st_mtime if stamp.exists() else INTERVAL
    if age >= INTERVAL or (age >= SOON and shutil.disk_usage(root).free < LEAST_FREE):
        return True
    return any(log.stat().st_mtime >= begun for log in cache.glob("environments/*/create.log"))


def _tidy(root: Path, begun: float, say: Callable[[str], None]) -> None:
    (root / STAMP).touch()
    for repository in repositories(root):
        _tidy_one(repository)
    units = [unit for repository in repositories(root) for unit in _units(repository)]
    total = sum(unit.size for unit in units)
    limit = min(bound(), total - LEAST_FREE + shutil.disk_usage(root).free)
    if total > limit:
        removed = _remove_oldest(units, total - max(0, int(limit * _ENOUGH)), begun - _TICK)
        say(f"the cache had {human(total)}: removed {human(removed)}, what was used longest ago")
    sweep(root)


def _tidy_one(repository: Path) -> None:
    """Remove what a killed run left, what grows without end, and a repository's whole folder when it was not used for long."""
    if time.time() - last_use(repository) > UNUSED:
        discard(repository)
        return
    with alone(repository) as ours:
        if not ours:
            return
        for folder in repository.glob("worktree-*"):
            put_away(folder, repository)
        for git in _git_directories(repository):
            if _is_grown(git):
                put_away(git, repository)
        sweep(repository)


def _remove_oldest(units: list[_Unit], surplus: int, begun: float) -> int:
    """Remove units until a number of bytes is free, never what is in use; return how many bytes they had."""
    removed = 0
    claims: dict[Path, bool] = {}
    with ExitStack() as claimed:
        for unit in sorted(units):
            if removed >= surplus or unit.used >= begun:
                break
            if unit.repository not in claims:
                claims[unit.repository] = claimed.enter_context(alone(unit.repository))
            if claims[unit.repository] and unit.sign.lstat().st_mtime == unit.used:
                put_away(unit.path, unit.repository)
                removed += unit.size
        for repository in claims:
            sweep(repository)
    return removed


def _units(repository: Path) -> Iterator[_Unit]:
    sign = repository / IN_USE
    for git in _git_directories(repository) if sign.exists() else ():
        yield _Unit(sign.stat().st_mtime, git, sign, size_of(git), repository)
    for folder, name in _UNITS.items():
        for path in repository.joinpath(folder).glob("*"):
            sign = path / name if name and (path / name).exists() else path
            yield _Unit(sign.lstat().st_mtime, path, sign, size_of(path), repository)


def _git_directories(repository: Path) -> list[Path]:
    return [path for path in repository.glob("git*") if (path / "HEAD").is_file()]


def _is_grown(git: Path) -> bool:
    loose = sum(1 for _ in (git / "objects").glob("[0-9a-f][0-9a-f]/*"))
    return loose > MOST_LOOSE or size_of(git) > LARGEST_GIT
