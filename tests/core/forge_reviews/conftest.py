"""A pull request at GitHub and a merge request at GitLab, as their documentation shows them, on a local server."""

from __future__ import annotations

import dataclasses

import pytest

from gatecheck.forge_reviews import Limits, ask
from gatecheck.repo import Requested

HEAD, OLD = "b" * 40, "a" * 40
BOT = {"login": "agent[bot]", "id": 9, "type": "Bot"}


def user(login, number, **more):
    return {"login": login, "id": number, "type": "User", **more}


def commit(sha, author=None, committer=None, name="Ada", email="ada@example.org"):
    person = {"name": name, "email": email, "date": "2026-01-01T00:00:00Z"}
    return {
        "sha": sha,
        "commit": {"author": person, "committer": person, "message": "a step"},
        "author": author,
        "committer": committer,
    }


def review(who, state, about=HEAD, at="2026-01-02T03:04:05Z"):
    return {
        "id": 80,
        "user": who,
        "body": "",
        "state": state,
        "html_url": f"https://github.example/o/r/pull/7#{at}",
        "submitted_at": at,
        "commit_id": about,
        "author_association": "MEMBER",
    }


class Forge:
    """A server, the request that is asked about, and how it is asked."""

    def __init__(self, server, request) -> None:
        self.server, self.request = server, request

    @property
    def says(self):
        return self.server.says

    def ask(self, head=HEAD, target="main", **limits):
        """Ask, without the pause before the second try."""
        return ask(self.request, head=head, target=target, limits=Limits(**{"pause": 0, **limits}))

    def at(self, **changes):
        return Forge(self.server, dataclasses.replace(self.request, **changes))


class GitHub(Forge):
    top = "/repos/o/r/pulls/7"

    def reviewed(self, *reviews):
        self.says[f"{self.top}/reviews"] = list(reviews)
        return self

    def may(self, login, permission):
        self.says[f"/repos/o/r/collaborators/{login}/permission"] = {
            "permission": permission,
            "role_name": permission,
        }


class GitLab(Forge):
    top = "/projects/3/merge_requests/7"

    def approved(self, *entries):
        self.says[f"{self.top}/approvals"] = {"approved": bool(entries), "approved_by": list(entries)}
        return self

    def knows(self, number, username, *, level=30, **more):
        who = {
            "id": number,
            "username": username,
            "name": username.title(),
            "web_url": f"https://gitlab.example/{username}",
            **more,
        }
        self.says[f"/users/{number}"] = {"bot": False, "public_email": "", **who}
        self.says[f"/projects/3/members/all/{number}"] = {**who, "state": "active", "access_level": level}
        return who


@pytest.fixture
def github(make_forge, monkeypatch):
    """Pull request 7: opened by an agent's account, with a commit of it; jo and al may write, a stranger may read."""
    monkeypatch.setenv("GITHUB_TOKEN", "secret-token")
    server = make_forge()
    forge = GitHub(server, Requested("GitHub", server.url, "o/r", 7))
    forge.says[forge.top] = {
        "number": 7,
        "head": {"sha": HEAD, "ref": "change"},
        "base": {"ref": "main"},
        "user": user("agent", 5),
        "commits": 2,
    }
    forge.says[f"{forge.top}/commits"] = [
        commit(OLD, user("agent", 5), user("web-flow", 19)),
        commit(HEAD, user("sam", 6), {}),
    ]
    for login, permission in (("jo", "write"), ("al", "admin"), ("stranger", "read"), ("sam", "write")):
        forge.may(login, permission)
    return forge.reviewed()


@pytest.fixture
def gitlab(make_forge, monkeypatch):
    """Merge request 7: opened by an agent's account; its newest version came at three o'clock."""
    monkeypatch.setenv("GITLAB_TOKEN", "secret-token")
    server = make_forge()
    forge = GitLab(server, Requested("GitLab", server.url, "3", 7))
    forge.says[forge.top] = {
        "iid": 7,
        "sha": HEAD,
        "target_branch": "main",
        "author": {"id": 5, "username": "agent"},
    }
    forge.says[f"{forge.top}/versions"] = [
        {"id": 111, "head_commit_sha": HEAD, "created_at": "2026-01-02T03:00:00.000Z"},
        {"id": 110, "head_commit_sha": OLD, "created_at": "2026-01-02T01:00:00.000Z"},
    ]
    names = {
        "author_name": "Ada",
        "author_email": "ada@example.org",
        "committer_name": "Ada",
        "committer_email": None,
    }
    forge.says[f"{forge.top}/commits"] = [{"id": OLD, **names}, {"id": HEAD, **names}]
    forge.says[f"{forge.top}/reviewers"] = []
    return forge.approved()
