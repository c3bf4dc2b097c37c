"""Where things are: the user's repository, and gatecheck's own folder for it.

Found by looking at files, never by asking git, so that a hostile configuration has nothing to run. This module is on the path
of `gatecheck.recall`, so it imports nothing that Python has not imported at start-up.
Source: gitrepository-layout(5) and gitfile in gitglossary(7).
"""

from __future__ import annotations

import os


class Place:
    """A repository on disk. All paths are absolute and real."""

    __slots__ = ("cache", "common_dir", "git_dir", "work_tree")

    def __init__(self, *, work_tree: str | None, git_dir: str, common_dir: str, cache: str) -> None:
        self.work_tree = work_tree
        """None for a bare repository."""
        self.git_dir = git_dir
        """This work tree's own: HEAD and index are here."""
        self.common_dir = common_dir
        """Shared by all work trees: refs, objects and config are here."""
        self.cache = cache
        """gatecheck's folder for this repository; it may not exist yet."""


def find(start: str) -> Place | None:
    """Return the repository that holds a folder, None when there is none, or its `.git` file leads nowhere."""
    folder = os.path.realpath(start)
    while True:
        git_dir = _git_dir(folder + "/.git")
        if git_dir:
            return _place(folder, git_dir)
        if os.path.isfile(folder + "/.git"):  # as git: never a repository further up instead
            return None
        if _is_git_dir(folder):
            parent, name = os.path.split(folder)
            return _place(parent, folder) if name == ".git" else _place(None, folder)
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def cache_root() -> str:
    """Return the folder below which every repository has its own."""
    own = os.environ.get("GATECHECK_CACHE")
    if own:
        return os.path.realpath(own)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.realpath(base) + "/gatecheck"


def supply(name: str) -> str:
    """Return where a file lies that was brought in for all repositories (`gatecheck advisories import`), there or not."""
    return f"{cache_root()}/supplies/{name}"


def digest_of(data: bytes) -> str:
    """Return sha256 in hex, without hashlib, whose import of OpenSSL costs as much as all else on the path of recall."""
    try:
        from _sha2 import sha256  # type: ignore[import-not-found]
    except ImportError:
        from _sha256 import sha256  # type: ignore[import-not-found]
    digest: str = sha256(data).hexdigest()
    return digest


def _place(work_tree: str | None, git_dir: str) -> Place:
    common = _first_line(git_dir + "/commondir")
    common_dir = os.path.realpath(os.path.join(git_dir, common)) if common else git_dir
    name = digest_of(os.fsencode(common_dir))[:16]
    return Place(work_tree=work_tree, git_dir=git_dir, common_dir=common_dir, cache=f"{cache_root()}/{name}")


def _git_dir(path: str) -> str | None:
    """Follow `.git`, be it a folder or a file that says `gitdir: ...`."""
    if os.path.isdir(path):
        return os.path.realpath(path) if _is_git_dir(path) else None
    pointer = _first_line(path)
    if not pointer or not pointer.startswith("gitdir: "):
        return None
    target = os.path.realpath(os.path.join(os.path.dirname(path), pointer[8:]))
    return target if os.path.exists(target + "/HEAD") else None


def _is_git_dir(path: str) -> bool:
    return (
        os.path.lexists(path + "/HEAD") and os.path.isdir(path + "/objects") and os.path.isdir(path + "/refs")
    )


def _first_line(path: str) -> str | None:
    try:
        with open(path, "rb") as stream:
            return os.fsdecode(stream.readline(65_536).rstrip(b"\r\n"))
    except OSError:
        return None
