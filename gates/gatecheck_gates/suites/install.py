"""What the tests' Python lacks, and how the reader gets it there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from gatecheck.formats.python_project import PIP, Setup, find_setup
from gatecheck.model import Side, Workspace

LEAST_COVERAGE = (7, 10)
"""The first coverage.py that can measure subprocesses on its own (`patch = subprocess`)."""

# A workspace does not say whether its environment was built for it, so the path has to: `environments`, the
# environment's digest and side, `env`. A path that looks like it by chance costs a hint that is less handy, no more.
_BUILT = re.compile(r"/environments/[0-9a-f]{20}-(?:base|merge)/env/")


def how_to_install(workspace: Workspace, side: Side, requirement: str) -> str:
    """Return the sentence that says how a requirement gets there. What gatecheck built is not to be edited by hand."""
    python, setup = workspace.python(side=side), setup_of(workspace, side)
    asked = f" (`{setup.add} {shlex.quote(requirement)}`)" if setup.add else ""
    if _BUILT.search(python.executable.as_posix()):
        where = f"what {setup.tool} installs{asked}, or to " if setup.tool != PIP.tool else ""
        return f"Add {requirement} to {where}`environment: {{create: ...}}` of the policy."
    if setup.tool != PIP.tool:
        return f"Let {setup.tool} set it up: put `{setup.line}` into the policy; the project must ask for {requirement}{asked}."
    command = shlex.join((str(python.executable), "-m", "pip", "install", requirement))
    return f"Install it: `{command}`."


def setup_of(workspace: Workspace, side: Side) -> Setup:
    """Return how the project under test is set up."""
    return find_setup(lambda path: workspace.read(path, side=side)) or PIP


def unmeasurable(distributions: Mapping[str, str]) -> str:
    """Say why coverage cannot be measured there; empty when it can."""
    version = distributions.get("coverage")
    if version is None:
        return "coverage is not installed"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return "" if numbers >= LEAST_COVERAGE else f"coverage {version} is older than 7.10"
