"""What gatecheck costs over the slowest gate's bare command: results cold, environment warm, a repository of 1,000 files.

Usage: python benchmarks/overhead.py [RUNS]
Bound: at most 10 % + 0.3 s; peak memory of gatecheck itself under 80 MiB.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from sample import build
from timing import environment, gatecheck, once, peak_of, side_by_side, table

SHARE, FIXED, MEMORY = 0.10, 0.3, 80.0
_TESTS = """\
import time

import pytest
from pack import m0


@pytest.mark.parametrize("number", range(20))
def test_slow(number):
    assert m0.VALUE == 0
    time.sleep(0.1)
"""
_POLICY = """\
version: 1
gates:
  tests: {run: [python, -m, pytest, -q], measure: false}
"""


def main() -> None:
    """Print the table and exit with 1 when a bound is missed."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        repository = build(scratch, env, files=1000, changed=10, policy=_POLICY, tests=_TESTS)
        bare = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        run = [gatecheck(), "run"]
        seen = side_by_side(
            {
                "pytest alone": lambda: once(bare, repository, env),
                "gatecheck run, cold": lambda: _cold(run, repository, env, scratch),
            },
            runs,
        )
        memory = peak_of([*run, "--no-cache"], repository, env)
    table(seen, "pytest alone")
    alone, ours = (statistics.median(seconds) for seconds in seen.values())
    over = ours - alone
    allowed = SHARE * alone + FIXED
    print(
        f"\nover the bare command: {over:.2f} s (bound {allowed:.2f} s); peak memory {memory:.0f} MiB (bound {MEMORY:.0f} MiB)"
    )
    sys.exit(over > allowed or memory > MEMORY)


def _cold(run: list[str], repository: Path, env: dict[str, str], scratch: Path) -> float:
    """Time a run that knows nothing but its interpreter: no slot, no result."""
    for part in ("git", "slots", "store", "recall"):
        for cache in scratch.glob("cache/*"):
            shutil.rmtree(cache / part, ignore_errors=True)
    return once(run, repository, env)


if __name__ == "__main__":
    main()
