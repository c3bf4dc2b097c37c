"""At GitHub, whose last word on exactly this head counts: by the answers that its documentation shows."""

from __future__ import annotations

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.forge_reviews import Review

HEAD, OLD = "b" * 40, "a" * 40


def user(login, number, kind="User"):
    return {"login": login, "id": number, "type": kind}


JO, AL, SAM, AGENT, STRANGER = (
    user("jo", 1), user("al", 2), user("sam", 6), user("agent", 5), user("stranger", 8),
)  # fmt: skip


def review(who, state, about=HEAD, at="2026-01-02T03:04:05Z"):
    url = "https://github.example/o/r/pull/7#pullrequestreview-80"
    return {"id": 80, "user": who, "state": state, "html_url": url, "submitted_at": at, "commit_id": about}


def names(reviews):
    return [each.who for each in reviews]


def test_without_reviews_nobody_has_approved(github):
    found = github.ask()
    assert (found.forge, found.request, found.head) == ("GitHub", "pull request 7", HEAD)
    assert found.approved == found.against == found.passed_over == ()


def test_an_approval_of_this_head_by_somebody_else_counts_and_the_token_goes_along(github):
    found = github.reviewed(review(JO, "APPROVED")).ask()
    url = "https://github.example/o/r/pull/7#pullrequestreview-80"
    assert found.approved == (Review("jo", "2026-01-02T03:04:05+00:00", HEAD, url),)
    assert {token for _, token in github.server.asked} == {"Bearer secret-token"}


@pytest.mark.parametrize(
    ("said", "approved", "against"),
    [
        ([(JO, "APPROVED"), (JO, "COMMENTED"), (JO, "PENDING")], ["jo"], []),
        ([(JO, "APPROVED"), (JO, "CHANGES_REQUESTED")], [], ["jo"]),
        ([(JO, "CHANGES_REQUESTED"), (JO, "APPROVED"), (AL, "APPROVED")], ["jo", "al"], []),
        ([(AL, "APPROVED"), (JO, "APPROVED"), (JO, "DISMISSED")], ["al"], []),
        ([(JO, "CHANGES_REQUESTED"), (AL, "APPROVED")], ["al"], ["jo"]),
        ([(STRANGER, "CHANGES_REQUESTED"), (user("ci[bot]", 9, "Bot"), "CHANGES_REQUESTED")], [], []),
        ([(None, "APPROVED"), (None, "CHANGES_REQUESTED")], [], []),
    ],
)
def test_the_last_word_of_each_person_counts(github, said, approved, against):
    found = github.reviewed(*(review(*each) for each in said)).ask()
    assert (names(found.approved), names(found.against)) == (approved, against)


def test_a_request_for_changes_stands_after_a_push(github):
    found = github.reviewed(review(JO, "CHANGES_REQUESTED", OLD)).ask()
    assert names(found.against) == ["jo"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (review(JO, "APPROVED", OLD), "it is about aaaaaaaaaaaa, and not about bbbbbbbbbbbb"),
        (review(JO, "APPROVED", None), "a commit that is gone"),
        (review(AGENT, "APPROVED"), "agent opened the pull request"),
        (review(SAM, "APPROVED"), "sam is author or committer"),
        (review(user("agent[bot]", 9, "Bot"), "APPROVED"), "a program"),
        (review(STRANGER, "APPROVED"), "stranger may not write to o/r"),
        (review(user("unknown", 77), "APPROVED"), "unknown may not write"),
    ],
)
def test_what_does_not_count_is_passed_over_with_its_reason(github, given, why):
    found = github.reviewed(given).ask()
    assert found.approved == ()
    (passed,) = found.passed_over
    assert why in passed.why


@pytest.mark.parametrize(
    "person",
    [
        {"name": "JO", "email": "x@example.org"},
        {"name": "x", "email": "1+else@users.noreply.github.com"},
        {"name": "x", "email": "Jo@users.noreply.github.com"},
        {"name": "x", "email": "99+jo@users.noreply.example.org"},
    ],
)
def test_a_name_in_a_commit_that_belongs_to_no_account_can_only_exclude(github, person):
    github.says[f"{github.top}/commits"][1] |= {"author": None, "committer": None}
    github.says[f"{github.top}/commits"][1]["commit"] = {"author": person, "committer": None}
    found = github.reviewed(review(JO, "APPROVED"), review(AL, "APPROVED")).ask()
    assert names(found.approved) == ["al"]
    assert "author or committer" in found.passed_over[0].why


