"""An outcome as bytes and back, for the store."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from gatecheck.model import Effect, Examined, Finding, Measurement, NotApplicable, Outcome


def pack(answer: Outcome | NotApplicable) -> bytes:
    """Return what a gate said as JSON."""
    kind = "outcome" if isinstance(answer, Outcome) else "not-applicable"
    return json.dumps({"kind": kind, **dataclasses.asdict(answer)}).encode()


def unpack(data: bytes) -> Outcome | NotApplicable:
    """Return what `pack` was given. Raises ValueError, KeyError or TypeError for anything else."""
    told: dict[str, Any] = json.loads(data)
    if told.pop("kind") == "not-applicable":
        return NotApplicable(**told)
    return Outcome(
        Examined(**told["examined"]),
        tuple(_finding(finding) for finding in told["findings"]),
        tuple(Measurement(**measured) for measured in told["measurements"]),
        tuple(told["notes"]),
        told["repeatable"],
        told["until"],
    )


def holds(answer: Outcome | NotApplicable, now: float) -> bool:
    """Tell whether an answer that was kept may still be given."""
    return isinstance(answer, NotApplicable) or answer.until is None or now < answer.until


def _finding(told: dict[str, Any]) -> Finding:
    effect, names = told.pop("effect"), tuple(told.pop("names"))
    return Finding(**told, effect=Effect(effect) if effect else None, names=names)
