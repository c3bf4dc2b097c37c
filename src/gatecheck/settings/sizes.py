"""How an amount of bytes is written, by people and for people."""

from __future__ import annotations

import re

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_FORM = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?([KMGT])(?:i?B)?", re.ASCII | re.IGNORECASE)


def size(text: str) -> int:
    """Return the bytes that a text such as `5G` or `1.5 MiB` means. Raises ValueError when it means none."""
    found = _FORM.fullmatch(text.strip())
    number = float(found[1]) * 1024 ** "BKMGT".index(found[2].upper()) if found else 0.0
    if number < 1:
        raise ValueError(f"{text!r} is not a size; write 5G, or 500M")
    return int(number)


def human(number: float) -> str:
    """Return a number of bytes as people read it: `1.5 GiB`."""
    unit = 0
    while number >= 1024 and unit < len(_UNITS) - 1:  # noqa: PLR2004
        number, unit = number / 1024, unit + 1
    return f"{number:.1f} {_UNITS[unit]}" if unit else f"{number:.0f} B"
