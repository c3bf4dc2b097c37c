"""An entry more at the end of the log, by compare-and-swap: whoever comes second signs for the next number."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gatecheck.errors import CannotTell
from gatecheck.logbook.chain import FILE, entry_of
from gatecheck.logbook.entry import Entry, Event, Thing
from gatecheck.repo import Objects, Repository, UserGit
from gatecheck.repo.asking import DURABLY, QUIETLY, run
from gatecheck.repo.commits import first_parents
from gatecheck.sign import Envelope, Signature, fingerprint, parse_sshsig, sign

REF = "refs/gatecheck/log"
TRIES = 30
_NOBODY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "gatecheck"), ("EMAIL", "gatecheck@localhost"))
}
"""Who signs stands in the entry; commits need no more."""


@dataclass(frozen=True, slots=True)
class Scribe:
    """With which key entries are signed, in which role, and for which repository."""

    key: str
    """As `gatecheck.sign.sign` takes it."""
    namespace: str
    repository: str


def record(
    repository: Repository,
    git: UserGit,
    scribe: Scribe,
    event: Event,
    ref: str,
    things: Sequence[Thing],
    note: str = "",
) -> str:
    """Append an entry and return its commit. Raises CannotTell when others are always faster, or the log's end is no entry."""
    entry = Entry(0, "", scribe.repository, event, int(time.time()), ref, tuple(things), note)
    for turn in range(TRIES):
        tip = repository.resolve(REF) or ""
        made = _commit(git, scribe, _after(repository.objects, tip, entry))
        code, _, _ = git.code(
            "update-ref", "-m", f"gatecheck log: {event}", REF, made, tip or "0" * len(made), env=DURABLY
        )
        if code == 0:
            return made
        time.sleep(random.uniform(0, 0.02 * (turn + 1)))  # noqa: S311 -- only so that two do not meet again
    raise CannotTell(
        f"{REF} did not take an entry {TRIES} times: others write to it, or it cannot be written",
        fix="Run it again; if that does not help, look at it: git update-ref refs/gatecheck/log",
    )


def catch_up(repository: Repository, git: UserGit, scribe: Scribe | None, theirs: str) -> str:
    """Put the log on to another tip of it, with what is only here written anew behind it; return the tip.

    Raises CannotTell where there is something only here, and no key to sign it again.
    """
    ours = repository.resolve(REF) or ""
    if not ours or repository.is_ancestor(ours, theirs):
        git("update-ref", REF, theirs, ours or "0" * len(theirs), env=DURABLY)
        return theirs
    if repository.is_ancestor(theirs, ours):
        return ours
    if scribe is None:
        raise CannotTell(
            f"{REF} here and there went apart, and no key is here to sign our entries again",
            fix="Name one: GATECHECK_SIGNING_KEY, or git's user.signingkey.",
        )
    shared = repository.merge_base(ours, theirs) or ""
    own = [
        commit
        for commit in first_parents(repository, ours)
        if not shared or not repository.is_ancestor(commit, shared)
    ]
    tip = theirs
    for commit in reversed(own):
        _, entry = entry_of(repository.objects, commit)
        tip = _commit(git, scribe, _after(repository.objects, tip, entry))
    git("update-ref", REF, tip, ours, env=DURABLY)
    return tip


def _after(objects: Objects, tip: str, entry: Entry) -> Entry:
    seq = entry_of(objects, tip)[1].seq if tip else 0
    return replace(entry, seq=seq + 1, previous=tip)


def _commit(git: UserGit, scribe: Scribe, entry: Entry) -> str:
    unsigned = Envelope(entry.payload(), ())
    blob = sign(scribe.key, scribe.namespace, unsigned.pae)
    by = Signature(fingerprint(parse_sshsig(blob).public_key), blob)
    data = Envelope(unsigned.payload, (by,)).to_json()
    held = run(git, "hash-object", "-w", "--stdin", stdin=data)
    tree = run(git, "mktree", stdin=f"100644 blob {held}\t{FILE}\n".encode())
    above = ["-p", entry.previous] if entry.previous else []
    subject = f"{entry.seq} {entry.event} {entry.ref}".encode()
    return run(git, "commit-tree", *above, "-F", "-", tree, stdin=subject, env={**QUIETLY, **_NOBODY})
