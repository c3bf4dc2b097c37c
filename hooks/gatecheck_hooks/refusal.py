"""How a hook says no: what is wrong, what to do now, and the exit code."""

from __future__ import annotations

import sys


class Refusal(Exception):  # noqa: N818 -- mostly nobody's error
    """Why something is not let pass: 1 where it was judged, 2 for wrong arguments, 4 where it cannot be told."""

    def __init__(self, what: str, fix: str, code: int = 4) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.code = code

    def tell(self) -> int:
        """Write it where git shows it to who commits, and return the exit code."""
        say(f"gatecheck: {self.what}\n  fix: {self.fix}")
        return self.code


def say(text: str) -> None:
    """Write text to stderr, without what a terminal would obey: names and messages come from everywhere."""
    plain = "".join(each if each == "\n" or each.isprintable() else "?" for each in text)
    sys.stderr.write(plain + "\n")
