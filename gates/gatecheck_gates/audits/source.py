"""Who is asked for advisories: what was imported, or a service."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from packaging.requirements import InvalidRequirement, Requirement

from gatecheck.errors import ToolError
from gatecheck.formats.advisories import COMMAND, SUPPLY, Advisories, read_advisories
from gatecheck.formats.manifests import Loose, Pin
from gatecheck.formats.manifests.nouns import named
from gatecheck.model import Supply, Workspace
from gatecheck_gates.audits.server import serving

Choice = Literal["auto", "offline", "pypi", "osv"]
DAY = 86_400.0
FRESH = 3_600.0
"""Seconds for which the answer of a service is taken for the same question again."""
ONLINE_CANARY = "jinja2==2.11.2"
"""PYSEC-2021-66 is about it; any service that has data knows it."""
_SERVICES = {"pypi": "PyPI", "osv": "OSV"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the policy says about the source."""

    choice: Choice
    max_age: int
    """Days."""
    canary: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """Somebody who can be asked now."""

    name: str
    words: tuple[str, ...]
    """pip-audit's options that name it."""
    canary: Pin
    """A pin for which it must have an advisory."""
    says: str
    """For the report: what was asked, and how old it is."""
    until: float
    """Seconds since 1970 up to which its answer holds."""
    asked: set[tuple[str, str]] | None = None
    """What it was asked about, where that can be known."""


@contextmanager
def opened(workspace: Workspace, wishes: Wishes) -> Iterator[Source]:
    """Give the source that the policy chooses. Raises ToolError when it is offline data that are missing, damaged or too old."""
    supply = workspace.supply(SUPPLY)
    if wishes.choice == "offline" and supply is None:
        raise ToolError(
            "the policy asks for imported advisories (`source: offline`), and none were imported",
            fix=f"Import an OSV export or the PyPA advisory database: {COMMAND}",
        )
    if supply is None or wishes.choice in _SERVICES:
        yield _service(wishes, workspace.now)
        return
    advisories = _read(supply)
    about = advisories.about
    days = (workspace.now - about.moment) / DAY
    if days > wishes.max_age:
        raise ToolError(
            f"the imported advisories are {days:,.0f} days old (newest record: {about.newest[:10]}), and the policy takes"
            f" {wishes.max_age:,} (`max-age`)",
            fix=f"Fetch a newer export and import it: {COMMAND}",
        )
    canary = pin_of(wishes.canary) if wishes.canary else Pin(*about.canary[:2], "")
    with serving(advisories) as served:
        yield Source(
            name="the imported advisories",
            words=("--vulnerability-service", "osv", "--osv-url", served.url),
            canary=canary,
            says=f"Advisories: {about.advisories:,} of {about.origin}, imported; newest record {about.newest[:10]},"
            f" sha256 {about.digest}.",
            until=about.moment + wishes.max_age * DAY,
            asked=served.asked,
        )


def pin_of(text: str) -> Pin:
    """Return what `NAME==VERSION` pins. Raises ValueError for anything else."""
    try:
        found: Pin | Loose = named(Requirement(text), "", None)
    except InvalidRequirement as error:
        raise ValueError(f"{text!r} is no pin: write NAME==VERSION") from error
    if isinstance(found, Loose):
        raise ValueError(f"{text!r} is no pin: write NAME==VERSION")  # noqa: TRY004 -- its text is what is wrong
    return found


def _service(wishes: Wishes, now: float) -> Source:
    choice = "pypi" if wishes.choice == "auto" else wishes.choice
    moment = datetime.fromtimestamp(now, UTC)
    where = f" at {wishes.url}" if wishes.url else ""
    return Source(
        name=f"{_SERVICES[choice]}{where}",
        words=("--vulnerability-service", choice, *(("--osv-url", wishes.url) if wishes.url else ())),
        canary=pin_of(wishes.canary or ONLINE_CANARY),
        says=f"Advisories: as {_SERVICES[choice]}{where} had them on {moment:%Y-%m-%d, %H:%M} UTC.",
        until=now + FRESH,
    )


def _read(supply: Supply) -> Advisories:
    data = supply.path.read_bytes()
    if hashlib.sha256(data).hexdigest() != supply.digest:
        raise ToolError("advisories were imported while the gate began", fix="Run again.")
    return read_advisories(data)
