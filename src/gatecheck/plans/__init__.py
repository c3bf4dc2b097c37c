"""Plans: what a change is for, how it is done and how one goes back; written before the work, read by people and by the gate."""

from gatecheck.plans.front import RECORD, Flaw
from gatecheck.plans.new import begin
from gatecheck.plans.plan import LARGEST, Plan, read
from gatecheck.plans.template import FOLDER, path_for, stub

__all__ = ["FOLDER", "LARGEST", "RECORD", "Flaw", "Plan", "begin", "path_for", "read", "stub"]
