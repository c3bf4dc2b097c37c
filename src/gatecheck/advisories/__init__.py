"""Advisories that an operator brings in, so that dependencies are audited where no service can be reached."""

from gatecheck.advisories.importing import Imported, bring_in
from gatecheck.advisories.shelf import keep, kept

__all__ = ["Imported", "bring_in", "keep", "kept"]
