"""Which pull request a forge's run is about, by its variables and its event."""

from __future__ import annotations

import json

import pytest

from gatecheck.errors import CannotTell, UsageError
from gatecheck.repo import Repository, Requested, requested


@pytest.fixture
def told(project, tmp_path, monkeypatch):
    """Return what sets variables and asks; and whether the answer may be recalled."""

    def told(event=None, **variables):
        path = tmp_path / "event.json"
        path.write_text(json.dumps(event))
        if event is not None:
            monkeypatch.setenv("GITHUB_EVENT_PATH", str(path))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        repository = Repository.at(str(project.path))
        return requested(repository), repository.witnesses is not None

    return told


GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_EVENT_NAME": "pull_request_review",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_REPOSITORY": "o/r",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_API_V4_URL": "https://gitlab.com/api/v4",
    "CI_MERGE_REQUEST_PROJECT_ID": "3",
    "CI_MERGE_REQUEST_IID": "7",
}


def test_by_hand_there_is_none(told):
    assert told() == (None, True)


def test_at_github_the_event_names_it(told):
    found, recalled = told({"pull_request": {"number": 7}}, **GITHUB)
    assert found == Requested("GitHub", "https://api.github.com", "o/r", 7)
    assert (found.name, recalled) == ("pull request 7", False)


def test_at_gitlab_the_variables_name_it(told):
    found, recalled = told(**GITLAB)
    assert found == Requested("GitLab", "https://gitlab.com/api/v4", "3", 7)
    assert (found.name, recalled) == ("merge request 7", False)


@pytest.mark.parametrize(
    ("event", "changes", "error", "says"),
    [
        ({}, {"GITHUB_EVENT_NAME": "push"}, CannotTell, "push event is about no pull request"),
        ({}, {"GITHUB_EVENT_NAME": "merge_group"}, CannotTell, "merge_group event is about no pull request"),
        ({"pull_request": {"number": 0}}, {}, UsageError, "pull_request.number, and not a number"),
        ({"pull_request": {"number": True}}, {}, UsageError, "not a number"),
        ({"pull_request": None}, {}, UsageError, "gives nothing as pull_request.number"),
        (
            {"pull_request": {"number": 7}},
            {"GITHUB_API_URL": ""},
            UsageError,
            "gives nothing as GITHUB_API_URL",
        ),
        (None, {**GITLAB, "CI_PIPELINE_SOURCE": "push"}, CannotTell, "about no merge request"),
        (
            None,
            {**GITLAB, "CI_MERGE_REQUEST_IID": "7/../8"},
            UsageError,
            "CI_MERGE_REQUEST_IID, and not a number",
        ),
        (None, {**GITLAB, "CI_MERGE_REQUEST_PROJECT_ID": ""}, UsageError, "gives nothing as CI_MERGE"),
    ],
)
def test_what_is_about_none_is_an_error(told, event, changes, error, says):
    with pytest.raises(error, match=says) as caught:
        told(event, **{**(GITHUB if event is not None else {}), **changes})
    assert caught.value.fix
