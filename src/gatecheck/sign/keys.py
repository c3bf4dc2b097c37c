"""Public keys of SSH: what one is, whose certificate it carries, and its fingerprint.

Sources: RFC 4253, 6.6 (ssh-rsa); RFC 5656, 3.1 (ECDSA); RFC 8709, 4 (Ed25519); OpenSSH's PROTOCOL.u2f (keys on FIDO tokens) and
PROTOCOL.certkeys (certificates). DSA is not taken.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from gatecheck.sign.errors import malformed
from gatecheck.sign.wire import Reader, string, strings

LARGEST = 16 * 1024
"""Bytes of a key or certificate."""
SMALLEST_RSA = 2048
"""Bits of an RSA key's modulus."""
_FIELDS = {
    "ssh-ed25519": 1,
    "ssh-rsa": 2,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ssh-ed25519@openssh.com": 2,
    "sk-ecdsa-sha2-nistp256@openssh.com": 3,
}
"""Kinds of keys, and how many strings (or numbers, which look alike) a key of the kind has."""
_CERTIFICATE = "-cert-v01@openssh.com"
_CERTIFICATES = {kind.removesuffix("@openssh.com") + _CERTIFICATE: kind for kind in _FIELDS}
_OF_A_USER = 1
_KEY = "the public key"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that can sign. A certificate is the key that it certifies, with the authority that does so."""

    kind: str
    """As in a file of public keys, without what makes a certificate of it: `ssh-ed25519`."""
    blob: bytes
    """The key itself as SSH encodes it, without its certificate."""
    authority: PublicKey | None = None
    """The key that signed the certificate; None where there is none."""
    principals: tuple[str, ...] = ()
    """For whom the certificate is; ssh-keygen checks it."""

    @property
    def text(self) -> str:
        """The key as one writes it: `ssh-ed25519 AAAA...`."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """`SHA256:` and 43 characters, as `ssh-keygen -l` shows it, for a certificate that of its key."""
        return fingerprint(self.blob)


def fingerprint(public_key: bytes) -> str:
    """Return the fingerprint of a key as SSH encodes it: `SHA256:` and 43 characters of base64."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public_key).digest()).decode().rstrip("=")


def public_key(blob: bytes) -> PublicKey:
    """Return the key or certificate that SSH's encoding holds. Raises Unbelievable for anything else."""
    if len(blob) > LARGEST:
        raise malformed(_KEY, f"it has {len(blob):,} bytes; {LARGEST:,} are read")
    reader = Reader(blob, _KEY)
    name = reader.text()
    kind = _CERTIFICATES.get(name, name)
    if kind not in _FIELDS:
        raise malformed(_KEY, f"its kind {name[:60]!r} is none that is taken; use ssh-ed25519")
    if kind != name:
        reader.string()  # a nonce
    fields = [reader.string() for _ in range(_FIELDS[kind])]
    if kind == "ssh-rsa" and int.from_bytes(fields[1]).bit_length() < SMALLEST_RSA:
        raise malformed(_KEY, f"RSA needs at least {SMALLEST_RSA} bits")
    plain = b"".join(map(string, [kind.encode(), *fields]))
    if kind == name:
        reader.end()
        return PublicKey(kind, plain)
    return _certificate(reader, kind, plain)


def read_text(kind: str, encoded: str) -> PublicKey:
    """Return the key of a line in a file of public keys, of which these are two words. Raises Unbelievable."""
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed(_KEY, "it is not base64") from error
    if base64.b64encode(blob).decode() != encoded:
        raise malformed(_KEY, "it is not base64 as SSH writes it")
    found = public_key(blob)
    if Reader(blob, _KEY).text() != kind:
        raise malformed(_KEY, f"it says {kind[:60]} and is {found.kind}")
    return found


def _certificate(reader: Reader, kind: str, plain: bytes) -> PublicKey:
    reader.take(8)  # serial number
    if reader.uint32() != _OF_A_USER:
        raise malformed(_KEY, "it is a certificate of a machine, not of a user")
    reader.string()  # a name for logs
    principals = strings(reader.string(), _KEY)
    reader.take(16)  # from when until when it is valid
    for _ in ("critical options", "extensions", "reserved"):
        reader.string()
    authority = public_key(reader.string())
    if authority.authority is not None:
        raise malformed(_KEY, "it is a certificate that another certificate signed")
    reader.string()  # the authority's signature
    reader.end()
    return PublicKey(kind, plain, authority, tuple(name.decode("utf-8", "replace") for name in principals))
