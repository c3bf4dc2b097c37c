"""JUnit XML, as pytest, jest-junit, surefire, go-junit-report, nextest, googletest and PHPUnit write it.

There is no standard. What is read here is what these dialects share: `testsuites` and `testsuite` in any nesting, and
`testcase` with children `failure`, `error` and `skipped`. Sources: junit-10.xsd of the Jenkins xunit plugin,
surefire-test-report-3.0.xsd, and files that these programs wrote.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from gatecheck.errors import ToolError
from gatecheck.formats.junit_counts import Tally, check, outcomes, tag
from gatecheck.formats.xml_document import MAX_DIGITS, parse

Status = Literal["passed", "failed", "error", "skipped"]

MAX_MESSAGE = 4000
_NOT_RUN = {"notrun", "disabled", "skipped", "suppressed"}
_SAYS_NOTHING = {"", "failed", "failure", "error", "skipped"}
"""What go-junit-report and others put into every `message`; what happened stands in the text below it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test case as the report tells it."""

    file: str | None
    """As written; that of the nearest suite around it where the case names none."""
    classname: str
    name: str
    status: Status
    """The worst that the case's children say; "error" also for a suite that broke outside its cases."""
    message: str
    """What the failure, error or skip says, cut at 4,000 characters; empty for a pass."""
    line: int | None
    """From 1."""
    seconds: float
    """0.0 where the report gives no usable time."""
    suites: tuple[str, ...] = ()
    """Names of the suites around it, outermost first: where `classname` is always the same, they tell cases apart."""


def read(data: bytes) -> tuple[Case, ...]:
    """Return all cases in the report's order; none is an empty tuple, and for the reader to judge.

    Raises ToolError for a file that is empty, cut off or not JUnit, and for counts that contradict the cases. pytest
    counts each passed subtest and writes none, so its `tests` may be higher than the number of its cases.
    """
    root = parse(data, what="JUnit report")
    if tag(root) not in {"testsuites", "testsuite"}:
        message = f"The JUnit report begins with <{tag(root)[:40]}>, not with <testsuites> or <testsuite>."
        raise ToolError(message, fix="Name the file that the test runner writes with its JUnit option.")
    pytest = any(suite.get("name") in {"pytest", "pytest tests"} for suite in (root, *root))
    cases: list[Case] = []
    _read_suite(root, _Around(pytest=pytest), cases)
    return tuple(cases)


@dataclass(frozen=True, slots=True)
class _Around:
    """What the suites around a case say of it."""

    pytest: bool
    file: str | None = None
    suites: tuple[str, ...] = ()

    def within(self, suite: Element) -> _Around:
        name = suite.get("name")
        return _Around(
            self.pytest, suite.get("file") or self.file, (*self.suites, name) if name else self.suites
        )


def _read_suite(suite: Element, outer: _Around, cases: list[Case]) -> Tally:
    around = outer.within(suite)
    tally = Tally()
    for child in suite:
        name = tag(child)
        if name in {"testsuites", "testsuite"}:
            tally.inner.append(_read_suite(child, around, cases))
        elif name == "testcase":
            tally.add(child)
            cases.append(_case(child, around))
        elif name in {"failure", "error"}:
            tally.broken += 1
            title = suite.get("name") or "(suite)"
            cases.append(Case(around.file, "", title, "error", _message(child), None, 0.0, outer.suites))
    check(suite, tally, more_tests=around.pytest)
    return tally


def _case(case: Element, around: _Around) -> Case:
    classname, name = case.get("classname") or case.get("class") or "", case.get("name") or ""
    if not (classname or name):
        message = "The JUnit report holds a test case without a name, so it cannot be told from others."
        raise ToolError(message, fix="Use a newer version of the program that writes the report.")
    status, child = _status(case)
    line = _line(case.get("line"))
    return Case(
        file=case.get("file") or around.file,
        classname=classname,
        name=name,
        status=status,
        message="" if child is None else _message(child),
        line=line + 1 if around.pytest and line is not None else line or None,  # pytest counts lines from 0
        seconds=_seconds(case.get("time")),
        suites=around.suites,
    )


def _status(case: Element) -> tuple[Status, Element | None]:
    found = outcomes(case)
    worst: tuple[tuple[Status, str], ...] = (
        ("error", "error"),
        ("failed", "failure"),
        ("skipped", "skipped"),
    )
    if any(skipped.get("type") == "todo" for skipped in found["skipped"]):
        return "skipped", found["skipped"][0]  # node:test writes the failure of a `todo` test beside it
    for status, name in worst:
        if found[name]:
            return status, found[name][0]
    # googletest marks a disabled test by an attribute alone; it must not count as one that ran
    if {(case.get("status") or "").lower(), (case.get("result") or "").lower()} & _NOT_RUN:
        return "skipped", None
    return "passed", None


def _message(child: Element) -> str:
    short, text = (child.get("message") or "").strip(), "".join(child.itertext()).strip()
    return (text or short if short.lower() in _SAYS_NOTHING else short)[:MAX_MESSAGE]


def _line(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else None


def _seconds(text: str | None) -> float:
    try:
        seconds = float((text or "0").replace(",", ""))  # surefire writes 1,234.5
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
