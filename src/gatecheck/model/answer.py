"""What a gate says: findings, an outcome, and the verdicts that follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What an introduced finding does to the verdict."""

    BLOCK = "block"
    APPROVAL = "approval"
    NOTE = "note"


class Verdict(StrEnum):
    """The answer of one gate, and of a report."""

    PASS = "pass"  # noqa: S105 -- a verdict, not a password
    NOT_APPLICABLE = "not-applicable"
    WAITING = "waiting"
    ERROR = "error"
    FAIL = "fail"

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 3 waiting for a human, 4 could not tell."""
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Verdict.PASS: 0,
    Verdict.NOT_APPLICABLE: 0,
    Verdict.WAITING: 3,
    Verdict.ERROR: 4,
    Verdict.FAIL: 1,
}
_WORST_LAST = (Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.WAITING, Verdict.ERROR, Verdict.FAIL)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that decides: fail before error before waiting before pass; of nothing: error."""
    return max(verdicts, key=_WORST_LAST.index, default=Verdict.ERROR)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing a gate can find, described once: for the report, the docs page and SARIF."""

    name: str
    """Without the gate: `failed`. A finding's rule is `tests/failed`."""
    effect: Effect
    """The default; the base's policy may say otherwise."""
    description: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a reader should look at."""

    rule: str
    """A name among the gate's rules, without the gate; one that is not among them (an advisory's) has `names` beside it."""
    message: str
    fix: str
    """One imperative sentence, with a command where there is one."""
    path: str | None = None
    line: int | None = None
    introduced: bool = True
    """False: the base has it too, so it has no effect."""
    effect: Effect | None = None
    """Set by the engine from the base's policy; a gate leaves it None, or names a weaker one than its rule's."""
    waiver: str | None = None
    """The reason of the waiver that covers it, set by the engine."""
    names: tuple[str, ...] = ()
    """Other names by which the policy may mean its rule: the gate's rule that it is a case of, an advisory's aliases."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number with its unit: `Measurement("changed lines covered", 92.5, "%")`."""

    name: str
    value: float
    unit: str
    base: float | None = None
    """The same on the base, where it was measured."""


@dataclass(frozen=True, slots=True)
class Examined:
    """How many things were looked at, and of what kind, in the plural: `Examined(205, "tests")`."""

    count: int
    kind: str

    def __str__(self) -> str:
        one = self.count == 1 and not self.kind.endswith("ss")
        return f"{self.count:,} {self.kind.removesuffix('s') if one else self.kind}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a gate saw. The verdict follows from it (see `gatecheck.engine`); a gate never names one."""

    examined: Examined
    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences that a reader must know to trust the answer ("the base was not run: ...")."""
    repeatable: bool = True
    """False: the same question may get another answer (a flaky test), so this one is not stored."""
    until: float | None = None
    """Seconds since 1970 after which the question must be asked again, where time decides (data that grow old)."""


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The gate has nothing to look at, by the base's own settings and the changed paths; with the reason."""

    reason: str


Answer = Outcome | NotApplicable
