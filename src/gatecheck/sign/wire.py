"""SSH's binary encoding of strings and numbers, read without a byte to spare. Source: RFC 4251, section 5."""

from __future__ import annotations

from gatecheck.sign.errors import malformed


class Reader:
    """Reads one value after the other. Every method raises Unbelievable when the bytes end early."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._at = 0
        self._what = what

    def take(self, count: int) -> bytes:
        """Return the next bytes, as many as asked for."""
        end = self._at + count
        if end > len(self._data):
            raise malformed(self._what, f"it ends after {len(self._data)} bytes, before its end")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def uint32(self) -> int:
        """Return the next number of four bytes."""
        return int.from_bytes(self.take(4))

    def string(self) -> bytes:
        """Return the next string: a length in four bytes, and so many bytes."""
        return self.take(self.uint32())

    def text(self) -> str:
        """Return the next string as text; names in SSH's formats are ASCII (RFC 4250, 4.6.1)."""
        try:
            return self.string().decode("ascii")
        except UnicodeDecodeError as error:
            raise malformed(self._what, "a name in it is not ASCII") from error

    def end(self) -> None:
        """Raise Unbelievable when something is left."""
        left = len(self._data) - self._at
        if left:
            raise malformed(self._what, f"{left} bytes stand behind its end")


def string(data: bytes) -> bytes:
    """Return bytes as a string of the encoding."""
    return len(data).to_bytes(4) + data


def strings(data: bytes, what: str) -> tuple[bytes, ...]:
    """Return the strings that stand one behind the other. Raises Unbelievable when the last is cut off."""
    reader = Reader(data, what)
    found = []
    while data:
        found.append(reader.string())
        data = data[4 + len(found[-1]) :]
    return tuple(found)
