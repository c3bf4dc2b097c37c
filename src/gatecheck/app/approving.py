"""Saying yes or no to one change: what is signed, with which key, and where it is kept. It acts with the user's own git."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gatecheck.app.approvals import APPROVERS, PREFIX, ground_of, keys_of
from gatecheck.app.docket import Docket
from gatecheck.app.kept import waiting
from gatecheck.approval.believe import Keys, believe, envelopes_in
from gatecheck.approval.judge import Signed, judge
from gatecheck.approval.statement import (
    Decision,
    Statement,
    listed_files,
    listed_steps,
    parse,
)
from gatecheck.errors import PolicyError, Refused, UsageError
from gatecheck.model import Verdict
from gatecheck.repo import UserGit, ledger
from gatecheck.sign import Envelope, Unbelievable
from gatecheck.sign.signers import APPROVAL

LARGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to say about a change."""

    decision: Decision
    reason: str = ""
    seconds: float = 86_400.0
    """How long it is to hold."""
    scope: tuple[str, ...] = ()
    """Rules in full or gates; none: all that waits."""
    revokes: tuple[str, ...] = ()


def stated(docket: Docket, wish: Wish) -> Statement:
    """Return the statement to sign. Raises UsageError or Refused where there is nothing that could be approved like this."""
    _refuse_unsignable(docket, wish)
    covers: tuple[str, ...] = ()
    if wish.decision == "approve":
        covers = _covers(docket, wish.scope)
    created = int(docket.now)
    ground = ground_of(docket.repository, docket.case, docket.now)
    return Statement(
        ground.subject,
        wish.decision,
        secrets.token_hex(16),
        created,
        created + int(wish.seconds),
        wish.reason,
        {result.name: str(result.verdict) for result in docket.results},
        str(docket.assessment.risk),
        covers,
        wish.revokes,
        listed_files(ground.edits),
        listed_steps(docket.commits),
    )


def own_nonces(docket: Docket, key: str) -> tuple[str, ...]:
    """Return the nonces of a key's statements about exactly this change."""
    refs = docket.repository.refs(_ref(docket, key))
    files = [ledger.read_files(docket.repository.objects, tip) for tip in refs.values()]
    found = [said for held in files for each in envelopes_in(held)[0] if (said := _readable(each))]
    return tuple(dict.fromkeys(said.nonce for said in found if said.decision != "revoke"))


def _readable(envelope: Envelope) -> Statement | None:
    """Return what an envelope says; None of one that says nothing: there is nothing in it to revoke."""
    try:
        return parse(envelope.payload)
    except Unbelievable:
        return None


def checked(docket: Docket, envelope: Envelope) -> Signed:
    """Return what an envelope says, when it would hold. Raises Refused with the reason when it would not."""
    known = _known(docket)
    found, void = believe(envelope, known, docket.now)
    if not found:
        raise Refused(
            f"this signature does not count: {void[0].why}",
            fix=f"Sign with a key that {APPROVERS} of the target branch lists for {APPROVAL}; these may: {', '.join(known.may)}",
        )
    one = found[0]
    ground = ground_of(docket.repository, docket.case, docket.now, "", [one.statement])
    said = one.statement
    yes = replace(one, statement=replace(said, decision="approve")) if said.decision == "override" else one
    if faults := judge(ground, [yes]).void:
        raise Refused(
            f"this approval would not hold: {faults[0].why}",
            fix="Let somebody else approve, or look at the change as it is now: " + docket.command("review"),
        )
    if said.subject.change != ground.subject.change:
        raise Refused(
            "this is about another change than the one that is there now",
            fix=f"Look at it again: {docket.command('review')}",
        )
    return one


def kept(docket: Docket, git: UserGit, envelope: Envelope, key: str) -> str:
    """Keep an envelope below the change's refs, and return the ref."""
    data = envelope.to_json()
    ref = _ref(docket, key)
    ledger.append(git, ref, {f"{hashlib.sha256(data).hexdigest()}.json": data}, "Decide about a change")
    return ref


def again(git: UserGit, docket: Docket) -> str:
    """Return the command that has the change judged again, where it is judged: on a forge nothing else does after an approval."""
    _, url, _ = git.code("config", "--get", "remote.origin.url")
    if "github.com" in url:
        listed = (
            f"gh run list --commit {docket.change.head} --limit 1 --json databaseId --jq '.[0].databaseId'"
        )
        return f'gh run rerun --failed "$({listed})"'
    return docket.judging


def _refuse_unsignable(docket: Docket, wish: Wish) -> None:
    policy = docket.ruling.policy
    if policy.bootstrap:
        raise UsageError(
            "the target branch has no policy, so there is nobody who may approve",
            fix="Merge a policy first, with a list of approvers: .gatecheck.yaml and .gatecheck/approvers",
        )
    if not policy.repository:
        raise UsageError(
            "the policy does not say which repository this is, so an approval could be used in another one",
            fix=f"Add a line to .gatecheck.yaml of the target branch: repository: {_guess(docket)}",
        )
    if not docket.case.branch:
        raise UsageError(
            "an approval is for a branch, and the target is a commit", fix="Name it: --target BRANCH"
        )
    if len(wish.reason) > LARGEST_REASON:
        raise UsageError(f"a reason has {LARGEST_REASON:,} characters at most", fix="Say it shorter.")


def _covers(docket: Docket, scope: tuple[str, ...]) -> tuple[str, ...]:
    """Return the rules that are approved. Raises Refused where a gate failed: an approval is no override."""
    rules = tuple(waiting(docket.answered()))
    if red := docket.named(Verdict.FAIL):
        raise Refused(
            f"{red[0]} failed, and an approval is no override",
            fix="Have it mended first: see " + docket.command("review"),
        )
    if silent := docket.named(Verdict.ERROR):
        raise Refused(
            f"{silent[0]} gave no answer, so nobody knows what it would leave to people",
            fix=f"Do what its fix says, and ask again: {docket.judging}",
        )
    if not rules:
        raise UsageError("nothing in this change waits for an approval", fix="Nothing needs to be done.")
    for one in scope:
        if not any(rule == one or rule.startswith(f"{one}/") for rule in rules):
            raise UsageError(f"--scope {one}: nothing of it waits", fix=f"These wait: {', '.join(rules)}")
    wanted = [
        rule for rule in rules if not scope or any(rule == s or rule.startswith(f"{s}/") for s in scope)
    ]
    return tuple(wanted)


def _known(docket: Docket) -> Keys:
    found = keys_of(docket.repository, docket.case)
    if found is None:
        raise PolicyError(
            (f"{APPROVERS}:1:1: the target branch has no such file, so there is nobody who may approve",),
            fix=f'Add it there: NAME namespaces="{APPROVAL}" ssh-ed25519 AAAA...',
        )
    return found


def _ref(docket: Docket, key: str) -> str:
    digest = base64.b64decode(key.removeprefix("SHA256:") + "=").hex()
    return f"{PREFIX}{docket.change.digest}/{digest}"


def _guess(docket: Docket) -> str:
    """Return an identity to propose: an address without its login, or a name to fill in."""
    settings: Mapping[str, str] = dict(
        line.partition("=")[::2]
        for line in UserGit(docket.repository.place)("config", "--list").splitlines()
        if line.startswith("remote.origin.url=")
    )
    url = settings.get("remote.origin.url", "")
    found = re.fullmatch(r"(?:https://|ssh://)?(?:[^/@]+@)?([\w.-]+)[:/]([\w./-]+?)(?:\.git)?/?", url)
    return f"https://{found[1]}/{found[2]}" if found else "https://example.org/TEAM/PROJECT"
