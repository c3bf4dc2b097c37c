"""Which pull request (at GitLab: merge request) a forge's run is about, and where its API is.

Source: GitHub's documentation, "Variables reference" and "Webhook events and payloads"; GitLab's, "Predefined CI/CD variables".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from gatecheck.errors import CannotTell
from gatecheck.repo import github
from gatecheck.repo.forge import Value
from gatecheck.repo.repository import Repository

_BY_SIGNATURE = "Have it approved with a signature instead: gatecheck approve"
_UNTOUCHED = "Leave the forge's variables and its event as its CI sets them."


@dataclass(frozen=True, slots=True)
class Requested:
    """A pull request by its address. That it is about the change at hand is for its API's answer to show."""

    forge: Literal["GitHub", "GitLab"]
    api: str
    """The address of the API: `https://api.github.com`."""
    project: str
    """`owner/name` at GitHub, the project's number at GitLab."""
    number: int

    @property
    def name(self) -> str:
        """How people call it."""
        return f"pull request {self.number}" if self.forge == "GitHub" else f"merge request {self.number}"


def requested(repository: Repository) -> Requested | None:
    """Return the pull request that this run is about; None where no forge's variables are set, such as by hand.

    Reviews come and go, so what rests on one is never recalled.
    Raises CannotTell for a run that is about none, and UsageError for variables that no forge sets like that.
    """
    if repository.variable("GITHUB_ACTIONS") == "true":
        repository.never_recall()
        return _at_github(repository)
    if repository.variable("GITLAB_CI") == "true":
        repository.never_recall()
        return _at_gitlab(repository)
    return None


def _at_github(repository: Repository) -> Requested:
    name = repository.variable("GITHUB_EVENT_NAME")
    by = f"GitHub's {name} event"
    if name not in github.ON_PULL_REQUESTS:
        raise CannotTell(f"{by} is about no pull request, so there are no reviews", fix=f"{_BY_SIGNATURE}.")
    event = github.Event(by, github.read_event(repository.variable("GITHUB_EVENT_PATH")))
    number = replace(event.at("pull_request.number"), fix=_UNTOUCHED).number()
    api = _variable(repository, by, "GITHUB_API_URL").text()
    return Requested("GitHub", api, _variable(repository, by, "GITHUB_REPOSITORY").text(), number)


def _at_gitlab(repository: Repository) -> Requested:
    by = "GitLab's pipeline"
    if repository.variable("CI_PIPELINE_SOURCE") != "merge_request_event":
        raise CannotTell(
            f"{by} is about no merge request, so there are no reviews",
            fix=f"Run it for merge requests (rules: if: $CI_PIPELINE_SOURCE == 'merge_request_event'). {_BY_SIGNATURE}.",
        )
    api, project, number = (
        _variable(repository, by, name)
        for name in ("CI_API_V4_URL", "CI_MERGE_REQUEST_PROJECT_ID", "CI_MERGE_REQUEST_IID")
    )
    return Requested("GitLab", api.text(), str(project.number()), number.number())


def _variable(repository: Repository, by: str, name: str) -> Value:
    return Value(by, name, repository.variable(name), _UNTOUCHED)
