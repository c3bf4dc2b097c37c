"""What it costs to move a warm slot by a change of 10 files, in a repository of 1,000 files and in one of 100,000.

Usage: python benchmarks/slots.py [RUNS]
Bound: over what git itself takes to find the difference and to move its index, the large slot may cost 50 ms more than the small one.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from sample import build
from timing import environment, side_by_side, table

from gatecheck.place import Place
from gatecheck.repo import Repository
from gatecheck.room.slot import Slot

SMALL, LARGE, CHANGED = 1_000, 100_000, 10
BOUND = 0.050


def main() -> None:
    """Print the table and exit with 1 when the bound is missed."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        actions: dict[str, Callable[[], float]] = {}
        for files in (SMALL, LARGE):
            top = scratch / str(files)
            top.mkdir()
            bench = Bench(build(top, env, files=files, changed=CHANGED), top)
            actions[f"{files} files: git alone"] = bench.git_alone
            actions[f"{files} files: another tree"] = bench.move
            actions[f"{files} files: the same tree"] = bench.stay
            actions[f"{files} files: walked, clean"] = bench.restore
        seen = side_by_side(actions, runs)
    table(seen, f"{SMALL} files: another tree")
    over = {
        files: statistics.median(
            slot - git
            for slot, git in zip(
                seen[f"{files} files: another tree"], seen[f"{files} files: git alone"], strict=True
            )
        )
        for files in (SMALL, LARGE)
    }
    more = over[LARGE] - over[SMALL]
    print(
        f"\nover git alone: {1000 * over[SMALL]:.1f} ms at {SMALL}, {1000 * over[LARGE]:.1f} ms at {LARGE}"
        f" files; {1000 * more:.1f} ms more (bound {1000 * BOUND:.0f} ms)"
    )
    sys.exit(more > BOUND)


class Bench:
    """One repository with its slot, moved to and fro between two trees."""

    def __init__(self, repository: Path, scratch: Path) -> None:
        git_dir = str(repository / ".git")
        cache = str(scratch / "cache")
        place = Place(work_tree=str(repository), git_dir=git_dir, common_dir=git_dir, cache=cache)
        self._repository = Repository(place)
        self._folder = scratch / "cache" / "slots" / "merge"
        self._commits = [str(self._repository.resolve(name)) for name in ("main", "feature")]
        self._trees = [self._repository.objects.tree_of(commit) for commit in self._commits]
        self._turns = cycle((1, 0))
        self._hold(0)
        self._index = scratch / "index"
        shutil.copyfile(self._folder / "index", self._index)
        self._index_turns = cycle((1, 0))

    def move(self) -> float:
        """Hold the other tree, as another process would: from what is on disk."""
        return self._hold(next(self._turns))

    def stay(self) -> float:
        """Hold the tree that is held."""
        to = next(self._turns)
        next(self._turns)
        return self._hold(1 - to)

    def restore(self) -> float:
        """Walk the slot as after a program that changed nothing."""
        to = next(self._turns)
        next(self._turns)
        slot = Slot(self._folder, self._repository)
        slot.hold(self._trees[1 - to], self._commits[1 - to], "main")
        slot.mark()
        begun = time.perf_counter()
        slot.restore()
        return time.perf_counter() - begun

    def git_alone(self) -> float:
        """Let git find the difference and move an index, and do nothing else."""
        to = next(self._index_turns)
        env = {**os.environ, "GIT_INDEX_FILE": str(self._index)}
        git = ["git", f"--git-dir={self._repository.private}"]
        begun = time.perf_counter()
        words = ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", self._trees[1 - to], self._trees[to]]
        out = subprocess.run([*git, *words], env=env, capture_output=True, check=True).stdout
        parts = out.split(b"\0")[:-1]
        lines = [
            b"%s %s\t%s\0" % (head.split()[1], head.split()[3], path)
            for head, path in zip(parts[::2], parts[1::2], strict=True)
        ]
        words = ["update-index", "-z", "--index-info"]
        subprocess.run([*git, *words], env=env, input=b"".join(lines), check=True)
        return time.perf_counter() - begun

    def _hold(self, which: int) -> float:
        begun = time.perf_counter()
        Slot(self._folder, self._repository).hold(self._trees[which], self._commits[which], "main")
        return time.perf_counter() - begun


if __name__ == "__main__":
    main()
