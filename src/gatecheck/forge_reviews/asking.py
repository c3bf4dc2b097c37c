"""From a pull request and a token to the reviews that count."""

from __future__ import annotations

import os
import re

from gatecheck.errors import ToolError
from gatecheck.forge_reviews.limits import Limits
from gatecheck.forge_reviews.review import Reviews
from gatecheck.repo import Requested

_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
TOKENS = {"GitHub": "GITHUB_TOKEN", "GitLab": "GITLAB_TOKEN"}
"""The variables that hold the tokens."""
_HEADERS = {
    "GitHub": {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    "GitLab": {"Accept": "application/json"},
}
_GIVE = {
    "GitHub": "Give the step a token: `env: {GITHUB_TOKEN: ${{ github.token }}}`.",
    "GitLab": "Give the job a masked variable GITLAB_TOKEN, a token with the scope read_api; CI_JOB_TOKEN cannot read approvals.",
}
_ALLOW = {
    "GitHub": "Let the job's token read them: `permissions: {contents: read, pull-requests: read}`.",
    "GitLab": "Let the token read them: scope read_api, and at least the role Reporter in the project.",
}


def ask(request: Requested, *, head: str, target: str, limits: Limits | None = None) -> Reviews:
    """Ask a forge for the reviews of exactly this head, by people who neither opened the pull request nor wrote any of it.

    The token is in GITHUB_TOKEN or GITLAB_TOKEN, and goes to the API's host alone. `target` is the branch's short name there. Raises
    CannotTell when the pull request is about something else by now, and ToolError for every doubt; it never guesses.
    """
    # urllib and ssl cost as much as the rest of a run that recalls, and only a policy that asks a forge needs them.
    from gatecheck.forge_reviews import at_github, at_gitlab  # noqa: PLC0415
    from gatecheck.forge_reviews.wire import Access, Api  # noqa: PLC0415

    forge = request.forge
    headers = {**_HEADERS[forge], "Authorization": f"Bearer {_token(forge)}"}
    api = Api(Access(forge, request.api, headers, _GIVE[forge], _ALLOW[forge]), limits or Limits())
    if forge == "GitHub":
        return at_github.ask(api, request, head, target)
    return at_gitlab.ask(api, request, head, target)


def _token(forge: str) -> str:
    """Return the token. Raises ToolError, which never shows it."""
    name = TOKENS[forge]
    found = os.environ.get(name, "").strip()
    if not found:
        raise ToolError(f"{forge} cannot be asked for reviews: {name} is not set", fix=_GIVE[forge])
    if not _TOKEN.fullmatch(found):
        raise ToolError(f"{name} holds something that cannot be a token", fix=_GIVE[forge])
    return found
