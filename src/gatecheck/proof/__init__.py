"""Proof: is a move of a protected branch covered by evidence and approvals that the branch itself believes? Nothing is run here."""

from gatecheck.proof.errors import Failed, Lawless, Unapproved, Unproven
from gatecheck.proof.landing import Landing
from gatecheck.proof.prove import Proven, prove

__all__ = ["Failed", "Landing", "Lawless", "Proven", "Unapproved", "Unproven", "prove"]
