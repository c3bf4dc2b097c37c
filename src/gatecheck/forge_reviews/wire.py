"""A forge's REST API over HTTP: within a time, a size and one host, and every doubt an error.

Sources: RFC 8288 (Link); GitHub's documentation, "Using pagination in the REST API", "Rate limits for the REST API" and "Best
practices"; GitLab's, "REST API" (pagination, status codes) and "Rate limits".
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.request import Request

from gatecheck.errors import ToolError
from gatecheck.forge_reviews.address import from_here, is_safe, next_page
from gatecheck.forge_reviews.limits import Limits
from gatecheck.forge_reviews.opener import opener
from gatecheck.forge_reviews.part import Part
from gatecheck.formats import json_document

_CHUNK = 1 << 16
_REDIRECTS = {301, 302, 303, 307, 308}
_MOST_REDIRECTS = 4
_BETWEEN = "See that the address of the API is its own, and what stands between you and the forge."


@dataclass(frozen=True, slots=True)
class Access:
    """To whom the questions go, and how a reader may mend a refusal."""

    forge: str
    base: str
    """The address of the API, to which alone the token is sent."""
    headers: Mapping[str, str]
    token: str
    """How a job gets the token, one sentence."""
    right: str
    """How the token gets the right, one sentence."""


class Api:
    """Asks one forge. Raises ToolError for whatever is not an answer that its documentation describes."""

    def __init__(self, access: Access, limits: Limits) -> None:
        self._access, self._limits = access, limits
        if not is_safe(access.base):
            raise ToolError(
                f"{ascii(access.base)[:80]} is no address to which a token may be sent",
                fix=f"Leave the address of {access.forge}'s API as its CI sets it: https:// and a host.",
            )
        self._deadline = time.monotonic() + limits.seconds
        self._opener = opener(self._deadline)

    def get(self, path: str, what: str) -> Part:
        """Return the answer to a question; `what` names it in errors."""
        return self._parsed(self._answer(self._address(path), what)[0], what)

    def find(self, path: str, what: str) -> Part | None:
        """Return the answer to a question, None where the forge says that there is no such thing."""
        try:
            return self.get(path, what)
        except _Absent:
            return None

    def list(self, path: str, what: str) -> Iterator[Part]:
        """Yield the entries of a list, page after page as the Link header says."""
        address = self._address(f"{path}?per_page=100")
        for _ in range(self._limits.pages):
            body, links = self._answer(address, what)
            yield from self._parsed(body, what).items()
            try:
                found = next_page(links)
            except ValueError as error:
                self._refuse(f"sent {error} with the {what}", _BETWEEN)
            if found is None:
                return
            further = from_here(address, found)
            if further is None:
                self._astray(what)
            address = further
        self._refuse(
            f"has more than {self._limits.pages} pages of {what}",
            "Have the change approved with a signature.",
        )

    def _address(self, path: str) -> str:
        return f"{self._access.base.rstrip('/')}{path}"

    def _answer(self, address: str, what: str) -> tuple[bytes, str]:
        """Return an answer's body and its Link header. What the forge broke off, or could not do, is tried once more."""
        try:
            return self._follow(address, what)
        except _Passing:
            if time.monotonic() + self._limits.pause >= self._deadline:
                raise
            time.sleep(self._limits.pause)
            return self._follow(address, what)

    def _follow(self, address: str, what: str) -> tuple[bytes, str]:
        """Ask, and go where the forge sends us, as long as it is at the same host: the token goes along."""
        times = 0
        while True:
            try:
                return self._once(address, what)
            except _Elsewhere as sent:
                further = from_here(address, sent.location)
            if further is None:
                self._astray(what)
            if (times := times + 1) == _MOST_REDIRECTS:
                self._refuse(f"sends the question for the {what} on and on", _BETWEEN)
            address = further

    def _once(self, address: str, what: str) -> tuple[bytes, str]:
        left = self._deadline - time.monotonic()
        try:
            if left <= 0:
                self._late(what)
            question = Request(address, headers=dict(self._access.headers))  # noqa: S310 -- the scheme was looked at
            with self._opener.open(question, timeout=left) as answer:
                if answer.status != HTTPStatus.OK:
                    self._refuse(f"answered {answer.status} when asked for the {what}", "Run again.")
                links = ", ".join(answer.headers.get_all("Link", ()))
                return self._read(answer, what), links
        except HTTPError as error:
            with error:
                self._refused(error, what)
        except URLError as error:
            self._broke(what, error.reason)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._broke(what, error)

    def _read(self, answer: Any, what: str) -> bytes:  # noqa: ANN401 -- as urllib gives it
        body = bytearray()
        while chunk := answer.read1(_CHUNK):
            body += chunk
            if len(body) > self._limits.largest:
                self._refuse(
                    f"sent more than {self._limits.largest:,} bytes of {what}",
                    "Look at the pull request's size, or have the change approved with a signature.",
                )
        if answer.length:  # `read1` says nothing of an end that came too early
            raise http.client.IncompleteRead(bytes(body), answer.length)
        return bytes(body)

    def _parsed(self, body: bytes, what: str) -> Part:
        try:
            return Part(json_document.parse(body, what=what), what)
        except ToolError as error:
            self._refuse(
                f"sent {what} that cannot be read: {error.message}",
                _BETWEEN,
            )

    def _refused(self, error: HTTPError, what: str) -> NoReturn:
        """Raise what a status other than success means."""
        asked = f"answered {error.code} when asked for the {what}"
        if error.code in _REDIRECTS and (location := error.headers.get("Location")):
            raise _Elsewhere(location)
        if error.code == HTTPStatus.NOT_FOUND:
            raise _Absent(f"{self._access.forge} {asked}", fix=self._access.right)
        if error.code == HTTPStatus.UNAUTHORIZED:
            self._refuse(f"{asked}: the token is not valid", self._access.token)
        if error.code == HTTPStatus.TOO_MANY_REQUESTS or _is_spent(error.headers):
            self._refuse(f"{asked}: too many requests", f"Run again{_when(error.headers)}.")
        if error.code == HTTPStatus.FORBIDDEN:
            self._refuse(f"{asked}: the token may not see it", self._access.right)
        if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Passing(
                f"{self._access.forge} {asked}", fix="Run again when the forge is well."
            ) from error
        self._refuse(asked, "Run again; if it stays, have the change approved with a signature.")

    def _broke(self, what: str, why: object) -> NoReturn:
        """Raise what a failure of the connection means. Of the failure itself little is said: it may hold the request."""
        if isinstance(why, TimeoutError):
            self._late(what)
        said = why.strerror if isinstance(why, OSError) and why.strerror else type(why).__name__
        raise _Passing(
            f"{self._access.forge} could not be asked for the {what}: {said}",
            fix=f"See that {self._access.base} can be reached from here (further authorities: SSL_CERT_FILE), and run again.",
        )

    def _late(self, what: str) -> NoReturn:
        self._refuse(
            f"did not send the {what} within the {self._limits.seconds:g} seconds that there are for all questions",
            "Run again when the forge is well.",
        )

    def _astray(self, what: str) -> NoReturn:
        self._refuse(
            f"sends the question for the {what} to another host, which must not get the token", _BETWEEN
        )

    def _refuse(self, what: str, fix: str) -> NoReturn:
        raise ToolError(f"{self._access.forge} {what}", fix=fix)


class _Absent(ToolError):  # noqa: N818 -- what happened
    """The forge says that there is no such thing, or that the token may not know of it."""


class _Elsewhere(Exception):  # noqa: N818 -- what happened
    """The forge sends the question on."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class _Passing(ToolError):  # noqa: N818 -- what happened
    """The forge broke, which may be over in a moment."""


def _is_spent(headers: Message) -> bool:
    """Tell whether a refusal is one for a while. Source: GitHub, "Rate limits for the REST API"."""
    return headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in headers


def _when(headers: Message) -> str:
    wait, reset = (headers.get(name, "") for name in ("Retry-After", "X-RateLimit-Reset"))
    if wait.isdecimal():
        return f" in {wait[:9]} seconds"
    if reset.isdecimal():
        return time.strftime(" after %Y-%m-%d %H:%M:%S UTC", time.gmtime(int(reset[:11])))
    return " later"
