"""How a Python project's environment is set up, told by its files: the lines of a policy that let its own tool do it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

LARGEST = 1024 * 1024
"""Bytes of a file that are looked at; a larger one tells nothing."""
Read = Callable[[str], bytes | None]
"""Gives the content of a file at the project's root, None where there is none."""
_VENV = "python -m venv {env}"


@dataclass(frozen=True, slots=True)
class Setup:
    """What goes into a policy's `environment:`. All text is our own, whatever the files say."""

    tool: str
    found: str
    """The file by which it was found."""
    create: tuple[str, ...]
    """Command lines, run without a shell; `{env}` is the environment's folder."""
    key: tuple[str, ...]
    add: str = ""
    """The command that adds a requirement to what is installed there, without the requirement."""
    locked: bool = False
    """True when a lock file says what is installed, so that there is nothing to choose."""

    @property
    def line(self) -> str:
        """The whole as one line of a policy."""
        create = ", ".join(f'"{command}"' for command in self.create)
        return f"environment: {{create: [{create}], key: [{', '.join(self.key)}]}}"


PIP = Setup(
    "pip",
    "pyproject.toml",
    (_VENV, "{env}/bin/pip install --editable . pytest coverage"),
    ("pyproject.toml",),
)
"""What fits a project that says nothing else."""


def find_setup(read: Read) -> Setup | None:
    """Return how a project is set up; None when no tool of its own is to be seen. A lock file says more than a table."""
    tools = _table(read("pyproject.toml")).get("tool")
    tables = tools if isinstance(tools, dict) else {}
    if read("uv.lock") is not None:
        sync = "env UV_PROJECT_ENVIRONMENT={env} uv sync --frozen --all-groups --all-extras"
        return Setup("uv", "uv.lock", (sync,), ("uv.lock", "pyproject.toml"), "uv add --dev", locked=True)
    for tool, make in (("poetry", _poetry), ("pdm", _pdm)):
        if read(f"{tool}.lock") is not None:
            return make(f"{tool}.lock", locked=True)
        if tool in tables:
            return make("pyproject.toml", locked=False)
    for file in ("tox.toml", "tox.ini", "setup.cfg", "pyproject.toml"):
        if _has_tox(file, read(file), tables):
            return Setup("tox", file, ("tox devenv -e py {env}",), (file, "pyproject.toml"))
    if read("noxfile.py") is not None:
        return Setup("nox", "noxfile.py", PIP.create, ("noxfile.py", "pyproject.toml"))
    return None


def setup_in(folder: Path) -> Setup | None:
    """Return how the project in a folder is set up; what cannot be read there tells nothing."""

    def read(name: str) -> bytes | None:
        try:
            if not (folder / name).is_file():
                return None
            with (folder / name).open("rb") as stream:
                return stream.read(LARGEST + 1)
        except OSError:
            return None

    return find_setup(read)


def _poetry(found: str, *, locked: bool) -> Setup:
    install = "env VIRTUAL_ENV={env} poetry install --no-interaction --all-extras"
    key = ("poetry.lock", "pyproject.toml")
    return Setup("poetry", found, (_VENV, install), key, "poetry add --group dev", locked=locked)


def _pdm(found: str, *, locked: bool) -> Setup:
    how = "sync" if locked else "install"
    install = f"env VIRTUAL_ENV={{env}} PDM_IGNORE_SAVED_PYTHON=1 pdm {how} --group :all"
    return Setup(
        "pdm", found, (_VENV, install), ("pdm.lock", "pyproject.toml"), "pdm add --dev", locked=locked
    )


def _has_tox(file: str, content: bytes | None, tables: dict[str, Any]) -> bool:
    """Tell whether tox would take a file for its own. Source: tox's configuration, Discovery and file types."""
    if content is None:
        return False
    if file == "pyproject.toml":
        return "tox" in tables
    return PurePosixPath(file).stem == "tox" or b"[tox:tox]" in content[:LARGEST]


def _table(content: bytes | None) -> dict[str, Any]:
    """Return what a TOML file holds; nothing when it cannot be read as one, which is not for us to judge."""
    if content is None or len(content) > LARGEST:
        return {}
    try:
        return tomllib.loads(content.decode())
    except (ValueError, RecursionError):
        return {}
