"""The ways in which a command says what it examined: each reads one run, and believes nothing that contradicts itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from gatecheck.errors import ToolError
from gatecheck.formats import json_document, json_pointer, junit, sarif
from gatecheck.model import Completed
from gatecheck_gates.commands.marks import Mark, Places
from gatecheck_gates.commands.report import STDOUT, ReportFile, output

_MAX_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that ended with 0 or with a code that means findings."""

    completed: Completed
    report: ReportFile | None
    """None when what is to be read stands in the output."""
    places: Places

    @property
    def failed(self) -> bool:
        """Whether the exit code means findings."""
        return self.completed.exit_code != 0

    def data(self) -> bytes:
        """Return what is to be read."""
        return self.report.read() if self.report else output(self.completed)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run examined and found."""

    count: int
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class JUnit:
    """The test cases of a JUnit report that ran."""

    path: str
    unit: ClassVar[str] = "tests"
    lists_findings: ClassVar[bool] = True
    repeats: ClassVar[bool] = False
    """A test that fails may pass the next time."""

    def see(self, ran: Ran) -> Seen:
        """Count the cases that were not skipped; each that failed is a mark."""
        cases = [case for case in junit.read(ran.data()) if case.status != "skipped"]
        marks = tuple(_mark_of_case(case, ran.places) for case in cases if case.status != "passed")
        if marks and not ran.failed:
            _contradiction(f"the JUnit report has {len(marks)} failures, and the exit code is 0")
        if ran.failed and not marks:
            _contradiction("the exit code says that something failed, and the JUnit report has no failure")
        return Seen(len(cases), marks)


@dataclass(frozen=True, slots=True)
class Sarif:
    """The files that a SARIF report lists as looked at, or what a regular expression counts in the output."""

    path: str
    count: Count | None = None
    unit: ClassVar[str] = "files"
    lists_findings: ClassVar[bool] = True
    repeats: ClassVar[bool] = True

    def see(self, ran: Ran) -> Seen:
        """Count the files; each result is a mark, a suppressed one too."""
        report = sarif.read(ran.data(), amid_output=self.path == STDOUT)
        if ran.failed and all(found.suppressed for found in report.results):
            _contradiction("the exit code says that something was found, and the SARIF report has no result")
        if self.count is None:
            # One file may be listed in two spellings; what lies outside the tree says nothing about the change
            count = len({ran.places.path(path) for path in report.artifacts} - {None})
        else:
            count = self.count.total(output(ran.completed))
        return Seen(count, tuple(ran.places.mark(found) for found in report.results))


@dataclass(frozen=True, slots=True)
class Json:
    """A number in a JSON report, or how long an array or object is."""

    path: str
    pointer: str
    unit: ClassVar[str] = "things"
    lists_findings: ClassVar[bool] = False

    def see(self, ran: Ran) -> Seen:
        """Read the one number."""
        data, what = ran.data(), "JSON report"
        document = (
            json_document.find(data, what=what)
            if self.path == STDOUT
            else json_document.parse(data, what=what)
        )
        return Seen(json_pointer.count(json_pointer.resolve(document, self.pointer), pointer=self.pointer))


LONGEST_LINE = 1_000
"""Characters of a line that is searched; in longer ones an honest expression can take hours, and none of them is a summary."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a regular expression finds in the output: the sum of its first group, else the number of matches."""

    pattern: re.Pattern[str]
    path: ClassVar[None] = None
    unit: ClassVar[str] = "things"
    lists_findings: ClassVar[bool] = False

    def see(self, ran: Ran) -> Seen:
        """Search the whole output."""
        return Seen(self.total(output(ran.completed)))

    def total(self, data: bytes) -> int:
        """Return the count in a program's output. Raises ToolError when the group is no whole number."""
        lines = data.decode("utf-8", "replace").split("\n")
        text = "\n".join(line if len(line) <= LONGEST_LINE else "" for line in lines)
        if not self.pattern.groups:
            return sum(1 for _ in self.pattern.finditer(text))
        return sum(_number(match[1]) for match in self.pattern.finditer(text))


@dataclass(frozen=True, slots=True)
class ExitCode:
    """Nothing but whether the command ended well."""

    path: ClassVar[None] = None
    unit: ClassVar[str] = "exit code"
    lists_findings: ClassVar[bool] = False

    def see(self, ran: Ran) -> Seen:  # noqa: ARG002 -- as the other ways
        """Count the one thing that was looked at."""
        return Seen(1)


Way = JUnit | Sarif | Json | Count | ExitCode


def _mark_of_case(case: junit.Case, places: Places) -> Mark:
    path = places.path(case.file)
    name = places.text(" ".join(filter(None, (case.classname, case.name))))
    said = places.text(case.message)
    return Mark(
        rule="failed",
        message=f"{name}: {said}" if said else f"{name} failed",
        path=path,
        line=case.line,
        identity=tuple(places.text(name) for name in (*case.suites, case.classname, case.name)),
    )


def _number(group: str | None) -> int:
    digits = re.sub(r"(?<=\d)[,_'](?=\d)", "", (group or "").strip())
    if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS:
        return int(digits)
    message = f"The `count` expression's group found {(group or '')[:40]!r}, which is not a whole number."
    raise ToolError(message, fix="Let the group match digits alone, as in `Ran (\\d+) checks`.")


def _contradiction(what: str) -> None:
    fix = "Let the command write its report itself and end with its own exit code (no `|| true`, no pipe)."
    raise ToolError(f"The command and its report contradict each other: {what}.", fix=fix)
