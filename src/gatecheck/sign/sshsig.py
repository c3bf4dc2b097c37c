"""SSH signatures over any bytes: who signed, for what, and the signature itself. Source: OpenSSH's PROTOCOL.sshsig.

This reader is strict so that one signature has one form; whether a signature holds is said by ssh-keygen (`gatecheck.sign.keygen`).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from gatecheck.sign.errors import malformed
from gatecheck.sign.wire import Reader

LARGEST = 64 * 1024
"""Bytes of a signature."""
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASHES = ("sha256", "sha512")
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_COLUMNS = 70
_WHAT = "the SSH signature"


@dataclass(frozen=True, slots=True)
class Sshsig:
    """A signature, taken apart."""

    public_key: bytes
    """As SSH encodes it: a key, or a certificate."""
    namespace: str
    """What it is for; a signature for another purpose proves nothing here."""
    hash_algorithm: str
    signature: bytes


def parse(blob: bytes) -> Sshsig:
    """Take a signature apart. Raises Unbelievable when anything is too much, too little or unknown."""
    if len(blob) > LARGEST:
        raise malformed(_WHAT, f"it has {len(blob):,} bytes; {LARGEST:,} are read")
    reader = Reader(blob, _WHAT)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise malformed(_WHAT, f"it does not begin with {_MAGIC.decode()}")
    if (version := reader.uint32()) != _VERSION:
        raise malformed(_WHAT, f"its version is {version}, and {_VERSION} is read")
    public_key = reader.string()
    namespace = reader.text()
    if reader.string():
        raise malformed(_WHAT, "its reserved field is not empty")
    hash_algorithm = reader.text()
    if hash_algorithm not in _HASHES:
        raise malformed(_WHAT, f"its hash is {hash_algorithm[:60]!r}; known are {' and '.join(_HASHES)}")
    signature = reader.string()
    reader.end()
    return Sshsig(public_key, namespace, hash_algorithm, signature)


def armor(blob: bytes) -> str:
    """Return a signature as the text that ssh-keygen writes."""
    encoded = base64.b64encode(blob).decode()
    lines = [encoded[at : at + _COLUMNS] for at in range(0, len(encoded), _COLUMNS)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def unarmor(text: bytes) -> bytes:
    """Return the signature in a text of `ssh-keygen -Y sign`. Raises Unbelievable when it is something else."""
    if len(text) > 2 * LARGEST:
        raise malformed(_WHAT, f"it has {len(text):,} bytes; {2 * LARGEST:,} are read")
    lines = text.decode("ascii", "replace").strip().splitlines()
    if not lines[1:-1] or (lines[0].strip(), lines[-1].strip()) != (_BEGIN, _END):
        raise malformed(_WHAT, f"it does not stand between {_BEGIN} and {_END}")
    try:
        return base64.b64decode("".join(line.strip() for line in lines[1:-1]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed(_WHAT, "it is not base64") from error
