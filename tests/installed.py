"""Looks at an installed gatecheck from inside; run by the interpreter that it is installed for, with -I.

Used by `make package` (an empty environment, with the real dependencies) and by test_package.py.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import sysconfig
from importlib.metadata import entry_points, version
from importlib.resources import files
from pathlib import Path

PACKAGES = ("gatecheck", "gatecheck_gates", "gatecheck_hooks", "gatecheck_config")
CARRIED = {
    "gatecheck": ("py.typed", "room/_inside.py"),
    "gatecheck_gates": (
        "py.typed",
        "suites/recorder/gatecheck_recorder.py",
        "suites/recorder/gatecheck_lines.py",
    ),
    "gatecheck_hooks": (
        "py.typed",
        "protect-branch",
        "sh/common.sh",
        "sh/commit-message.sh",
        "sh/secrets.sh",
        "sh/protect-branch.sh",
        "sh/pre-push.sh",
        "sh/reference-transaction.sh",
    ),
    "gatecheck_config": (
        "py.typed",
        "presets/agent.yaml",
        "presets/python.yaml",
        "presets/strict.yaml",
        "schema.json",
        "report.schema.json",
    ),
}
FOREIGN = ("hooks", "gates", "config", "src", "tests", "benchmarks", "examples", "docs")
"""Names that a user's own repository may have, and that must stay the user's."""


def faults() -> list[str]:
    """Return one sentence for each thing that is wrong."""
    found = []
    site = Path(sysconfig.get_path("purelib"))
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None or not Path(spec.origin).is_relative_to(site):
            found.append(f"{package} is not installed in {site}")
            continue
        found += [
            f"{package} lacks {name}" for name in CARRIED[package] if not (files(package) / name).is_file()
        ]
    found += [f"`import {name}` works, and should not" for name in FOREIGN if importlib.util.find_spec(name)]
    kinds = {point.name for point in entry_points(group="gatecheck.gates")}
    found += [
        f"the gate {kind} is not to be found"
        for kind in ("tests", "coverage", "command", "snapshot", "plan", "security", "size")
        if kind not in kinds
    ]
    for command in (("--version",), ("schema",), ("schema", "report"), ("run", "--help")):
        done = subprocess.run(
            [Path(sysconfig.get_path("scripts"), "gatecheck"), *command],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            found.append(f"gatecheck {' '.join(command)} ends with {done.returncode}: {done.stderr}")
    return found


if __name__ == "__main__":
    wrong = faults()
    sys.stdout.write(
        "".join(f"{fault}\n" for fault in wrong) or f"gatecheck {version('gatecheck')} is installed well\n"
    )
    sys.exit(bool(wrong))
