"""What one run over files left: bandit's reports and the driver's answer, put together file by file."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import ToolError
from gatecheck.formats import bandit
from gatecheck.formats.bandit import Issue, Level
from gatecheck.formats.json_document import clean
from gatecheck_gates.scans.files import File

_UNKNOWN = "Unknown test found in profile: "
_GRAVE = frozenset({"ERROR", "CRITICAL"})
_FIX = "Install bandit anew beside gatecheck, and run again."


@dataclass(frozen=True, slots=True)
class Spot:
    """One issue in a file, in a form in which it can be found again in another version of the file."""

    test: str
    name: str
    line: int
    severity: Level
    confidence: Level
    text: str
    url: str
    code: str
    """Digest of the code that it is about, the same however it is formatted."""
    scope: str
    """Names of the definitions around it: `Shop.order`."""
    hidden: bool
    """A `# nosec` keeps bandit from reporting it."""


class Reports:
    """Read once; `trouble` and `spots` then tell of each file."""

    def __init__(self, folder: Path, *, marked: bool) -> None:
        """`marked`: there is a second report, on the files that have the word `nosec`.

        Raises ToolError when a report is none, or bandit complains of something that is about no file.
        """
        everything = bandit.read((folder / "all.json").read_bytes())
        answer = json.loads((folder / "answer.json").read_bytes())
        self._scanned, self._skipped = everything.files, everything.skipped
        self._reasons: dict[str, str] = answer["reasons"]
        self._broken: dict[str, str] = {}
        for level, text in answer["said"]:
            if level in _GRAVE:
                self._hear(text)
        said = [text for _, text in answer["said"] if text.startswith(_UNKNOWN)]
        self.unknown = tuple(dict.fromkeys(text.removeprefix(_UNKNOWN) for text in said))
        self._issues: dict[str, list[tuple[Issue, tuple[str, str]]]] = {}
        for issue, (code, scope) in zip(everything.issues, answer["identities"], strict=True):
            self._issues.setdefault(issue.path, []).append((issue, (code, scope)))
        shown = (
            bandit.read((folder / "shown.json").read_bytes()) if marked else bandit.Scan(frozenset(), {}, ())
        )
        self._shown: dict[str, list[Issue]] = {path: [] for path in shown.files}
        for issue in shown.issues:
            self._shown[issue.path].append(issue)

    def _hear(self, text: str) -> None:
        """Find out which file an error is about; a test that broke has no answer for it.

        What is said may quote the code: a file that is named beside the real one is doubted too, and none in its stead.
        """
        named = [path for path in (*self._scanned, *self._skipped) if path in text]
        if not named:
            raise ToolError(f"bandit says: {clean(text)[:500]}", fix=_FIX)
        first = text.partition("Traceback")[0].strip().partition("\n")[0]
        for path in named:
            self._broken.setdefault(path, clean(first))

    def trouble(self, file: File) -> str:
        """Return why there is no answer about a file; empty when there is one."""
        path = f"./{file.place}"
        if path in self._skipped:
            return clean(self._reasons.get(path) or self._skipped[path])
        if path in self._broken:
            return self._broken[path].replace(path, file.path)
        return "" if path in self._scanned else "bandit does not say that it looked at it"

    def spots(self, file: File) -> tuple[Spot, ...]:
        """Return the issues of a file, hidden ones among them, in the order of their lines."""
        path = f"./{file.place}"
        left = Counter(self._shown.get(path, ()))
        found = []
        for issue, (code, scope) in self._issues.get(path, ()):
            hidden = path in self._shown and left[issue] == 0
            left[issue] -= not hidden
            about = (issue.line, issue.severity, issue.confidence, issue.text, issue.url)
            found.append(Spot(issue.test, issue.name, *about, code, scope, hidden))
        return tuple(sorted(found, key=lambda spot: spot.line))
