"""What a run costs whose answer is known: the ratio to a Python that does nothing at all.

Usage: python benchmarks/nothing_to_do.py [RUNS]
Bound: at most 6 times `python -I -c pass`, on a repository of 100 files.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from sample import build
from timing import environment, gatecheck, once, side_by_side, table

BOUND = 6.0


def main() -> None:
    """Print the table and exit with 1 when the bound is missed."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 31
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        repository = build(scratch, env, files=100, changed=3)
        run = [gatecheck(), "run"]
        first = subprocess.run(run, cwd=repository, env=env, capture_output=True, text=True, check=True)
        again = subprocess.run(run, cwd=repository, env=env, capture_output=True, text=True, check=True)
        if "recalled" in first.stdout or "recalled" not in again.stdout:
            sys.exit("the second run was not recalled, so this would measure something else")
        bare = "python -I -c pass"
        seen = side_by_side(
            {
                bare: lambda: once([sys.executable, "-I", "-c", "pass"], repository, env),
                "gatecheck run, nothing to do": lambda: once(run, repository, env),
                "gatecheck run, recalled from store": lambda: _from_store(run, repository, env, scratch),
                "python -I -c 'import pygit2'": lambda: once(
                    [sys.executable, "-I", "-c", "import pygit2"], repository, env
                ),
            },
            runs,
        )
    table(seen, bare)
    ratio = sorted(a / b for a, b in zip(seen["gatecheck run, nothing to do"], seen[bare], strict=True))[
        runs // 2
    ]
    print(f"\nnothing to do: {ratio:.2f} x (bound {BOUND:.0f} x)")
    sys.exit(ratio > BOUND)


def _from_store(run: list[str], repository: Path, env: dict[str, str], scratch: Path) -> float:
    for known in scratch.glob("cache/*/recall/*"):
        known.unlink()
    return once(run, repository, env)


if __name__ == "__main__":
    main()
