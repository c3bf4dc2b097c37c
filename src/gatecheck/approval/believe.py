"""From envelopes to statements with a signature that counts: by a key in the base's `.gatecheck/approvers`, for approvals, at one time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gatecheck.approval.judge import Signed
from gatecheck.approval.statement import parse
from gatecheck.model.approval import BranchCommit, Void
from gatecheck.sign import Envelope, Signature, Signers, Unbelievable, keygen, keys, sshsig
from gatecheck.sign.signers import APPROVAL


@dataclass(frozen=True, slots=True)
class Keys:
    """Whose signatures count, by the base."""

    signers: Signers
    revoked: bytes = b""
    """A key revocation list or public keys, for `ssh-keygen -r`; empty where there is none."""

    @property
    def may(self) -> tuple[str, ...]:
        """For people: who may approve."""
        return tuple(signer.name for signer in self.signers.role(APPROVAL))


def envelopes_in(files: Mapping[str, bytes]) -> tuple[list[Envelope], list[Void]]:
    """Return the envelopes that files hold, and what is wrong with the files that hold none."""
    found: list[Envelope] = []
    void: list[Void] = []
    for _, data in sorted(files.items()):
        try:
            found.append(Envelope.from_json(data))
        except Unbelievable as error:
            void.append(Void((), "", error.message))
    return found, void


def believe(envelope: Envelope, known: Keys, at: float) -> tuple[list[Signed], list[Void]]:
    """Return what an envelope says by each key that counts, and why its other signatures do not."""
    signed: list[Signed] = []
    void: list[Void] = []
    for signature in envelope.signatures:
        try:
            signed.append(_one(envelope, signature, known, at))
        except Unbelievable as error:
            void.append(Void((), _fingerprint(signature.sig), error.message))
    return signed, void


def candidates(envelope: Envelope, known: Keys) -> bool:
    """Tell whether a key that is listed claims to have signed: what is not worth a call of ssh-keygen is told before."""
    return any(_listed(signature, known) for signature in envelope.signatures)


def signing_keys(commits: Iterable[BranchCommit]) -> dict[str, str]:
    """Return the fingerprints of the SSH keys with which commits say that they were signed, each with its commit.

    They are not verified, since they can only exclude; a signature of another kind names no key of ours.
    """
    found: dict[str, str] = {}
    for commit in commits:
        try:
            blob = sshsig.unarmor(commit.signature) if commit.signature else b""
        except Unbelievable:
            continue
        key = _fingerprint(blob)
        if key:
            found.setdefault(key, commit.id)
    return found


def _one(envelope: Envelope, signature: Signature, known: Keys, at: float) -> Signed:
    signer = keygen.verify(known.signers, APPROVAL, envelope.pae, signature.sig, at=at, revoked=known.revoked)
    key = keys.public_key(sshsig.parse(signature.sig).public_key)
    until = float("inf") if signer.valid_before is None else signer.valid_before
    who = tuple(name for name in signer.principals if key.authority is None or name in key.principals)
    return Signed(parse(envelope.payload), who, key.fingerprint, until)


def _listed(signature: Signature, known: Keys) -> bool:
    try:
        return known.signers.of(keys.public_key(sshsig.parse(signature.sig).public_key)) is not None
    except Unbelievable:
        return False


def _fingerprint(blob: bytes) -> str:
    """Return the fingerprint of the key that a signature names; empty where it names none."""
    try:
        return keys.public_key(sshsig.parse(blob).public_key).fingerprint
    except Unbelievable:
        return ""
