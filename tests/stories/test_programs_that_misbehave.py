"""Programs that gates run may hang, shout, write through git or leave children: the answer is honest and nothing stays behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest


def gate(run: str, more: str = "") -> str:
    return f"version: 1\ngates:\n  look: {{uses: command, run: [sh, look.sh], {run}{more}}}\n"


COUNTED = gate("count: '^looked'")


def judged(project, script: str, policy: str = COUNTED, *words: str):
    project.main({"look.sh": script, "code.txt": "one\n"}, policy=policy)
    project.change({"code.txt": "two\n"})
    return project.gatecheck("run", *words)


def test_a_program_that_hangs_is_an_error_whose_fix_names_the_timeout(project):
    begun = time.monotonic()
    done = judged(project, "echo begun; sleep 600\n", gate("count: '^looked'", ", timeout: 1s"))
    assert done.returncode == 4
    assert "timeout" in done.stdout
    assert time.monotonic() - begun < 60, "it was not waited for"


def test_children_that_left_the_group_do_not_outlive_the_run(project, tmp_path, living):
    began = tmp_path / "began"
    done = judged(
        project, f"setsid sh -c 'touch {began}; exec env STRAY={began} sleep 600' & sleep 0.3; echo looked\n"
    )
    assert done.returncode == 0, done.stdout
    assert began.exists()
    assert living(f"STRAY={began}") == []


FLOOD = "head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; echo looked\n"


def test_a_hundred_megabytes_of_output_are_bounded_in_report_and_log(project):
    done = judged(project, FLOOD, gate("exit-code-only: true"))
    assert done.returncode == 0, done.stdout[-2000:]
    assert len(done.stdout) < 10_000
    (log,) = project.cache.glob("logs/*/look.log")
    assert log.stat().st_size < 70 * 1024 * 1024


def test_what_cannot_be_counted_in_too_much_output_is_an_error_and_no_guess(project):
    done = judged(project, FLOOD)
    assert done.returncode == 4
    assert "fix: " in done.stdout


def test_tests_that_write_through_git_leave_the_users_repository_alone(project):
    script = """\
        git config user.name intruder
        git commit --quiet --allow-empty -m intruded
        git branch intruder
        mkdir -p .git/hooks && echo 'exit 1' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit
        git gc --quiet
        echo changed > code.txt
        rm look.sh
        touch left-behind
        echo looked
        """
    project.main({"look.sh": script, "code.txt": "one\n"}, policy=COUNTED)
    project.change({"code.txt": "two\n"})
    before = picture(project)
    first = project.gatecheck("run")
    assert first.returncode == 0, first.stdout
    assert picture(project) == before
    tree = project.cache / "slots" / "merge" / "tree"
    assert {entry.name for entry in tree.iterdir()} == {".git", ".gatecheck.yaml", "code.txt", "look.sh"}
    assert (tree / "code.txt").read_text() == "two\n"
    again = project.gatecheck("run", "--no-cache")
    assert again.returncode == 0, again.stdout
    assert picture(project) == before


def picture(project) -> object:
    """Everything of the user's repository that a program could change: names, bytes, and modes."""
    found = {}
    for folder, _, files in os.walk(project.path):
        for name in files:
            path = Path(folder, name)
            found[path] = (path.read_bytes(), path.lstat().st_mode)
    return found


def test_a_program_that_reaches_the_users_repository_is_found_out(project):
    done = judged(
        project,
        'git --git-dir="$GATECHECK_ORIGIN/.git" branch intruder HEAD; echo looked\n',
        COUNTED,
        "--portable",
    )
    assert done.returncode == 4
    assert "refs of your repository changed" in done.stdout


def test_in_an_overlay_a_program_cannot_reach_the_users_repository_at_all(project):
    done = judged(
        project, 'git --git-dir="$GATECHECK_ORIGIN/.git" branch intruder HEAD; echo looked\n', COUNTED, "-v"
    )
    if "room      overlay" not in done.stdout:
        pytest.skip("this machine has no overlays")
    assert done.returncode == 0, done.stdout
    assert "intruder" not in project.git("branch", "--list")


def test_a_program_does_not_see_the_callers_secrets(project):
    project.main({"look.sh": "env; echo looked\n", "code.txt": "one\n"}, policy=COUNTED)
    project.change({"code.txt": "two\n"})
    secret = {"AWS_SECRET_ACCESS_KEY": "hush-hush", "SSH_AUTH_SOCK": "/hush-hush", "GIT_DIR": "/hush-hush"}
    project.gatecheck("run", env={**secret, "GIT_DIR": None})
    (log,) = project.cache.glob("logs/*/look.log")
    assert "hush-hush" not in log.read_text()
    assert "HOME=" in log.read_text()


def test_a_program_has_nothing_to_read_and_no_terminal(project):
    done = judged(project, "read line && exit 1; test -t 1 && exit 1; tty && exit 1; echo looked\n")
    assert done.returncode == 0, done.stdout


def test_a_program_that_is_not_installed_is_an_error_with_a_fix(project):
    policy = "version: 1\ngates: {look: {uses: command, run: [no-such-program], count: x}}\n"
    done = judged(project, "", policy)
    assert done.returncode == 4
    assert "no-such-program" in done.stdout
    assert "fix: " in done.stdout


def test_a_gate_that_examined_nothing_does_not_pass(project):
    done = judged(project, "echo I did nothing\n")
    assert done.returncode == 4
    assert "nothing was examined" in " ".join(done.stdout.split())
