"""The scripts that judge and merge a project's history again tell what came of it, and write nothing into the clone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent / "benchmarks/history"
POLICY = "version: 1\nprotect: [main]\ngates:\n  docs: {}\n"


def test_each_commit_is_judged_against_the_one_before_it(project, tmp_path):
    project.commit({"shop.py": "A = 1\n", "README.md": "A\n"}, "first")
    project.commit({"shop.py": "A = 1\nB = 2\n", "README.md": "A and B\n"}, "documented")
    project.commit({"shop.py": "A = 1\nB = 2\nC = 3\n"}, "undocumented")
    project.commit({"other.txt": "x\n"}, "elsewhere")
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY, encoding="utf-8")
    before = project.git("for-each-ref"), project.git("count-objects", "-v"), project.git("status", "--short")
    command = [
        sys.executable,
        SCRIPTS / "gates.py",
        project.path,
        policy,
        "docs",
        "--commits",
        "9",
        "--show",
        "all",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert first.startswith("error")
    assert "elsewhere" in first
    assert any(line.startswith("fail") and "undocumented" in line for line in rest)
    assert any(line.startswith("pass") and line.endswith(" documented") for line in rest)
    assert "3 commits" in done.stdout
    assert "docs/undocumented" in done.stdout
    assert before == (
        project.git("for-each-ref"),
        project.git("count-objects", "-v"),
        project.git("status", "--short"),
    )
    narrowed = subprocess.run([*command, "--paths", "other.txt"], capture_output=True, text=True, check=True)
    assert "1 commits" in narrowed.stdout


def test_each_merge_is_made_again(project):
    lines = "one\ntwo\nthree\n"
    project.commit({"a.txt": lines})

    def merge(branch, files, ours, resolved, *words):
        project.git("switch", "--quiet", "--create", branch)
        project.commit(files)
        project.git("switch", "--quiet", "main")
        project.commit(ours)
        project.git("merge", "--quiet", "--no-ff", "--no-commit", *words, branch, check=False)
        project.commit(resolved, f"Merge {branch}")

    merge("clean", {"b.txt": "b\n"}, {"a.txt": f"{lines}four\n"}, {})
    merge("resolved", {"a.txt": "1\n"}, {"a.txt": "2\n"}, {"a.txt": "both\n"})
    merge("by-hand", {"c.txt": "c\n"}, {"d.txt": "d\n"}, {"b.txt": "sneaked in\n", "e\x1b.txt": "e\n"})
    project.git("switch", "--quiet", "--orphan", "elsewhere")
    project.commit({"z.txt": "z\n"})
    project.git("switch", "--quiet", "main")
    project.git(
        "merge", "--quiet", "--no-ff", "--allow-unrelated-histories", "-m", "Merge elsewhere", "elsewhere"
    )
    before = project.git("for-each-ref"), project.git("count-objects", "-v"), project.git("status", "--short")
    command = [sys.executable, SCRIPTS / "merges.py", project.path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    told = [line.split() for line in done.stdout.splitlines() if line]
    assert told[0][:2] == ["no", "answer"]
    assert told[0][-2:] == ["Merge", "elsewhere"]
    assert "no history in common" in done.stdout
    assert [line[-1] for line in told if line[0] == "other"][:1] == ["by-hand"]
    assert told[3:5] == [["b.txt"], ["e\\x1b.txt"]]
    counts = {line[0]: line[-3] for line in told[-4:]}
    assert counts == {"equal": "1", "conflict": "1", "other": "1", "no": "1"}
    assert before == (
        project.git("for-each-ref"),
        project.git("count-objects", "-v"),
        project.git("status", "--short"),
    )
    newest = subprocess.run(
        [*command, "--last", "1", "--from", "main~1", "--paths"], capture_output=True, text=True, check=False
    )
    assert (newest.returncode, newest.stdout.count("merges,")) == (0, 1)
    assert "other           1" in newest.stdout
