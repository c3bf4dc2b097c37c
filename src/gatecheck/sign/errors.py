"""What is raised for a signature, or for what was signed, that is not to be believed."""

from __future__ import annotations

from gatecheck.errors import CannotTell


class Unbelievable(CannotTell):
    """A signature or its content does not prove what it says; the message gives the one reason."""


def malformed(what: str, why: str) -> Unbelievable:
    """Return the error for bytes that are not what they should be."""
    return Unbelievable(
        f"{what} is malformed: {why}", fix="Have it made and signed again; nothing in it is believed."
    )
