"""The engine: asks the gates, or recalls what they said, and makes verdicts of what they saw."""

from gatecheck.engine.engine import Engine, crash_file
from gatecheck.engine.judge import overall
from gatecheck.engine.rules import Rules

__all__ = ["Engine", "Rules", "crash_file", "overall"]
