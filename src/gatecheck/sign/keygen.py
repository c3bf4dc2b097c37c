"""Signing and verifying by ssh-keygen, the verifier of record: it knows FIDO keys, agents, certificates and revocation.

Source: ssh-keygen(1), `-Y sign` and `-Y verify`. It gets one line for one signer, which was made anew from what was parsed, so it
judges no other line than we do.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.process import ask
from gatecheck.sign.errors import Unbelievable
from gatecheck.sign.keys import PublicKey, public_key
from gatecheck.sign.signers import Signer, Signers
from gatecheck.sign.sshsig import Sshsig, armor, parse, unarmor

_PATIENCE = 120.0
"""Seconds for a signature: somebody may have to touch a token or type a passphrase."""
_QUICK = 30.0
_FOR_SIGNING = (
    *("HOME", "USER", "SSH_AUTH_SOCK", "SSH_SK_PROVIDER", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"),
    *("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "TERM"),
)
"""Variables by which ssh-keygen finds an agent, a token, and a way to ask for a passphrase."""
_LITERAL = ("key::", "ssh-", "ecdsa-", "sk-")
_PACKAGE = "Install OpenSSH's client programs, 8.9 or newer (Debian and Ubuntu: openssh-client; Fedora: openssh-clients; Alpine: openssh-keygen)."
_TOO_OLD = (b"unknown option", b"illegal option", b"nvalid option", b"nsupported operation")
_APPROVERS = "Have the key added to the base's .gatecheck/approvers, or sign with a key that stands there."


def can_sign(key: Path | str) -> None:
    """Raise what `sign` would raise of a key that is not there, or where ssh-keygen is not: before hours of work, and asking nobody."""
    _program()
    if not str(key).startswith(_LITERAL):
        _file_of(str(key))


def sign(key: Path | str, namespace: str, data: bytes) -> bytes:
    """Return an SSH signature over bytes, without its armour.

    `key` is a private key's file, or a public key's whose private half an agent has, or the public key itself as git's
    user.signingkey takes it: `key::ssh-ed25519 AAAA...`. Raises UsageError when there is no such key, ToolError when ssh-keygen
    does not sign.
    """
    with _folder() as folder:
        file = _key_file(str(key), folder)
        env = _environment(*_FOR_SIGNING)
        argv = [_program(), "-Y", "sign", "-f", str(file), "-n", namespace]
        code, out, err = ask(argv, env=env, stdin=data, limit=_PATIENCE)
    if code:
        raise ToolError(
            f"ssh-keygen did not sign with {key}: {_said(err)}",
            fix=_PACKAGE
            if _is_too_old(err)
            else "See that the key can be read, or that ssh-agent has it: ssh-add -l",
        )
    blob = unarmor(out)
    if parse(blob).namespace != namespace:
        raise ToolError("ssh-keygen signed for something else", fix=f"See which program this is: {argv[0]}")
    return blob


def verify(
    signers: Signers, namespace: str, data: bytes, blob: bytes, *, at: float, revoked: bytes = b""
) -> Signer:
    """Return who signed these bytes for this purpose, as of a time in seconds since 1970.

    Of a certificate the signer is the key that it certifies. `revoked` are public keys, one a line, or a key revocation list
    (ssh-keygen(1)). Raises Unbelievable with the one reason why the signature does not count.
    """
    taken = parse(blob)
    key = public_key(taken.public_key)
    signer = _entitled(signers, taken, key, namespace, at)
    with _folder() as folder:
        _write(folder / "signature", armor(blob).encode())
        _write(folder / "signers", _line(signer))
        _write(folder / "revoked", revoked)
        named = [name for name in signer.principals if name in key.principals]
        names = named if key.authority else signer.principals[:1]
        argv = _verifying(folder, namespace, at)
        lists = ["-r", str(folder / "revoked")] if revoked else []
        if any(_holds([*argv, "-I", name, *lists], data) for name in names):
            return replace(signer, key=key.text, fingerprint=key.fingerprint)
        if lists and any(_holds([*argv, "-I", name], data) for name in names):
            raise Unbelievable(
                f"the key {key.fingerprint} of {signer.name} is revoked, or the list of revoked keys cannot be read",
                fix="Have it signed with a key that is not revoked.",
            )
    raise _does_not_match(key, signer)


def _entitled(signers: Signers, taken: Sshsig, key: PublicKey, namespace: str, at: float) -> Signer:
    """Return the signer whose key it is, if such a signature could count. Raises Unbelievable with the reason why not."""
    if taken.namespace != namespace:
        raise Unbelievable(
            f"it was signed for {taken.namespace[:60]!r}, which says nothing about {namespace}",
            fix=f"Sign it again, for {namespace}.",
        )
    signer = signers.of(key)
    if signer is None:
        whose = "its authority is" if key.authority else "it is"
        raise Unbelievable(
            f"the key {key.fingerprint} is unknown: {whose} not in {signers.file}", fix=_APPROVERS
        )
    if namespace not in signer.namespaces:
        raise Unbelievable(
            f"the key {key.fingerprint} of {signer.name} is there for {signer.namespaces[0]}, not for {namespace}",
            fix=_APPROVERS,
        )
    if signer.valid_after is not None and at < signer.valid_after:
        raise Unbelievable(
            f"the key {key.fingerprint} of {signer.name} is not valid before {_shown(signer.valid_after)}",
            fix=_APPROVERS,
        )
    if signer.valid_before is not None and at > signer.valid_before:
        raise Unbelievable(
            f"the key {key.fingerprint} of {signer.name} expired on {_shown(signer.valid_before)}",
            fix=_APPROVERS,
        )
    return signer


def _does_not_match(key: PublicKey, signer: Signer) -> Unbelievable:
    if key.authority:
        return Unbelievable(
            f"the certificate of {key.fingerprint} for {', '.join(key.principals) or 'nobody'} does not hold for {signer.name}: "
            "another name, another time, another authority, or the signature does not match",
            fix="Have a certificate made that is valid now, for a name in .gatecheck/approvers, and sign again.",
        )
    return Unbelievable(
        f"the signature of {key.fingerprint} ({signer.name}) does not match: it is damaged, or over something else",
        fix="Have it signed again.",
    )


def _verifying(folder: Path, namespace: str, at: float) -> list[str]:
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d%H%M%S")
    argv = [_program(), "-Y", "verify", "-f", str(folder / "signers"), "-n", namespace]
    return [*argv, "-s", str(folder / "signature"), f"-Overify-time={moment}"]


def _holds(argv: list[str], data: bytes) -> bool:
    """Ask ssh-keygen. Raises ToolError when it is too old to be asked."""
    code, out, err = ask(argv, env=_environment(), stdin=data, limit=_QUICK)
    if code and _is_too_old(err):
        raise ToolError(f"ssh-keygen cannot verify: {_said(err)}", fix=_PACKAGE)
    return code == 0 and out.startswith(b'Good "')


def _line(signer: Signer) -> bytes:
    """Return a signer as the one line that ssh-keygen is to know, with times as UTC, in which it runs."""
    options = ["cert-authority"] if signer.authority else []
    options.append(f'namespaces="{signer.namespaces[0]}"')
    for name, time in (("valid-after", signer.valid_after), ("valid-before", signer.valid_before)):
        if time is not None:
            options.append(f'{name}="{datetime.fromtimestamp(time, UTC):%Y%m%d%H%M%S}"')
    return f"{','.join(signer.principals)} {','.join(options)} {signer.key}\n".encode()


def _key_file(key: str, folder: Path) -> Path:
    """Return the file that holds a key. Source: git-config(1), user.signingKey."""
    if key.startswith(_LITERAL):
        file = folder / "key.pub"
        _write(file, f"{key.removeprefix('key::')}\n".encode())
        return file
    return _file_of(key)


def _file_of(key: str) -> Path:
    file = Path(key).expanduser().absolute()
    if not key or not file.is_file():
        raise UsageError(
            f"there is no key {key!r}",
            fix='Name the file of an SSH key, or a public key that ssh-agent has: "key::ssh-ed25519 AAAA..."',
        )
    return file


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder that only we can enter. Raises CannotTell when none can be made or written to."""
    try:
        with tempfile.TemporaryDirectory(prefix="gatecheck-sign-") as name:
            yield Path(name)
    except OSError as error:
        raise CannotTell(
            f"no temporary file can be written: {error.strerror or error}",
            fix="Make some space, or name a folder that can be written in TMPDIR.",
        ) from error


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)


def _program() -> str:
    found = shutil.which("ssh-keygen")
    if found is None:
        raise ToolError("ssh-keygen is not there, and it signs and verifies", fix=_PACKAGE)
    return found


def _environment(*more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", *more) if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC0"}


def _is_too_old(err: bytes) -> bool:
    return any(words in err for words in _TOO_OLD)


def _said(err: bytes) -> str:
    lines = err.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it says nothing"


def _shown(time: float) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M} UTC"
