"""What audit says: what is red first, then what was waived, and the numbers; for programs, all of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from gatecheck.proof.audit import Audit
from gatecheck.proof.entry import Entry
from gatecheck.proof.words import SCHEMA_VERSION
from gatecheck.repo import short


def lines(found: Audit) -> Iterator[tuple[str, bool]]:
    """Yield the lines about a branch's history, each with whether it is to be seen in red."""
    for state in ("unproven", "lawless", "overridden"):
        for entry in found.of(state):
            yield _entry(entry), True
    for entry in found.of("proven"):
        if entry.waived:
            yield f"waived      {entry.commit[:12]}  {', '.join(entry.waived)}", False
    if found.before:
        yield (
            f"before      {len(found.before):,} commits up to {found.before[0][:12]} came before the policy, and nothing could prove them",
            False,
        )
    bad = len(found.of("unproven")) + len(found.of("lawless"))
    proven, overridden = len(found.of("proven")), len(found.of("overridden"))
    told = f"{proven:,} proven, {overridden:,} overridden, {bad:,} without valid evidence"
    yield f"{short(found.ref)} at {found.tip[:12]}: {told} ({found.looked_at:,} looked at now)", bad > 0


def as_data(found: Audit) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "schema_version": SCHEMA_VERSION,
        "ref": found.ref,
        "tip": found.tip,
        "entries": [dataclasses.asdict(entry) for entry in found.entries],
        "before": list(found.before),
        "looked_at": found.looked_at,
    }


def _entry(entry: Entry) -> str:
    if entry.state == "overridden":
        return f"OVERRIDDEN  {entry.commit[:12]}  by {', '.join(entry.approvers)}: {entry.reason}"
    return f"UNPROVEN    {entry.commit[:12]}  {entry.reason}"
