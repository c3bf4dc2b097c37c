"""A plan that is finished, as text, and what reads one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatecheck import plans

TOP = Path(__file__).resolve().parents[3]
GOOD = (TOP / "tests/examples/plan/pass/head/.gatecheck/plans/20260101T000000Z-raise-the-price.md").read_text(
    "utf-8"
)


@pytest.fixture
def good() -> str:
    """A finished plan, in which nothing is wrong."""
    return GOOD


@pytest.fixture
def flaws():
    """Return what is wrong with a text: `(rule, line, message)` of each flaw."""

    def look(text: str | bytes) -> list[tuple[str, int, str]]:
        read = plans.read(text if isinstance(text, bytes) else text.encode(), "p.md")
        assert all(flaw.fix.strip() for flaw in read.flaws)
        assert all(str(flaw).startswith(f"p.md:{flaw.place.line}:") for flaw in read.flaws)
        return [(flaw.rule, flaw.place.line, flaw.message) for flaw in read.flaws]

    return look
