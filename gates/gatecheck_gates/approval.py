"""Asks whether somebody who is not the author must say yes to exactly this change, by its risk, its paths, and what it loosens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from gatecheck import plans
from gatecheck.model import (
    Answer,
    Change,
    Effect,
    Examined,
    Finding,
    Globs,
    NotApplicable,
    Outcome,
    Rule,
    Workspace,
    option,
)
from gatecheck.model.risk import LOOSENING, Risk


@dataclass(frozen=True)
class RequiredWhen:
    """Conditions, of which any one is enough."""

    risk: Risk | None = option(None, doc="The change has this risk, or a higher one.")
    paths: tuple[str, ...] = option((), doc="It touches one of these paths.", form="globs")
    gates: tuple[str, ...] = option((), doc="One of these gates found something that the change brings.")
    loosening: bool = option(
        default=False,
        doc="It edits what decides how changes are judged: the policy, approvers, or a workflow of the CI.",
    )

    def __post_init__(self) -> None:
        if not (self.risk or self.paths or self.gates or self.loosening):
            raise ValueError("no condition is named: write one, or take `required-when` out to ask always")


@dataclass(frozen=True)
class Approval:
    """Finds that an approval is required; whether there is one is known to gatecheck, which covers the finding then."""

    kind: ClassVar[str] = "approval"
    primary: ClassVar[str] = "quorum"
    everywhere: ClassVar[bool] = True
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("required", Effect.APPROVAL, "The policy asks for people to approve a change like this."),
    )

    quorum: int = option(
        1,
        doc="So many different people must approve, here and whatever other gates leave to people.",
        minimum=1,
    )
    required_when: RequiredWhen | None = option(
        None,
        doc="When approval is asked for: `risk`, `paths`, `gates`, `loosening`, of which any one is enough; default: always.",
    )
    source: Literal["keys", "forge-review"] = option(
        "keys",
        doc="Signatures by the keys in `.gatecheck/approvers`, or reviews on the forge, which are weaker.",
    )

    @property
    def needs(self) -> tuple[str, ...]:
        """The gates whose findings ask for an approval."""
        return self.required_when.gates if self.required_when else ()

    @property
    def programs(self) -> tuple[str, ...]:
        """It starts none."""
        return ()

    def applies(self, change: Change) -> bool:
        """Whatever changes may need an approval."""
        return bool(change.paths)

    def check(self, workspace: Workspace) -> Answer:
        """Hold the change against the conditions, and name the first that holds of each kind."""
        when = self.required_when
        reasons = ["the policy asks for it always"] if when is None else list(_reasons(when, workspace))
        if not reasons:
            return NotApplicable("none of the policy's conditions for an approval holds")
        people = (
            "somebody who is not its author"
            if self.quorum == 1
            else f"{self.quorum} people who are not its authors"
        )
        finding = Finding(
            "required",
            f"{people} must approve the change: {'; '.join(reasons)}",
            "Ask for it; whoever approves sees what it is about with: gatecheck review",
        )
        return Outcome(Examined(len(workspace.whole.paths), "changed paths"), (finding,))


def _reasons(when: RequiredWhen, workspace: Workspace) -> Iterator[str]:
    change = workspace.whole
    if when.risk is not None:
        seen = plans.assess(change, workspace.read)
        if seen.risk.rank >= when.risk.rank:
            yield f"its risk is {seen.risk}" + (f", since {seen.reasons[0]}" if seen.reasons else "")
    if touched := [path.path for path in change.within(Globs(when.paths)).paths]:
        yield f"it touches {_first(touched)}"
    for gate in when.gates:
        if found := workspace.found(gate):
            yield f"{gate} found something: {found[0].message}"
    if when.loosening and (touched := [path.path for path in change.within(LOOSENING).paths]):
        yield f"it edits what decides how changes are judged: {_first(touched)}"


def _first(paths: list[str]) -> str:
    return paths[0] + (f" and {len(paths) - 1} more" if paths[1:] else "")
