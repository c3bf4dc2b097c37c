"""pytest's own settings on both sides: where they stand, and whether a change edits what they say."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from gatecheck.model import Change, Finding, Workspace

_INI = {
    "pytest.ini": ("pytest",),
    ".pytest.ini": ("pytest",),
    "tox.ini": ("pytest",),
    "setup.cfg": ("tool:pytest",),
}
_TOML = ("pyproject.toml", "pytest.toml", ".pytest.toml")


def changed_settings(workspace: Workspace) -> tuple[Finding, ...]:
    """Return a finding for each changed conftest and each file whose pytest settings differ between the sides."""
    found = []
    for path, old_path in _both_names(workspace.change):
        name = PurePosixPath(path).name
        if name == "conftest.py":
            found.append(
                _finding(path, f"The change edits {path}, which can decide what every test below it does.")
            )
        elif name in _INI or name in _TOML:
            before = settings_in(workspace.read(old_path, side="base"), name)
            after = settings_in(workspace.read(path, side="merge"), name)
            different = sorted(
                key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
            )
            if different:
                message = f"The change edits pytest's settings in {path}: {', '.join(different)}."
                found.append(_finding(path, message))
    return tuple(found)


def _both_names(change: Change) -> list[tuple[str, str]]:
    """The changed paths with their old names; a rename away from a name that pytest reads counts at that name too."""
    pairs = []
    for changed in change.paths:
        if changed.old_path and PurePosixPath(changed.old_path).name != PurePosixPath(changed.path).name:
            pairs += [(changed.old_path, changed.old_path), (changed.path, changed.path)]
        else:
            pairs.append((changed.path, changed.old_path or changed.path))
    return pairs


def settings_in(data: bytes | None, name: str) -> Mapping[str, str]:
    """Return pytest's settings in a file as `option: text`. What cannot be parsed counts as one setting: its text."""
    if data is None:
        return {}
    text = data.decode("utf-8", "replace")
    read: Callable[[str, str], Mapping[str, str]] = _toml if name in _TOML else _ini
    try:
        return read(text, name)
    except (tomllib.TOMLDecodeError, configparser.Error):
        return {"(the whole file, which cannot be parsed)": text}


def _ini(text: str, name: str) -> Mapping[str, str]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.read_string(text)
    return {
        option: " ".join((value or "").split())
        for section in _INI[name]
        if parser.has_section(section)
        for option, value in parser[section].items()
    }


def _toml(text: str, name: str) -> Mapping[str, str]:
    document = tomllib.loads(text)
    tool = document.get("tool", {}) if name == "pyproject.toml" else document
    tables = tool.get("pytest", {})
    # pytest 9 reads [tool.pytest] itself, older ones only [tool.pytest.ini_options].
    flat = {**tables, **tables.get("ini_options", {})}
    return {option: repr(value) for option, value in flat.items() if option != "ini_options"}


def _finding(path: str, message: str) -> Finding:
    fix = "Ask an approver to confirm it, or leave the test settings as they are on the target branch."
    return Finding("settings", message, fix, path=path)
