"""The only part that starts programs: git for repo, and whatever the gates run."""

from gatecheck.process.jail import Jail, Layer
from gatecheck.process.programs import Programs
from gatecheck.process.short import LIMIT, ask

__all__ = ["LIMIT", "Jail", "Layer", "Programs", "ask"]
