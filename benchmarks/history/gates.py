"""Judge consecutive commits of a public project's history, each as a change to the commit before it, and count what each gate says.

    python benchmarks/history/gates.py CLONE POLICY [GATE...] [--commits 100] [--from HEAD] [--only EXPR] [--show blocks|all|none]

CLONE is a clone or a bare mirror (nothing is written to it), POLICY the file that judges; a gate that is not named is not asked. The
commits are those of the first-parent line, newest first. For each, `gatecheck run GATE... --target X~1 --head X` is asked in a
scratch clone, in which both commits also hold the policy: otherwise a project without one would be judged by a preset.
Prints one line a commit (and below it what was found), then how often each gate and each rule fired.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from timing import environment, gatecheck, git

POLICY = ".gatecheck.yaml"


@dataclass
class Counts:
    """How often each gate said what, and each rule found something new."""

    verdicts: dict[str, Counter[str]] = field(default_factory=dict)
    commits: dict[tuple[str, str], int] = field(default_factory=dict)
    findings: dict[tuple[str, str], int] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)
    """Of the gates' measurements."""
    seconds: list[float] = field(default_factory=list)

    def add(self, report: Mapping[str, Any], seconds: float) -> None:
        """Count one report."""
        self.seconds.append(seconds)
        for gate in report["gates"]:
            self.verdicts.setdefault(gate["name"], Counter())[gate["verdict"]] += 1
            for measured in gate["outcome"]["measurements"] if gate["outcome"] else ():
                if measured["unit"] != "%":
                    name = f"{measured['unit']} of {gate['name']}: {measured['name']}".strip()
                    self.sums[name] = self.sums.get(name, 0) + measured["value"]
            for key, found in _by_rule(gate).items():
                self.commits[key] = self.commits.get(key, 0) + 1
                self.findings[key] = self.findings.get(key, 0) + found

    def tell(self) -> None:
        """Print the tables."""
        print(f"\n{len(self.seconds)} commits, {sum(self.seconds) / max(len(self.seconds), 1):.2f} s each")
        for gate, seen in self.verdicts.items():
            print(f"{gate:16} " + ", ".join(f"{verdict} {number}" for verdict, number in seen.most_common()))
        print(f"\n{'rule':28} {'standing':10} {'commits':>8} {'findings':>9}")
        for (rule, standing), commits in sorted(self.commits.items()):
            print(f"{rule:28} {standing:10} {commits:8} {self.findings[rule, standing]:9}")
        for name, total in sorted(self.sums.items()):
            print(f"in all {total:g} {name}")


def main() -> None:
    """Judge, print, count."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        repository = scratch / "project"
        # Not `git clone`: a remote of its own would say which branches are protected.
        subprocess.run(["git", "init", "-q", "-b", "judged", repository], env=env, check=True)
        objects = git(asked.clone, env, "rev-parse", "--path-format=absolute", "--git-path", "objects")
        (repository / ".git/objects/info/alternates").write_text(f"{objects}\n")
        policy = git(repository, env, "hash-object", "-w", str(asked.policy.resolve()))
        counts = Counts()
        for commit in _commits(repository, env, asked):
            base, head = (
                _with_policy(repository, env, f"{commit}^", policy, None),
                _with_policy(repository, env, commit, policy, f"{commit}^"),
            )
            report, seconds = _judge(repository, env, base, head, asked.gates)
            counts.add(report, seconds)
            subject = git(repository, env, "log", "-1", "--format=%h %s", commit)
            if asked.show != "none":
                _tell(subject, report, all_of_it=asked.show == "all")
        counts.tell()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clone", type=Path)
    parser.add_argument("policy", type=Path)
    parser.add_argument("gates", nargs="*", metavar="GATE")
    parser.add_argument("--commits", type=int, default=100, help="so many (default: 100)")
    parser.add_argument("--from", dest="newest", default="HEAD", help="the newest of them (default: HEAD)")
    parser.add_argument("--paths", nargs="*", default=[], help="only commits that touch these paths")
    parser.add_argument("--show", choices=("blocks", "all", "none"), default="blocks")
    return parser.parse_args()


def _commits(repository: Path, env: Mapping[str, str], asked: argparse.Namespace) -> Iterator[str]:
    """Yield the commits, newest first; the first of all has nothing before it."""
    newest = git(asked.clone, env, "rev-parse", "--verify", f"{asked.newest}^{{commit}}")
    limits = [f"--max-count={asked.commits}", "--first-parent", "--min-parents=1"]
    yield from git(repository, env, "rev-list", *limits, newest, "--", *asked.paths).split()


def _with_policy(
    repository: Path, env: Mapping[str, str], commit: str, policy: str, parent: str | None
) -> str:
    """Return a commit with the tree of another one and the policy; with `parent`, on top of that one's."""
    index = {**env, "GIT_INDEX_FILE": str(repository / ".git" / "index-with-policy")}
    git(repository, index, "read-tree", commit)
    git(repository, index, "update-index", "--add", "--cacheinfo", f"100644,{policy},{POLICY}")
    tree = git(repository, index, "write-tree")
    dated = {**env, "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000"}
    parents = ["-p", _with_policy(repository, env, parent, policy, None)] if parent else []
    return git(repository, dated, "commit-tree", tree, *parents, "-m", commit)


def _judge(
    repository: Path, env: Mapping[str, str], base: str, head: str, gates: list[str]
) -> tuple[dict[str, Any], float]:
    git(repository, env, "update-ref", "refs/heads/main", base)
    git(repository, env, "update-ref", "refs/heads/judged", head)
    command = [
        gatecheck(),
        "run",
        *gates,
        "--target",
        "refs/heads/main",
        "--head",
        head,
        "--output-format",
        "json",
    ]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=repository, env=env, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if not done.stdout.startswith("{"):
        sys.exit(f"no report for {head}, exit code {done.returncode}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout), seconds


def _groups(gate: Mapping[str, Any]) -> list[dict[str, Any]]:
    return gate["outcome"]["findings"] if gate["outcome"] else []


def _by_rule(gate: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for group in _groups(gate):
        for item in group["items"]:
            found[group["rule"], item["standing"]] += 1
    return found


def _tell(subject: str, report: Mapping[str, Any], *, all_of_it: bool) -> None:
    print(f"{report['verdict']:15} {subject}")
    for gate in report["gates"]:
        if gate["verdict"] == "error" or (all_of_it and gate["reason"]):
            print(f"    {gate['name']}: {gate['reason']}")
        for group in _groups(gate):
            for item in group["items"]:
                if all_of_it or item["standing"] in {"blocks", "approval"}:
                    place = f"{item['path']}:{item['line']}" if item["line"] else item["path"]
                    print(f"    {group['rule']} {item['standing']} {place}: {item['message']}")


if __name__ == "__main__":
    main()
