"""Whether the counts that a JUnit suite declares agree with the cases that it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from xml.etree.ElementTree import Element

from gatecheck.errors import ToolError
from gatecheck.formats.xml_document import whole_number

OutcomeTag = Literal["error", "failure", "skipped"]


@dataclass
class Tally:
    """What was seen in one suite while it was read."""

    cases: int = 0
    failures: int = 0
    """Children `failure` and `error` of its own cases: several in one case count as several."""
    skipped: int = 0
    broken: int = 0
    """Failures and errors of the suite itself."""
    inner: list[Tally] = field(default_factory=list)

    def add(self, case: Element) -> None:
        """Count one case."""
        found = outcomes(case)
        self.cases += 1
        self.failures += len(found["failure"]) + len(found["error"])
        self.skipped += bool(found["skipped"])

    def whole(self) -> Tally:
        """Return the counts with those of all inner suites."""
        parts = [inner.whole() for inner in self.inner]
        return Tally(
            cases=self.cases + sum(part.cases for part in parts),
            failures=self.failures + sum(part.failures for part in parts),
            skipped=self.skipped + sum(part.skipped for part in parts),
            broken=self.broken + sum(part.broken for part in parts),
        )


def tag(element: Element) -> str:
    """Return the element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def outcomes(case: Element) -> dict[str, list[Element]]:
    """Return the children of a case that say how it went."""
    found: dict[str, list[Element]] = {"error": [], "failure": [], "skipped": []}
    for child in case:
        found.get(tag(child), []).append(child)
    return found


def check(suite: Element, tally: Tally, *, more_tests: bool) -> None:
    """Raise ToolError when what the suite declares cannot be true of what it holds.

    Dialects differ in whether inner suites and skipped cases count, and pytest counts a test that fails and then breaks
    in its teardown once or twice; so a count is refused only where no reading of it fits. `more_tests` lets `tests`
    be higher than what was found.
    """
    whole = tally.whole()
    name = f"<{tag(suite)}> {suite.get('name', '')[:80]!r}"
    if (text := suite.get("tests")) is not None:
        declared = whole_number(text, what="JUnit report", where="tests")
        most = whole.cases + whole.failures + whole.broken
        if declared < tally.cases - tally.skipped - tally.failures or (declared > most and not more_tests):
            _contradiction(name, f"tests={declared}", f"{whole.cases} test cases")
    bad = [suite.get(key) for key in ("failures", "errors")]
    declared = sum(
        whole_number(text, what="JUnit report", where="failures or errors") for text in bad if text
    )
    if declared and not (whole.failures or whole.broken):
        _contradiction(name, f"{declared} failures and errors", "none")
    if None not in bad and not declared and tally.failures:
        _contradiction(name, "no failures and no errors", str(tally.failures))


def _contradiction(name: str, says: str, holds: str) -> None:
    message = f"The JUnit report contradicts itself: {name} declares {says} and holds {holds}."
    raise ToolError(
        message, fix="Let one run of one program write the report, and nothing change it afterwards."
    )
