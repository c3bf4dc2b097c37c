"""The policy: `.gatecheck.yaml` over its presets, with every problem and the place of every setting."""

from gatecheck.policy.load import parse, preset
from gatecheck.policy.presets import detect, starter

__all__ = ["detect", "parse", "preset", "starter"]
