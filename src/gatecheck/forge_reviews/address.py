"""Where a token may go: one scheme, host and port, over TLS unless it is this very machine."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PORTS = {"https": 443, "http": 80}
_NEXT = re.compile(r"<([^<>]*)>\s*;(?:[^,;]*;)*\s*rel=\"?next\"?(?=[\s,;]|$)", re.IGNORECASE)
_LONGEST_LINKS = 8 * 1024


def is_safe(address: str) -> bool:
    """Tell whether a token may be sent to an address at all."""
    try:
        found = urlsplit(address)
        _origin(found)
    except ValueError:
        return False
    bare = not (found.username or found.password or found.query or found.fragment)
    return (
        bare
        and bool(found.hostname)
        and (found.scheme == "https" or (found.scheme == "http" and found.hostname in _LOOPBACK))
    )


def from_here(address: str, link: str) -> str | None:
    """Return where a link in an answer leads, None when that is at another host."""
    try:
        further = urljoin(address, link)
        return further if _origin(urlsplit(further)) == _origin(urlsplit(address)) else None
    except ValueError:
        return None


def next_page(links: str) -> str | None:
    """Return where a list goes on by its Link header, None at its end. Raises ValueError for one that is too long. Source: RFC 8288."""
    if len(links) > _LONGEST_LINKS:
        raise ValueError(f"{len(links):,} bytes of links")
    found = _NEXT.search(links)
    return found[1] if found else None


def _origin(address: SplitResult) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port. Raises ValueError for a port that is none. Source: RFC 6454."""
    return address.scheme, address.hostname, address.port or _PORTS.get(address.scheme)
