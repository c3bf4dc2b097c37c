"""What is out of reach for programs in a jail: what they must not write to, and what they must not see."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from gatecheck.place import Place
from gatecheck.room.environment import user_trees

_SECRETS = (
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".config/gcloud",
    ".config/gh",
    ".config/glab-cli",
    ".config/hub",
    ".docker",
    ".kube",
    ".git-credentials",
    ".config/git/credentials",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".cargo/credentials.toml",
    ".password-store",
    ".local/share/keyrings",
)
"""Below the user's home: where tools keep keys and tokens."""
_GITS_OWN = (Path("/usr/lib/git-core"), Path("/usr/libexec/git-core"))
"""Where distributions keep the programs that git itself starts."""
_LENDERS = 5
"""Alternates of alternates that git follows. Source: gitrepository-layout(5), objects/info/alternates."""
_SOCKETS = ("SSH_AUTH_SOCK", "XDG_RUNTIME_DIR")
"""Variables that name sockets through which somebody could sign or unlock something."""


class Reach:
    """The places of one machine, user and repository."""

    def __init__(self, place: Place, scratch: Path) -> None:
        self._place = place
        self._scratch = scratch

    def read_only(self, prefixes: Iterable[Path]) -> tuple[Path, ...]:
        """Return what can be read and not written: all that a run stands on, gatecheck itself included.

        That is: caches, the scratch folders, the user's repository, interpreters with what is installed for them, and the
        folders on PATH.
        """
        own = [Path(self._place.cache).parent, self._scratch, *map(Path, user_trees(self._place))]
        git = [Path(self._place.common_dir), Path(self._place.git_dir), *_lenders(self._place.common_dir)]
        judge = [Path(sys.prefix), Path(sys.base_prefix), *map(Path, sys.path)]
        programs = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
        named = (
            path for path in (*own, *git, *prefixes, *judge, *programs, *_GITS_OWN) if path.is_absolute()
        )
        there = {Path(os.path.realpath(path)) for path in named}
        return tuple(path for path in _outermost(there) if path.is_dir())

    @cached_property
    def hidden(self) -> tuple[Path, ...]:
        """What looks empty: the user's keys, tokens and agents."""
        home = Path(os.path.expanduser("~"))
        named = [Path(os.environ[name]) for name in _SOCKETS if os.environ.get(name)]
        there = {Path(os.path.realpath(path)) for path in (*(home / name for name in _SECRETS), *named)}
        needed = (Path(self._place.cache), self._scratch)
        return tuple(
            path
            for path in _outermost(there)
            if path.exists() and not any(place.is_relative_to(path) for place in needed)
        )


def _lenders(common_dir: str, depth: int = 0) -> Iterator[Path]:
    """Yield the repositories, or folders of objects, from which a repository borrows objects: without them it is broken."""
    objects = os.path.join(common_dir, "objects")
    try:
        with open(f"{objects}/info/alternates", "rb") as stream:
            lines = stream.read().split(b"\n")
    except OSError:
        return
    for line in lines if depth < _LENDERS else ():
        if line and not line.startswith(b"#"):
            lent = Path(os.path.realpath(os.path.join(objects, os.fsdecode(line))))
            yield lent.parent if (lent.parent / "HEAD").exists() else lent
            yield from _lenders(str(lent.parent), depth + 1)


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Return the paths that lie below no other; the root is none, since it cannot be laid over itself."""
    found: list[Path] = []
    for path in sorted(set(paths), key=lambda path: len(path.parts)):
        if len(path.parts) > 1 and not any(path.is_relative_to(outer) for outer in found):
            found.append(path)
    return found
