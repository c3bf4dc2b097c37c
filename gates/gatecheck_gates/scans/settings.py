"""The base's bandit settings, found where projects keep them, and turned into what gatecheck hands to bandit.

bandit itself is never left to find any: `bandit -r` would read a `.bandit` of the tree that it scans. Source: bandit 1.9,
`core/config.py`, `core/manager.py` (what excludes a file) and `cli/main.py` (`.bandit`).
"""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Any

import yaml

from gatecheck.errors import ToolError

Read = Callable[[str], bytes | None]
INI = ".bandit"
FILES = (INI, "bandit.yaml", "bandit.yml", ".bandit.yaml", ".bandit.yml", "pyproject.toml")
"""Where a project's settings are looked for, in its folder: `.bandit`, and the first of the others that has any."""
_OURS = frozenset({"exclude_dirs", "include", "log_format", "plugin_name_pattern", "skips", "tests"})
"""Keys that are not handed on: what is scanned and said is for the gate to choose, and tests are named by options."""


@dataclass(frozen=True)
class Settings:
    """What the base says."""

    files: tuple[str, ...] = ()
    """Where it says so."""
    tests: tuple[str, ...] = ()
    """The only tests to run; empty: all."""
    skips: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    """Patterns and parts of paths."""
    rest: Mapping[str, Any] = field(default_factory=dict)
    """Settings of single tests, as bandit's configuration file has them."""

    def excludes(self, path: str) -> bool:
        """Tell whether bandit would leave a file out, started in the project's folder on `.` or on a folder's name."""
        seen = f"./{path}"
        return any(part in seen or fnmatch(seen, part) or fnmatch(path, part) for part in self.excluded)

    def options(self) -> list[str]:
        """Return the options of a run that chooses these tests."""
        chosen = (("-t", self.tests), ("-s", self.skips))
        return [word for flag, names in chosen if names for word in (flag, ",".join(names))]

    def config(self, folders: Iterable[str]) -> bytes:
        """Return the configuration file for a run over files below these folders. JSON is YAML."""
        asserts = self.rest.get("assert_used")
        here = dict(self.rest)
        if isinstance(asserts, dict) and isinstance(asserts.get("skips"), list):
            patterns = [laid for pattern in asserts["skips"] for laid in _laid(str(pattern), folders)]
            here["assert_used"] = {**asserts, "skips": patterns}
        return json.dumps(here, default=str).encode("ascii")


def find(
    read: Read, folder: str, named: str | None, *, tests: Iterable[str], skips: Iterable[str]
) -> Settings:
    """Return the settings that a folder of the base has, with the tests that the policy names added.

    `named`: the only file to look at, relative to the folder. Raises ToolError, which names the file, when one cannot be read.
    """
    tables: dict[str, Mapping[str, Any]] = {}
    for name in FILES if named is None else (named,):
        path = str(PurePosixPath(folder) / name)
        data = read(path)
        if data is None and named is not None:
            fix = "Correct `config` of this gate in the policy, or bring the file to the target branch."
            raise ToolError(f"The base has no file {path}, which should hold bandit's settings.", fix=fix)
        table = _table(path, data or b"")
        if table and (name == INI or not tables.keys() - {str(PurePosixPath(folder) / INI)}):
            tables[path] = table
    return _settings(tables, tests, skips)


def _settings(
    tables: Mapping[str, Mapping[str, Any]], tests: Iterable[str], skips: Iterable[str]
) -> Settings:
    def words(key: str) -> list[str]:
        return [word for table in tables.values() for word in _words(table.get(key))]

    rest = {name: value for table in tables.values() for name, value in table.items() if name not in _OURS}
    return Settings(
        tuple(tables),
        tuple(dict.fromkeys([*words("tests"), *tests])),
        tuple(dict.fromkeys([*words("skips"), *skips])),
        tuple(words("exclude_dirs")),
        rest,
    )


def _table(path: str, data: bytes) -> Mapping[str, Any]:
    """Return the settings that a file holds; none when it has no part for bandit."""
    try:
        if path.endswith(".toml"):
            table = tomllib.loads(data.decode()).get("tool", {}).get("bandit", {})
        else:
            table = _ini(data) or yaml.safe_load(data) or {}
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        first = str(error).split("\n", 1)[0]
        fix = f"Mend {path} on the target branch: files are scanned with the base's settings."
        raise ToolError(f"The base's bandit settings in {path} cannot be read: {first}.", fix=fix) from error
    if not isinstance(table, dict):
        fix = f"Mend {path} on the target branch, or name another file with `config` of this gate."
        raise ToolError(f"{path} on the base holds no settings for bandit.", fix=fix)
    return table


def _ini(data: bytes) -> Mapping[str, Any]:
    """Return what a `.bandit` file in the form of an INI file says about which tests and files; nothing of another form."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(data.decode())
        options = dict(parser["bandit"])
    except (configparser.Error, KeyError):
        return {}
    named = {"tests": "tests", "skips": "skips", "exclude": "exclude_dirs"}
    return {key: _words(options[name]) for name, key in named.items() if name in options}


def _words(value: object) -> list[str]:
    """Return a setting's texts, which may be a list, or one text with commas."""
    texts = value if isinstance(value, list) else str(value or "").split(",")
    return [word for word in (str(text).strip() for text in texts) if word]


def _laid(pattern: str, folders: Iterable[str]) -> list[str]:
    """Return what a pattern for a path means where the tree is laid below folders of ours."""
    if pattern.startswith(("*", "/")):
        return [pattern]
    return [f"./{folder}/{pattern.removeprefix('./')}" for folder in folders]
