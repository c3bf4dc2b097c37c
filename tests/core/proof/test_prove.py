"""What proves that a branch may move, and every way in which something is missing, told by its own reason."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import pytest

from gatecheck.model import Verdict
from gatecheck.proof import Failed, Lawless, Unapproved, Unproven
from gatecheck.sign import APPROVAL

ZEROS = "0" * 40


def why(shop, new, kind=Unproven, **told):
    with pytest.raises(kind) as refused:
        shop.prove(new, **told)
    assert type(refused.value) is kind
    assert refused.value.fix
    return "; ".join(refused.value.reasons)


def test_a_merge_a_squash_and_the_head_itself_are_proven_by_the_same_evidence(shop):
    merge, squash = shop.merge(shop.base, shop.head), shop.merge(shop.base, tree=shop.tree(shop.head))
    assert "no evidence for its tree" in why(shop, merge)
    shop.evidence()
    for new, way in ((merge, "merge"), (squash, "squash"), (shop.head, "fast-forward")):
        proven = shop.prove(new)
        assert (proven.way, proven.evidence.signer.name, proven.overridden) == (way, "ci", False)


def test_nothing_comes_along_that_nobody_judged(shop):
    shop.evidence()
    tree = shop.tree(shop.head)
    other = shop.merge(shop.base, tree=tree, message="Other history")
    between = shop.merge(shop.base, tree=shop.tree(shop.base), message="Never judged")
    for new in (
        shop.merge(shop.base, other),  # another head with the same tree
        shop.merge(between, shop.head),  # a commit between
        shop.merge(shop.head, shop.base, tree=tree),  # audit would follow the branch
        shop.merge(shop.base, shop.head, other),  # an octopus
        shop.merge(shop.head, tree=tree),  # one more on top
    ):
        assert "commits come along that were never judged" in why(shop, new)
    assert "neither back nor aside" in why(shop, shop.first)
    assert "neither back nor aside" in why(shop, shop.merge(shop.first, tree=tree))


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"repository": "https://example.org/fork"}, "for the repository https://example.org/fork"),
        ({"target": "refs/heads/release"}, "for refs/heads/release"),
        ({"base": ZEROS}, "judged on the base 000000000000"),
        ({"tree": ZEROS}, "another tree"),
        ({"policy": {}}, "judged by another .gatecheck.yaml"),
        ({"partial": True}, "only some gates"),
        ({"bootstrap": True}, "had no policy"),
        ({"stacked": True}, "not protected"),
        ({"gates": ()}, "the gate approval of the base's policy was not asked"),
        ({"created": "2099-01-01T00:00:00+00:00"}, "from the future"),
    ],
)
def test_evidence_about_something_else_proves_nothing(shop, other, reason):
    said = shop.said()
    wrong = replace(said, **other)
    shop.keep(
        "refs/gatecheck/evidence/" + said.tree, shop.envelope(wrong.payload(), "ci", "gatecheck-evidence")
    )
    assert reason in why(shop, shop.head)


def test_evidence_counts_by_the_keys_of_the_base_alone(shop, list_of_keys):
    shop.evidence(who="stranger")
    shop.evidence(who="jo")
    shop.evidence(role=APPROVAL)
    told = why(shop, shop.head)
    assert "does not list for it" in told
    assert "signed for 'gatecheck-approval'" in told
    head = shop.project.commit({".gatecheck/approvers": list_of_keys({"stranger": "gatecheck-evidence"})})
    shop.evidence(head=head, who="stranger")
    assert "does not list" in why(shop, head)
    # a key of the base that its own list of revoked keys names
    shop.git("switch", "--quiet", "--detach", shop.base)
    base = shop.project.commit({".gatecheck/revoked": shop.keys.public("ci")})
    after = shop.project.commit({"c.txt": "1\n"})
    shop.evidence(base=base, head=after)
    assert "revoked" in why(shop, after, old=base)


def test_a_base_without_law_proves_nothing(shop, list_of_keys):
    shop.evidence(base=shop.first)
    assert "no .gatecheck.yaml" in why(shop, shop.head, Lawless, old=shop.first)
    shop.git("switch", "--quiet", "--detach", shop.base)
    base = shop.project.commit({".gatecheck/approvers": list_of_keys({"jo": APPROVAL})})
    assert "lists no key for gatecheck-evidence" in why(
        shop, shop.project.commit({"x": "1"}), Lawless, old=base
    )
    base = shop.project.commit({".gatecheck/approvers": "*@example.org ssh-ed25519 AAAA\n"})
    assert ".gatecheck/approvers:1" in why(shop, shop.project.commit({"x": "2"}), old=base)
    base = shop.project.commit({".gatecheck/approvers": list_of_keys(), ".gatecheck.yaml": "version: 2\n"})
    assert ".gatecheck.yaml:1" in why(shop, shop.project.commit({"x": "3"}), old=base)


def test_what_waits_needs_approvals_that_hold_now(shop):
    shop.evidence(verdict="waiting")
    assert "size/large waits for 1 of: jo, al" in why(shop, shop.head, Unapproved)
    shop.decide(covers=("size/other",))
    assert "size/large waits" in why(shop, shop.head, Unapproved)
    said = shop.decide()
    proven = shop.prove(shop.head)
    assert [(each.who, each.nonce) for each in proven.approvals] == [(("jo",), said.nonce)]
    assert "it ended on" in why(shop, shop.head, Unapproved, now=time.time() + 4000)
    shop.decide("al", "reject", reason="not like this")
    assert "by al: not like this" in why(shop, shop.head, Failed)


def test_an_approval_that_a_run_saw_must_still_hold(shop):
    waits = shop.said(verdict="waiting").waits
    shop.evidence(said=replace(shop.said(), waits=waits))
    assert "size/large waits" in why(shop, shop.head, Unapproved)
    shop.decide()
    assert shop.prove(shop.head).approvals


def test_an_approval_of_another_change_is_told_with_what_differs(shop):
    shop.decide()
    head = shop.project.commit({"b.txt": "2\n"})
    shop.evidence(head=head, verdict="waiting")
    assert "the content of b.txt differs" in why(shop, head, Unapproved)


def test_a_better_run_counts_and_a_verdict_that_is_no_pass_never_does(shop):
    shop.evidence(verdict="fail")
    assert "its verdict fail is none that counts" in why(shop, shop.head)
    shop.evidence(said=replace(shop.said(), verdict=Verdict.PASS, gates=shop.said(verdict="waiting").gates))
    assert "better than a gate's" in why(shop, shop.head)
    shop.evidence(said=replace(shop.said(verdict="waiting"), waits=()))
    assert "by size, signed by ci" in why(shop, shop.head, Failed)
    shop.evidence(verdict="waiting")
    why(shop, shop.head, Unapproved)
    shop.evidence()
    assert shop.prove(shop.head).approvals == ()


def test_people_may_override_and_it_is_told_apart(shop):
    shop.evidence(verdict="waiting")
    override = {"decision": "override", "covers": (), "reason": "the shop burns"}
    shop.decide(**override, role="gatecheck-evidence")
    why(shop, shop.head, Unapproved)
    said = shop.decide(**override)
    merge = shop.merge(shop.base, shop.head)
    for new, way in ((shop.head, "fast-forward"), (merge, "merge")):
        proven = shop.prove(new)
        assert (proven.overridden, proven.way, proven.approvals[0].nonce) == (True, way, said.nonce)
    # nothing but exactly this: neither another base with the same files, nor more commits, nor later
    base = shop.merge(shop.base, tree=shop.tree(shop.base))
    why(shop, shop.merge(base, shop.head), old=base)
    why(shop, shop.merge(shop.head, tree=shop.tree(shop.head)))
    why(shop, shop.head, Unapproved, now=time.time() + 4000)
    shop.decide("al", "reject")
    why(shop, shop.head, Failed)


def test_refs_of_the_same_push_count_before_they_are_there(shop):
    shop.evidence(verdict="waiting")
    shop.decide()
    refs = shop.repository.refs("refs/gatecheck/")
    for ref in refs:
        shop.git("update-ref", "-d", ref)
    why(shop, shop.head)
    assert shop.prove(shop.head, beside=refs).approvals
    assert "whoever pushes" in why(
        shop, shop.head, Unapproved, beside=refs, pusher=shop.prove(shop.head, beside=refs).approvals[0].key
    )


def test_a_flood_of_signatures_is_no_proof(shop, monkeypatch):
    monkeypatch.setattr(
        sys.modules["gatecheck.proof.prove"], "MOST", 1
    )  # the package has a function of that name
    shop.evidence()
    shop.prove(shop.head)
    shop.evidence(verdict="waiting")
    assert "the most that are looked at" in why(shop, shop.head)
