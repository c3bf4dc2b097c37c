"""What GitHub Actions says about the change; Forgejo and Gitea set the same variables.

Source: GitHub's documentation, "Variables reference", "Events that trigger workflows" and "Webhook events and payloads".
"""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

from gatecheck.errors import ToolError, UsageError
from gatecheck.formats import json_document
from gatecheck.repo.forge import Told, Value, parents_here, pushed
from gatecheck.repo.repository import Repository

LARGEST_EVENT = 32 * 1024 * 1024
"""Bytes of an event; GitHub sends no more than 25 MB."""
_ON_PULL_REQUESTS = {"pull_request", "pull_request_review", "pull_request_review_comment"}
"""Events for which the pull request's merge commit is checked out."""
_BY_HAND = "Name both by hand: --target REF --head REF."
_MERGE_PARENTS = 2


def told(repository: Repository, *, needed: bool) -> Told | None:
    """Return what the event says when it is `needed` and about a change; None otherwise.

    Raises UsageError for an event that must not be judged, or that cannot be read.
    """
    name = repository.variable("GITHUB_EVENT_NAME")
    if name == "pull_request_target":
        raise UsageError(
            "pull_request_target would run a stranger's code with your repository's secrets",
            fix="Let the workflow run on pull_request: `on: [pull_request, merge_group]`.",
        )
    if not needed or name not in {*_ON_PULL_REQUESTS, "merge_group", "push"}:
        return None
    event = _Event(f"GitHub's {name} event", _read(repository.variable("GITHUB_EVENT_PATH")))
    if name == "merge_group":
        return _merge_group(event)
    if name == "push":
        return _push(event)
    return _pull_request(repository, event)


class _Event:
    """The event's document, and who sent it."""

    def __init__(self, by: str, document: object) -> None:
        self.by = by
        self._document = document

    def at(self, name: str) -> Value:
        """Return what stands at a dotted name; None where there is no such thing."""
        found = self._document
        for key in name.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return Value(self.by, name, found)

    def says(self, name: str) -> object:
        """Return what stands at a dotted name, for a comparison; None where there is no such thing."""
        return self.at(name).value

    def default(self, *, optional: bool = True) -> str:
        """Return the repository's default branch."""
        return self.at("repository.default_branch").branch(optional=optional)


def _pull_request(repository: Repository, event: _Event) -> Told:
    """Read a pull request. Its `base.sha` is where the target once was, so it is never used."""
    head = event.at("pull_request.head.sha").commit()
    target = event.at("pull_request.base.ref").branch()
    merge = Value(event.by, "GITHUB_SHA", repository.variable("GITHUB_SHA")).commit()
    parents = parents_here(repository, merge)  # none where the head itself was checked out
    known = Told(
        event.by,
        head,
        target,
        event.default(),
        branch=event.at("pull_request.head.ref").branch(optional=True),
        fork=_is_fork(event),
        bot=event.says("pull_request.user.type") == event.says("sender.type") == "Bot",
    )
    if len(parents) == _MERGE_PARENTS and parents[1] == head:
        return replace(known, base=parents[0], merge=merge)
    return known


def _is_fork(event: _Event) -> bool:
    """Tell whether the head's repository is not the target's; of a fork that was deleted since, GitHub says null."""
    return event.says("pull_request.head.repo.full_name") != event.says("pull_request.base.repo.full_name")


def _merge_group(event: _Event) -> Told:
    base, head = event.at("merge_group.base_sha").commit(), event.at("merge_group.head_sha").commit()
    target = _branch(event.at("merge_group.base_ref"))
    return Told(event.by, head, target, event.default(), base, landed=True)


def _push(event: _Event) -> Told:
    before, after = event.at("before").commit(), event.at("after").commit()
    ref = event.at("ref")
    branch = _branch(ref) if ref.text().startswith("refs/heads/") else ""
    return pushed(event.by, branch=branch, default=event.default(optional=False), before=before, after=after)


def _branch(ref: Value) -> str:
    return Value(ref.by, ref.name, ref.text().removeprefix("refs/heads/")).branch()


def _read(path: str) -> object:
    """Return the event's document. Raises UsageError when there is none."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):  # a pipe would be waited for
            raise UsageError("GITHUB_EVENT_PATH names something that is not a file", fix=_BY_HAND)
        with Path(path).open("rb") as stream:
            data = stream.read(LARGEST_EVENT + 1)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the event that GITHUB_EVENT_PATH names cannot be read: {getattr(error, 'strerror', error)}",
            fix=_BY_HAND,
        ) from error
    if len(data) > LARGEST_EVENT:
        raise UsageError(f"the event has more than {LARGEST_EVENT:,} bytes", fix=_BY_HAND)
    try:
        return json_document.parse(data, what="event that GITHUB_EVENT_PATH names")
    except ToolError as error:
        raise UsageError(error.message, fix=_BY_HAND) from error
