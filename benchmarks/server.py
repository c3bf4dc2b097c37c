"""What the server's hooks add to a push, in bare interpreters: at most 25, whatever the size of the repository and of the push.

Usage: python benchmarks/server.py [--cpu] [RUNS]

A merge that a runner signed is pushed together with its evidence, and taken back on the server's disk, by turns with and without hooks.
With --cpu, the time that all processes together were at work is measured, for machines that others use too. What is added is the median of
the pairwise differences.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from timing import environment, gatecheck, git, side_by_side, table
from verify import Maker

BOUND = 25.0
PYTHON = [sys.executable, "-I", "-c", "pass"]
MANY = 20_000
"""Files and commits of the large repository."""


class Bench:
    """A clone with one proven merge that its server does not have, and two ways to push it."""

    def __init__(self, folder: Path, merges: int, refs: int, *, cpu: bool) -> None:
        folder.mkdir()
        self.cpu, self.hooked = cpu, True
        self.env = {**environment(folder), "PATH": os.environ["PATH"]}
        self.maker = Maker(folder, self.env)
        self.clone, self.server = self.maker.path, folder / "server.git"
        self.maker.merges(merges)
        git(folder, self.env, "clone", "--quiet", "--bare", str(self.clone), str(self.server))
        git(self.clone, self.env, "push", "--quiet", str(self.server), "refs/gatecheck/*:refs/gatecheck/*")
        subprocess.run(
            [gatecheck(), "server", "install", self.server], env=self.env, check=True, capture_output=True
        )
        git(self.server, self.env, "config", "receive.autogc", "false")
        self.base = git(self.clone, self.env, "rev-parse", "main")
        self.maker.merges(1)
        self.proof = f"refs/gatecheck/evidence/{git(self.clone, self.env, 'rev-parse', 'main^{tree}')}"
        self.tags = [f"refs/tags/t{number}" for number in range(refs)]
        stream = "".join(f"create {tag} {self.base}\n" for tag in self.tags)
        subprocess.run(
            ["git", "update-ref", "--stdin"], cwd=self.clone, env=self.env, input=stream.encode(), check=True
        )
        git(self.clone, self.env, "pack-refs", "--all")

    def push(self, *, hooks: bool) -> float:
        """Return the seconds of a push, which is then taken back."""
        if self.hooked != hooks:
            (self.server / ("hooks" if self.hooked else "aside")).rename(
                self.server / ("aside" if self.hooked else "hooks")
            )
            self.hooked = hooks
        words = ["git", "push", "--quiet", "--atomic"]
        refs = ["main", f"{self.proof}:{self.proof}", *(["refs/tags/*:refs/tags/*"] if self.tags else [])]
        seconds = spent([*words, str(self.server), *refs], self.clone, self.env, cpu=self.cpu)
        back = [f"update refs/heads/main {self.base}", *(f"delete {ref}" for ref in (self.proof, *self.tags))]
        subprocess.run(
            ["git", "-c", "core.hooksPath=/dev/null", "update-ref", "--stdin"],
            cwd=self.server, env=self.env, input="\n".join([*back, ""]).encode(), check=True,
        )  # fmt: skip
        return seconds


def spent(command: list[str], cwd: Path, env: Mapping[str, str], *, cpu: bool) -> float:
    """Return the seconds that a command took, or kept all of its processes at work."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not cpu:
        return time.perf_counter() - begun
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Measure, print, and return 1 where a bound is not held."""
    words = [word for word in sys.argv[1:] if word != "--cpu"]
    runs, cpu = int((*words, "15")[0]), "--cpu" in sys.argv
    bad = 0
    with tempfile.TemporaryDirectory() as name:
        for what, merges, refs in (
            ("small", 5, 0),
            (f"{2 * MANY:,} commits", MANY, 0),
            ("1,000 refs more", 5, 1000),
        ):
            bench = Bench(Path(name, what.replace(" ", "-")), merges, refs, cpu=cpu)
            actions: dict[str, Callable[[], float]] = {
                "python -I -c pass": lambda b=bench: spent(PYTHON, b.clone, b.env, cpu=cpu),
                f"push, {what}": lambda b=bench: b.push(hooks=False),
                f"push with hooks, {what}": lambda b=bench: b.push(hooks=True),
            }
            seen = side_by_side(actions, runs)
            unit, without, with_hooks = seen
            table(seen, unit)
            added = statistics.median(
                (c - b) / a for a, b, c in zip(seen[unit], seen[without], seen[with_hooks], strict=True)
            )
            print(f"hooks add {added:.1f} bare interpreters; the bound is {BOUND:.0f}\n")
            bad += added > BOUND
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
