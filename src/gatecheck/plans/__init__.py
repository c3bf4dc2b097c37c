"""Plans: what a change is for, how it is done and how one goes back; written before the work, read by people and by the gate."""

from gatecheck.plans.new import begin
from gatecheck.plans.template import path_for, stub

__all__ = ["begin", "path_for", "stub"]
