"""At GitLab, whose approval was given after the newest version came: by the answers that its documentation shows."""

from __future__ import annotations

import pytest

from gatecheck.errors import CannotTell, ToolError

HEAD, OLD = "b" * 40, "a" * 40
BEFORE, AFTER = "2026-01-02T02:59:59.999Z", "2026-01-02T06:30:00.000+02:00"


def approval(user, at=AFTER):
    return {"user": user, **({"approved_at": at} if at else {})}


def names(reviews):
    return [each.who for each in reviews]


def test_an_approval_after_the_newest_version_counts(gitlab):
    found = gitlab.approved(approval(gitlab.knows(1, "jo")), approval(gitlab.knows(2, "al", level=50))).ask()
    assert names(found.approved) == ["jo", "al"]
    assert (found.forge, found.request, found.against, found.passed_over) == (
        "GitLab",
        "merge request 7",
        (),
        (),
    )
    assert {token for _, token in gitlab.server.asked} == {"Bearer secret-token"}


@pytest.mark.parametrize(
    ("number", "given", "why"),
    [
        (1, {"at": BEFORE}, "before the newest version"),
        (1, {"at": "2026-01-02T03:00:00.000Z"}, "before the newest version"),
        (5, {}, "opened the merge request"),
        (1, {"bot": True}, "a program"),
        (1, {"level": 20}, "may not write"),
        (1, {"state": "awaiting"}, "may not write"),
        (1, {"name": "ADA"}, "author or committer"),
        (1, {"public_email": "Ada@example.org"}, "author or committer"),
    ],
)
def test_what_does_not_count_is_passed_over_with_its_reason(gitlab, number, given, why):
    known = {name: value for name, value in given.items() if name in {"level", "name"}}
    user = gitlab.knows(number, "jo", **known)
    for name, value in given.items():
        gitlab.says[f"/users/{number}"][name] = value
    if "state" in given:
        gitlab.says[f"/projects/3/members/all/{number}"]["state"] = given["state"]
    found = gitlab.approved(approval(user, given.get("at", AFTER))).ask()
    assert found.approved == ()
    assert why in found.passed_over[0].why


@pytest.mark.parametrize("address", ["1-jo@users.noreply.gitlab.com", "1-Jo@users.noreply.git.example.org"])
def test_the_private_address_in_a_commit_excludes_too(gitlab, address):
    gitlab.says[f"{gitlab.top}/commits"][0]["committer_email"] = address
    found = gitlab.approved(approval(gitlab.knows(1, "jo"))).ask()
    assert "author or committer" in found.passed_over[0].why


def test_who_is_no_member_may_not_approve(gitlab):
    user = gitlab.knows(1, "jo")
    del gitlab.says["/projects/3/members/all/1"]
    assert "may not write" in gitlab.approved(approval(user)).ask().passed_over[0].why


def test_who_asks_for_changes_stands_against_it_if_they_may_write(gitlab):
    states = {"jo": "requested_changes", "al": "reviewed", "eve": "requested_changes"}
    gitlab.says[f"{gitlab.top}/reviewers"] = [
        {
            "user": gitlab.knows(number, name, level=10 if name == "eve" else 30),
            "state": state,
            "created_at": AFTER,
        }
        for number, (name, state) in enumerate(states.items(), 1)
    ]
    assert names(gitlab.ask().against) == ["jo"]


def test_after_a_push_the_versions_tell(gitlab):
    gitlab.approved(approval(gitlab.knows(1, "jo")))
    with pytest.raises(CannotTell, match="is at bbbbbbbbbbbb, and what is judged is aaaaaaaaaaaa"):
        gitlab.ask(head=OLD)
    with pytest.raises(CannotTell, match="goes into main"):
        gitlab.ask(target="release")
    gitlab.says[f"{gitlab.top}/versions"].append({**gitlab.says[f"{gitlab.top}/versions"][1], "id": 112})
    with pytest.raises(ToolError, match="newest version of the merge request is not"):
        gitlab.ask()
    gitlab.says[f"{gitlab.top}/versions"] = []
    with pytest.raises(ToolError, match="newest version of the merge request is not"):
        gitlab.ask()


def test_a_gitlab_that_does_not_say_when_is_an_error(gitlab):
    gitlab.approved(approval(gitlab.knows(1, "jo"), None))
    with pytest.raises(ToolError, match="approvals/approved_by/0/approved_at"):
        gitlab.ask()


def test_other_shapes_are_errors(gitlab):
    gitlab.approved(approval(gitlab.knows(1, "jo")))
    gitlab.says["/users/1"]["bot"] = "no"
    with pytest.raises(ToolError, match="true or false"):
        gitlab.ask()
    gitlab.says[f"{gitlab.top}/commits"].pop()
    with pytest.raises(ToolError, match="does not list bbbbbbbbbbbb among"):
        gitlab.ask()
    with pytest.raises(ToolError, match="answered 404") as caught:
        gitlab.at(number=8).ask()
    assert "read_api" in caught.value.fix
