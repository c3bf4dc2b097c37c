"""The two sides' runs of one test suite: asked for once each, remembered where they would come out the same again."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

from gatecheck.errors import CannotTell
from gatecheck.model import Side, Workspace
from gatecheck_gates.suites.flaky import failed_by_chance
from gatecheck_gates.suites.suite import Suite


class Runner(Protocol):
    """A way to run a test suite over one side."""

    narrows: ClassVar[bool]
    """True when it can run chosen tests only."""

    def run(
        self, workspace: Workspace, side: Side, *, only: AbstractSet[str] | None = None, measure: bool = True
    ) -> tuple[Suite, Path | None]:
        """Return what the tests said and what they covered. Raises CannotTell when the run is not complete."""
        ...

    def lines_inside(self, workspace: Workspace, name: str) -> Mapping[str, frozenset[int]]:
        """Return the lines that run inside one test of the merge result, by path in the tree; empty when unknown."""
        ...

    def rerun(self, ids: list[str], workspace: Workspace) -> str:
        """Return the narrowest command that runs these tests again."""
        ...


@dataclass
class Sides:
    """A suite over the merge result, and over the base when somebody asks."""

    workspace: Workspace
    runner: Runner
    question: str
    """Names what was asked, beside tree, environment and options: the settings that coverage was measured with."""
    notes: list[str] = field(default_factory=list)
    _base: tuple[Suite, Path | None] | None = None
    _fresh_base: bool = False

    def merge(self) -> tuple[Suite, Path | None]:
        """Run the suite over the merge result."""
        self.workspace.say("running the tests over the merge result")
        return self.runner.run(self.workspace, "merge")

    def base(self, *, wanted: bool) -> Suite | None:
        """Return what the base's tests said: remembered, else run if `wanted`; None when neither can be had."""
        memory = self.workspace.recall(self.question, side="base")
        if memory is not None:
            self._base = (Suite.load(memory.payload), memory.files.get("coverage"))
        elif wanted:
            self.workspace.say("running the tests over the base")
            try:
                self._base = self.runner.run(self.workspace, "base")
                self._fresh_base = True
            except CannotTell as error:
                first = error.message.split("\n", 1)[0]
                self.notes.append(
                    f"The base's tests could not be judged, so every failure counts as new: {first}"
                )
        return self._base[0] if self._base else None

    @property
    def base_coverage(self) -> Path | None:
        """The base's coverage data, when a base run is at hand."""
        return self._base[1] if self._base else None

    def again(self, side: Side, ids: AbstractSet[str]) -> Suite:
        """Run chosen tests once more in a fresh process, without measuring."""
        what = "1 failing test" if len(ids) == 1 else f"{len(ids)} tests"
        self.workspace.say(f"running {what} again over the {'merge result' if side == 'merge' else 'base'}")
        return self.runner.run(self.workspace, side, only=ids, measure=False)[0]

    def newly_failing(self, merge: Suite) -> frozenset[str]:
        """Return what fails on the merge result and did not on the base, or failed there by chance only."""
        if self._base is None:
            return merge.failing
        both = merge.failing & self._base[0].failing
        try:
            chance = failed_by_chance(both, self.again) if self.runner.narrows else frozenset()
        except CannotTell as error:
            first = error.message.split("\n", 1)[0]
            self.notes.append(f"What fails on both sides could not be run again, and counts as old: {first}")
            chance = frozenset()
        return (merge.failing - both) | chance

    def remember(self, suite: Suite, coverage: Path | None) -> None:
        """Keep the runs in which nothing failed. Only for suites in which nothing was flaky.

        A failure by chance, once remembered, would excuse the same failure in every later change.
        """
        self._keep(suite, coverage, "merge")
        if self._base and self._fresh_base:
            self._keep(*self._base, "base")

    def _keep(self, suite: Suite, coverage: Path | None, side: Side) -> None:
        if suite.failing:
            return
        files = {"coverage": coverage} if coverage else {}
        self.workspace.remember(self.question, suite.dump(), files, side=side)
