"""Every exit code is reached through the installed program, whatever the output format, and nothing changes it."""

from __future__ import annotations

import pytest

POLICY = "version: 1\ngates:\n  look: {uses: command, run: [sh, look.sh], count: '^looked', effect: EFFECT}\n"
CASES = {
    0: {"look.sh": "echo looked\n"},
    1: {"look.sh": "echo looked; test -e code.txt\n", "code.txt": None},
    3: {"look.sh": "echo looked; test -e code.txt\n", "code.txt": None},
    4: {"look.sh": "echo nothing\n"},
}


def begin(project, code: int):
    effect = "approval" if code == 3 else "block"
    green = {"look.sh": "echo looked; test -e code.txt\n", "code.txt": "one\n"}
    project.main(green, policy=POLICY.replace("EFFECT", effect))
    project.change(CASES[code])
    return project


@pytest.mark.parametrize("code", CASES)
def test_the_verdict_is_the_exit_code(project, code):
    begin(project, code)
    for words in ((), ("--output-format", "json"), ("--no-cache", "--fail-fast", "-v", "--color", "always")):
        assert project.gatecheck("run", *words).returncode == code, words
    assert project.gatecheck("run", env={"SKIP": "look", "CI": "1", "NO_COLOR": "1"}).returncode == code


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--target", "nowhere"],
        ["run", "--head", "nowhere"],
        ["run", "--no-such-option"],
        ["run", "--output-format", "yaml"],
        ["run", "--report", "json"],
        ["run", "--report", "yaml=x"],
        ["run", "--report", "json=no/such/folder/x"],
        ["run", "--jobs", "0"],
        ["no-such-command"],
        ["validate-config", "no-such-file"],
        ["schema", "no-such-schema"],
    ],
    ids=" ".join,
)
def test_a_question_that_is_put_wrongly_is_2(project, words):
    begin(project, 0)
    done = project.gatecheck(*words)
    assert done.returncode == 2
    assert done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_nothing_to_judge_is_4(project):
    project.main({"look.sh": "echo looked\n"}, policy=POLICY.replace("EFFECT", "block"))
    done = project.gatecheck("run")
    assert done.returncode == 4
    assert "nothing to judge" in done.stderr


def test_a_cache_that_cannot_be_written_is_4_and_never_a_pass(project):
    begin(project, 0)
    done = project.gatecheck("run", env={"GATECHECK_CACHE": "/dev/null/nowhere"})
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert "fix: " in done.stderr
