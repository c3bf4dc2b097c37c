"""What a snapshot is called, and the branch that begins with it: both after the same moment, so that one is found by the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from gatecheck.errors import CannotTell, UsageError
from gatecheck.settings import shown

TAG = "backup-"
BRANCH = "self-improvement-"
TAGS = "refs/tags/"
HEADS = "refs/heads/"
_MOST = 100
"""Snapshots of one second."""
_FORM = "%Y%m%dT%H%M%SZ"
_STAMP = r"\d{8}T\d{6}Z(?:-\d{1,3})?"
_TAG = re.compile(rf"(?:refs/tags/)?(?:{TAG})?({_STAMP})", re.ASCII)
_BRANCH = re.compile(rf"{BRANCH}{_STAMP}", re.ASCII)


def stamps(now: datetime) -> Iterator[str]:
    """Yield what tells a moment's snapshots apart: `20260102T030405Z`, then with `-2`, `-3`. Raises CannotTell when none is left."""
    stamp = now.astimezone(UTC).strftime(_FORM)
    yield stamp
    for number in range(2, _MOST + 1):
        yield f"{stamp}-{number}"
    raise CannotTell(f"all names for snapshots of {stamp} are taken", fix="Wait a second, and try again.")


def tag_of(word: str) -> str:
    """Return the tag that a person means: `backup-<time>`, or only the time. Raises UsageError."""
    found = _TAG.fullmatch(word)
    if not found:
        raise UsageError(
            f"{shown(word)} is not the name of a snapshot", fix="See their names: gatecheck snapshot list"
        )
    return TAG + found[1]


def stamp_of(tag: str) -> str:
    """Return when a snapshot was taken, as names have it, without what tells those of one second apart."""
    return tag.removeprefix(TAG).partition("-")[0]


def moment(tag: str) -> datetime | None:
    """Return when a snapshot was taken, by its tag's name; None when it is no snapshot's name."""
    if not tag.startswith(TAG) or not _TAG.fullmatch(tag):
        return None
    try:
        return datetime.strptime(stamp_of(tag), _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None


def is_started(branch: str | None) -> bool:
    """Tell whether a branch has a name that `gatecheck start` gives by itself."""
    return branch is not None and _BRANCH.fullmatch(branch) is not None
