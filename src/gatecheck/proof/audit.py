"""The history of a protected branch, walked back from its tip: what proved each commit when it came in, and what came in without proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from gatecheck.proof.entry import Entry, State
from gatecheck.proof.errors import Lawless, Unproven
from gatecheck.proof.known import Known, key_of
from gatecheck.proof.landed import Edits, Landed, Trace, edits_for
from gatecheck.proof.refs import Refs
from gatecheck.repo import Repository
from gatecheck.repo.commits import first_parents

AT_ONCE = 2
"""Commits that are looked at side by side: most of the time ssh-keygen is waited for."""
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found, the newest first."""

    ref: str
    tip: str
    entries: tuple[Entry, ...]
    """Without the history before the policy."""
    before: tuple[str, ...] = ()
    """The commits up to the one that brought the policy, the newest first: nothing could have proved them."""
    looked_at: int = 0
    """How many were looked at now; the others were known."""

    def of(self, state: State) -> tuple[Entry, ...]:
        """Return the entries of a state."""
        return tuple(entry for entry in self.entries if entry.state == state)

    @property
    def exit_code(self) -> int:
        """0 where every commit since the policy is proven, or let in by people; else 1."""
        return 1 if self.of("unproven") or self.of("lawless") else 0


def audit(repository: Repository, ref: str, tip: str, known: Known, say: Callable[[str], None]) -> Audit:
    """Walk a branch back from its tip. Raises CannotTell where its history is cut off or damaged."""
    walk = _Walk(Landed(repository, ref, Refs.all(repository)), known, say)
    entries = list(walk.back_from(tip))
    known.write()
    end = len(entries)
    while end and entries[end - 1].state == "lawless":
        end -= 1
    before = tuple(entry.commit for entry in entries[end:])
    return Audit(ref, tip, tuple(entries[:end]), before, walk.looked_at)


class _Walk:
    """Goes from each commit to the base from which it came, and looks at many ahead of that, since looking waits for programs."""

    def __init__(self, landed: Landed, known: Known, say: Callable[[str], None]) -> None:
        self._landed = landed
        self._known = known
        self._say = say
        self.looked_at = 0

    def back_from(self, tip: str) -> Iterator[Entry]:
        """Yield the entries from a tip to the beginning."""
        line: list[str] = []
        places: dict[str, int] = {}
        ahead: dict[str, Entry] = {}
        commit = tip
        while commit:
            if commit not in places:  # the first, or a base to which evidence led and that is on another line
                line = first_parents(self._landed.repository, commit)
                places = {each: place for place, each in enumerate(line)}
            if commit not in ahead:
                chunk = line[places[commit] : places[commit] + _CHUNK]
                ahead = dict(zip(chunk, self._entries(chunk), strict=True))
            yield ahead[commit]
            commit = ahead[commit].base

    def _entries(self, commits: Sequence[str]) -> list[Entry]:
        traces = [self._landed.trace(commit) for commit in commits]
        edits = edits_for(self._landed, traces)
        keys = [key_of(trace, edits, self._landed.refs) for trace in traces]
        found = [self._known.get(trace.commit, key) for trace, key in zip(traces, keys, strict=True)]
        new = [place for place, entry in enumerate(found) if entry is None]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            entries = list(pool.map(lambda place: _entry(self._landed, traces[place], edits), new))
        for place, entry in zip(new, entries, strict=True):
            self._known.put(entry, keys[place])
            found[place] = entry
        self.looked_at += len(new)
        if new:
            self._say(f"{self.looked_at:,} commits looked at")
        return [entry for entry in found if entry]


def _entry(landed: Landed, trace: Trace, edits: Edits) -> Entry:
    try:
        proven = landed.find(trace, edits)
    except Lawless as error:
        return Entry(trace.commit, "lawless", trace.first_parent, reason=error.reasons[0])
    except Unproven as error:
        return Entry(trace.commit, "unproven", trace.first_parent, reason="; ".join(error.reasons))
    by = tuple(dict.fromkeys(approval.who[0] for approval in proven.approvals))
    base = proven.landing.old
    if proven.evidence is None:
        why = "; ".join(dict.fromkeys(approval.reason for approval in proven.approvals))
        return Entry(trace.commit, "overridden", base, proven.way, approvers=by, reason=why)
    signer, waived = proven.evidence.signer.name, proven.evidence.statement.waivers
    return Entry(trace.commit, "proven", base, proven.way, signer, by, waived=tuple(waived))
