"""The log read back from its end: every commit one entry, every entry signed, numbered and bound to the one before."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from gatecheck.errors import CannotTell
from gatecheck.logbook.entry import Entry, parse
from gatecheck.repo import Objects, Repository
from gatecheck.repo.commits import first_parents
from gatecheck.sign import APPROVAL, EVIDENCE, Envelope, Signers, Unbelievable, parse_sshsig, verify

FILE = "entry.json"
AT_ONCE = 2
"""Signatures that are verified side by side."""


@dataclass(frozen=True, slots=True)
class Found:
    """One commit of the log."""

    commit: str
    entry: Entry | None
    """None where it holds none that can be read."""
    signer: str = ""
    """Whose key signed it; empty where it is not verified, or does not count."""
    fault: str = ""
    """What is wrong with it."""


def read_back(
    repository: Repository, tip: str, signers: Signers | None, revoked: bytes = b""
) -> Iterator[Found]:
    """Yield what the log holds, the newest first; with signers, everything is verified, else it is only read."""
    commits = first_parents(repository, tip)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda commit: _look(repository.objects, commit, signers, revoked), commits)


def entry_of(objects: Objects, commit: str) -> tuple[Envelope, Entry]:
    """Return what a commit of the log holds. Raises Unbelievable where that is no entry."""
    held = objects.entry(objects.tree_of(commit), FILE)
    if held is None or not held.is_file:
        raise Unbelievable(
            f"{commit[:12]} holds no {FILE}", fix="See who pushed it: git log refs/gatecheck/log"
        )
    envelope = Envelope.from_json(objects.blob(held.id))
    return envelope, parse(envelope.payload)


def _look(objects: Objects, commit: str, signers: Signers | None, revoked: bytes) -> Found:
    try:
        envelope, entry = entry_of(objects, commit)
    except (Unbelievable, CannotTell) as error:
        return Found(commit, None, fault=error.message)
    try:
        fault = _misplaced(objects, commit, entry)
        signer = _signer(envelope, entry, signers, revoked) if signers else ""
    except Unbelievable as error:
        return Found(commit, entry, fault=error.message)
    return Found(commit, entry, signer, fault)


def _misplaced(objects: Objects, commit: str, entry: Entry) -> str:
    """Return why an entry is not where it says; empty when it is."""
    parents = objects.parents(commit)
    if parents != ((entry.previous,) if entry.previous else ()):
        return "it says that another entry came before it"
    number = entry_of(objects, entry.previous)[1].seq + 1 if entry.previous else 1
    return "" if entry.seq == number else f"it has the number {entry.seq}, and {number} is its turn"


def _signer(envelope: Envelope, entry: Entry, signers: Signers, revoked: bytes) -> str:
    """Return whose signature it has, of either role. Raises Unbelievable where none counts."""
    blob = envelope.signatures[0].sig
    role = parse_sshsig(blob).namespace
    if role not in {EVIDENCE, APPROVAL}:
        raise Unbelievable(f"it is signed for {role!r}", fix="Only entries that gatecheck signs count.")
    return verify(signers, role, envelope.pae, blob, at=entry.time, revoked=revoked).name
