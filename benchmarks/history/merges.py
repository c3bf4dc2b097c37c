"""Make the merges of a public project's history again with gatecheck's own merge, and compare with what was merged then.

    python benchmarks/history/merges.py CLONE [--last N] [--from HEAD] [--paths]

CLONE is a clone or a bare mirror; nothing is written to it. For each merge of two parents, newest first, the change from its first
parent by its second is computed as `gatecheck run` does it, and the tree is held against that of the merge commit:

    equal       git merges as it did then
    conflict    git does not merge by itself, so somebody resolved it
    other       the trees differ: somebody put into the merge commit what no side had (or merged by other rules)
    no answer   gatecheck refuses to tell; its reason is printed

Prints one line for each that is neither equal nor conflict, and for an `other` the paths that differ (with --paths: all of them), then
the counts. Ends with 1 when there was one of the kind `no answer`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gatecheck.errors import CannotTell
from gatecheck.repo import Aim, Repository, compute

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from timing import environment, git

FEW = 5
"""Paths of a difference that are printed without --paths."""


class Merged(NamedTuple):
    """What became of one merge when it was made again."""

    kind: str
    says: tuple[str, ...] = ()


def main() -> int:
    """Merge again, compare, count."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["GATECHECK_CACHE"] = f"{scratch}/cache"
        env = environment(Path(scratch))
        clone = Repository.at(str(asked.clone))
        clone.resolve("HEAD")
        counts: Counter[str] = Counter()
        seconds = []
        for commit, first, second in _merges(asked, env):
            begun = time.perf_counter()
            merged = _again(clone, commit, first, second)
            seconds.append(time.perf_counter() - begun)
            counts[merged.kind] += 1
            if merged.kind in {"other", "no answer"}:
                print(f"{merged.kind:10} {git(asked.clone, env, 'log', '-1', '--format=%h %cs %s', commit)}")
                shown = merged.says if asked.paths else merged.says[:FEW]
                more = len(merged.says) - len(shown)
                print(
                    "".join(
                        f"           {line}\n" for line in (*shown, *([f"and {more} more"] if more else []))
                    ),
                    end="",
                )
    whole = sum(counts.values())
    print(f"\n{whole} merges, {1000 * statistics.median(seconds or [0]):.1f} ms each (median)")
    for kind in ("equal", "conflict", "other", "no answer"):
        print(f"{kind:10} {counts[kind]:6} {100 * counts[kind] / max(whole, 1):6.1f} %")
    return 1 if counts["no answer"] else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clone", type=Path)
    parser.add_argument("--last", type=int, default=-1, metavar="N", help="only the newest N (default: all)")
    parser.add_argument("--from", dest="newest", default="HEAD", help="where history begins (default: HEAD)")
    parser.add_argument("--paths", action="store_true", help="print every path that differs")
    return parser.parse_args()


def _merges(asked: argparse.Namespace, env: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield merges of two parents with their parents, newest first; git has made those of more by other rules."""
    newest = git(asked.clone, env, "rev-parse", "--verify", f"{asked.newest}^{{commit}}")
    limits = ["--min-parents=2", "--max-parents=2", "--parents", f"--max-count={asked.last}"]
    for line in git(asked.clone, env, "rev-list", *limits, newest).splitlines():
        commit, first, second = line.split()
        yield commit, first, second


def _again(clone: Repository, commit: str, first: str, second: str) -> Merged:
    aim = Aim(first, first, second, "its first parent by its second", asked=True)
    try:
        change = compute(clone, aim)
        then = clone.objects.tree_of(commit)
    except CannotTell as error:
        return Merged("no answer", (error.message,))
    if change.conflicts:
        return Merged("conflict")
    if change.tree == then:
        return Merged("equal")
    differ = clone.git("diff-tree", "-r", "-z", "--name-only", change.tree, then)
    return Merged("other", tuple(ascii(os.fsdecode(name))[1:-1] for name in differ.split(b"\0") if name))


if __name__ == "__main__":
    sys.exit(main())
