"""Why a change has no proof: there is no evidence that is believed, a human has not approved, or the evidence says no.

Unproven            4   nothing that is believed says that this may be there
├── Lawless         4   its base had no policy with keys, so that nothing could prove it
├── Unapproved      3   all is well but for the people who must approve
└── Failed          1   the believed evidence says that it must not enter, or somebody who may approve rejected it
"""

from __future__ import annotations

from gatecheck.errors import GatecheckError


class Unproven(GatecheckError):  # noqa: N818 -- what was found, as in gatecheck.errors
    """A change that is not proven; `reasons` are whole sentences, the most telling one first."""

    exit_code = 4

    def __init__(self, subject: str, reasons: tuple[str, ...], *, fix: str) -> None:
        super().__init__("\n".join([subject, *(f"  {reason}" for reason in reasons)]), fix=fix)
        self.reasons = reasons


class Lawless(Unproven):
    """Nothing could prove it."""


class Unapproved(Unproven):
    """Only people are missing."""

    exit_code = 3


class Failed(Unproven):
    """It was judged, and must not enter."""

    exit_code = 1
