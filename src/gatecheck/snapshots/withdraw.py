"""Snapshots taken away from a remote: only where it has exactly the tags that are known here, and seen to be gone afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from gatecheck.errors import CannotTell
from gatecheck.repo import UserGit
from gatecheck.snapshots.objects import Tagged
from gatecheck.snapshots.remote import Missing, addresses, read_back, refusal, shown

_AT_ONCE = 500
"""Tags in one push: a command line has an end."""


def withdraw(git: UserGit, remote: str, snapshots: Sequence[Tagged]) -> dict[str, str]:
    """Delete tags on a remote; return those that it still has, each with the reason. Raises CannotTell when it cannot be asked."""
    left: dict[str, str] = {}
    for start in range(0, len(snapshots), _AT_ONCE):
        left |= _some(git, remote, snapshots[start : start + _AT_ONCE])
    return left


def _some(git: UserGit, remote: str, snapshots: Sequence[Tagged]) -> dict[str, str]:
    where = addresses(git, remote)
    left = {}
    complaints = b""
    for address, there in zip(where, _there(git, remote, snapshots), strict=True):
        here = [each for each in snapshots if there.get(each.ref) == each.tag_id]
        if not here:
            continue
        leases = (f"--force-with-lease={each.ref}:{each.tag_id}" for each in here)
        deletions = (f":{each.ref}" for each in here)
        to = remote if len(where) == 1 else address
        _, _, err = git.code("push", "--no-verify", "--quiet", *leases, "--", to, *deletions)
        complaints += err
    for there in _there(git, remote, snapshots):
        for each in snapshots:
            if there.get(each.ref) == each.tag_id:
                left[each.tag] = f"{shown(remote)} refused to delete it: {refusal(complaints)}"
            elif each.ref in there:
                left[each.tag] = f"{shown(remote)} has another tag of that name"
    return left


def _there(git: UserGit, remote: str, snapshots: Sequence[Tagged]) -> list[dict[str, str]]:
    found = read_back(git, remote, [each.ref for each in snapshots])
    if isinstance(found, Missing):
        raise CannotTell(found.why, fix=f"{found.fix} No snapshot was deleted here.")
    return found
