"""What is said of a move that is not proven: the thing, the place, and the next step."""

from __future__ import annotations

from collections.abc import Sequence

from gatecheck.evidence import Proof
from gatecheck.model import Approvals
from gatecheck.model.approval import Rejection
from gatecheck.proof.errors import Failed, Lawless, Unapproved, Unproven
from gatecheck.proof.landing import Landing
from gatecheck.repo import short


def _named(landing: Landing) -> str:
    return f"{landing.new[:12]} on {short(landing.ref)} (from {landing.old[:12]})"


def lawless(landing: Landing) -> Lawless:
    """The base says nothing of whom to believe."""
    return Lawless(
        f"nothing can be proven of {_named(landing)}",
        (
            "its base has no .gatecheck.yaml with a .gatecheck/approvers, and nobody else says whom to believe",
        ),
        fix="Merge both files first; see docs/merging.md.",
    )


def not_forward(landing: Landing) -> Unproven:
    """The branch would lose commits."""
    return Unproven(
        f"{short(landing.ref)} would not go forward: {landing.new[:12]} does not contain {landing.old[:12]}",
        ("a protected branch goes neither back nor aside",),
        fix="Merge into what it has now: git fetch && gatecheck merge --push",
    )


def too_many(landing: Landing, found: int, most: int) -> Unproven:
    """More signatures than anybody makes by running gates."""
    return Unproven(
        f"there are {found} signatures about the tree of {_named(landing)}",
        (f"{most} are the most that are looked at",),
        fix="Look who pushed them: gatecheck evidence show. Remove the ref, and push what is meant.",
    )


def nothing_believed(landing: Landing, tree: str, reasons: Sequence[str]) -> Unproven:
    """No evidence, or none that counts."""
    told = tuple(dict.fromkeys(reasons)) or (f"there is no evidence for its tree {tree[:12]} here",)
    return Unproven(
        f"no evidence that is believed lets {_named(landing)} in",
        told,
        fix="Have a runner judge exactly this change and sign it (gatecheck run --sign KEY), then bring it: "
        "gatecheck evidence fetch, or push it along.",
    )


def failed(landing: Landing, proof: Proof) -> Failed:
    """The evidence that is believed says no."""
    said = proof.statement
    red = [gate.name for gate in said.gates if str(gate.verdict) not in {"pass", "not-applicable"}]
    return Failed(
        f"{_named(landing)} was judged and must not enter: {said.verdict}",
        (f"by {', '.join(red) or 'the report as a whole'}, signed by {proof.signer.name}",),
        fix=f"Mend it and have it judged again: gatecheck run --target {short(landing.ref)} --head {said.head[:12]}",
    )


def rejected(landing: Landing, no: Rejection) -> Failed:
    """Somebody who may approve said no."""
    return Failed(
        f"{_named(landing)} was rejected",
        (f"by {', '.join(no.who)}: {no.reason or 'no reason is given'}",),
        fix="Change what was objected to; or let whoever rejected it take that back: gatecheck revoke",
    )


def unapproved(landing: Landing, head: str, rules: Sequence[str], known: Approvals) -> Unapproved:
    """People must still say yes, or those who did say it to something else."""
    asked = f"{', '.join(rules)} {'waits' if len(rules) == 1 else 'wait'} for {known.quorum} of: {', '.join(known.may) or 'nobody'}"
    voids = [
        f"{', '.join(void.who) or void.key or 'somebody'}'s approval does not hold: {void.why}"
        for void in known.void
    ]
    return Unapproved(
        f"{_named(landing)} is not approved",
        (asked, *voids),
        fix=f"Let one of them look and approve: gatecheck review {head[:12]} --target {short(landing.ref)}, "
        f"then gatecheck approve {head[:12]} --target {short(landing.ref)} --push",
    )


def first_commit(commit: str) -> Lawless:
    """A root: it came from nowhere."""
    return Lawless(
        f"{commit[:12]} is the first commit",
        ("there was no policy before it",),
        fix="Look at it yourself; what came after is proven by evidence.",
    )


def nobody(landing: Landing) -> Lawless:
    """There is a list of keys, and none for evidence."""
    return Lawless(
        f"nothing can be proven of {_named(landing)}",
        ("its base's .gatecheck/approvers lists no key for gatecheck-evidence",),
        fix="Add a runner's key there by a change; see docs/evidence.md.",
    )


def not_listed_then(landing: Landing) -> Unproven:
    """Evidence that skips commits, by a key of long ago."""
    return Unproven(
        f"no evidence that is believed lets {_named(landing)} in",
        ("its key is not listed any more by the commit before",),
        fix="Look how the branch moved there: git log --first-parent.",
    )


def conflicting(landing: Landing, paths: Sequence[str]) -> Failed:
    """Git cannot merge it."""
    return Failed(
        f"{landing.new[:12]} cannot be merged into {short(landing.ref)}",
        (f"both sides changed {', '.join(paths)}",),
        fix=f"Merge {short(landing.ref)} into the branch, resolve it there, and have that judged.",
    )
