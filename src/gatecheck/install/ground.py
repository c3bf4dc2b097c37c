"""Where git looks for hooks in a repository: what core.hooksPath says, in which file, and in each linked work tree."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from gatecheck.place import Place
from gatecheck.repo import UserGit

KEY = "core.hooksPath"
OWN = "gatecheck"
"""gatecheck's folder in a git directory."""
CHAINED = "gatecheck-chained"
"""Where hooks go that stood in the repository's own folder. It lies beside that folder, so that what a hook names relative to itself stays right."""


@dataclass(frozen=True, slots=True)
class Ground:
    """How hooks are found here without us."""

    common: Path
    previous: str | None
    """The folder that core.hooksPath names for all work trees, `~` expanded; None where it is the repository's own."""
    worktrees: dict[str, str] = field(default_factory=dict)
    """As above, in work trees that have a setting of their own, by name; the main one's name is empty."""
    local: str | None = None
    """What the repository's own configuration says of it, when it says anything."""

    @property
    def is_own(self) -> bool:
        """True where our hooks can stand in the repository's own folder."""
        return self.previous is None and not self.worktrees and not self.standard.is_symlink()

    @property
    def standard(self) -> Path:
        """The repository's own folder for hooks."""
        return self.common / "hooks"

    @property
    def folder(self) -> Path:
        """Where our hooks go."""
        return self.standard if self.is_own else self.common / OWN / "hooks"

    @property
    def configs(self) -> tuple[Path, ...]:
        """The configuration files in which core.hooksPath must be ours."""
        if self.is_own:
            return ()
        return (self.common / "config", *(config_of(self.common, name) for name in self.worktrees))


def survey(place: Place, git: UserGit, before: Ground | None) -> Ground:
    """Look at the configuration as if we were not installed: where it names our folder, what was there before counts."""
    common = Path(place.common_dir)
    known = before or Ground(common, None)
    start = place.work_tree or place.git_dir
    previous = local = None
    for scope, value in _settings(git):
        if scope in {"worktree", "command"}:
            continue
        meant = known.local if _same(start, value, common / OWN / "hooks") else value
        local = meant if scope == "local" else local
        previous = previous if meant is None else meant
    if (
        previous is not None
        and not (common / "hooks").is_symlink()
        and _same(start, previous, common / "hooks")
    ):
        previous = None
    worktrees = {}
    for name in _with_settings(git, common):
        value = asked(git, config_of(common, name)) or ""
        if not _same(start, value, common / OWN / "hooks"):
            worktrees[name] = value
        elif name in known.worktrees:
            worktrees[name] = known.worktrees[name]
    return Ground(common, previous, worktrees, local)


def config_of(common: Path, name: str) -> Path:
    """Return a work tree's own configuration file."""
    return (common / "worktrees" / name if name else common) / "config.worktree"


def asked(git: UserGit, config: Path) -> str | None:
    """Return what one configuration file itself says of core.hooksPath, `~` expanded; None when it says nothing."""
    code, out, _ = git.code("config", "--file", str(config), "--type=path", "--get", KEY)
    return None if code else out


def reached(git: UserGit, place: Place, env: dict[str, str] | None = None) -> dict[str, str]:
    """Return the folder from which git takes hooks, for every work tree by name; the main one's name is empty."""
    common = Path(place.common_dir)
    words = ("rev-parse", "--path-format=absolute", "--git-path", "hooks")
    found = {}
    for name in ("", *_linked(common)):
        git_dir = common / "worktrees" / name if name else common
        found[name] = git(f"--git-dir={git_dir}", *words, env=env)
    return found


def _settings(git: UserGit) -> list[tuple[str, str]]:
    """Return scope and value of each core.hooksPath, in the order in which the last one wins."""
    code, out, _ = git.code("config", "--show-scope", "--null", "--type=path", "--get-all", KEY)
    words = out.split("\0")[:-1] if not code else []
    return list(zip(words[::2], words[1::2], strict=True))


def _with_settings(git: UserGit, common: Path) -> list[str]:
    """Return the work trees whose own configuration names a folder."""
    if git.code("config", "--type=bool", "--get", "extensions.worktreeConfig")[1] != "true":
        return []
    return [
        name
        for name in ("", *_linked(common))
        if config_of(common, name).is_file() and asked(git, config_of(common, name)) is not None
    ]


def _linked(common: Path) -> list[str]:
    folder = common / "worktrees"
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def _same(start: str, value: str, folder: Path) -> bool:
    return bool(value) and os.path.realpath(os.path.join(start, value)) == os.path.realpath(folder)  # noqa: PTH118
