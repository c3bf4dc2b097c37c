"""Whether cost follows the change and not the repository: the same questions in a small and in a large one.

Usage: python benchmarks/scale.py [RUNS] [MOST_FILES]
Bounds: a run with nothing to do within 1.5 x between 100 files and 100,000 files with 10,000 tags and 10,000 commits; a run on a
change of 10 files with warm slots and a trivial gate within 3 x between 1,000 and 100,000 files; merge within 1.5 x and difference
within 1.8 x from 10,000 files to 1,000,000; peak memory under 80 MiB at 100,000 files.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path

from timing import environment, gatecheck, git, once, peak_of, side_by_side, table

POLICY = "version: 1\ngates:\n  trivial: {uses: command, run: ['true'], exit-code-only: true}\n"
NOTHING, WARM, MERGE, DIFFERENCE, MEMORY = 1.5, 3.0, 1.5, 1.8, 80.0


def main() -> None:
    """Print the tables and exit with 1 when a bound is missed."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    most = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000  # noqa: PLR2004 -- the second argument
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        asked: dict[str, tuple[float, float]] = {}
        small, large = _grow(scratch, env, 100), _grow(scratch, env, 100_000, tags=10_000, commits=10_000)
        asked["nothing to do"] = _compared(_nothing_to_do, small, large, env, runs), NOTHING
        small = _grow(scratch, env, 1_000)
        asked["10 files changed, warm"] = _compared(_warm, small, large, env, runs), WARM
        memory = peak_of([gatecheck(), "run", "--no-cache"], large, env)
        small, huge = _grow(scratch, env, 10_000), _grow(scratch, env, most)
        asked["merge"] = _compared(_merge, small, huge, env, runs), MERGE
        asked["difference"] = _compared(_difference, small, huge, env, runs), DIFFERENCE
    for name, (ratio, bound) in asked.items():
        print(f"{name:24} {ratio:5.2f} x (bound {bound} x)")
        missed += [name] * (ratio > bound)
    print(f"{'peak memory':24} {memory:5.0f} MiB at 100,000 files (bound {MEMORY:.0f} MiB)")
    sys.exit(bool(missed) or memory > MEMORY)


def _compared(
    of: Callable[[Path, Mapping[str, str]], Callable[[], float]],
    small: Path,
    large: Path,
    env: Mapping[str, str],
    runs: int,
) -> float:
    names = f"{of.__name__.strip('_')}, {small.name} files", f"{of.__name__.strip('_')}, {large.name} files"
    seen = side_by_side({names[0]: of(small, env), names[1]: of(large, env)}, runs)
    table(seen, names[0])
    print()
    return statistics.median(seen[names[1]]) / statistics.median(seen[names[0]])


def _nothing_to_do(repository: Path, env: Mapping[str, str]) -> Callable[[], float]:
    run = [gatecheck(), "run"]
    subprocess.run(run, cwd=repository, env=env, capture_output=True, check=True)
    return lambda: once(run, repository, env)


def _warm(repository: Path, env: Mapping[str, str]) -> Callable[[], float]:
    heads = cycle(["feature", "other"])
    return lambda: once([gatecheck(), "run", "--no-cache", "--head", next(heads)], repository, env)


def _merge(repository: Path, env: Mapping[str, str]) -> Callable[[], float]:
    words = ["git", "merge-tree", "--write-tree", "--no-messages", "moved", "feature"]
    return lambda: once(words, repository, env)


def _difference(repository: Path, env: Mapping[str, str]) -> Callable[[], float]:
    words = ["git", "diff-tree", "-r", "-z", "-M", "--raw", "main", "feature"]
    return lambda: once(words, repository, env)


def _grow(scratch: Path, env: Mapping[str, str], files: int, *, tags: int = 0, commits: int = 0) -> Path:
    """Return a repository of so many files, with a main that moved on and two branches that each change 10 files."""
    repository = scratch / str(files)
    begun = time.perf_counter()
    subprocess.run(["git", "init", "-q", "-b", "main", repository], env=env, check=True)
    stream = [*_commit("main"), *_inline(".gatecheck.yaml", POLICY), *_inline(_path(0), "text\n")]
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        cwd=repository,
        env=env,
        input=b"text\n",
        capture_output=True,
        check=True,
    )
    name = blob.stdout.decode().strip()
    stream += [f"M 100644 {name} {_path(number)}" for number in range(1, files)]
    for number in range(commits):
        stream += [*_commit("main"), *_inline("counted", f"{number}\n")]
        stream += [f"reset refs/tags/t{number}", "from refs/heads/main", ""] if number < tags else []
    stream += ["reset refs/remotes/origin/main", "from refs/heads/main", ""]
    for branch in ("feature", "other", "moved"):
        stream += _commit(branch, "refs/heads/main")
        for number in range(10):
            stream += _inline(_path(number if branch != "moved" else 10 + number), f"{branch} {number}\n")
    text = "\n".join([*stream, ""]).encode()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repository, env=env, input=text, check=True)
    git(repository, env, "pack-refs", "--all")
    git(repository, env, "symbolic-ref", "HEAD", "refs/heads/feature")
    print(f"{files:,} files were written in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    return repository


def _path(number: int) -> str:
    """Return where a file lies: folders of 100, as far as they go."""
    return f"f/{number // 10_000}/{number // 100 % 100}/{number}"


def _commit(branch: str, parent: str = "") -> list[str]:
    start = [
        f"commit refs/heads/{branch}",
        "committer bench <bench@localhost> 1700000000 +0000",
        "data 1",
        "x",
    ]
    return [*start, f"from {parent}"] if parent else start


def _inline(path: str, text: str) -> list[str]:
    return [f"M 100644 inline {path}", f"data {len(text)}", text]


if __name__ == "__main__":
    main()
