"""Which approvals hold: each that does not has one reason, and it is the right one."""

from __future__ import annotations

import dataclasses

import pytest

from gatecheck.approval.judge import Ground, Signed, judge
from gatecheck.approval.statement import Statement, listed_files, listed_steps
from gatecheck.model import Void
from gatecheck.model.approval import Approval, Approvals, BranchCommit, Subject, commits_digest
from gatecheck.model.change import digest_of
from gatecheck.model.history import Person

NOW = 1_767_312_000
DAY = 86_400
ADA = Person("Ada", "ada@example.org", 1)
A, B, C, D = (letter * 40 for letter in "abcd")


def commit(name: str, *edits, author: Person = ADA, message: str = "a step\n", time: int = 1) -> BranchCommit:
    who = dataclasses.replace(author, time=time)
    return BranchCommit((name * 40)[:40], who, ADA, message, edits)


EDITS = (("a.py", A, B, "100644"), ("b.py", "", C, "100644"))
COMMITS = (commit("1", EDITS[0], time=1), commit("2", EDITS[1], time=2, message="another\n"))
POLICY = {".gatecheck.yaml": A, ".gatecheck/approvers": B}


def subject(edits=EDITS, commits=COMMITS, **more) -> Subject:
    told = {"repository": "r", "target": "refs/heads/main", "policy": POLICY, **more}
    return Subject(base=A, head=B, tree=C, change=digest_of(edits), commits=commits_digest(commits), **told)


def ground(edits=EDITS, commits=COMMITS, **more) -> Ground:
    about = {name: more.pop(name) for name in ("repository", "target", "policy") if name in more}
    return Ground(subject(edits, commits or (), **about), NOW, edits, commits, **more)


def said(decision="approve", nonce="1" * 32, created=NOW, edits=EDITS, commits=COMMITS, **more) -> Statement:
    return Statement(
        subject(edits, commits),
        decision,
        nonce,
        created,
        more.pop("expires", created + DAY),
        covers=("look/odd",),
        files=listed_files(edits),
        steps=listed_steps(commits),
        **more,
    )


def by(name: str, statement: Statement, key: str = "") -> Signed:
    return Signed(statement, (f"{name}@example.org",), key or f"SHA256:{name}")


def why(ground: Ground, *signed: Signed) -> str:
    (void,) = judge(ground, signed).void
    return void.why


def test_an_approval_of_exactly_this_holds_until_it_ends():
    known = judge(ground(), [by("jo", said())])
    assert known.void == ()
    (one,) = known.holding
    assert (one.who, one.covers, one.until) == (("jo@example.org",), ("look/odd",), NOW + DAY)
    assert known.cover("look/odd") == "jo@example.org"
    assert known.cover("look/other") is None
    assert known.until == NOW + DAY


def test_it_ends_with_its_key():
    signed = dataclasses.replace(by("jo", said()), until=NOW + 5.0)
    assert judge(ground(), [signed]).until == NOW + 5


MOVED = (("a.py", D, B, "100644"), EDITS[1])
BYTE = (("a.py", A, D, "100644"), EDITS[1])
MODE = (("a.py", A, B, "100755"), EDITS[1])


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"repository": "fork"}, "it is for the repository r"),
        ({"target": "refs/heads/release"}, "it is for the branch main"),
        ({"policy": {**POLICY, ".gatecheck/approvers": C}}, "the base's .gatecheck/approvers is another one"),
        ({"edits": MOVED}, "the base moved in a.py"),
        ({"edits": BYTE}, "the content of a.py differs"),
        ({"edits": MODE}, "the content of a.py differs"),
        ({"edits": (*EDITS, ("c.py", "", C, "100644"))}, "it touches c.py too now"),
        ({"edits": EDITS[:1]}, "it does not touch b.py any more"),
        ({"edits": tuple((f"{n}.py", A, B, "100644") for n in range(9))}, "and 8 more"),
        ({"commits": None}, "too shallow"),
        ({"commits": (COMMITS[0], commit("2", EDITS[1], time=2, message="amended\n"))}, "the message of the commit 2222222222 (amended) differs"),
        ({"commits": (*COMMITS, commit("3", time=3, message="empty\n"))}, "the commit 3333333333 (empty) came after"),
        ({"commits": (COMMITS[0], commit("2", EDITS[1], time=9, message="another\n"))}, "has another author or another time"),
        ({"commits": (commit("1", *EDITS, time=1), commit("2", time=2, message="another\n"))}, "does something else"),
        ({"commits": COMMITS[:1]}, "1 of the commits that were approved is not there"),
        ({"commits": (commit("9", time=9), *COMMITS[:0])}, "2 of the commits that were approved are not there"),
        ({"commits": COMMITS[::-1]}, "its commits are in another order"),
        ({"used": {"1" * 32: "it was used already"}}, "it was used already"),
        ({"agents": frozenset({"SHA256:jo"})}, "an agent's"),
        ({"pusher": "SHA256:jo"}, "whoever pushes"),
        ({"signers": {"SHA256:jo": "f" * 40}}, "its key signed the commit ffffffffff"),
    ],
)  # fmt: skip
def test_what_differs_voids_it_with_a_reason_of_its_own(now, reason):
    assert reason in why(ground(**now), by("jo", said()))


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (said(created=NOW - 2 * DAY), "it ended on 2026-01-01T00:00:00Z"),
        (said(created=NOW + DAY), "it comes from the future"),
    ],
)
def test_time_voids_it(statement, reason):
    assert reason in why(ground(), by("jo", statement))


