"""How often a test that fails one time in three, by chance, blocks a change that has nothing to do with it.

Usage: python benchmarks/flaky.py [RUNS]
Bound: never, in 50 runs. See docs/adr/0006-retries.md for the arithmetic.
"""

from __future__ import annotations

import collections
import subprocess
import sys
import tempfile
from pathlib import Path

from sample import build
from timing import environment, gatecheck

_TESTS = """\
import os

from pack import m0


def test_steady():
    assert m0.VALUE == 0


def test_flaky():
    assert os.urandom(1)[0] % 3, "one time in three (85 of 256, to be exact, and one more)"
"""


def main() -> None:
    """Print how often each exit code was seen; exit with 1 when a run blocked."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        repository = build(scratch, env, files=20, changed=2, tests=_TESTS)
        run = [gatecheck(), "run", "--no-cache"]
        codes: collections.Counter[int] = collections.Counter()
        named = 0
        for _ in range(runs):
            done = subprocess.run(run, cwd=repository, env=env, capture_output=True, text=True, check=False)
            codes[done.returncode] += 1
            named += "tests/flaky" in done.stdout
    print(f"{runs} runs: exit codes {dict(codes)}; the flaky test was named in {named}")
    sys.exit(codes != {0: runs})


if __name__ == "__main__":
    main()
