"""Asks whether the change has a plan that answers everything, and keeps to it: to the components it declares, and to its risk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from gatecheck import plans
from gatecheck.errors import CannotTell
from gatecheck.model import (
    PLANS,
    Change,
    ChangedPath,
    Effect,
    Examined,
    Finding,
    Globs,
    Measurement,
    Outcome,
    Rule,
    Workspace,
    option,
)
from gatecheck.model.risk import Risk, Scale, assess, size

_HIGH = (
    "/.gatecheck.yaml",
    "/.gatecheck/**",
    "/.github/workflows/**",
    "/.gitlab-ci.yml",
    "**/migrations/**",
    "*.sql",
    "*.tf",
)
_MEDIUM = (
    "pyproject.toml",
    "setup.py",
    "requirements*.txt",
    "*.lock",
    "package.json",
    "package-lock.json",
    "go.mod",
    "go.sum",
    "Cargo.toml",
    "Dockerfile",
    "conftest.py",
)


@dataclass(frozen=True)
class Plan:
    """Looks at the plans that the change itself adds or edits, as they are in the merge result."""

    kind: ClassVar[str] = "plan"
    primary: ClassVar[str] = "risk"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("missing", Effect.BLOCK, "The change neither adds nor edits a plan."),
        Rule(
            "front-matter",
            Effect.BLOCK,
            "What stands at the top of the plan cannot be read, or lacks something.",
        ),
        Rule("section", Effect.BLOCK, "A section is missing, empty, or holds a placeholder."),
        Rule(
            "step",
            Effect.BLOCK,
            "A step says too little, needs one that does not exist, or waits for itself.",
        ),
        Rule("component", Effect.BLOCK, "A component has no path, or means every path."),
        Rule("undeclared", Effect.BLOCK, "The change touches a path that no component of its plan means."),
        Rule(
            "risk",
            Effect.BLOCK,
            "Paths and size say a higher risk than the plan does, and the plan does not say why.",
        ),
        Rule("risk-explained", Effect.NOTE, "The plan says why the risk is lower than paths and size say."),
    )

    risk: Risk = option(Risk.LOW, doc="The least risk that every change has, whatever its paths and size.")
    high: tuple[str, ...] = option(_HIGH, doc="Paths that make the risk high.", form="globs")
    medium: tuple[str, ...] = option(_MEDIUM, doc="Paths that make the risk medium.", form="globs")
    high_lines: int = option(
        1_000, doc="So many changed lines make the risk high; 0: no number does.", minimum=0
    )
    medium_lines: int = option(
        250, doc="So many changed lines make the risk medium; 0: no number does.", minimum=0
    )
    high_files: int = option(
        100, doc="So many changed files make the risk high; 0: no number does.", minimum=0
    )
    medium_files: int = option(
        25, doc="So many changed files make the risk medium; 0: no number does.", minimum=0
    )

    @property
    def needs(self) -> tuple[str, ...]:
        """No other gate's artefacts."""
        return ()

    @property
    def programs(self) -> tuple[str, ...]:
        """It starts none."""
        return ()

    def applies(self, change: Change) -> bool:
        """Tell whether anything but documents changes; a plan alone needs no plan."""
        return bool(change.beyond(PLANS).paths)

    def check(self, workspace: Workspace) -> Outcome:
        """Read the change's plans, and compare what they say with what the change does."""
        change = workspace.change.beyond(PLANS)
        found = tuple(_plans(workspace))
        if not found:
            return Outcome(Examined(0, "plans"), (_missing(workspace.whole),))
        flaws = tuple(_finding(flaw) for plan in found for flaw in plan.flaws)
        readable = all(
            plan.front for plan in found
        )  # else what it declares is not known, and is told as such
        kept = (*_undeclared(change, found), *self._risk(change, found)) if readable else ()
        lines, files = size(change)
        measured = (
            Measurement("changed lines", lines, "lines"),
            Measurement("changed files", files, "files"),
        )
        count = sum(plan.sections for plan in found)
        return Outcome(Examined(count, "sections"), (*flaws, *kept), measured)

    def _risk(self, change: Change, found: tuple[plans.Plan, ...]) -> Iterator[Finding]:
        """Yield a finding when the change is riskier than the boldest of its plans says."""
        scale = Scale(
            Globs(self.medium),
            Globs(self.high),
            self.medium_lines,
            self.high_lines,
            self.medium_files,
            self.high_files,
        )
        seen = assess(change, scale)
        computed, why = (
            (seen.risk, seen.reasons)
            if seen.risk.rank > self.risk.rank
            else (self.risk, ("the policy says so",))
        )
        fronts = [(plan.path, plan.front) for plan in found if plan.front]
        path, front = max(fronts, key=lambda pair: pair[1].risk.rank)
        if computed.rank <= front.risk.rank:
            return
        message = f"the plan says that the risk is {front.risk}, and it is {computed}: {'; '.join(why)}"
        reasons = [front.risk_reason for _, front in fronts if front.risk_reason]
        if reasons:
            yield Finding(
                "risk-explained",
                f"{message}. The plan's reason: {reasons[0]}",
                "See whether the reason holds.",
                path,
            )
        else:
            fix = f"Write `risk: {computed}` into {path}, or add `risk-reason: ...` that says why it is not."
            yield Finding("risk", message, fix, path)


def _plans(workspace: Workspace) -> Iterator[plans.Plan]:
    """Yield the plans that the change adds or edits. Raises CannotTell for one in which there is nothing to look at."""
    for changed in workspace.whole.paths:
        if not PLANS.match(changed.path) or changed.blob in {None, changed.old_blob}:
            continue
        data = workspace.read(changed.path)
        if data is None:
            raise CannotTell(
                f"{changed.path} is no file: a link, or left out by the gate's `inputs`",
                fix="Make it a regular file, and let `inputs` match it.",
            )
        if not data.strip():
            raise CannotTell(
                f"{changed.path} is empty",
                fix="Write the plan; `gatecheck plan new` gives one to begin with.",
            )
        yield plans.read(data, changed.path)


def _missing(change: Change) -> Finding:
    old = [path.path for path in change.paths if PLANS.match(path.old_path or path.path)]
    more = f"; {old[0]} is only moved or deleted" if old else ""
    return Finding(
        "missing",
        f"the change neither adds nor edits a plan in {plans.FOLDER}{more}",
        'Write one and commit it: gatecheck plan new "what it is for"',
    )


def _finding(flaw: plans.Flaw) -> Finding:
    return Finding(flaw.rule, flaw.message, flaw.fix, flaw.place.file, flaw.place.line)


def _undeclared(change: Change, found: tuple[plans.Plan, ...]) -> Iterator[Finding]:
    """Yield a finding for each path that no plan declares; a renamed file has two."""
    names = ", ".join(plan.path for plan in found)
    for path in (name for changed in change.paths for name in _names(changed)):
        if not any(plan.declares(path) for plan in found):
            fix = f"Add it to a component of {names}, or take the edit out of this change."
            yield Finding("undeclared", "no component of the plan means this path", fix, path)


def _names(changed: ChangedPath) -> tuple[str, ...]:
    return (changed.path, changed.old_path) if changed.old_path else (changed.path,)
