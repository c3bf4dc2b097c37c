"""What the tests' Python lacks, and how the reader gets it there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from gatecheck.model import Python

LEAST_COVERAGE = (7, 10)
"""The first coverage.py that can measure subprocesses on its own (`patch = subprocess`)."""

# A workspace does not say whether its environment was built for it, so the path has to: `environments`, the
# environment's digest and side, `env`. A path that looks like it by chance costs a hint that is less handy, no more.
_BUILT = re.compile(r"/environments/[0-9a-f]{20}-(?:base|merge)/env/")


def how_to_install(python: Python, requirement: str) -> str:
    """Return the sentence that says how a requirement gets there. What gatecheck built is not to be edited by hand."""
    if _BUILT.search(python.executable.as_posix()):
        return f"Add {requirement} to `environment: {{create: ...}}` of the policy."
    command = shlex.join((str(python.executable), "-m", "pip", "install", requirement))
    return f"Install it: `{command}`."


def unmeasurable(distributions: Mapping[str, str]) -> str:
    """Say why coverage cannot be measured there; empty when it can."""
    version = distributions.get("coverage")
    if version is None:
        return "coverage is not installed"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return "" if numbers >= LEAST_COVERAGE else f"coverage {version} is older than 7.10"
