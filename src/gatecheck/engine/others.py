"""What the other gates of a run left for one that needs them: files that they saved, and what they found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gatecheck.model import Finding, Result


@dataclass(frozen=True, slots=True)
class Others:
    """By gate, filled by the engine as gates end."""

    artifacts: dict[str, dict[str, Path]] = field(default_factory=dict)
    """Gate's name to artefact's name to file."""
    results: dict[str, Result] = field(default_factory=dict)

    def artifact(self, gate: str, name: str) -> Path | None:
        """Return a file that a gate saved."""
        return self.artifacts.get(gate, {}).get(name)

    def named(self, gates: Iterable[str]) -> list[list[tuple[str, str]]]:
        """Return the artefacts of gates by name, each with its digest."""
        return [sorted((n, p.name) for n, p in self.artifacts.get(gate, {}).items()) for gate in gates]

    def found(self, gate: str) -> tuple[Finding, ...]:
        """Return what a gate found that the change brings and nothing waives."""
        outcome = self.results[gate].outcome
        return tuple(f for f in outcome.findings if f.introduced and f.waiver is None) if outcome else ()