@pytest.mark.parametrize("size", [0, 200])
def test_a_change_too_large_to_list_is_told_without_names(size):
    many = tuple((f"{number}.py", A, B, "100644") for number in range(size))
    assert "too large to say which" in why(ground(many), by("jo", said(edits=many[:-1] or EDITS)))
    long = tuple(commit("1", time=number) for number in range(size // 2 or 60))
    assert "too many to say which" in why(ground(commits=long), by("jo", said(commits=long[1:])))


@pytest.mark.parametrize("name", ["ada", "ADA"])
def test_nobody_approves_their_own_work(name):
    assert why(ground(), by(name, said())) == "it is by the author of the commit 1111111111"
    committed = dataclasses.replace(COMMITS[0], author=Person("X", "x@example.org", 1))
    commits = (
        committed,
        dataclasses.replace(COMMITS[1], author=committed.author, committer=committed.author),
    )
    found = why(ground(commits=commits), by(name, said(commits=commits)))
    assert found == "it is by the committer of the commit 1111111111"


def test_a_rejection_stops_all_approvals_until_it_is_taken_back():
    yes, no = by("jo", said(nonce="1" * 32)), by("al", said("reject", "2" * 32, reason="no", commits=()))
    known = judge(ground(), [yes, no])
    assert [void.why for void in known.void] == ["al@example.org rejected the change"]
    assert (known.rejections[0].reason, known.covering("look/odd")) == ("no", ())
    later = by("al", said(nonce="3" * 32, created=NOW + 1))
    assert judge(ground(), [yes, no, later]).cover("look/odd") == "jo@example.org and al@example.org"
    back = by("al", said("revoke", "4" * 32, revokes=("2" * 32,)))
    assert judge(ground(), [yes, no, back]).cover("look/odd") == "jo@example.org"


def test_a_rejection_ends_and_is_about_its_own_content():
    ended = by("al", said("reject", created=NOW - 2 * DAY))
    other = by("al", said("reject", edits=BYTE))
    assert judge(ground(), [ended, other]).rejections == ()


def test_what_was_revoked_holds_no_more_and_only_its_own_key_can_do_that():
    yes = by("jo", said())
    back = said("revoke", "2" * 32, revokes=("1" * 32,))
    assert why(ground(), yes, by("jo", back)) == "it was revoked"
    assert judge(ground(), [yes, by("al", back)]).holding


def test_a_signed_no_is_no_yes():
    for decision in ("reject", "revoke", "override"):
        assert judge(ground(), [by("jo", said(decision))]).holding == ()


def test_what_was_not_believed_is_shown():
    unbelieved = Void((), "SHA256:x", "unknown key")
    assert judge(ground(), [], [unbelieved]).void == (unbelieved,)


def approval(*who: str, key: str, covers=("look",)) -> Approval:
    return Approval(who, key, covers, NOW + DAY)


@pytest.mark.parametrize(
    ("holding", "enough"),
    [
        ((approval("jo", key="1"), approval("al", key="2")), True),
        ((approval("jo", key="1"), approval("al", key="1")), False),
        ((approval("jo", key="1"), approval("jo", key="2")), False),
        ((approval("jo", "al", key="1"), approval("al", key="2")), False),
        ((approval("jo", key="1"), approval("al", key="2", covers=("loo", "look/even"))), False),
        ((approval("jo", key="1", covers=("*",)), approval("al", key="2", covers=("look/odd",))), True),
    ],
)
def test_a_quorum_is_one_of_people(holding, enough):
    known = Approvals(holding, quorum=2)
    assert (known.cover("look/odd") is not None) == enough
    assert Approvals().until is None


def test_the_same_statement_twice_is_one():
    known = judge(ground(quorum=2), [by("jo", said()), by("jo", said())])
    assert len(known.holding) == 1
    assert known.cover("look/odd") is None
