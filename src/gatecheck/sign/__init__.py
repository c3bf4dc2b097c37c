"""Bytes in, bytes out: what is signed, by whom, and whether it holds. Nothing here knows what the bytes mean.

`keygen` alone starts a program, ssh-keygen; the rest are parsers.
"""

from gatecheck.sign.envelope import PAYLOAD_TYPE, Envelope, Signature, strict_object
from gatecheck.sign.errors import Unbelievable, malformed
from gatecheck.sign.keygen import can_sign, sign, verify
from gatecheck.sign.keys import PublicKey, fingerprint, public_key, read_text
from gatecheck.sign.signers import APPROVAL, EVIDENCE, Signer, Signers
from gatecheck.sign.signers import parse as parse_signers
from gatecheck.sign.sshsig import Sshsig, armor, unarmor
from gatecheck.sign.sshsig import parse as parse_sshsig

__all__ = [
    "APPROVAL",
    "EVIDENCE",
    "PAYLOAD_TYPE",
    "Envelope",
    "PublicKey",
    "Signature",
    "Signer",
    "Signers",
    "Sshsig",
    "Unbelievable",
    "armor",
    "can_sign",
    "fingerprint",
    "malformed",
    "parse_signers",
    "parse_sshsig",
    "public_key",
    "read_text",
    "sign",
    "strict_object",
    "unarmor",
    "verify",
]
