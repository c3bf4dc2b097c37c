"""Snapshots of the whole current state, as commits made out of band: taken, listed, restored and pruned."""

from gatecheck.snapshots.for_push import bring
from gatecheck.snapshots.remote import Arrived, Missing, Unasked
from gatecheck.snapshots.take import Asked, Kept, take

__all__ = ["Arrived", "Asked", "Kept", "Missing", "Unasked", "bring", "take"]
