"""The private repository: our own git directory in the cache, over the objects of the user's."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gatecheck.errors import CannotTell, ToolError
from gatecheck.place import Place
from gatecheck.process import ask
from gatecheck.repo.command import check_git, git_environment, last_line


def make_private(place: Place, object_format: str) -> Path:
    """Return the private repository's git directory, made when it is not there and brought up to date when it is.

    Raises CannotTell when the cache does not take it, ToolError when git does not make it.
    """
    borrowed = f"{place.common_dir}/objects"
    if "\n" in borrowed:
        raise CannotTell(
            "git cannot borrow objects from a folder whose path holds a newline",
            fix="Move the repository to a folder with a plainer name.",
        )
    folder = Path(place.cache) / ("git" if object_format == "sha1" else f"git-{object_format}")
    shallow = Path(place.common_dir) / "shallow"
    try:
        if not (folder / "HEAD").exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            _make(folder, object_format)
        _write_if_other(folder / "objects" / "info" / "alternates", os.fsencode(borrowed) + b"\n")
        _write_if_other(folder / "shallow", shallow.read_bytes() if shallow.exists() else b"")
    except OSError as error:
        raise CannotTell(
            f"the cache cannot be written: {error}",
            fix=f"Make {folder.parent} writable, or name another folder in GATECHECK_CACHE.",
        ) from error
    return folder


def _make(folder: Path, object_format: str) -> None:
    check_git()
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = f"{scratch}/git"
        argv = ["git", "init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", fresh]
        code, _, err = ask(argv, env=git_environment())
        if code:
            raise ToolError(
                f"git init failed in the cache: {last_line(err)}",
                fix=f"Make {folder.parent} writable, or name another folder in GATECHECK_CACHE.",
            )
        Path(fresh, "objects", "info").mkdir(exist_ok=True)
        try:
            Path(fresh).rename(folder)
        except OSError:  # another run was faster
            if not (folder / "HEAD").exists():
                raise


def _write_if_other(path: Path, data: bytes) -> None:
    """Write a file unless it already says the same; no data means no file."""
    there = path.read_bytes() if path.exists() else b""
    if there == data:
        return
    if not data:
        path.unlink()
        return
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(path)
