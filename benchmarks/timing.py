"""Whole processes timed side by side: interleaved, so that a machine that drifts drifts for both; the median is what is quoted."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Command = Sequence[str]


def once(command: Command, cwd: Path, env: Mapping[str, str], codes: Sequence[int] = (0,)) -> float:
    """Return the wall-clock seconds of one run. Exits when the command does not end as expected: a crash is quick, too."""
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, check=False)
    seconds = time.perf_counter() - begun
    if done.returncode not in codes:
        sys.exit(
            f"{' '.join(command)} ended with {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}"
        )
    return seconds


def side_by_side(actions: Mapping[str, Callable[[], float]], runs: int) -> dict[str, list[float]]:
    """Run each action once unseen, then all in turn, `runs` times; return their seconds."""
    for action in actions.values():
        action()
    seen: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(runs):
        for name, action in actions.items():
            seen[name].append(action())
    return seen


def table(seen: Mapping[str, list[float]], unit: str) -> None:
    """Print minimum, median and maximum of each, and the median of the pairwise ratios to `unit`."""
    print(f"{'':34} {'min':>8} {'median':>8} {'max':>8} {'ratio':>7}")
    for name, seconds in seen.items():
        ratio = statistics.median(a / b for a, b in zip(seconds, seen[unit], strict=True))
        print(
            f"{name:34} {min(seconds):8.4f} {statistics.median(seconds):8.4f} {max(seconds):8.4f} {ratio:7.2f}"
        )


def environment(scratch: Path) -> dict[str, str]:
    """Return an environment of its own: no configuration of the user's, and a cache in the scratch folder."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV") if name in os.environ}
    who = {
        f"GIT_{role}_{what}": "bench@localhost"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    return {
        **kept,
        **who,
        "HOME": str(scratch),
        "GATECHECK_CACHE": str(scratch / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "VIRTUAL_ENV": sys.prefix,
    }


def git(repository: Path, env: Mapping[str, str], *args: str) -> str:
    """Run git and return what it prints."""
    done = subprocess.run(["git", *args], cwd=repository, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def peak_of(run: list[str], repository: Path, env: Mapping[str, str]) -> float:
    """Return the peak resident set of gatecheck itself in MiB, without the programs that it starts."""
    script = (
        "import resource, runpy, sys\n"
        "sys.argv = sys.argv[1:]\n"
        "try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, file=sys.stderr)\n"
    )
    argv = [sys.executable, "-c", script, *run]
    done = subprocess.run(argv, cwd=repository, env=env, capture_output=True, text=True, check=True)
    return float(done.stderr.splitlines()[-1])


def gatecheck() -> str:
    """Return the program of the interpreter that runs the benchmark."""
    return str(Path(sys.executable).with_name("gatecheck"))
