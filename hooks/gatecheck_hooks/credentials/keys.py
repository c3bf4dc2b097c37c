"""Private keys in text: a BEGIN line with a key behind it, in lines of its own or in a string of one line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatecheck_hooks.credentials.kinds import entropy

_BEGIN = rb"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----"
_HEADER = rb"(?:Proc-Type|DEK-Info|Version|Comment|Hash): ?[^\n]*"
_BETWEEN = rb"\\[nrt]|[\s\"'`+,;()\\|#>*/=]"
"""What code, comments and quotations put between the lines of a key (and what base64 ends with)."""
_LONGEST = 8_000
_LEAST = 40
"""Letters of base64; the shortest key there is (Ed25519) has 64."""


def private_keys(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where private keys begin, and of each the beginning of its base64."""
    if b"PRIVATE KEY" not in text:
        return
    for begin in re.finditer(_BEGIN, text):
        rest = text[begin.end() : begin.end() + _LONGEST].partition(b"-----")[0]
        joined = re.sub(_BETWEEN, b"", re.sub(_HEADER, b"", rest))
        value = re.split(rb"[^0-9A-Za-z]", joined, maxsplit=1)[0][:512]
        if len(value) >= _LEAST and entropy(value) >= 4:  # noqa: PLR2004 -- bits; base64 has up to six
            yield begin.start(), value
