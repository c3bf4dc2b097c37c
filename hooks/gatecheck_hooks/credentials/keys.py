"""Private keys in text: a BEGIN line with a key behind it, in lines of its own or in a string of one line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatecheck_hooks.credentials.kinds import entropy

_BEGIN = re.compile(rb"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----")
_HEADER = re.compile(rb"(?:Proc-Type|DEK-Info|Version|Comment|Hash): ?[^\n]*")
_BETWEEN = re.compile(rb"\\[nrt]|[\s\"'`+,;()\\|#>*/=]")
"""What code, comments and quotations put between the lines of a key (and what base64 ends with)."""
_LETTERS = re.compile(rb"[0-9A-Za-z]*")
_LONGEST = 8_000
_LEAST = 40
"""Letters of base64; the shortest key there is (Ed25519) has 64."""


def private_keys(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where private keys begin, and of each the beginning of its base64."""
    if b"PRIVATE KEY" not in text:
        return
    for begin in _BEGIN.finditer(text):
        rest = text[begin.end() : begin.end() + _LONGEST].partition(b"-----")[0]
        value = _LETTERS.match(_BETWEEN.sub(b"", _HEADER.sub(b"", rest)))[0][:512]  # type: ignore[index]
        if len(value) >= _LEAST and entropy(value) >= 4:  # noqa: PLR2004 -- bits; base64 has up to six
            yield begin.start(), value
