"""Where nothing changed no tool starts: told by the interpreter that gatecheck runs in, which knows of every program and every import."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

POLICY = """\
version: 1
protect: [main]
exempt: ["*.md"]
environment: {pass: [HTTPS_PROXY]}
gates:
  dependencies: {source: offline}
  secrets: {}
  security: {}
  docs: {effect: note}
  size: {}
"""
LISTEN = """\
import sys

log, programs = open(sys.argv[1], "w"), {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}

def heard(event, told):
    if event == "subprocess.Popen":
        print("program", *told[1], file=log)
    elif event in programs:
        print("program", event, file=log)
    elif event == "import":
        print("import", told[0], file=log)

sys.argv = ["gatecheck", *sys.argv[2:]]
sys.addaudithook(heard)
from gatecheck.__main__ import main
sys.exit(main())
"""
"""Source: docs.python.org/3/library/audit_events.html."""


class Heard(NamedTuple):
    gates: dict[str, dict]
    """The report's, by name."""
    git: int
    """How often git was started."""
    tools: int
    """How many supervisors were started; one stands before each program of a gate."""
    imported: frozenset[str]
    """The packages that were imported."""


@pytest.fixture
def run(project, tmp_path):
    """Run as a process of its own, and return what was heard of it."""

    def run(*words):
        log = tmp_path / "heard"
        argv = [sys.executable, "-c", LISTEN, log, "run", "--output-format", "json", *words]
        done = subprocess.run(argv, cwd=project.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        lines = log.read_text().splitlines()
        programs = [line.removeprefix("program ") for line in lines if line.startswith("program ")]
        git = [program for program in programs if program.startswith("git ")]
        supervisors = [program for program in programs if program.endswith("supervisor/__main__.py")]
        assert set(programs) == {*git, *supervisors}, [p for p in programs if p not in {*git, *supervisors}]
        imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith("import ")}
        gates = {gate["name"]: gate for gate in json.loads(done.stdout)["gates"]}
        return Heard(gates, len(git), len(supervisors), frozenset(imported))

    return run


@pytest.fixture
def begun(project, tmp_path):
    """A change that brings work to each gate; the run before it has tried what keeps programs apart on this machine."""
    affected = {"package": {"name": "flask", "ecosystem": "PyPI"}, "versions": ["1.0"]}
    record = {"id": "PYSEC-1", "modified": datetime.now(UTC).isoformat(), "affected": [affected]}
    (tmp_path / "export.json").write_text(json.dumps([record]))
    assert project.gatecheck("advisories", "import", str(tmp_path / "export.json")).returncode == 0
    files = {"shop.py": "x = 1\n", "README.md": "x\n", "requirements.txt": "click==8.0\n"}
    project.main(files, policy=POLICY)
    project.change({"shop.py": "x = 2\n"})
    assert project.gatecheck("run").returncode == 0
    project.change({"shop.py": "x = 3\n", "requirements.txt": "click==8.1\n"})
    return project


@pytest.mark.usefixtures("begun")
def test_a_change_starts_bandit_and_pip_audit_and_the_same_change_nothing(run):
    first = run()
    assert (first.tools, first.git > 0) == (2, True)
    assert not any(gate["recalled"] for gate in first.gates.values())
    again = run()
    assert (again.tools, again.git) == (0, 0), "the whole report is recalled"


def test_where_the_report_is_gone_each_gates_answer_is_still_known(begun, run):
    run()
    shutil.rmtree(begun.cache / "recall")
    again = run()
    assert (again.tools, again.git > 0) == (0, True)
    assert all(gate["recalled"] for gate in again.gates.values())


@pytest.mark.usefixtures("begun")
def test_what_the_policy_passes_on_is_part_of_the_question(run, monkeypatch):
    run()
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    again = run()
    assert again.tools == 2
    assert not any(gate["recalled"] for gate in again.gates.values())


def test_another_commit_of_the_same_files_has_nothing_scanned(begun, run):
    run()
    begun.git("commit", "--quiet", "--amend", "--message", "Say it better")
    again = run()
    assert again.tools == 1, "pip-audit, whose answer is kept for the change as a whole"
    assert not any(gate["recalled"] for gate in again.gates.values())


def test_documentation_starts_nothing_and_the_forms_of_secrets_are_not_imported_again(begun, run):
    begun.git("switch", "--quiet", "--create", "words", "main")
    begun.change({"README.md": "x\n\ny\n"}, branch="words")
    heard = run()
    assert heard.tools == 0
    assert heard.gates["secrets"]["verdict"] == "pass"
    assert "detect_secrets" not in heard.imported
    assert "detect_secrets" in run("--no-cache").imported
