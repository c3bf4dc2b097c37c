"""From a statement to a signature over it: by a key here, or by one on another machine, with nothing there but ssh-keygen."""

from __future__ import annotations

import re
from pathlib import Path

from gatecheck.approval.statement import Statement
from gatecheck.errors import ToolError, UsageError
from gatecheck.repo import UserGit, remotes
from gatecheck.sign import Envelope, Signature, keygen, keys, sshsig
from gatecheck.sign.signers import APPROVAL

_PAE = re.compile(rb"DSSEv1 28 application/vnd\.in-toto\+json (\d{1,8}) ")


def request(statement: Statement) -> bytes:
    """Return the bytes to sign on another machine: exactly what the signature is over, in plain text."""
    return Envelope(statement.payload(), ()).pae


def answered(requested: bytes, armored: bytes) -> Envelope:
    """Return the envelope of a request and its signature. Raises Unbelievable or UsageError when they are something else."""
    head = _PAE.match(requested)
    payload = requested[head.end() :] if head else b""
    if not head or len(payload) != int(head[1]):
        raise UsageError(
            "this file is no request, or it was altered on its way",
            fix="Write it with gatecheck approve --request FILE, and keep every byte of it (attach it, do not paste it).",
        )
    blob = sshsig.unarmor(armored)
    return Envelope(payload, (Signature(fingerprint(blob), blob),))


def signed(statement: Statement, key: str) -> Envelope:
    """Return the envelope with a signature by a key: a file's path, or `key::` and a public key whose agent is asked."""
    payload = statement.payload()
    blob = keygen.sign(key, APPROVAL, Envelope(payload, ()).pae)
    return Envelope(payload, (Signature(fingerprint(blob), blob),))


def signing_key(git: UserGit, named: str | None) -> str:
    """Return the key to sign with: the named one, else git's. Raises UsageError where there is none."""
    if named:
        return _absolute(named)
    _, found, _ = git.code("config", "--type=path", "--get", "user.signingkey")
    if not found:
        raise UsageError(
            "no key is named, and git has no user.signingkey",
            fix="Name one: --key ~/.ssh/id_ed25519 (or git config user.signingkey FILE); "
            "without a key here, let it be signed elsewhere: gatecheck approve --request FILE",
        )
    return _absolute(found)


def _absolute(key: str) -> str:
    return key if key.startswith("key::") else str(Path(key).expanduser().absolute())


def fingerprint_of(key: str) -> str:
    """Return the fingerprint of a key that is to sign. Raises UsageError where its public half cannot be found."""
    if key.startswith("key::"):
        words = key.removeprefix("key::").split()
    else:
        path = Path(key).expanduser()
        public = path if path.suffix == ".pub" else path.with_name(f"{path.name}.pub")
        try:
            words = public.read_text(encoding="utf-8", errors="replace").split()
        except OSError as error:
            raise UsageError(
                f"the public key {public} cannot be read: {error.strerror}",
                fix=f"Write it: ssh-keygen -y -f {path} > {public}",
            ) from error
    return keys.read_text(*[*words, "", ""][:2]).fingerprint


def push(git: UserGit, remote: str, ref: str) -> None:
    """Push a ref of approvals. Raises ToolError when that fails."""
    code, _, err = git.code("push", "--quiet", remote, f"{ref}:{ref}")
    if code:
        raise ToolError(
            f"{ref} is kept here, and {remotes.shown(remote)} did not take it: {remotes.refusal(err)}",
            fix=f"Push it when that is mended: git push {remote} {ref}",
        )


def fingerprint(blob: bytes) -> str:
    """Return the fingerprint of the key that a signature names. Raises Unbelievable where it names none."""
    return keys.public_key(sshsig.parse(blob).public_key).fingerprint
