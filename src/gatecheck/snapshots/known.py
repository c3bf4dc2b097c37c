"""Snapshots that this clone has: found by their tags, and read from what the tags say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gatecheck.errors import UsageError
from gatecheck.repo import UserGit
from gatecheck.snapshots.asking import QUIETLY, run
from gatecheck.snapshots.names import TAG, TAGS, moment, tag_of
from gatecheck.snapshots.objects import OF_BRANCH, OF_HEAD, OF_UNTRACKED, SUBJECT, Tagged
from gatecheck.snapshots.remote import push_remote, shown

_FIELDS = ("refname:strip=2", "objectname", "*objectname", "*objecttype", "contents")
_FORMAT = "".join(f"%({field})%00" for field in _FIELDS)


@dataclass(frozen=True, slots=True)
class Known:
    """A snapshot and what its tag says of it. Whoever can write a tag can say so: nothing here is proven."""

    snapshot: Tagged
    time: datetime
    why: str
    branch: str | None
    """Whose it is; None where HEAD was detached."""
    head: str | None
    """The commit that HEAD was at; None before the first one."""
    untracked: str
    """How many untracked files are in it, as it says."""


def all_known(git: UserGit) -> list[Known]:
    """Return the snapshots that are here, the newest first. Tags of such names that are none are passed by."""
    found = _read(git, f"{TAGS}{TAG}*")
    return sorted(found, key=lambda known: (known.time, _number(known.snapshot.tag)), reverse=True)


def known(git: UserGit, word: str) -> Known:
    """Return the snapshot that a person means. Raises UsageError when it is not here."""
    tag = tag_of(word)
    for found in _read(git, TAGS + tag):
        return found
    remote = push_remote(git, None)
    raise UsageError(
        f"there is no snapshot {tag} here",
        fix=f"See those that are: gatecheck snapshot list. Bring one from the remote: git fetch {shown(remote or 'REMOTE')} tag {tag}",
    )


def _read(git: UserGit, pattern: str) -> list[Known]:
    out = run(git, "for-each-ref", f"--format={_FORMAT}", pattern, env=QUIETLY)
    fields = out.split("\0")[:-1]
    rows = (fields[start : start + len(_FIELDS)] for start in range(0, len(fields), len(_FIELDS)))
    return [found for row in rows if (found := _parsed(*row))]


def _parsed(name: str, tag_id: str, commit: str, kind: str, text: str) -> Known | None:
    tag = name.removeprefix("\n")
    time = moment(tag)
    if kind != "commit" or time is None or not text.startswith(SUBJECT):
        return None
    subject, _, rest = text.partition("\n")
    last = rest.rstrip("\n").rpartition("\n\n")[2]
    said = dict(line.partition(": ")[::2] for line in last.split("\n"))
    return Known(
        Tagged(tag, tag_id, commit),
        time,
        subject.removeprefix(SUBJECT),
        said.get(OF_BRANCH),
        said.get(OF_HEAD),
        said.get(OF_UNTRACKED, "?"),
    )


def _number(tag: str) -> int:
    """Return which of its second a snapshot is."""
    return int(tag.removeprefix(TAG).partition("-")[2] or 1)
