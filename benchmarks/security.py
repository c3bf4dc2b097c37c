"""What the security gate costs: a change of 10 files in a repository of 1,000 Python files and in one of 10,000, and bandit on all.

Usage: python benchmarks/security.py [RUNS]
Bounds: the large repository within 1.5 x the small one, and at most 0.1 x `bandit -r` of its files. Nothing is remembered of the
scans; the last line of the table is a run in which everything is.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from sample import build
from timing import environment, gatecheck, once, side_by_side, table

SMALL, LARGE, CHANGED = 1_000, 10_000, 10
SAME, SHARE = 1.5, 0.1
POLICY = "version: 1\ngates: {security: {}}\n"
BODY = "".join(
    f"""

def order_{number}(prices, name, count):
    '''Return an order.'''
    price = prices.get(name, {number})
    if price is None:
        raise KeyError(name)
    return {{"name": name, "total": price * count}}
"""
    for number in range(6)
)


def main() -> None:
    """Print the table and exit with 1 when a bound is missed."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        actions: dict[str, Callable[[], float]] = {}
        for files in (SMALL, LARGE):
            top = scratch / str(files)
            top.mkdir()
            repository = build(top, env, files=files, changed=CHANGED, policy=POLICY, body=BODY)
            actions[f"{files} files, {CHANGED} changed"] = _asked(repository, env, "--no-cache")
        actions[f"{LARGE} files, nothing new"] = _asked(repository, env)
        seen = side_by_side(actions, runs)
        everything = [
            sys.executable,
            "-I",
            "-m",
            "bandit",
            "-q",
            "-r",
            ".",
            "-f",
            "json",
            "-o",
            scratch / "all.json",
        ]
        alone = once([str(word) for word in everything], repository, env, codes=(0, 1))
    small, large, _ = seen
    table(seen, small)
    same = statistics.median(a / b for a, b in zip(seen[large], seen[small], strict=True))
    share = statistics.median(seen[large]) / alone
    print(f"\nlarge against small {same:.2f} x (bound {SAME} x)")
    print(
        f"`bandit -r` of {LARGE:,} files took {alone:.1f} s; the gate {share:.3f} x of that (bound {SHARE} x)"
    )
    sys.exit(same > SAME or share > SHARE)


def _asked(repository: Path, env: Mapping[str, str], *words: str) -> Callable[[], float]:
    run = [gatecheck(), "run", *words]
    return lambda: once(run, repository, env)


if __name__ == "__main__":
    main()
