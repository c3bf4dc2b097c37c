"""The secrets that have a form of their own: what they look like, and what tells them from examples.

A pattern is compiled only where one of its words was seen: a hook has no time for thirty. Patterns are linear.
`sh/secrets.sh` has a wider net for the same; a test throws examples of every kind into it.
"""

from __future__ import annotations

import re
import zlib
from binascii import Error, a2b_base64
from collections.abc import Callable, Iterator
from math import log2
from typing import NamedTuple

_PLACEHOLDERS = (
    b"example",
    b"xxxx",
    b"your",
    b"1234567",
    b"abcdefg",
    b"0000000",
    b"dummy",
    b"placeholder",
    b"redacted",
)
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def entropy(value: bytes) -> float:
    """Return Shannon's entropy in bits for a byte of the value."""
    counts = [value.count(each) for each in set(value)]
    return -sum(n / len(value) * log2(n / len(value)) for n in counts)


def random(value: bytes) -> bool:
    """Tell whether a token looks drawn by lot, and not typed by somebody who explains something."""
    plain = value.lower()
    return entropy(value) >= 3 and not any(word in plain for word in _PLACEHOLDERS)  # noqa: PLR2004 -- bits


def checksummed(token: bytes) -> bool:
    """Tell whether the last six of a token's 36 letters are the CRC-32 of the others. Source: GitHub, 2021-04-05."""
    letters = token.rpartition(b"_")[2]
    crc, digits = zlib.crc32(letters[:-6]), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        digits = _BASE62[digit] + digits
    return digits.encode() == letters[-6:]


def web_token(token: bytes) -> bool:
    """Tell whether the first part of a JSON web token is a header that says how it is signed, and it is."""
    header, _, rest = token.partition(b".")
    try:
        told = a2b_base64(header.translate(bytes.maketrans(b"-_", b"+/")) + b"==")
    except Error:
        return False
    return b'"alg"' in told and b'"none"' not in told and random(rest.rpartition(b".")[2])


class Kind(NamedTuple):
    """A kind of secret. The value is the pattern's group, if it has one."""

    name: str
    words: tuple[bytes, ...]
    """One of them is in every such secret."""
    pattern: bytes
    check: Callable[[bytes], bool] = random

    def places(self, text: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield where in a text secrets of this kind stand, and which."""
        if any(word in text for word in self.words):
            for match in re.finditer(self.pattern, text):
                group = match.lastindex or 0
                if self.check(match[group]):
                    yield match.start(group), match[group]


_END = rb"(?![0-9A-Za-z])"
KINDS = (
    Kind(
        "AWS access key id",
        (b"AKIA", b"ASIA", b"ABIA", b"ACCA"),
        rb"(?<![0-9A-Za-z])A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}" + _END,
    ),
    Kind(
        "GitHub token",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"),
        rb"gh[opsur]_[0-9A-Za-z]{36}" + _END,
        checksummed,
    ),
    Kind("GitHub token", (b"github_pat_",), rb"github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}" + _END),
    Kind("npm token", (b"npm_",), rb"npm_[0-9A-Za-z]{36}" + _END, checksummed),
    Kind("PyPI token", (b"pypi-Ag",), rb"pypi-Ag[0-9A-Za-z_-]{70,}"),
    Kind(
        "GitLab token",
        (b"gl",),
        rb"(?<![0-9A-Za-z])gl(?:pat|dt|rt|ptt|cbt|soat|ft|imt|agent|oas)-[0-9A-Za-z_.-]{20,300}",
    ),
    Kind("Slack token", (b"xox",), rb"xox[abeoprs]-(?=[a-z]*[0-9])[0-9A-Za-z-]{24,250}"),
    Kind("Slack token", (b"xapp-",), rb"xapp-[0-9]-[0-9A-Z]{9,13}-[0-9]{10,15}-[0-9a-f]{64}"),
    Kind(
        "Slack webhook",
        (b"hooks.slack.com",),
        rb"hooks\.slack\.com/services/(T[0-9A-Z]{7,12}/B[0-9A-Z]{7,12}/[0-9A-Za-z]{20,26})",
    ),
    Kind("Stripe key", (b"k_live_",), rb"(?<![0-9A-Za-z])[rs]k_live_[0-9A-Za-z]{24,250}"),
    Kind("Google API key", (b"AIza",), rb"AIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])"),
    Kind("Google client secret", (b"GOCSPX-",), rb"GOCSPX-[0-9A-Za-z_-]{28}"),
    Kind("OpenAI key", (b"T3BlbkFJ",), rb"sk-[0-9A-Za-z_-]{20,120}T3BlbkFJ[0-9A-Za-z_-]{20,120}"),
    Kind("Anthropic key", (b"sk-ant-",), rb"sk-ant-[a-z]{2,10}[0-9]{2}-[0-9A-Za-z_-]{80,120}"),
    Kind("Hugging Face token", (b"hf_",), rb"(?<![0-9A-Za-z_])hf_[A-Za-z]{34}(?![0-9A-Za-z_])"),
    Kind("SendGrid key", (b"SG.",), rb"SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}"),
    Kind("DigitalOcean token", (b"_v1_",), rb"do[opr]_v1_[0-9a-f]{64}"),
    Kind("Docker token", (b"dckr_pat_",), rb"dckr_pat_[0-9A-Za-z_-]{27}"),
    Kind("Shopify token", (b"shp",), rb"shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}"),
    Kind("Azure storage key", (b"AccountKey=",), rb"AccountKey=([0-9A-Za-z+/]{86}==)"),
    Kind("Vault token", (b"hvs.", b"hvb.", b"hvr."), rb"hv[bsr]\.[0-9A-Za-z_-]{90,300}"),
    Kind("Telegram token", (b":AA",), rb"(?<![0-9])[0-9]{8,10}:AA[0-9A-Za-z_-]{33}(?![0-9A-Za-z_-])"),
    Kind("age key", (b"AGE-SECRET-KEY-1",), rb"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    Kind(
        "JSON web token",
        (b".eyJ",),
        # looked for once from where a word begins, and not once for each `eyJ` in it
        rb"(?<![0-9A-Za-z_-])(?=[0-9A-Za-z_-]{13,}+\.eyJ[0-9A-Za-z_-]{10,}+\.[0-9A-Za-z_-]{20})"
        rb"[0-9A-Za-z_-]*?(eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{20,})",
        web_token,
    ),
)
