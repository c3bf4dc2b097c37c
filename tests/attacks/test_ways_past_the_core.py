"""Ways round the gate that were tried on names, exempt paths, stored answers and what a killed run leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

LOOK = """\
    version: 1
    exempt: ["/docs/**/*.md"]
    gates:
      look: {uses: command, run: [sh, look.sh], count: '^looked'}
    """


@pytest.fixture
def judged(project):
    """A project whose gate passes while `code.py` says good, and says no otherwise."""
    project.main(
        {"look.sh": "echo looked; grep -q good code.py || exit 1\n", "code.py": "good\n"}, policy=LOOK
    )
    return project


def test_a_file_that_moves_to_an_exempt_path_is_still_judged(judged):
    judged.git("switch", "--create", "change")
    (judged.path / "docs").mkdir()
    judged.git("mv", "code.py", "docs/code.md")
    judged.commit()
    assert judged.gatecheck("run").returncode == 1


def test_a_file_that_moves_between_exempt_paths_is_not(judged):
    judged.main({"docs/a.md": "text\n"})
    judged.git("switch", "--create", "change")
    judged.git("mv", "docs/a.md", "docs/b.md")
    judged.commit()
    assert judged.gatecheck("run").returncode == 0


@pytest.mark.parametrize("flag", ["--target", "--head"])
@pytest.mark.parametrize("kind", ["tag", "branch"])
@pytest.mark.parametrize("suffix", ["", "~0"])
def test_a_ref_that_takes_a_branchs_name_is_not_taken_for_it(judged, flag, kind, suffix):
    judged.change({"code.py": "bad\n"})
    judged.git(kind, "origin/main")
    done = judged.gatecheck("run", flag, f"origin/main{suffix}")
    assert done.returncode == 2
    assert "is ambiguous" in done.stderr
    assert judged.gatecheck("run", "--target", "refs/remotes/origin/main").returncode == 1


@pytest.mark.parametrize("flag", ["--target", "--head"])
def test_an_empty_name_is_not_taken_for_another(judged, flag):
    judged.change({"code.py": "bad\n"})
    done = judged.gatecheck("run", flag, "")
    assert done.returncode == 2
    assert f"{flag} is empty" in done.stderr


def test_an_answer_about_some_paths_is_none_about_others(project):
    coverage = "uses: coverage, minimum: 90, allowance: 0"
    policy = f"""\
        version: 1
        gates:
          tests: {{run: [python, -m, pytest]}}
          cov-a: {{{coverage}, paths: ["a/**"]}}
          cov-b: {{{coverage}, paths: ["b/**"]}}
        """
    project.main(
        {"a/__init__.py": "", "b/__init__.py": "", "test_a.py": "def test_a():\n    import a.m\n"},
        policy=policy,
    )
    project.change({"a/m.py": "X = 1\n", "b/m.py": "Y = 1\nZ = 2\n"})
    done = project.gatecheck("run", "--jobs", "1")
    assert done.returncode == 1, done.stdout
    assert "b/m.py" in done.stdout


def test_an_amended_message_is_judged_anew(project):
    policy = """\
        version: 1
        gates:
          signed: {uses: command, run: [sh, -c, 'git log -1 --format=%B | grep Signed'], count: Signed}
        """
    project.main({"code.py": "1\n"}, policy=policy)
    project.change({"code.py": "2\n"})
    project.git("commit", "--amend", "--quiet", "-m", "Signed")
    assert project.gatecheck("run").returncode == 0
    project.git("commit", "--amend", "--quiet", "-m", "not")
    assert project.gatecheck("run").returncode != 0


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("words", [(), ("--portable",)], ids=["overlay", "portable"])
def test_a_run_that_is_killed_leaves_no_program_and_the_next_one_takes_away_its_scratch(
    project, tmp_path, living, words
):
    policy = """\
        version: 1
        gates:
          look: {uses: command, run: [sh, look.sh], count: '^looked'}
        """
    project.main({"look.sh": "echo looked\n", "code.py": "good\n"}, policy=policy)
    project.change({"look.sh": f"env STRAY={tmp_path} sleep 600\n"})
    running = subprocess.Popen(
        [project.program, "run", *words],
        cwd=project.path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not living(f"STRAY={tmp_path}"):
        assert running.poll() is None
        time.sleep(0.01)
    running.kill()
    running.wait()
    deadline = time.monotonic() + 10
    while living(f"STRAY={tmp_path}"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    scratch = (project.cache / "scratch").readlink()
    assert scratch.is_dir()
    project.git("switch", "main")
    project.change({"code.py": "better\n"}, branch="other")
    assert project.gatecheck("run", *words).returncode == 0
    assert not scratch.exists()


def test_objects_that_were_pruned_cost_a_slot_and_no_answer(judged):
    judged.change({"code.py": "good, still\n"})
    assert judged.gatecheck("run").returncode == 0
    judged.git("switch", "main")
    judged.git("branch", "-D", "change")
    judged.git("reflog", "expire", "--expire=now", "--all")
    judged.git("gc", "--quiet", "--prune=now")
    judged.change({"code.py": "good, again\n"}, branch="other")
    assert judged.gatecheck("run").returncode == 0


def test_a_git_that_cannot_be_kept_from_fetching_is_refused_in_a_partial_clone(judged, tmp_path):
    judged.change({"code.py": "good, still\n"})
    old = tmp_path / "old"
    old.mkdir()
    (old / "git").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && { echo git version 2.43.0; exit; }\nPATH=${PATH#*:} exec git "$@"\n'
    )
    (old / "git").chmod(0o755)
    path = f"{old}:{os.environ['PATH']}"
    assert judged.gatecheck("run", env={"PATH": path}).returncode == 0
    judged.git("config", "remote.origin.promisor", "true")
    refused = judged.gatecheck("run", "--no-cache", env={"PATH": path})
    assert refused.returncode == 4
    assert "cannot be kept from fetching" in refused.stderr
    assert judged.gatecheck("run").returncode == 0


def test_a_report_is_written_to_a_pipe_or_through_a_link_and_replaces_neither(judged, tmp_path):
    judged.change({"code.py": "good, still\n"})
    pipe, link, target = tmp_path / "pipe", tmp_path / "link", tmp_path / "target"
    os.mkfifo(pipe)
    link.symlink_to(target)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)
    done = judged.gatecheck("run", "--report", f"text={pipe}", "--report", f"json={link}")
    assert done.returncode == 0
    assert "may enter" in reader.communicate()[0]
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert '"verdict"' in target.read_text()


def test_code_that_another_project_lends_is_part_of_the_question(judged, tmp_path):
    venv, lent = tmp_path / "venv", tmp_path / "lent"
    lent.mkdir()
    (lent / "lent.py").write_text("WORD = 'good'\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    site = next(venv.glob("lib/python*/site-packages"))
    (site / "lent.pth").write_text(f"{lent}\n")
    judged.main({"look.sh": "echo looked; python -c 'import lent, sys; sys.exit(lent.WORD != \"good\")'\n"})
    judged.change({"other.py": "1\n"})
    env = {"VIRTUAL_ENV": str(venv)}
    assert judged.gatecheck("run", env=env).returncode == 0
    (lent / "lent.py").write_text("WORD = 'worse'\n")
    assert judged.gatecheck("run", env=env).returncode != 0


def test_an_environment_that_appears_beside_the_code_is_a_new_question(judged):
    judged.main({"look.sh": "echo looked; command -v python | grep -qv 'project/[.]venv/'\n"})
    judged.change({"other.py": "1\n"})
    env = {"VIRTUAL_ENV": None}
    assert judged.gatecheck("run", env=env).returncode == 0
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", judged.path / ".venv"], check=True)
    assert judged.gatecheck("run", env=env).returncode != 0
