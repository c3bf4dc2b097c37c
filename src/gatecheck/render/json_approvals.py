"""The approvals' part of the JSON report."""

from __future__ import annotations

from typing import Any

from gatecheck.model import Approvals
from gatecheck.render.json_values import ENTRIES_OF_A_LIST, number, text, texts


def approvals(known: Approvals) -> dict[str, Any]:
    """Return the object that says who approved."""
    return {
        "quorum": known.quorum,
        "may": texts(known.may),
        "holding": [
            {
                "who": texts(one.who),
                "key": text(one.key),
                "source": one.source,
                "covers": texts(one.covers),
                "until": number(one.until),
                "reason": text(one.reason),
                "nonce": text(one.nonce),
            }
            for one in known.holding[:ENTRIES_OF_A_LIST]
        ],
        "void": [
            {"who": texts(one.who), "key": text(one.key), "why": text(one.why)}
            for one in known.void[:ENTRIES_OF_A_LIST]
        ],
        "rejections": [
            {"who": texts(one.who), "key": text(one.key), "reason": text(one.reason)}
            for one in known.rejections[:ENTRIES_OF_A_LIST]
        ],
        "notes": texts(known.notes),
    }
