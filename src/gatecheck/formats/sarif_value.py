"""One place in a SARIF document: it knows where it is, and gives only values of the type that belongs there."""

from __future__ import annotations

from collections.abc import Iterator

from gatecheck.formats.json_document import Kind, clean, typed

WHAT = "SARIF file"


class Value:
    """A value that may be absent; going on from what is absent leads to what is absent."""

    def __init__(self, value: object, where: str) -> None:
        self._value = value
        self.where = where

    def __getitem__(self, name: str) -> Value:
        inner = self.optional(dict)
        return Value(None if inner is None else inner.get(name), f"{self.where}/{name}")

    def __bool__(self) -> bool:
        return self._value is not None

    def optional(self, kind: type[Kind]) -> Kind | None:
        """Return the value, None when there is none (or null). Raises ToolError when it has another type."""
        return None if self._value is None else typed(self._value, kind, what=WHAT, where=self.where)

    def text(self) -> str | None:
        """Return the text, without what no output could write; None when there is none."""
        text = self.optional(str)
        return None if text is None else clean(text)

    def items(self) -> Iterator[Value]:
        """Yield the elements of an array, nothing when there is none."""
        for number, value in enumerate(self.optional(list) or ()):
            yield Value(value, f"{self.where}/{number}")

    def at(self, index: int | None) -> Value:
        """Return one element of an array; what is absent for no index, -1 or one that is too large (3.7.4)."""
        array = self.optional(list) or []
        inside = index is not None and 0 <= index < len(array)
        return Value(array[index] if inside and index is not None else None, f"{self.where}/{index}")
