"""The presets that come with gatecheck: which there are, and which one fits a repository that has no policy."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from importlib.resources import files

from gatecheck.errors import UsageError
from gatecheck.formats.python_project import Setup
from gatecheck.settings import meant, shown

_FOUND = (
    ("python", ("pyproject.toml", "setup.py", "setup.cfg")),
    ("node", ("package.json",)),
    ("go", ("go.mod",)),
    ("rust", ("Cargo.toml",)),
    ("python", ("requirements.txt", "*.py")),  # a script or two beside another language do not make it Python
    ("generic", ("Makefile", "makefile", "GNUmakefile")),
)

_PYTHON = ("python", "strict", "agent")
"""Presets for Python projects."""
_CREATE = {
    **dict.fromkeys(_PYTHON, 'python -m venv {env}", "{env}/bin/pip install -e .[test]'),
    "node": "npm ci",
    "go": "go mod download",
    "rust": "cargo fetch --locked",
}
_KEY = {
    **dict.fromkeys(_PYTHON, "pyproject.toml"),
    "node": "package.json, package-lock.json",
    "go": "go.mod, go.sum",
    "rust": "Cargo.toml, Cargo.lock",
}


def names() -> tuple[str, ...]:
    """Return the names of all presets, sorted."""
    folder = files("gatecheck_config").joinpath("presets")
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    )


def data(name: str) -> bytes:
    """Return a preset's text. Raises UsageError for a name that is none."""
    if name not in names():
        raise UsageError(
            f"There is no preset {shown(name)}{meant(name, names())}.",
            fix=f"Choose one of {', '.join(names())}.",
        )
    return files("gatecheck_config").joinpath("presets", f"{name}.yaml").read_bytes()


def detect(root_files: Iterable[str]) -> tuple[str, str]:
    """Return the preset that fits the names at a repository's root, and what was found, from our own words only."""
    present = frozenset(root_files)
    for preset, patterns in _FOUND:
        for pattern in patterns:
            if any(fnmatchcase(name, pattern) for name in present):
                return preset, pattern
    return "generic", "no build file"


def starter(name: str, found: str, setup: Setup | None = None) -> str:
    """Return the policy that `gatecheck init` writes: at most 12 lines, which extend a preset.

    `found` is what made it this preset; empty: somebody asked for it.
    With `setup` a Python project's own tool builds the environment: at once where a lock file says what that is, else as a comment.
    """
    data(name)
    seen = "".join(character for character in found if character.isprintable() and character.isascii())
    why = f"found {seen}" if seen else "asked for"
    coverage = "#   coverage: 90  # per cent of the changed lines; `coverage: false` takes the gate away\n"
    tests = "#   tests: make check  # the command that checks this repository, where it is not `make test`\n"
    create, key = _CREATE.get(name, "make tools"), _KEY.get(name, "Makefile")
    if setup and name in _PYTHON:
        create, key = '", "'.join(setup.create), ", ".join(setup.key)
    mark = "" if setup and setup.locked and name in _PYTHON else "# "
    return f"""\
# What a change must pass before it may enter a protected branch. Read from that branch, never from the change.
version: 1
extends: {name}  # {why}; `gatecheck show-config` tells what it says
protect: [main, master, "release/*"]
{mark}environment:  # how the gates find their tools; without it: what is active where gatecheck runs
{mark}  create: ["{create}"]
{mark}  key: [{key}]  # built again only when one of these files changes
gates:  # laid over the preset's, option by option
{coverage if name in _PYTHON else ""}{tests if name == "generic" else ""}\
#   lint: {{uses: command, run: [make, lint], exit-code-only: true}}
# waivers:
#   - {{rule: tests/missing, reason: moved to another repository, owner: jo, expires: 2027-01-31}}
"""