def test_a_pull_request_of_an_account_that_is_gone_can_be_approved(github):
    github.says[github.top]["user"] = None
    assert names(github.reviewed(review(JO, "APPROVED")).ask().approved) == ["jo"]


def test_reviews_are_read_to_the_last_page(github):
    path = f"{github.top}/reviews"
    further = f"{path}?per_page=100&page=2"
    github.reviewed(review(JO, "APPROVED"))
    github.server.headers[f"{path}?per_page=100"] = {
        "Link": f'<{github.server.url}{path}?page=9>; rel="last", <{github.server.url}{further}>; title=x; rel="next"'
    }
    github.says[further] = [review(JO, "DISMISSED")]
    assert github.ask().approved == ()


def test_a_review_of_another_state_of_the_pull_request_is_not_asked_for(github):
    with pytest.raises(CannotTell, match="is at bbbbbbbbbbbb, and what is judged is cccccccccccc"):
        github.ask(head="c" * 40)
    with pytest.raises(CannotTell, match="goes into main, and what is judged would go into release"):
        github.ask(target="release")


def test_a_pull_request_whose_authors_are_not_all_known_has_no_approval(github):
    github.reviewed(review(JO, "APPROVED"))
    github.says[github.top]["commits"] = 251
    with pytest.raises(ToolError, match="lists 2 of the pull request's 251 commits"):
        github.ask()
    github.says[github.top]["commits"] = 2
    github.says[f"{github.top}/commits"][1]["sha"] = "d" * 40
    with pytest.raises(ToolError, match="not all of their authors are known"):
        github.ask()


@pytest.mark.parametrize("project", ["o", "o/r/x", "../r", "o/..", "o/r?x=", "o r/x", "", "ö/r"])
def test_only_a_repository_is_asked_about(github, project):
    with pytest.raises(ToolError, match="no repository of GitHub's"):
        github.at(project=project).ask()
    assert github.server.asked == []


WRONG = [
    ("", ["not", "an", "object"], "an object"),
    ("", {"head": "x"}, "an object"),
    ("", {"head": {"sha": "HEAD"}}, "a commit's id"),
    ("/reviews", {"message": "x"}, "an array"),
    ("/reviews", [review(JO, "WAVED_THROUGH")], "APPROVED, CHANGES_REQUESTED"),
    ("/reviews", [review(JO, 1)], "a text"),
    ("/reviews", [review(JO, "")], "a text"),
    ("/reviews", [review({**JO, "id": True}, "APPROVED")], "a number above zero"),
    ("/reviews", [review({**JO, "id": "1"}, "APPROVED")], "a number above zero"),
    ("/reviews", [review({**JO, "type": None}, "APPROVED")], "a text"),
    ("/reviews", [review({**JO, "login": "j\x1b[2Ko"}, "APPROVED")], "a name"),
    ("/reviews", [review(JO, "APPROVED", at="yesterday")], "a time"),
    ("/reviews", [review(JO, "APPROVED", at="2026-01-02T03:04:05")], "a time with a zone"),
    ("/reviews", [review(JO, "APPROVED", about="HEAD")], "a commit's id"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "document", "wanted"), WRONG)
def test_what_the_documentation_does_not_say_is_an_error_and_no_approval(github, path, document, wanted):
    github.reviewed(review(AL, "APPROVED"))
    github.says[f"{github.top}{path}"] = document
    with pytest.raises(ToolError, match=wanted) as caught:
        github.ask()
    assert caught.value.fix


def test_rights_that_cannot_be_read_are_an_error(github):
    github.reviewed(review(JO, "APPROVED"))
    github.says["/repos/o/r/collaborators/jo/permission"] = {"permission": None}
    with pytest.raises(ToolError, match="rights of jo/permission"):
        github.ask()
    github.says["/repos/o/r/collaborators/jo/permission"] = 403
    with pytest.raises(ToolError, match="rights of jo: the token may not see it") as caught:
        github.ask()
    assert "pull-requests: read" in caught.value.fix
    github.says[github.top]["commits"] = -1
    with pytest.raises(ToolError, match="says a number"):
        github.ask()
