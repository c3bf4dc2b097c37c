"""A part of a forge's answer, read by its documented shape: what is otherwise is a ToolError, never a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from gatecheck.errors import ToolError
from gatecheck.formats import json_document

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Part:
    """A value of an answer, and where it stands there: `reviews/0/user/id`."""

    value: object
    at: str

    def __getitem__(self, name: str) -> Part:
        """Return a member of an object; a missing one is null."""
        if not isinstance(self.value, dict):
            self.refuse("an object")
        return Part(self.value.get(name), f"{self.at}/{name}")

    @property
    def is_absent(self) -> bool:
        """True for null, and for the empty object that GitHub gives for an account that it does not know."""
        return self.value is None or self.value == {}

    def items(self) -> Iterator[Part]:
        """Yield the members of an array."""
        if not isinstance(self.value, list):
            self.refuse("an array")
        for number, each in enumerate(self.value):
            yield Part(each, f"{self.at}/{number}")

    def number(self) -> int:
        """Return a whole number above zero."""
        return (
            self.value if type(self.value) is int and self.value > 0 else self.refuse("a number above zero")
        )

    def count(self) -> int:
        """Return a whole number from zero on."""
        return self.value if type(self.value) is int and self.value >= 0 else self.refuse("a number")

    def flag(self) -> bool:
        """Return true or false."""
        return self.value if isinstance(self.value, bool) else self.refuse("true or false")

    def text(self) -> str:
        """Return a text that is not empty."""
        return (
            json_document.clean(self.value)
            if isinstance(self.value, str) and self.value
            else self.refuse("a text")
        )

    def optional_text(self) -> str:
        """Return a text; empty for null."""
        return "" if self.value in (None, "") else self.text()

    def name(self) -> str:
        """Return a text that can be the name of an account."""
        found = self.text()
        return found if len(found) <= _LONGEST_NAME and found.isprintable() else self.refuse("a name")

    def commit(self) -> str:
        """Return the id of a commit."""
        return (
            self.value
            if isinstance(self.value, str) and _COMMIT.fullmatch(self.value)
            else self.refuse("a commit's id")
        )

    def moment(self) -> datetime:
        """Return a time with its zone. Source: ISO 8601."""
        try:
            found = datetime.fromisoformat(self.text())
        except ValueError:
            self.refuse("a time")
        return found if found.tzinfo else self.refuse("a time with a zone")

    def refuse(self, wanted: str) -> NoReturn:
        """Raise ToolError: this is not what the forge's documentation says."""
        told = "nothing" if self.value is None else ascii(self.value)[:60]
        raise ToolError(
            f"the forge's answer has {told} at {self.at}, where its documentation says {wanted}",
            fix="See whether this forge is one that gatecheck knows (GitHub, GitLab), and its version; "
            "until then have it approved with a signature: gatecheck approve",
        )
