"""The script that judges a project's history tells how often each gate fires, and writes nothing into the clone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks/history/gates.py"
POLICY = "version: 1\nprotect: [main]\ngates:\n  docs: {}\n"


def test_each_commit_is_judged_against_the_one_before_it(project, tmp_path):
    project.commit({"shop.py": "A = 1\n", "README.md": "A\n"}, "first")
    project.commit({"shop.py": "A = 1\nB = 2\n", "README.md": "A and B\n"}, "documented")
    project.commit({"shop.py": "A = 1\nB = 2\nC = 3\n"}, "undocumented")
    project.commit({"other.txt": "x\n"}, "elsewhere")
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY, encoding="utf-8")
    before = project.git("for-each-ref"), project.git("count-objects", "-v"), project.git("status", "--short")
    command = [sys.executable, SCRIPT, project.path, policy, "docs", "--commits", "9", "--show", "all"]
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
