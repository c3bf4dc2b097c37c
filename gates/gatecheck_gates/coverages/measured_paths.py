"""Which files coverage.py would measure under given settings, by their paths alone.

Source: coverage.py's documentation, "Specifying source files" and "File patterns"; patterns are relative to the folder
in which the tests are started, `source` names a folder of the tree or else a package.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from dataclasses import dataclass

from gatecheck_gates.coverages.settings import CoverageSettings
from gatecheck_gates.suites.naming import is_test

_ROOT = "/tree"
_NOT_PRODUCT = re.compile(r"(?:.*/)?(?:setup|noxfile|conftest|tasks|dodo|fabfile)\.py\Z|(?:.*/)?docs?/.*")
_NO_SOURCE = "taken for no product code, since the settings name no `source`"
_TOKENS = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (r"^\*+/", r"(.*/)?"),
        (r"/\*+$", r"/.*"),
        (r"\*\*/", r"(.*/)?"),
        (r"\*+", r"[^/]*"),
        (r"\?", r"[^/]"),
        (r"\[.*?\]", r"\g<0>"),
    )
)


@dataclass(frozen=True)
class MeasuredPaths:
    """The base's settings as a question about paths of the tree."""

    settings: CoverageSettings
    cwd: str
    files: Collection[str]
    """All paths of the merge result: they tell a folder from a package."""

    @property
    def chosen(self) -> bool:
        """True when the settings say what the product's code is (`source` or `include`)."""
        return bool(self._sources or self.settings.words("run", "include"))

    @property
    def _sources(self) -> tuple[str, ...]:
        names = ("source", "source_pkgs", "source_dirs")
        return tuple(word for name in names for word in self.settings.words("run", name))

    def left_out(self, path: str) -> bool:
        """Tell whether the settings leave the file out even though a run measured it.

        Without `source` and `include` coverage.py measures the tests too; they are no product code and are left out.
        """
        return bool(self._against(path))

    def why_not(self, path: str) -> str:
        """Name the setting, and its file, that leaves out a Python file that is not `expected`."""
        setting = self._against(path)
        if not setting:
            setting = ("source" if self._sources else "include") if self.chosen else _NO_SOURCE
        if setting == _NO_SOURCE:
            return setting
        return f"left out by `{setting}` in {self.settings.file}"

    def _against(self, path: str) -> str:
        """The setting that leaves the file out even though a run measured it; empty when none does."""
        reported = self.settings.words("report", "include")
        if self._matches(path, (*self.settings.words("run", "omit"), *self.settings.words("report", "omit"))):
            return "omit"
        if reported and not self._matches(path, reported):
            return "include"
        return _NO_SOURCE if not self.chosen and is_test(path) else ""

    def expected(self, path: str) -> bool:
        """Tell whether a Python file belongs into the data even if no test imports it."""
        if self.left_out(path):
            return False
        if self._sources:
            return any(self._in_source(path, source) for source in self._sources)
        included = self.settings.words("run", "include")
        return self._matches(path, included) if included else not _NOT_PRODUCT.match(path)

    def _in_source(self, path: str, source: str) -> bool:
        folder = posixpath.relpath(self._absolute(source), _ROOT)
        prefix = "" if folder == "." else f"{folder}/"
        if any(name.startswith(prefix) for name in self.files):
            return path.startswith(prefix)
        package = re.escape(source.replace(".", "/"))
        return re.search(rf"(?:^|/){package}(?:/|\.py\Z)", path) is not None

    def _matches(self, path: str, patterns: tuple[str, ...]) -> bool:
        full = f"{_ROOT}/{path}"
        return any(_pattern(self._prepared(pattern)).fullmatch(full) for pattern in patterns)

    def _prepared(self, pattern: str) -> str:
        if "/" not in pattern:
            return f"**/{pattern}"
        return pattern if pattern.startswith(("*", "?")) else self._absolute(pattern)

    def _absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(_ROOT, self.cwd, path))


def _pattern(glob: str) -> re.Pattern[str]:
    """Translate a coverage.py file pattern: `*` stays within a folder, `**/` crosses them, a final `/*` means all below."""
    parts, at = [], 0
    while at < len(glob):
        for token, meaning in _TOKENS:
            if found := token.match(glob, at):
                parts.append(found.expand(meaning))
                at = found.end()
                break
        else:
            parts.append(re.escape(glob[at]))
            at += 1
    return re.compile("".join(parts))
