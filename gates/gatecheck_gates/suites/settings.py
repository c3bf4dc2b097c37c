"""pytest's own settings on both sides: where they stand, and whether a change edits what they say."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from gatecheck.model import Change, Finding, Side, Workspace

_INI = {
    "pytest.ini": ("pytest",),
    ".pytest.ini": ("pytest",),
    "tox.ini": ("pytest",),
    "setup.cfg": ("tool:pytest",),
}
_LOADED = re.compile(
    r"(?:.*/)?(?:conftest\.py|sitecustomize\.py|usercustomize\.py|[^/]*\.pth|[^/]*\.(?:egg|dist)-info/entry_points\.txt)\Z"
)
"""What pytest or Python loads by itself: it needs no setting and no import."""
_SIDES: tuple[Side, Side] = ("base", "merge")
_TOML = ("pyproject.toml", "pytest.toml", ".pytest.toml")


def changed_settings(workspace: Workspace) -> tuple[Finding, ...]:
    """Return a finding for each changed file that loads by itself, and each whose pytest settings differ between the sides."""
    found = []
    for path, old_path in _both_names(workspace.change):
        name = PurePosixPath(path).name
        if _LOADED.match(path):
            found.append(
                _finding(path, f"The change edits {path}, which can decide what every test below it does.")
            )
        elif name in _INI or name in _TOML:
            before = settings_in(workspace.read(old_path, side="base"), name)
            after = settings_in(workspace.read(path, side="merge"), name)
            different = sorted(
                key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
            )
            if different and not _only_moved(workspace, path):
                message = f"The change edits pytest's settings in {path}: {', '.join(different)}."
                found.append(_finding(path, message))
    return tuple(found)


def _only_moved(workspace: Workspace, path: str) -> bool:
    """Tell whether the settings of all files in a folder are together the same: they moved from one file to another."""
    folder = PurePosixPath(path).parent
    sides = []
    for side in _SIDES:
        said = {
            name: settings_in(workspace.read(str(folder / name), side=side), name) for name in (*_TOML, *_INI)
        }
        sides.append(sorted(setting for settings in said.values() for setting in settings.items()))
    return sides[0] == sides[1]


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
    return {option: _as_text(value) for option, value in flat.items() if option != "ini_options"}


def _as_text(value: object) -> str:
    """Return a TOML value as the INI files write it, so that the same setting reads the same in both."""
    if isinstance(value, list):
        return " ".join(map(_as_text, value))
    return str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())


def _finding(path: str, message: str) -> Finding:
    fix = "Ask an approver to confirm it, or leave the test settings as they are on the target branch."
    return Finding("settings", message, fix, path=path)
