"""Where evidence is kept: one ref for each merge result's tree, which only grows, with a file for each envelope."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from gatecheck.evidence.statement import is_about
from gatecheck.evidence.test_results import PREDICATE as OF_TESTS
from gatecheck.repo import Objects, UserGit, ledger
from gatecheck.sign import Envelope, Unbelievable, strict_object

PREFIX = "refs/gatecheck/evidence/"
_ENVELOPE, _TESTS = ".json", ".tests.json"


def append(git: UserGit, ref: str, files: Mapping[str, bytes], subject: str = "gatecheck") -> str:
    """Add files to a ref and return its tip. Raises ToolError when git cannot do it; the ref is then what it was."""
    return ledger.append(git, ref, files, subject)


def keep(git: UserGit, envelopes: Iterable[Envelope]) -> tuple[str, ...]:
    """Keep envelopes where the trees that they are about have their evidence; return the refs. Raises Unbelievable for what is none."""
    files: dict[str, dict[str, bytes]] = {}
    for envelope in envelopes:
        data = envelope.to_json()
        kind = strict_object(envelope.payload, what="the evidence").get("predicateType")
        name = hashlib.sha256(data).hexdigest() + (_TESTS if kind == OF_TESTS else _ENVELOPE)
        files.setdefault(PREFIX + is_about(envelope.payload), {})[name] = data
    for ref, held in files.items():
        append(git, ref, held, f"Evidence for {ref.removeprefix(PREFIX)[:12]}")
    return tuple(files)


def read(objects: Objects, commit: str) -> list[Envelope]:
    """Return the envelopes that a ref's commit holds, without those about tests alone. What is no envelope is left out.

    Nothing in them is believed yet. Raises CannotTell when the commit is none of such a ref.
    """
    return sift(
        name_and_data
        for name_and_data in ledger.read_files(objects, commit).items()
        if not name_and_data[0].endswith(_TESTS)
    )[0]


def sift(files: Iterable[tuple[str, bytes]]) -> tuple[list[Envelope], list[str]]:
    """Return the envelopes among files, and the names of what is none."""
    found: list[Envelope] = []
    odd: list[str] = []
    for name, data in files:
        try:
            found.append(Envelope.from_json(data))
        except Unbelievable:
            odd.append(name)
    return found, odd
