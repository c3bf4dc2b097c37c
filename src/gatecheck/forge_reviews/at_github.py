"""Reviews of a pull request at GitHub.

Source: GitHub's REST API, version 2022-11-28: "Get a pull request", "List commits on a pull request" (at most 250), "List reviews for
a pull request" (in the order of time), "Get repository permissions for a user" (`maintain` is told as `write`, `triage` as `read`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from gatecheck.errors import CannotTell, ToolError
from gatecheck.forge_reviews.part import Part
from gatecheck.forge_reviews.review import PassedOver, Review, Reviews
from gatecheck.forge_reviews.wire import Api
from gatecheck.repo import Requested

_PROJECT = re.compile(r"(?!\.{1,2}/)[\w.-]{1,100}/(?!\.{1,2}$)[\w.-]{1,100}", re.ASCII)
_NOREPLY = re.compile(r"(?:([0-9]+)\+)?([^@+]+)@users\.noreply\.[\w.-]+", re.ASCII)
"""The address that GitHub gives to those who keep theirs private. Source: "Setting your commit email address"."""
_SAYS_NOTHING = {"COMMENTED", "PENDING"}
_STATES = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED", *_SAYS_NOTHING}
_MAY_WRITE = {"admin", "write"}


@dataclass(frozen=True, slots=True)
class Said:
    """What one account said last."""

    id: int
    human: bool
    state: str
    review: Review


def ask(api: Api, request: Requested, head: str, target: str) -> Reviews:
    """Return the reviews at exactly this head. Raises CannotTell when the pull request is about something else by now."""
    if not _PROJECT.fullmatch(request.project):
        raise ToolError(
            f"{ascii(request.project)[:80]} is no repository of GitHub's",
            fix="Leave GITHUB_REPOSITORY as GitHub's CI sets it.",
        )
    top = f"/repos/{request.project}"
    pull = api.get(f"{top}/pulls/{request.number}", request.name)
    refuse_another(request, head, target, pull["head"]["sha"].commit(), pull["base"]["ref"].text())
    opener = pull["user"]
    commits = tuple(api.list(f"{top}/pulls/{request.number}/commits", "commits"))
    said = last_words(api.list(f"{top}/pulls/{request.number}/reviews", "reviews"))
    hands = _hands(commits, pull["commits"].count(), head)
    counted: dict[str, list[Review]] = {"APPROVED": [], "CHANGES_REQUESTED": []}
    passed_over = []
    for each in said:
        if each.state == "DISMISSED":
            continue
        why = "it is by a program" if not each.human else ""
        if each.state == "APPROVED" and not why:
            why = _too_near(each, head, opener, hands)
        if not why and not _may_write(api, top, each.review.who):
            why = f"{each.review.who} may not write to {request.project}"
        if why and each.state == "APPROVED":
            passed_over.append(PassedOver(each.review, why))
        elif not why:
            counted[each.state].append(each.review)
    approved, against = map(tuple, counted.values())
    return Reviews("GitHub", request.name, head, approved, against, tuple(passed_over))


def last_words(reviews: Iterable[Part]) -> tuple[Said, ...]:
    """Return what each account said last, comments apart; GitHub lists the oldest first."""
    last: dict[int, Said] = {}
    for each in reviews:
        state = each["state"].text()
        if state not in _STATES:
            each["state"].refuse("APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING")
        user = each["user"]
        if state in _SAYS_NOTHING or user.is_absent:  # an account that is gone has no word
            continue
        about = each["commit_id"]
        review = Review(
            user["login"].name(),
            each["submitted_at"].moment().isoformat(),
            "" if about.is_absent else about.commit(),
            each["html_url"].text(),
        )
        id_ = user["id"].number()
        last[id_] = Said(id_, user["type"].text() == "User", state, review)
    return tuple(last.values())


def refuse_another(request: Requested, head: str, target: str, is_at: str, goes_to: str) -> None:
    """Raise CannotTell when the pull request is not, or no longer, the one that is judged."""
    if is_at != head:
        raise CannotTell(
            f"{request.forge}'s {request.name} is at {is_at[:12]}, and what is judged is {head[:12]}",
            fix="Let the check run for the pull request's newest commit.",
        )
    if goes_to != target:
        raise CannotTell(
            f"{request.forge}'s {request.name} goes into {goes_to}, and what is judged would go into {target}",
            fix="Let the check run again for the branch that the pull request now goes into.",
        )


def _hands(commits: tuple[Part, ...], told: int, head: str) -> tuple[set[int], set[str]]:
    """Return the accounts that wrote or committed something, by number, and by name where a commit's text is all there is."""
    if len(commits) != told or head not in {each["sha"].commit() for each in commits}:
        raise ToolError(
            f"GitHub lists {len(commits)} of the pull request's {told} commits, so not all of their authors are known",
            fix="Make it smaller (GitHub lists 250 commits), or have it approved with a signature: gatecheck approve",
        )
    ids: set[int] = set()
    names: set[str] = set()
    for each in commits:
        for role in ("author", "committer"):
            if not each[role].is_absent:
                ids.add(each[role]["id"].number())
            person = each["commit"][role]
            if person.is_absent:
                continue
            names.add(person["name"].optional_text().casefold())
            if noreply := _NOREPLY.fullmatch(person["email"].optional_text()):
                names.add(noreply[2].casefold())
                ids.update({int(noreply[1])} if noreply[1] else ())
    return ids, names


def _too_near(said: Said, head: str, opener: Part, hands: tuple[set[int], set[str]]) -> str:
    """Return why an approval cannot count, whoever gave it; empty when it can."""
    who, about = said.review.who, said.review.commit
    if about != head:
        return f"it is about {about[:12] or 'a commit that is gone'}, and not about {head[:12]}"
    if not opener.is_absent and opener["id"].number() == said.id:
        return f"{who} opened the pull request"
    ids, names = hands
    if said.id in ids or who.casefold() in names:
        return f"{who} is author or committer of a commit in it"
    return ""


def _may_write(api: Api, top: str, who: str) -> bool:
    """Tell whether an account may write to the repository: anybody may review a public one."""
    found = api.find(f"{top}/collaborators/{quote(who, safe='')}/permission", f"rights of {who}")
    return found is not None and found["permission"].text() in _MAY_WRITE
