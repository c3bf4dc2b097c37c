"""What the gates cost that look for harm: security, secrets, dependencies, docs and size together, against the tools that they run.

Usage: python benchmarks/introduced.py [RUNS]
A change of 10 files (nine modules, and one pin of 30) in a repository of 2,000 Python files, on two cores. It is another change each
time, from another base, so nothing is remembered of either; the environment is warm. Bare tools: bandit on the nine modules, and
pip-audit on the pins, with the same advisories. Bound: the gates at most 1.5 x the slower of the two. The last lines are runs in which
less is left to ask, or nothing.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from advisories import made
from sample import build
from security import BODY
from timing import environment, gatecheck, git, once, side_by_side, table

from gatecheck.formats.advisories import read_advisories
from gatecheck_gates.audits.server import serving

FILES, MODULES, PINS, CORES = 2_000, 9, 30, 2
BOUND = 1.5
POLICY = (
    "version: 1\ngates: {dependencies: {max-age: 10000}, secrets: {}, security: {}, docs: {}, size: {}}\n"
)
BANDIT, AUDIT = f"bandit, {MODULES} files", f"pip-audit, {PINS} pins"
ALL, REWORDED, SAME = "the five gates", "the same in another commit", "the same, nothing changed"


def main() -> None:
    """Print the table and exit with 1 when the bound is missed."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        once([gatecheck(), "advisories", "import", str(made(scratch / "export.json"))], scratch, env)
        repository = build(scratch, env, files=FILES, changed=0, policy=POLICY, body=BODY)
        change(repository, env, 0)
        advisories = read_advisories((scratch / "cache/supplies/advisories").read_bytes())
        with serving(advisories) as served:
            actions = {**_bare(repository, env, served.url), **_gates(repository, env)}
            seen = side_by_side(actions, runs)
    slower = max(BANDIT, AUDIT, key=lambda tool: statistics.median(seen[tool]))
    table(seen, slower)
    ratio = statistics.median(a / b for a, b in zip(seen[ALL], seen[slower], strict=True))
    print(f"\nthe five gates take {ratio:.2f} x {slower} (bound {BOUND} x)")
    sys.exit(ratio > BOUND)


def change(repository: Path, env: Mapping[str, str], number: int) -> None:
    """Give main other modules and pins, and the branch a change of them."""
    pins = [f"library-{each}==1.{number}\n" for each in range(PINS)]
    for branch, more, first in (("main", "", "library-0==0.1\n"), ("feature", "MORE = 1\n", pins[0])):
        git(repository, env, "switch", "--quiet", "--force-create", branch, "main")
        for module in range(MODULES):
            text = f'"""Module {module}."""\n\nVALUE = {number}\n{more}{BODY}'
            (repository / f"pack/m{module}.py").write_text(text)
        (repository / "requirements.txt").write_text("".join([first, *pins[1:]]))
        (repository / "README.md").write_text("# Orders\n\n`VALUE`, `MORE` and `order_1` are for all.\n")
        git(repository, env, "add", "--all")
        git(repository, env, "commit", "--quiet", "--message", f"{branch} {number}")
    git(repository, env, "update-ref", "refs/remotes/origin/main", "main")


def _bare(repository: Path, env: Mapping[str, str], url: str) -> dict[str, Callable[[], float]]:
    """Return the tools as somebody would call them by hand."""
    own = [sys.executable, "-I", "-m"]
    report = str(repository.parent / "report.json")
    bandit = [*own, "bandit", "-q", "-f", "json", "-o", report, *(f"pack/m{n}.py" for n in range(MODULES))]
    pins = ["-r", "requirements.txt", "--no-deps", "--disable-pip"]
    how = ["-f", "json", "-o", report, "--progress-spinner", "off", "-s", "osv", "--osv-url", url]
    audit = [*own, "pip_audit", *pins, *how]
    return {
        BANDIT: lambda: once(bandit, repository, env, codes=(0, 1)),
        AUDIT: lambda: once(audit, repository, env),
    }


def _gates(repository: Path, env: Mapping[str, str]) -> dict[str, Callable[[], float]]:
    run, numbers = [gatecheck(), "run"], count(1)

    def another() -> float:
        change(repository, env, next(numbers))
        return once(run, repository, env)

    def reworded() -> float:
        git(repository, env, "commit", "--quiet", "--amend", "--message", os.urandom(8).hex())
        return once(run, repository, env)

    return {ALL: another, REWORDED: reworded, SAME: lambda: once(run, repository, env)}


if __name__ == "__main__":
    main()
