"""Evidence as a file: an in-toto bundle, one envelope a line.

Source: https://github.com/in-toto/attestation, spec/v1/bundle.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from gatecheck.errors import UsageError
from gatecheck.evidence.statement import is_about
from gatecheck.sign import Envelope, Unbelievable

LARGEST = 64 * 1024 * 1024
"""Bytes of a bundle."""
MOST = 10_000
"""Envelopes in it."""


def write(envelopes: Iterable[Envelope]) -> bytes:
    """Return envelopes as a bundle."""
    return b"".join(envelope.to_json() for envelope in envelopes)


def read(data: bytes, file: str) -> list[Envelope]:
    """Return the envelopes of a bundle. Raises UsageError with the line of the first that is no evidence: it is taken whole or not at all."""
    lines = data.split(b"\n") if len(data) <= LARGEST else []
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            envelope = Envelope.from_json(line)
            is_about(envelope.payload)
        except Unbelievable as error:
            raise UsageError(
                f"{file}:{number}: {error.message}", fix="Export it again: gatecheck evidence export FILE"
            ) from error
        found.append(envelope)
    if not 1 <= len(found) <= MOST:
        raise UsageError(
            f"{file} should hold 1 to {MOST:,} envelopes in at most {LARGEST:,} bytes",
            fix="Export it again: gatecheck evidence export FILE",
        )
    return found
