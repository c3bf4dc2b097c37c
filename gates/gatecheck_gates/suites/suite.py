"""What one run of a test suite over one side said: which tests ran, how each ended, and where it broke."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

Status = Literal["passed", "failed", "error", "skipped", "xfailed"]
FAILING: frozenset[Status] = frozenset({"failed", "error"})
"""`error`: a fixture or an import broke, so the test itself may never have begun."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test's end."""

    __test__: ClassVar[bool] = False  # pytest takes every class named Test* for a test

    id: str
    """pytest's node id (relative to the run's folder where possible); elsewhere file, class name and name."""
    status: Status
    path: str | None = None
    """The file that holds the test, relative to the tree."""
    line: int | None = None
    crash_path: str | None = None
    """Where it broke: relative to the tree when inside, else as told."""
    crash_line: int | None = None
    message: str = ""
    seconds: float = 0.0

    @property
    def failing(self) -> bool:
        """True when it ended badly."""
        return self.status in FAILING

    @property
    def ran(self) -> bool:
        """True when its body was executed, whatever came out."""
        return self.status in ("passed", "failed", "xfailed")

    @property
    def function(self) -> str:
        """The id without its parameters: `tests/test_a.py::test_b[1]` is a case of `tests/test_a.py::test_b`."""
        return self.id.split("[", 1)[0]

    @property
    def cause(self) -> tuple[str | None, int | None, str]:
        """Tests that share it broke at the same place with the same first line."""
        first = self.message.strip().split("\n", 1)[0]
        return (self.crash_path or self.path, self.crash_line, first)


@dataclass(frozen=True)
class Suite:
    """One complete run. What was incomplete or contradicted itself never becomes one."""

    tests: Mapping[str, Test]
    stopped_early: str = ""
    """Why the runner ended before its last test; empty when it did not."""
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def failing(self) -> frozenset[str]:
        """Ids of the tests that ended badly."""
        return frozenset(test.id for test in self.tests.values() if test.failing)

    @cached_property
    def ran(self) -> frozenset[str]:
        """Ids of the tests whose body was executed."""
        return frozenset(test.id for test in self.tests.values() if test.ran)

    @property
    def looked_at(self) -> int:
        """How many tests have something to say: those that ran, and those that broke before they could."""
        return len(self.ran | self.failing)

    def dump(self) -> bytes:
        """Return the bytes that `load` reads."""
        rows = [[getattr(test, name) for name in Test.__slots__] for test in self.tests.values()]
        return json.dumps({"tests": rows, "stopped": self.stopped_early, "notes": self.notes}).encode()

    @classmethod
    def load(cls, data: bytes) -> Suite:
        """Return the suite that was dumped."""
        document: dict[str, Any] = json.loads(data)
        return cls(of(Test(*row) for row in document["tests"]), document["stopped"], tuple(document["notes"]))


def of(tests: Iterable[Test]) -> dict[str, Test]:
    """Index tests by id. Where a runner names two tests alike, the worst end stands for both."""
    worst_first: tuple[Status, ...] = ("error", "failed", "xfailed", "passed", "skipped")
    indexed: dict[str, Test] = {}
    for test in tests:
        known = indexed.get(test.id)
        if known is None or worst_first.index(test.status) < worst_first.index(known.status):
            indexed[test.id] = test
    return indexed
