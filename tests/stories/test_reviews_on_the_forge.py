"""A policy that takes the forge's reviews: waiting without one, pass after one of exactly this head, and waiting again after a push."""

from __future__ import annotations

import json

import pytest

POLICY = """\
version: 1
protect: [main]
gates:
  look: {uses: command, run: [sh, look.sh], exit-code-only: true}
  approval: {source: forge-review}
"""
TOP = "/repos/o/r/pulls/7"


def user(login, number):
    return {"login": login, "id": number, "type": "User"}


class PullRequest:
    """Pull request 7 of a project: its event, what the API says of it, and its check."""

    def __init__(self, project, api, folder) -> None:
        self.project, self.api = project, api
        self.event, self.report = folder / "event.json", folder / "report.json"
        self.api.says[f"{TOP}/reviews"] = []
        self.push({"price.txt": "1\n"})
        for login in ("jo", "agent", "ada"):
            self.api.says[f"/repos/o/r/collaborators/{login}/permission"] = {"permission": "write"}

    def push(self, files):
        """Commit as ada does, with an address of hers, and tell forge and event."""
        head = self.project.change(files)
        person = {"name": "Ada", "email": "7+ada@users.noreply.github.com"}
        ids = self.project.git("rev-list", "--reverse", "main..change").split()
        self.api.says[f"{TOP}/commits"] = [
            {"sha": id_, "commit": {"author": person, "committer": person}, "author": None, "committer": None}
            for id_ in ids
        ]
        pull = {"number": 7, "head": {"sha": head, "ref": "change"}, "base": {"ref": "main"}}
        self.api.says[TOP] = {**pull, "user": user("agent", 5), "commits": len(ids)}
        self.event.write_text(json.dumps({"pull_request": pull, "repository": {"default_branch": "main"}}))
        return head

    def review(self, login, number, state):
        """Say something about what the head is now."""
        self.api.says[f"{TOP}/reviews"].append({
            "user": user(login, number),
            "state": state,
            "commit_id": self.api.says[TOP]["head"]["sha"],
            "submitted_at": "2026-01-02T03:04:05Z",
            "html_url": f"https://github.example/o/r/pull/7#{login}",
        })  # fmt: skip

    def check(self, event="pull_request", *words, **changes):
        """Let the check run; return how it ended, and its report."""
        env = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(self.event),
            "GITHUB_SHA": self.api.says[TOP]["head"]["sha"],
            "GITHUB_API_URL": self.api.url,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_TOKEN": "secret-token",
            **changes,
        }
        done = self.project.gatecheck("run", *words, "--report", f"json={self.report}", env=env)
        assert "secret-token" not in done.stdout + done.stderr + self.report.read_text()
        return done, json.loads(self.report.read_text())


@pytest.fixture
def pull_request(project, make_forge, tmp_path):
    project.main({"look.sh": 'test -z "$GITHUB_TOKEN"\n'}, policy=POLICY)
    return PullRequest(project, make_forge(), tmp_path)


def verdicts(report):
    return {gate["name"]: gate["verdict"] for gate in report["gates"]}


def test_a_review_of_exactly_this_head_lets_a_change_in_and_a_push_ends_that(pull_request):
    done, _ = pull_request.check()
    assert done.returncode == 3, done.stdout + done.stderr
    assert "on the forge" in done.stdout

    pull_request.review("agent", 5, "APPROVED")
    pull_request.review("ada", 7, "APPROVED")
    done, report = pull_request.check("pull_request_review")
    assert done.returncode == 3
    assert [void["why"] for void in report["approvals"]["void"]] == [
        "agent opened the pull request",
        "ada is author or committer of a commit in it",
    ]

    pull_request.review("jo", 1, "APPROVED")
    done, report = pull_request.check("pull_request_review")
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(report) == {"look": "pass", "approval": "pass"}
    assert [one["source"] for one in report["approvals"]["holding"]] == ["forge-review"]
    assert "approved by jo" in done.stdout
    assert "no signature" in done.stdout
    done, report = pull_request.check("pull_request_review", "approval")  # the job that only verifies
    assert (done.returncode, verdicts(report), report["partial"]) == (0, {"approval": "pass"}, True)

    pull_request.push({"price.txt": "2\n"})
    done, report = pull_request.check()
    assert done.returncode == 3
    assert "it is about" in report["approvals"]["void"][-1]["why"]


def test_what_the_forge_says_is_asked_for_every_time(pull_request):
    pull_request.review("jo", 1, "APPROVED")
    assert pull_request.check()[0].returncode == 0
    pull_request.api.says[f"{TOP}/reviews"][0]["state"] = "DISMISSED"
    assert pull_request.check()[0].returncode == 3
    pull_request.api.says[f"{TOP}/reviews"] = []
    pull_request.review("jo", 1, "CHANGES_REQUESTED")
    done, _ = pull_request.check()
    assert done.returncode == 1
    assert "jo rejected the change" in done.stdout
    assert "on the forge" in done.stdout


def test_a_forge_that_does_not_answer_is_no_yes_and_no_no(pull_request):
    pull_request.review("jo", 1, "APPROVED")
    pull_request.api.says[f"{TOP}/reviews"] = b"<html>"
    done, report = pull_request.check()
    assert done.returncode == 4
    assert verdicts(report) == {"look": "pass", "approval": "waiting", "reviews": "error"}
    done, _ = pull_request.check(GITHUB_TOKEN="")
    assert done.returncode == 4
    assert "GITHUB_TOKEN is not set" in done.stdout
    assert "github.token" in done.stdout
    done, _ = pull_request.check("pull_request", "look", GITHUB_TOKEN="")
    assert done.returncode == 0  # nothing in it waits for anybody, and it says that it is only a part


def test_by_hand_and_on_a_push_there_is_nobody_to_ask(pull_request):
    done, report = pull_request.check(GITHUB_ACTIONS="")
    assert done.returncode == 3
    assert report["approvals"]["notes"] == ["reviews are asked for in the forge's CI, and not here"]
    before = pull_request.project.git("rev-parse", "main")
    event = {"ref": "refs/heads/main", "before": before, "after": pull_request.api.says[TOP]["head"]["sha"]}
    pull_request.event.write_text(json.dumps({**event, "repository": {"default_branch": "main"}}))
    done, report = pull_request.check("push")
    assert done.returncode == 3
    assert report["approvals"]["notes"] == [
        "GitHub's push event is about no pull request, so there are no reviews"
    ]
    assert pull_request.api.asked == []
