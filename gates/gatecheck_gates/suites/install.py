"""What the tests' Python lacks, and how the reader gets it there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from gatecheck.formats.python_project import PIP, Setup, find_setup
from gatecheck.model import Python, Side, Workspace

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
    if _is_managed(python):
        return (
            f"{python.executable} belongs to the system, which lets pip install nothing there. Make an environment beside the code "
            f"(`python3 -m venv .venv && .venv/bin/python -m pip install {shlex.quote(requirement)}`), or have the policy make one "
            "with `environment: {create: ...}`."
        )
    command = shlex.join((str(python.executable), "-m", "pip", "install", requirement))
    return f"Install it: `{command}`."


def _is_managed(python: Python) -> bool:
    """Tell whether an interpreter is one that its distributor keeps pip from. Source: PEP 668."""
    version = ".".join(python.version.split(".")[:2])
    prefix = python.executable.parent.parent
    mark = prefix / "lib" / f"python{version}" / "EXTERNALLY-MANAGED"
    return not (prefix / "pyvenv.cfg").exists() and mark.exists()


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
