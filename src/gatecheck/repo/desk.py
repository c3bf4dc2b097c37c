"""A git directory for the time of one look at the user's work tree: a copy of the index, and nothing that names a program.

Source: gitrepository-layout(5), git-config(1), gitattributes(5) and gitignore(5) for what git itself would read and from where.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from gatecheck.errors import ToolError, UsageError
from gatecheck.process import ask
from gatecheck.repo.command import git_environment
from gatecheck.repo.repository import Repository

_OF_REPOSITORY = ("autocrlf", "eol", "filemode", "symlinks")
"""Settings of the repository that decide what a file's content or mode is to git."""
_OF_USER = ("excludesfile", "attributesfile", "autocrlf", "eol")
_WORD = re.compile(r"[A-Za-z0-9]*")


class Desk:
    """Runs git over a work tree, from a git directory of our own that writes its objects into the private repository.

    The user's index is copied with its times, since git tells by them which files it must compare. The copy's configuration is the
    private repository's and a few plain words of the user's: no filter, no file system monitor, no hook.
    """

    def __init__(self, repository: Repository, folder: Path) -> None:
        """Set it up in an empty folder. Raises UsageError when the user's configuration cannot be read."""
        place, private = repository.place, repository.private
        self._folder = folder
        self.work_tree = place.work_tree or "/"
        env = _user_environment()
        has_own = "HOME" in env and Path(env.get("GIT_CONFIG_GLOBAL", "/")).exists()
        own = _settings(_OF_USER, ["--global", "--includes"], private, env) if has_own else {}
        theirs = _settings(_OF_REPOSITORY, [f"--file={place.common_dir}/config"], private, git_environment())
        words = {name: word for name, word in {**own, **theirs}.items() if _WORD.fullmatch(word)}
        ignored = [_own_file(own, "excludesfile", "ignore"), Path(place.common_dir, "info", "exclude")]
        self.excludes = tuple(f"--exclude-from={path}" for path in ignored if path.is_file())
        """Arguments that name the files with patterns of what is ignored everywhere, the last one winning."""
        words = {name: word for name, word in words.items() if name in _OF_REPOSITORY}
        words["attributesFile"] = str(_own_file(own, "attributesfile", "attributes"))
        self._settings = [part for name, word in words.items() for part in ("-c", f"core.{name}={word}")]
        self._fill(repository)

    def _fill(self, repository: Repository) -> None:
        place, private = repository.place, repository.private
        (self._folder / "refs").mkdir()
        (self._folder / "info").mkdir()
        (self._folder / "objects").symlink_to(private / "objects")
        (self._folder / "HEAD").write_text("ref: refs/heads/none\n")
        config = (private / "config").read_text()
        ours = "[core]\n\tbare = false\n\tsafecrlf = false\n\tuntrackedCache = false\n\tfsmonitor = false\n"
        ours += "\tcompression = 1\n"  # what is written here is read once or twice
        (self._folder / "config").write_text(config + ours)
        attributes = Path(place.common_dir, "info", "attributes")
        if attributes.is_file():
            shutil.copyfile(attributes, self._folder / "info" / "attributes")
        for file in (Path(place.git_dir, "index"), *Path(place.git_dir).glob("sharedindex.*")):
            if file.is_file():
                shutil.copy2(file, self._folder / file.name)

    def git(self, *args: str, stdin: bytes = b"") -> bytes:
        """Run git over the work tree and return its output. Raises ToolError when it fails, or complains about anything."""
        argv = ["git", f"--git-dir={self._folder}", f"--work-tree={self.work_tree}"]
        argv += ["-C", self.work_tree, *self._settings, *args]
        code, out, err = ask(argv, env=git_environment(), stdin=stdin)
        if code or err:
            said = "; ".join(err.decode("utf-8", "replace").splitlines()[-2:])
            raise ToolError(
                f"git {args[0]} cannot read the work tree: {said}",
                fix="Mend what git names, or have it ignored (.gitignore); or commit, and run without --worktree.",
            )
        return out


def _settings(names: tuple[str, ...], where: list[str], private: Path, env: dict[str, str]) -> dict[str, str]:
    """Return settings of `core` by name, in small letters, from one place."""
    pattern = rf"^core\.({'|'.join(names)})$"
    argv = ["git", f"--git-dir={private}", "config", *where, "--null", "--get-regexp", pattern]
    code, out, err = ask(argv, env=env)
    if code > 1:  # 1: it has none of them
        raise UsageError(
            f"git cannot read its configuration: {err.decode('utf-8', 'replace').strip()}",
            fix="Mend the file that git names; `git config --list --show-origin` shows all of them.",
        )
    found: dict[str, str] = {}
    for line in os.fsdecode(out).split("\0")[:-1]:
        name, separator, value = line.partition("\n")
        found[name.removeprefix("core.")] = value if separator else "true"
    return found


def _user_environment() -> dict[str, str]:
    """Return an environment in which git finds the user's own configuration, and none of the system's."""
    kept = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL")
    env = {name: word for name, word in git_environment().items() if name not in kept}
    return {**env, **{name: os.environ[name] for name in kept if name in os.environ}}


def _own_file(own: dict[str, str], setting: str, name: str) -> Path:
    """Return the file that a setting names, else where git looks for it: `$XDG_CONFIG_HOME/git/NAME`."""
    folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(os.path.expanduser(own.get(setting) or f"{folder}/git/{name}"))  # noqa: PTH111 -- leaves an unknown ~user alone
