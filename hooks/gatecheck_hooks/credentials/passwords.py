"""The secrets that have no form: what is assigned to a name that says password, and passwords in addresses.

The values of password fields, of examples and of templates look alike to a program. This one is mild: it wants a value
that is written out, is no words, and holds as much chance as a generator gives. Patterns are compiled where they are needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatecheck_hooks.credentials.kinds import entropy, random

LONGEST_LINE = 2_000
"""Bytes of a line that somebody could have typed. In what machines wrote, names mean nothing."""
_NAMES = (b"passw", b"passphrase", b"pwd", b"secret", b"token", b"credential", b"key")
_KEYS = (b"api", b"access", b"auth", b"private", b"secret", b"signing", b"encryption", b"account", b"master")
"""What stands before `key` where one is secret."""
_ASSIGNED = (
    rb"(?P<suffix>[0-9A-Za-z_.-]{0,40})[\"']?\]?[ \t]{0,20}(?::=|=>|=|:)[ \t]{0,20}"
    rb"(?:[a-zA-Z]{0,2}(?P<quote>[\"'`])(?P<quoted>[^\s\"'`]{8,512})(?P=quote)"
    rb"|(?P<bare>[^\s\"'`,;(){}\[\]<>$&|*]{16,512})(?=[\s,;]|$))"
)
_ADDRESS = (
    rb"[a-z][0-9a-z+.-]{1,20}://[^\s:/@\"'<>{}$]{1,80}:(?P<password>[^\s:/@\"'<>{}$]{8,200})@[0-9A-Za-z]"
)
_NETRC = rb"\bmachine\s+\S{1,200}\s+login\s+\S{1,200}\s+password\s+(?P<password>\S{8,200})"
_ABOUT = (
    rb"(?i)(?:ur[il]|name|type|file|path|id|field|header|prefix|suffix|label|help|hint|text|title|message|error|format|regexp?"
    rb"|pattern|class|column|attr(?:ibute)?|algorithm|method|scope|kind|env|var(?:iable)?|expir\w*|len(?:gth)?|ttl|hash|digest|sha\w*|md5|checksum|fingerprint)s?$"
)
_BARE_FILES = (
    b".env",
    b".ini",
    b".cfg",
    b".conf",
    b".properties",
    b".toml",
    b".yml",
    b".yaml",
    b".tfvars",
    b"rc",
    b"credentials",
)
_MARKERS = (b"{", b"}", b"<", b">", b"$", b"%(", b"%s", b"...", b"://", b"\\", b"()", b"[")
_SAID = rb"(?i)test|sample|demo|fake|mock|foo|bar|change|insert|replace|secret|passw|token|default|lorem|invalid|wrong|hunter2|qwert|letmein|admin|hello|none|null|true|false"
_NAMING = rb"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$|[0-9]{4}-[0-9]{2}-[0-9]{2}"
_WORDLIKE = rb"[A-Za-z]*(?:[_./:@ +-]+[A-Za-z]+)*[_.-]?[0-9]{0,4}[!.]?"


def passwords(text: bytes, path: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where in a text values stand that are assigned as passwords, or are one in an address; and which."""
    groups = ("quoted", "bare") if path.endswith(_BARE_FILES) else ("quoted",)
    for match in _assigned(text):
        for group in groups:
            if match[group] and not re.search(_ABOUT, match["suffix"]) and _typed(text, match.start()):
                yield match.start(group), match[group]
    for word, pattern in ((b"://", _ADDRESS), (b"machine", _NETRC)):
        for match in re.finditer(pattern, text) if word in text else ():
            yield match.start(1), match[1]


def _assigned(text: bytes) -> Iterator[re.Match[bytes]]:
    """Yield what is assigned to names that say password. Looking for the words first is five times as quick as one pattern."""
    lower = text.lower()
    for name in _NAMES:
        place = lower.find(name)
        while place >= 0:
            before = lower[max(place - 12, 0) : place].rstrip(b"_-")
            place += len(name)
            if name != b"key" or before.endswith(_KEYS):
                match = re.compile(_ASSIGNED).match(text, place)
                if match:
                    yield match
            place = lower.find(name, place)


def _typed(text: bytes, place: int) -> bool:
    """Tell whether the line around a place is short enough for that; no further is looked, however long the line is."""
    begin = text.rfind(b"\n", max(place - LONGEST_LINE, 0), place)
    end = text.find(b"\n", place, place + LONGEST_LINE)
    if (begin < 0 and place > LONGEST_LINE) or (end < 0 and place + LONGEST_LINE < len(text)):
        return False
    return (len(text) if end < 0 else end) - begin <= LONGEST_LINE


def drawn(value: bytes) -> bool:
    """Tell whether a value is written out and nobody's words; what names things or days is no secret either."""
    if (
        re.match(_NAMING, value)
        or any(marker in value for marker in _MARKERS)
        or re.search(_SAID, value)
        or re.fullmatch(_WORDLIKE, value)
    ):
        return False
    classes = sum(
        bool(re.search(each, value)) for each in (rb"[a-z]", rb"[A-Z]", rb"[0-9]", rb"[^0-9A-Za-z]")
    )
    bits = entropy(value)
    if len(value) < 12:  # noqa: PLR2004 -- as short as people's own
        return classes == 4 and bits >= 2.8  # noqa: PLR2004 -- all of them
    if len(value) < 20:  # noqa: PLR2004
        return classes >= 3 and bits >= 3 and random(value)  # noqa: PLR2004
    return classes >= 2 and bits >= 3.3 and random(value) and bool(re.search(rb"[0-9]", value))  # noqa: PLR2004
