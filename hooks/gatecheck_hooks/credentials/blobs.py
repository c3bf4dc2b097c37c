"""What git's diff calls binary: read whole when it is small, and named when it is not, since nobody looked into it."""

from __future__ import annotations

from collections.abc import Iterable

from gatecheck_hooks.ask_git import git
from gatecheck_hooks.credentials.search import Line
from gatecheck_hooks.refusal import Refusal

LARGEST = 1 << 20
"""Bytes of a blob that is looked into."""
_MOST = 500
"""Blobs; and no more are asked for than a pipe takes names of."""
_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def contents(ids: Iterable[str]) -> dict[str, bytes]:
    """Return the content of those of the blobs that are small enough."""
    wanted = [blob for blob in dict.fromkeys(ids) if blob.strip("0")][:_MOST]
    small = []
    for line in _batch("--batch-check", wanted).splitlines():
        blob, *rest = line.decode().split(" ")
        if rest[:1] == ["blob"] and int(rest[1]) <= LARGEST:
            small.append(blob)
    told, place, found = _batch("--batch", small), 0, {}
    for _ in small:
        end = told.index(b"\n", place)
        blob, _, size = told[place:end].decode().split(" ")
        found[blob] = told[end + 1 : end + 1 + int(size)]
        place = end + 2 + int(size)
    return found


def _batch(option: str, ids: list[str]) -> bytes:
    """Return what git says about objects."""
    if not ids:
        return b""
    code, told = git("cat-file", option, stdin="".join(f"{each}\n" for each in ids).encode())
    if code != 0:
        raise Refusal(f"git could not read staged files (exit code {code})", "See with: git fsck")
    return told


def lines(content: bytes) -> list[Line]:
    """Return the numbered lines of a text, also of one in UTF-16, and of a binary file what stands between its newlines."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            content = content[2:].decode(encoding, "replace").encode()
    return list(enumerate(content.split(b"\n"), 1))
