"""Judge the last commits of a public project's main branch, each as the change that it was, and count how often gates fire.

Usage: python benchmarks/history/commits.py CLONE [COMMITS] [GATES]
CLONE is a clone of the project (it is borrowed from, and not changed), GATES the `gates:` of the policy in one line of YAML.

Each commit on main's first-parent line is judged with its own parent as the target, to which only a policy was added; of a merge
the branch that it brought is the head. Prints one line for each commit that a gate does not let pass as it is, with what was
found, and at the end the numbers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from timing import environment, gatecheck, git

GATES = "{security: {}, size: {}}"


def main() -> None:
    """Print what each commit gave, and the numbers."""
    if len(sys.argv) < 2:  # noqa: PLR2004 -- the first argument
        sys.exit(__doc__)
    clone = sys.argv[1]
    most = sys.argv[2] if len(sys.argv) > 2 else "100"  # noqa: PLR2004 -- the second
    gates = sys.argv[3] if len(sys.argv) > 3 else GATES  # noqa: PLR2004 -- the third
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        repository = scratch / "project"
        subprocess.run(
            ["git", "clone", "-q", "--shared", "--no-checkout", clone, repository], env=env, check=True
        )
        git(repository, env, "remote", "remove", "origin")
        tip = git(repository, env, "rev-parse", "HEAD")
        git(repository, env, "checkout", "-q", "--detach", tip)
        commits = git(repository, env, "rev-list", "--first-parent", f"--max-count={most}", "HEAD").split()
        (scratch / "policy").write_text(f"version: 1\nprotect: [main]\ngates: {gates}\n")
        numbers: Counter[str] = Counter()
        for commit in reversed(commits):
            parents = git(repository, env, "rev-list", "--parents", "--max-count=1", commit).split()[1:]
            if not parents:
                continue
            base = _with_policy(repository, env, parents[0], scratch)
            git(repository, env, "update-ref", "refs/heads/main", base)
            told = _judged(repository, env, parents[-1] if parents[1:] else commit)
            numbers.update(_numbers(told))
            for line in _lines(told):
                print(f"{commit[:10]} {line}", flush=True)
    print()
    for name, number in sorted(numbers.items()):
        print(f"{number:6} {name}")


def _with_policy(repository: Path, env: dict[str, str], parent: str, scratch: Path) -> str:
    """Return a commit on top of another that adds the policy, and nothing else."""
    env = {**env, "GIT_INDEX_FILE": str(scratch / "index")}
    blob = git(repository, env, "hash-object", "-w", str(scratch / "policy"))
    git(repository, env, "read-tree", parent)
    git(repository, env, "update-index", "--add", "--cacheinfo", f"100644,{blob},.gatecheck.yaml")
    return git(
        repository, env, "commit-tree", "-p", parent, "-m", "policy", git(repository, env, "write-tree")
    )


def _judged(repository: Path, env: dict[str, str], head: str) -> dict[str, Any]:
    run = [gatecheck(), "run", "--target", "main", "--head", head, "--output-format", "json"]
    done = subprocess.run(run, cwd=repository, env=env, capture_output=True, check=False)
    if not done.stdout:
        sys.exit(f"{head}: {done.stderr.decode()}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _numbers(told: dict[str, Any]) -> Counter[str]:
    counted = Counter({"commits": 1})
    for gate in told["gates"]:
        counted[f"{gate['name']}: {gate['verdict']}"] += 1
        for rule in {(group["rule"], item["standing"]) for group, item in _items(gate)}:
            counted[f"{rule[0]} ({rule[1]})"] += 1
    return counted


def _lines(told: dict[str, Any]) -> list[str]:
    lines = []
    for gate in told["gates"]:
        if gate["verdict"] == "error":
            lines.append(f"{gate['name']} error: {gate['reason']}")
        for group, item in _items(gate):
            if item["standing"] != "old":
                place = f"{item.get('path')}:{item['line']}"
                lines.append(f"{group['rule']} {item['standing']} {place}: {item['message']}")
        notes = gate["outcome"]["notes"] if gate["outcome"] else []
        lines += [f"{gate['name']} says: {note}" for note in notes]
    return lines


def _items(gate: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    groups = gate["outcome"]["findings"] if gate["outcome"] else []
    return [(group, item) for group in groups for item in group["items"]]


if __name__ == "__main__":
    os.umask(0o022)
    main()
