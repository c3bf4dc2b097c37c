"""The base's coverage settings, found as coverage.py finds them, and the one settings file that is made of them.

Source: coverage.py 7.17, `config_files_to_try` and `CoverageConfig.from_file`; the options' documentation page.
"""

from __future__ import annotations

import configparser
import io
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from gatecheck.errors import ToolError

_OWN_FILES = (".coveragerc", ".coveragerc.toml")
_SHARED_FILES = ("setup.cfg", "tox.ini", "pyproject.toml")
_SECTIONS = ("run", "report", "paths", "html", "json", "xml", "lcov")
_REGEX_OPTIONS = frozenset({"exclude_lines", "exclude_also", "partial_branches", "partial_also"})
_OURS_ALONE = {
    "run": ("data_file", "parallel", "relative_files", "command_line", "debug", "debug_file", "patch")
}
_ORIGIN = "# from "
_JUDGED_ELSEWHERE = {"report": ("fail_under",)}

Sections = Mapping[str, Mapping[str, str]]
Read = Callable[[str], bytes | None]


@dataclass(frozen=True)
class CoverageSettings:
    """coverage.py's settings as text by section and option, and the file that they stand in."""

    sections: Sections = field(default_factory=dict)
    file: str | None = None

    def words(self, section: str, option: str) -> tuple[str, ...]:
        """Return a list option's entries, which coverage.py splits at commas and line ends."""
        text = self.sections.get(section, {}).get(option, "")
        return tuple(word for word in map(str.strip, re.split(r"[,\n]", text)) if word)

    def for_run(self, data_file: str, *, contexts: bool = False) -> str:
        """Return the settings file for a run of the tests: subprocesses too, into our data file, no threshold.

        `contexts`: note for each line which test function ran it.
        """
        patches = dict.fromkeys([*self.words("run", "patch"), "subprocess"])
        ours = {
            "data_file": data_file,
            "parallel": "true",
            "relative_files": "false",
            "patch": "\n".join(patches),
        }
        return _ini(self.sections, {"run": ours | ({"dynamic_context": "test_function"} if contexts else {})})

    def for_report(self) -> str:
        """Return the settings file for reading data whose paths are relative to the tree."""
        return _ini(self.sections, {"run": {"relative_files": "true"}})

    def dump(self) -> str:
        """Return the settings for the gates that read the data: a settings file that also says where it came from."""
        return f"{_ORIGIN}{json.dumps(self.file)}\n{self.for_report()}"

    def for_lines(self) -> str:
        """Return the settings file for reading chosen files, whichever files the settings choose."""
        report = {
            k: v
            for k, v in self.sections.get("report", {}).items()
            if k not in ("include", "omit", "contexts")
        }
        return _ini({**self.sections, "report": report}, {"run": {"relative_files": "true"}})


def find(read: Read, folder: str = ".") -> CoverageSettings:
    """Return the settings that coverage.py would use when it is started in a folder.

    `read` gives a file's bytes by its path in the tree. Raises ToolError, which names the file, when one cannot be read.
    """
    for name in (*_OWN_FILES, *_SHARED_FILES):
        path = str(PurePosixPath(folder) / name)
        data = read(path)
        if data is None:
            continue
        try:
            sections = (
                _from_toml(data, own=name in _OWN_FILES) if name.endswith(".toml") else _from_ini(data, name)
            )
        except (ValueError, configparser.Error) as error:
            first = str(error).split("\n", 1)[0]
            fix = f"Mend {path} on the target branch: gatecheck measures with the base's coverage settings."
            raise ToolError(
                f"The base's coverage settings in {path} cannot be read: {first}.", fix=fix
            ) from error
        if sections or name in _OWN_FILES:
            return CoverageSettings(sections, path)
    return CoverageSettings()


def load(text: str) -> CoverageSettings:
    """Return the settings that `dump` wrote."""
    first = text.split("\n", 1)[0]
    return CoverageSettings(_from_ini(text.encode(), ".coveragerc"), json.loads(first.removeprefix(_ORIGIN)))


def _from_ini(data: bytes, name: str) -> Sections:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(data.decode("utf-8"), name)
    own = name in _OWN_FILES
    found: dict[str, dict[str, str]] = {}
    for section in parser.sections():
        prefixed = section.startswith("coverage:")
        if prefixed or own:
            found[section.removeprefix("coverage:")] = dict(parser[section])
    return found


def _from_toml(data: bytes, *, own: bool) -> Sections:
    document = tomllib.loads(data.decode("utf-8"))
    table = document.get("tool", {}).get("coverage", {})
    if own and not table:
        table = {name: document[name] for name in document if isinstance(document[name], dict)}
    return {
        section: {option: _text_of(value, option) for option, value in options.items()}
        for section, options in table.items()
        if isinstance(options, dict)
    }


def _text_of(value: Any, option: str) -> str:  # noqa: ANN401 -- whatever TOML can say
    if isinstance(value, list):
        return "\n".join(_text_of(item, option) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    # An INI file would take a line that begins with # or ; for a comment; in a regular expression [#] is the same.
    return re.sub(r"^\s*([#;])", r"[\1]", str(value)) if option in _REGEX_OPTIONS else str(value)


def _ini(sections: Sections, ours: Sections) -> str:
    parser = configparser.RawConfigParser()
    for section, options in sections.items():
        dropped = (*_OURS_ALONE.get(section, ()), *_JUDGED_ELSEWHERE.get(section, ()))
        parser[section] = {name: text for name, text in options.items() if name not in dropped}
    for section, options in ours.items():
        if not parser.has_section(section):
            parser.add_section(section)
        for name, text in options.items():
            parser[section][name] = text
    written = io.StringIO()
    parser.write(written)
    return written.getvalue()
