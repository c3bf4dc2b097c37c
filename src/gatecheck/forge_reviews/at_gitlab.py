"""Approvals of a merge request at GitLab.

Source: GitLab's REST API v4: "Merge request approvals" (`approved_by`, with `approved_at`), "Merge requests" (a single one, its
commits, its versions, its reviewers), "Users" (`bot`), "Members" (`access_level`; 30 is Developer, who may push).
An approval names no commit: it counts when it was given after the newest version came, and that version is the head.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gatecheck.errors import ToolError
from gatecheck.forge_reviews.at_github import refuse_another
from gatecheck.forge_reviews.part import Part
from gatecheck.forge_reviews.review import PassedOver, Review, Reviews
from gatecheck.forge_reviews.wire import Api
from gatecheck.repo import Requested

_DEVELOPER = 30


def ask(api: Api, request: Requested, head: str, target: str) -> Reviews:
    """Return the approvals of exactly this head. Raises CannotTell when the merge request is about something else by now."""
    project = f"/projects/{request.project}"
    top = f"{project}/merge_requests/{request.number}"
    # What people said comes first: a push in between is then seen below, where head and versions are asked for.
    approvals = tuple(api.get(f"{top}/approvals", "approvals")["approved_by"].items())
    reviewers = tuple(api.list(f"{top}/reviewers", "reviewers"))
    commits = tuple(api.list(f"{top}/commits", "commits"))
    merge = api.get(top, request.name)
    refuse_another(request, head, target, merge["sha"].commit(), merge["target_branch"].text())
    since = newest(api.list(f"{top}/versions", "versions"), head)
    opener, names = merge["author"]["id"].number(), _names(commits, head)
    approved, passed_over = [], []
    for each in approvals:
        user, given = each["user"], each["approved_at"]
        id_, moment = user["id"].number(), given.moment()
        review = _review(user, moment, head)
        why = "it was given before the newest version came" if moment <= since else ""
        why = why or (f"{review.who} opened the merge request" if id_ == opener else "")
        why = why or _why_not(api, project, user, names)
        if why:
            passed_over.append(PassedOver(review, why))
        else:
            approved.append(review)
    against = tuple(
        _review(each["user"], each["created_at"].moment(), "")
        for each in reviewers
        if each["state"].text() == "requested_changes" and not _why_not(api, project, each["user"], set())
    )
    return Reviews("GitLab", request.name, head, tuple(approved), against, tuple(passed_over))


def newest(versions: Iterable[Part], head: str) -> datetime:
    """Return when the newest version came. Raises ToolError when it is not of this head."""
    found = max(versions, key=lambda each: each["id"].number(), default=None)
    if found is None or found["head_commit_sha"].commit() != head:
        raise ToolError(
            f"GitLab's newest version of the merge request is not {head[:12]}, so its approvals may be of something else",
            fix="Let the check run for the merge request's newest commit; if it did, run it again.",
        )
    return found["created_at"].moment()


def _review(user: Part, at: datetime, commit: str) -> Review:
    return Review(user["username"].name(), at.isoformat(), commit, user["web_url"].text())


def _names(commits: tuple[Part, ...], head: str) -> set[str]:
    """Return names and addresses of authors and committers; GitLab does not say which accounts they are."""
    if head not in {each["id"].commit() for each in commits}:
        raise ToolError(
            f"GitLab does not list {head[:12]} among the merge request's commits, so not all of their authors are known",
            fix="Have it approved with a signature instead: gatecheck approve",
        )
    told = ("author_name", "author_email", "committer_name", "committer_email")
    return {each[name].optional_text().casefold() for each in commits for name in told} - {""}


def _why_not(api: Api, project: str, user: Part, names: set[str]) -> str:
    """Return why an account's word does not count; empty when it does."""
    id_, who = user["id"].number(), user["username"].name()
    told = api.get(f"/users/{id_}", f"account of {who}")
    if told["bot"].flag():
        return f"{who} is a program"
    addresses = {told["public_email"].optional_text().casefold(), f"{id_}-{who}@users.noreply".casefold()}
    known = {*addresses, who.casefold(), user["name"].optional_text().casefold()} - {""}
    if names & known or any(name.startswith(f"{id_}-{who}@users.noreply.".casefold()) for name in names):
        return f"{who} is author or committer of a commit in it"
    member = api.find(f"{project}/members/all/{id_}", f"rights of {who}")
    if member is None or member["access_level"].count() < _DEVELOPER or member["state"].text() != "active":
        return f"{who} may not write to the project"
    return ""
