"""Whether evidence is to be believed: a signature that holds, by a key that the base lists for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gatecheck.evidence.statement import Statement, parse
from gatecheck.sign import (
    EVIDENCE,
    Envelope,
    Signer,
    Signers,
    Unbelievable,
    parse_sshsig,
    public_key,
    verify,
)


@dataclass(frozen=True, slots=True)
class Proof:
    """A statement that is believed."""

    statement: Statement
    signer: Signer
    digest: str
    """sha256 of the envelope as it is kept, in hex: its name."""


def is_candidate(envelope: Envelope, signers: Signers) -> bool:
    """Tell whether a key that is listed seems to have signed it: what nobody listed signed needs no program to be refused."""
    return any(_is_listed(signature.sig, signers) for signature in envelope.signatures)


def believe(envelope: Envelope, signers: Signers, at: float, revoked: bytes = b"") -> Proof:
    """Return the statement with who signed it, as of a time in seconds since 1970; signers are those of the base.

    Raises Unbelievable with the reason of the last signature that does not count, or with what is wrong with the statement.
    """
    refusal = Unbelievable("nobody signed it", fix="Sign it: gatecheck run --sign KEY")
    for signature in envelope.signatures:
        try:
            signer = verify(signers, EVIDENCE, envelope.pae, signature.sig, at=at, revoked=revoked)
        except Unbelievable as error:
            refusal = error
            continue
        return Proof(parse(envelope.payload), signer, hashlib.sha256(envelope.to_json()).hexdigest())
    raise refusal


def _is_listed(blob: bytes, signers: Signers) -> bool:
    try:
        signer = signers.of(public_key(parse_sshsig(blob).public_key))
    except Unbelievable:
        return False
    return signer is not None and EVIDENCE in signer.namespaces
