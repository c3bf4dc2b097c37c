"""Whose signatures count, and for what: a file of allowed signers, believed as a whole or not at all.

Source: ssh-keygen(1), ALLOWED SIGNERS. ssh-keygen skips a line that it cannot read and lets a pattern stand for anybody; here both
are problems, and one problem refuses the file. A time without `Z` is in UTC, so that it is the same on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gatecheck.errors import PolicyError
from gatecheck.settings.text import MOST, meant, shown
from gatecheck.sign.errors import Unbelievable
from gatecheck.sign.keys import PublicKey, read_text

EVIDENCE, APPROVAL = "gatecheck-evidence", "gatecheck-approval"
"""The namespaces, and so the roles: of machines that run gates, and of humans who approve."""
ROLES = (APPROVAL, EVIDENCE)
LARGEST = 256 * 1024
"""Bytes of a file of allowed signers."""
_PRINCIPAL = re.compile(r"[A-Za-z0-9._%+@=:/-]{1,128}")
_OPTION = re.compile(r'(?P<name>[A-Za-z-]+)(?:="(?P<value>[^"\\]*)")?(?:,(?=[^\s])|$)')
_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')
_TIME = re.compile(r"(\d{8})(?:(\d{4})(\d{2})?)?Z?")
_VALUED = ("namespaces", "valid-after", "valid-before")
_FIX = "Mend these lines: until then nobody's signature counts. See ssh-keygen(1), ALLOWED SIGNERS."


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, whose it is, and what it may sign."""

    principals: tuple[str, ...]
    namespaces: tuple[str, ...]
    """Exactly one: a key has one role."""
    key: str
    """As one writes it: `ssh-ed25519 AAAA...`; with a certificate, the key that it certifies."""
    fingerprint: str
    valid_after: float | None = None
    """Seconds since 1970; a signature that is judged at an earlier time does not count."""
    valid_before: float | None = None
    authority: bool = False
    """The key signs certificates, and those sign."""
    line: int = 0

    @property
    def name(self) -> str:
        """For people: whose key it is."""
        return ", ".join(self.principals)


@dataclass(frozen=True, slots=True)
class Signers:
    """A whole file, each key once."""

    file: str
    """For messages: the path that people know it by."""
    entries: tuple[Signer, ...] = ()

    def __iter__(self) -> Iterator[Signer]:
        return iter(self.entries)

    def role(self, namespace: str) -> tuple[Signer, ...]:
        """Return those who may sign in a namespace."""
        return tuple(signer for signer in self.entries if namespace in signer.namespaces)

    def of(self, key: PublicKey) -> Signer | None:
        """Return the entry for a key, or for the authority of its certificate."""
        text = (key.authority or key).text
        is_authority = key.authority is not None
        return next((s for s in self.entries if (s.key, s.authority) == (text, is_authority)), None)


def parse(text: bytes, file: str) -> Signers:
    """Return the signers of a file. Raises PolicyError with `file:line: problem` for all that is wrong with it."""
    problems: list[str] = []
    found: dict[str, Signer] = {}
    if len(text) > LARGEST:
        raise PolicyError((f"{file}:1:1: it has {len(text):,} bytes; {LARGEST:,} are read",), fix=_FIX)
    for number, line in enumerate(text.split(b"\n"), 1):
        words = line.decode("utf-8", "replace").strip()
        if not words or words.startswith("#"):
            continue
        try:
            signer = _signer(words, number)
            found[signer.key] = _together(found.get(signer.key), signer)
        except Unbelievable as error:
            problems.append(f"{file}:{number}:1: {error.message}")
    if problems:
        raise PolicyError(tuple(problems[:MOST]), fix=_FIX)
    return Signers(file, tuple(found.values()))


def _signer(line: str, number: int) -> Signer:
    """Return one line's signer: principals, options and a key. Raises Unbelievable with what is wrong."""
    words = _WORD.findall(line)
    if len(words) < 4:  # noqa: PLR2004 -- as the docstring counts, and a key has two words
        raise _wrong('a line is `NAME namespaces="..." KEY-TYPE KEY`, and this one has too few words')
    principals = tuple(words[0].split(","))
    for principal in principals:
        if not _PRINCIPAL.fullmatch(principal):
            raise _wrong(f"{shown(principal)} is no name: wildcards, negations and quotes are not taken")
    options = _options(words[1])
    key = read_text(words[2], words[3])
    if key.authority is not None:
        raise _wrong("a certificate cannot stand here; write its authority's key, with `cert-authority`")
    namespaces = tuple((options.get("namespaces") or "").split(","))
    if len(namespaces) != 1 or namespaces[0] not in ROLES:
        raise _wrong(f"`namespaces` must be exactly one of {' and '.join(ROLES)}: a key has one role")
    return Signer(
        principals,
        namespaces,
        key.text,
        key.fingerprint,
        _time(options.get("valid-after")),
        _time(options.get("valid-before")),
        "cert-authority" in options,
        number,
    )


def _together(there: Signer | None, signer: Signer) -> Signer:
    """Return one entry for a key that stands in two lines: it is one signer with two names."""
    if there is None:
        return signer
    if replace(signer, principals=there.principals, line=there.line) != there:
        raise _wrong(f"the same key stands in line {there.line} with another role or other options")
    return replace(there, principals=tuple(dict.fromkeys((*there.principals, *signer.principals))))


def _options(text: str) -> dict[str, str | None]:
    """Return the options of a line by name, without the quotes; None for one that takes no value."""
    found: dict[str, str | None] = {}
    at = 0
    while at < len(text):
        option = _OPTION.match(text, at)
        if option is None:
            raise _wrong(f'{shown(text[at:])} is no option; `namespaces="..."` must stand before the key')
        name, value = option["name"].lower(), option["value"]
        if name not in {*_VALUED, "cert-authority"}:
            raise _wrong(f"unknown option {shown(name)}{meant(name, [*_VALUED, 'cert-authority'])}")
        if name in found or (value is None) is (name in _VALUED):
            raise _wrong(f"the option {name} stands twice, lacks its value or takes none")
        found[name] = value
        at = option.end()
    return found


def _time(text: str | None) -> float | None:
    if text is None:
        return None
    parts = _TIME.fullmatch(text)
    try:
        if parts:
            digits = parts[1] + (parts[2] or "0000") + (parts[3] or "00")
            return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        pass
    raise _wrong(f"{shown(text)} is no time; write YYYYMMDD or YYYYMMDDHHMM[SS], with Z behind it")


def _wrong(message: str) -> Unbelievable:
    return Unbelievable(message, fix=_FIX)
