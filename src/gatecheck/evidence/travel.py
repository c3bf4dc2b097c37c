"""Evidence, approvals and the log between a clone and a remote: what one side lacks is added, and nothing is ever taken away.

A ref is pushed as it is, without force, so the remote's git compares before it swaps. Where somebody was faster, theirs is fetched,
ours is put on top of it, and it is tried again.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gatecheck.errors import ToolError
from gatecheck.evidence.keep import PREFIX
from gatecheck.repo import UserGit, ledger
from gatecheck.repo.asking import QUIETLY, complaint, configured, run
from gatecheck.repo.remotes import refusal, shown

APPROVALS, LOG = "refs/gatecheck/approvals/", "refs/gatecheck/log"
_OURS = f"{PREFIX}*", f"{APPROVALS}*", LOG
ATTEMPTS = 20
"""How often a push that lost a race is tried again."""
_PAUSE = 0.2
"""Seconds, at most, before the first new attempt."""
_AT_ONCE = 200
"""Refs in one command line."""


@dataclass(frozen=True, slots=True)
class Travelled:
    """What has changed on the side that was written to."""

    remote: str
    """As it may be shown."""
    refs: tuple[str, ...]
    kept: tuple[str, ...] = ()
    """Refs that went separate ways and cannot be put together: the log, whose entries have an order."""


def fetch(git: UserGit, remote: str) -> Travelled:
    """Add a remote's evidence, approvals and log to ours. Raises ToolError when it cannot be reached."""
    theirs = _fetch(git, remote, _there(git, remote))
    return _taken_in(git, remote, theirs)


def push(git: UserGit, remote: str) -> Travelled:
    """Add our evidence, approvals and log to a remote's. Raises ToolError when it cannot be reached, or refuses."""
    told = b""
    sent: dict[str, None] = {}
    for attempt in range(ATTEMPTS):
        there = _there(git, remote)
        more = {ref: tip for ref, tip in _here(git).items() if there.get(ref) != tip}
        if not more:
            return Travelled(shown(remote), tuple(sent))
        united = _taken_in(
            git, remote, _fetch(git, remote, {ref: there[ref] for ref in more if ref in there})
        )
        if united.kept:
            raise ToolError(
                f"{', '.join(united.kept)} here and on {shown(remote)} went separate ways",
                fix="See which one is right: gatecheck log verify",
            )
        refs = [ref for ref, tip in _here(git).items() if ref in more and there.get(ref) != tip]
        told = _push(git, remote, refs)
        sent |= dict.fromkeys(refs)
        if not told:
            return Travelled(shown(remote), tuple(sent))
        if _there(git, remote) == there:
            break
        time.sleep(random.uniform(0, _PAUSE * (attempt + 1)))  # noqa: S311 -- no secret
    raise ToolError(
        f"{shown(remote)} refused it: {shown(refusal(told))}",
        fix="Mend what it names, and push again: gatecheck evidence push",
    )


def _here(git: UserGit) -> dict[str, str]:
    lines = run(git, "for-each-ref", "--format=%(refname) %(objectname)", *_prefixes()).splitlines()
    return dict(line.split(" ") for line in lines)


def _there(git: UserGit, remote: str) -> dict[str, str]:
    code, out, err = git.code("ls-remote", "--quiet", "--", remote, *_OURS)
    if code:
        raise ToolError(
            f"{shown(remote)} cannot be reached: {shown(complaint(err))}",
            fix="Name a remote that git knows, and try again when it can be reached.",
        )
    found = (line.split("\t") for line in out.splitlines())
    return {ref: tip for tip, ref in found if ref.startswith(tuple(_prefixes()))}


def _prefixes() -> Iterator[str]:
    return (pattern.removesuffix("*") for pattern in _OURS)


def _fetch(git: UserGit, remote: str, theirs: Mapping[str, str]) -> Mapping[str, str]:
    """Bring what a remote has under names of its own, and return it; what is here already is not fetched."""
    here = _here(git)
    wanted = [ref for ref, tip in theirs.items() if here.get(ref) != tip]
    beside = _beside(remote)
    for refs in _portions(wanted):
        pairs = [f"+{ref}:{beside}{ref.removeprefix('refs/gatecheck/')}" for ref in refs]
        code, _, err = git.code(
            *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"),
            *("--", remote, *pairs),
        )
        if code:
            raise ToolError(
                f"{shown(remote)} did not give what it has: {shown(complaint(err))}", fix="Try again."
            )
    return {ref: theirs[ref] for ref in wanted}


def _beside(remote: str) -> str:
    """Return below which name a remote's refs are kept: only what is fetched may be united, and pruning must not take it meanwhile."""
    return f"refs/gatecheck/remotes/{hashlib.sha256(remote.encode()).hexdigest()[:12]}/"


def _taken_in(git: UserGit, remote: str, theirs: Mapping[str, str]) -> Travelled:
    """Let ours hold what theirs holds."""
    changed, kept = [], []
    beside = _beside(remote)
    for ref in theirs:
        old = ledger.tip_of(git, ref)
        tip = ledger.tip_of(git, beside + ref.removeprefix("refs/gatecheck/"))
        if ref != LOG:
            new = ledger.unite(git, ref, tip, "Put together")
        elif not old or _is_ancestor(git, old, tip):
            run(git, "update-ref", ref, tip, old or "0" * len(tip))
            new = tip
        elif _is_ancestor(git, tip, old):
            new = old
        else:
            kept.append(ref)
            new = old
        if new != old:
            changed.append(ref)
    return Travelled(shown(remote), tuple(changed), tuple(kept))


def _is_ancestor(git: UserGit, one: str, other: str) -> bool:
    return git.code("merge-base", "--is-ancestor", one, other, env=QUIETLY)[0] == 0


def _push(git: UserGit, remote: str, refs: Iterable[str]) -> bytes:
    """Push refs; return what git complains about, or nothing."""
    for portion in _portions(list(refs)):
        code, _, err = git.code(
            *("push", "--no-verify", "--quiet", "--recurse-submodules=no", "--no-follow-tags"),
            *("--", remote, *(f"{ref}:{ref}" for ref in portion)),
            env=configured({f"remote.{remote}.mirror": "false"}),  # a mirror takes no single refs
        )
        if code:
            return err or b"it says nothing"
    return b""


def _portions(refs: list[str]) -> Iterator[list[str]]:
    return (refs[at : at + _AT_ONCE] for at in range(0, len(refs), _AT_ONCE))
