"""Whether evidence that is believed is about exactly this move, and complete: a pure function of the statement and the law."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gatecheck.evidence import Statement
from gatecheck.proof.landing import Landing, way_of
from gatecheck.proof.law import Law

SKEW = 300
"""Seconds by which clocks may differ."""
_UNFIT = {
    "partial": "only some gates were asked",
    "bootstrap": "its base had no policy",
    "stacked": "it was judged for a branch that is not protected",
}


def mismatch(
    statement: Statement, law: Law, landing: Landing, tree: str, parents: tuple[str, ...], now: float
) -> str:
    """Return why a statement proves nothing of a move to a commit with this tree and these parents; empty when it is about it."""
    return (
        _about_another(statement, law, landing, tree)
        or _incomplete(statement, law.policy.gates)
        or _more_commits(statement, landing, parents)
        or (f"it comes from the future ({statement.created})" if statement.created_at > now + SKEW else "")
    )


def _about_another(statement: Statement, law: Law, landing: Landing, tree: str) -> str:
    if statement.repository != law.repository:
        return f"it is for the repository {statement.repository}"
    if statement.target != landing.ref:
        return f"it is for {statement.target}"
    if statement.base != landing.old:
        return f"it was judged on the base {statement.base[:12]}, and the branch was at {landing.old[:12]}"
    if statement.tree != tree:
        return f"it is about another tree ({statement.tree[:12]})"
    return _other_policy(statement.policy, law.blobs)


def _other_policy(told: Mapping[str, str], blobs: Mapping[str, str]) -> str:
    other = [path for path in sorted({*told, *blobs}) if told.get(path, "") != blobs.get(path, "")]
    return f"it was judged by another {other[0]} than the base's" if other else ""


def _incomplete(statement: Statement, wanted: Collection[str]) -> str:
    unfit = [why for name, why in _UNFIT.items() if getattr(statement, name)]
    if unfit:
        return f"it is no evidence: {unfit[0]}"
    missing = sorted(set(wanted) - {gate.name for gate in statement.gates})
    return f"the gate {missing[0]} of the base's policy was not asked" if missing else ""


def _more_commits(statement: Statement, landing: Landing, parents: tuple[str, ...]) -> str:
    if way_of(landing, parents, statement.head):
        return ""
    return f"commits come along that were never judged: it is about the head {statement.head[:12]}"
