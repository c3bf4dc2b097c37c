"""Whether what the policy asks for is really on, here: looked at, and tried."""

from gatecheck.doctor.examine import examine
from gatecheck.doctor.symptom import Status, Symptom, exit_code

__all__ = ["Status", "Symptom", "examine", "exit_code"]
