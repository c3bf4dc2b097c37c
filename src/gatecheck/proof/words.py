"""What verify says: for people as lines, for programs as data. What was overridden is told apart in both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gatecheck.model.approval import Approval
from gatecheck.proof.errors import Failed, Lawless, Unapproved, Unproven
from gatecheck.proof.prove import Proven
from gatecheck.proof.verify import Subject
from gatecheck.repo import short

SCHEMA_VERSION = 1
_VERDICTS = {Failed: "failed", Unapproved: "unapproved", Lawless: "lawless"}


def proven(subject: Subject, found: Proven) -> Iterator[str]:
    """Yield the lines about something that is proven."""
    landing = found.landing
    branch, how = short(subject.ref), f"{found.way} from {landing.old[:12]}"
    where = f"is on {branch} ({how})" if subject.landed else f"may enter {branch} ({landing.old[:12]})"
    if found.evidence is None:
        yield f"OVERRIDDEN: {landing.new[:12]} {where} because people let it in, and not by evidence"
        for approval in found.approvals:
            yield f"  by         {', '.join(approval.who)}: {approval.reason or 'no reason is given'} (nonce {approval.nonce})"
        return
    said = found.evidence.statement
    yield f"proven: {landing.new[:12]} {where}"
    yield f"  evidence   {said.verdict}, {said.created}, signed by {found.evidence.signer.name} ({found.evidence.digest[:12]})"
    yield f"  gates      {', '.join(f'{gate.name} {gate.verdict}' for gate in said.gates)}"
    for approval in found.approvals:
        yield f"  approved   by {', '.join(approval.who)}: {', '.join(approval.covers)} (nonce {approval.nonce})"
    for waived in said.waivers:
        yield f"  waived     {waived}"
    for note in found.notes:
        yield f"  note       {note}"


def as_data(subject: Subject, found: Proven) -> dict[str, Any]:
    """Return the same for programs."""
    evidence = found.evidence
    return {
        **_about(subject),
        "verdict": "overridden" if evidence is None else "proven",
        "base": found.landing.old,
        "way": found.way,
        "evidence": evidence
        and {
            "sha256": evidence.digest,
            "verdict": str(evidence.statement.verdict),
            "created": evidence.statement.created,
            "signer": evidence.signer.name,
            "key": evidence.signer.fingerprint,
        },
        "approvals": [_approval(each) for each in found.approvals],
        "waived": list(evidence.statement.waivers) if evidence else [],
        "notes": list(found.notes),
    }


def refused(subject: Subject, error: Unproven) -> dict[str, Any]:
    """Return, for programs, why something is not proven."""
    told = {"reasons": list(error.reasons), "fix": error.fix}
    return {**_about(subject), "verdict": _VERDICTS.get(type(error), "unproven"), **told}


def _about(subject: Subject) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "ref": subject.ref,
        "commit": subject.aim.head,
        "landed": subject.landed,
    }


def _approval(approval: Approval) -> dict[str, Any]:
    told = {"who": list(approval.who), "key": approval.key, "covers": list(approval.covers)}
    return {**told, "reason": approval.reason, "nonce": approval.nonce}
