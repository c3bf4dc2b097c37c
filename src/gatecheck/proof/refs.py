"""What is kept below refs/gatecheck/, by what it is about: evidence by tree, approvals by what a change does to the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gatecheck.app.approvals import PREFIX as APPROVALS
from gatecheck.evidence import PREFIX as EVIDENCE
from gatecheck.repo import Repository


@dataclass(frozen=True, slots=True)
class Refs:
    """Commits that hold envelopes."""

    evidence: Mapping[str, str]
    """By tree."""
    approvals: Mapping[str, tuple[str, ...]]
    """By the digest of a change."""

    @classmethod
    def of(cls, refs: Mapping[str, str]) -> Refs:
        """Sort refs by full name."""
        by_change: dict[str, list[str]] = {}
        for ref, tip in sorted(refs.items()):
            if ref.startswith(APPROVALS):
                by_change.setdefault(ref.removeprefix(APPROVALS).partition("/")[0], []).append(tip)
        trees = {ref.removeprefix(EVIDENCE): tip for ref, tip in refs.items() if ref.startswith(EVIDENCE)}
        return cls(trees, {digest: tuple(tips) for digest, tips in by_change.items()})

    @classmethod
    def all(cls, repository: Repository) -> Refs:
        """Return everything that is kept here."""
        return cls.of(repository.refs(EVIDENCE, APPROVALS))

    @classmethod
    def about(cls, repository: Repository, tree: str, beside: Mapping[str, str]) -> Refs:
        """Return what is kept here about one tree, with all approvals, and what comes along: `beside` goes before.

        The tree's evidence is looked up by its name: to list that of all trees would cost what the history costs.
        """
        tip = repository.resolve(EVIDENCE + tree)
        own = {EVIDENCE + tree: tip} if tip else {}
        return cls.of({**own, **repository.refs(APPROVALS), **beside})

    def others(self, digest: str) -> tuple[str, ...]:
        """Return the approvals of other changes."""
        return tuple(tip for other, tips in self.approvals.items() if other != digest for tip in tips)
