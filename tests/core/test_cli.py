"""The command line through the installed program: help that teaches, reports where they are asked for, and no surprise."""

from __future__ import annotations

import errno
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

POLICY = "version: 1\ngates:\n  look: {uses: command, run: [sh, -c, echo looked], count: '^looked'}\n"
COMMANDS = [
    "run",
    "init",
    "list",
    "validate-config",
    "show-config",
    "schema",
    "plan",
    "clean",
    "completion",
    "advisories",
    "start",
    "snapshot",
]


@pytest.fixture
def ready(project):
    project.main({"code.txt": "one\n"}, policy=POLICY)
    project.change({"code.txt": "two\n"})
    return project


def test_help_names_every_command_and_the_exit_codes(project):
    done = project.gatecheck("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout
    for code in (0, 1, 2, 3, 4, 130):
        assert re.search(rf"^ +{code} ", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_begins_with_a_sentence(project, command):
    done = project.gatecheck(command, "--help")
    assert done.returncode == 0
    sentence = done.stdout.split("\n\n")[1].strip()
    assert sentence[0].isupper()
    assert "." in sentence


def test_the_help_of_run_teaches_with_examples_and_exit_codes(project):
    text = project.gatecheck("run", "--help").stdout
    assert "gatecheck run tests --target origin/main" in text
    assert "Exit codes" in text


def test_the_version_is_told(project):
    assert project.gatecheck("--version").stdout.startswith("gatecheck ")


@pytest.mark.parametrize("words", [["--version"], ["completion", "bash"], ["nonsense"]])
def test_a_command_does_not_wait_for_what_the_others_need(words):
    ask = f"import sys; from gatecheck.cli import main; main({words})"
    tell = "print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"{ask}; {tell}"], capture_output=True, text=True, check=True
    )
    loaded = done.stderr.split()
    assert "click" in loaded
    assert not {"pygit2", "yaml", "rich", "pathspec", "gatecheck.engine", "gatecheck.snapshots"}.intersection(
        loaded
    )


def test_an_option_that_is_nearly_right_is_answered_with_the_right_one(project):
    assert "--target" in project.gatecheck("run", "--taget", "x").stderr


def test_json_is_one_document_on_standard_output_and_progress_is_elsewhere(ready):
    done = ready.gatecheck("run", "--output-format", "json")
    report = json.loads(done.stdout)
    assert report["verdict"] == "pass"
    assert "look: running" in done.stderr
    jsonschema.validate(report, json.loads(ready.gatecheck("schema", "report").stdout))


def test_the_schema_of_the_policy_takes_our_own_policy(ready):
    schema = json.loads(ready.gatecheck("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == json.loads(ready.gatecheck("schema", "policy").stdout)


def test_several_reports_are_written_at_once(ready, tmp_path):
    done = ready.gatecheck("run", "--report", f"json={tmp_path}/r.json", "--report", f"text={tmp_path}/r.txt")
    assert done.returncode == 0
    assert json.loads((tmp_path / "r.json").read_text())["exit_code"] == 0
    assert "look  pass" in (tmp_path / "r.txt").read_text()
    assert sorted(path.name for path in tmp_path.glob("*r.*")) == ["r.json", "r.txt"]


def test_a_report_that_cannot_be_written_is_no_pass(ready, tmp_path):
    (tmp_path / "taken").mkdir()
    done = ready.gatecheck("run", "--report", f"json={tmp_path}/taken")
    assert done.returncode == 4
    assert "cannot be written" in done.stderr
    assert [path.name for path in tmp_path.glob("*taken*")] == ["taken"]


@pytest.mark.parametrize("words", [["run"], ["run", "--output-format", "json"]])
def test_a_reader_that_goes_away_is_no_pass_and_no_traceback(ready, words):
    for turn in range(2):  # the second time from what is recalled
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [ready.program, *words],
            cwd=ready.path,
            env=dict(os.environ),  # readline tells only C of COLUMNS, and what is recalled depends on it
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        os.close(write)
        assert done.returncode == 4
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr
        assert "crashed" not in done.stderr
        assert ("look: " in done.stderr) is (turn == 0)
        ready.gatecheck(*words)


@pytest.mark.parametrize("words", [["run"], ["run", "--no-cache"], ["list"], ["schema"], ["--version"]])
def test_a_full_disk_under_standard_output_is_no_pass_and_no_crash(ready, words):
    for _ in range(2):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [ready.program, *words],
                cwd=ready.path,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 4
        assert "No space left" in done.stderr
        assert "crash" not in done.stderr
        assert "Exception ignored" not in done.stderr
        ready.gatecheck(*words)


ESCAPE = "\x1b["


@pytest.mark.parametrize(
    ("words", "env", "coloured"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
    ],
)
def test_colour_is_for_those_who_ask_for_it(ready, words, env, coloured):
    assert (ESCAPE in ready.gatecheck("run", *words, env=env).stdout) is coloured
    assert (ESCAPE in ready.gatecheck("run", *words, env=env).stdout) is coloured, "nor is a recall another"


def test_a_terminal_gets_colours_and_a_dumb_one_does_not(ready):
    for terminal, coloured in (("xterm-256color", True), ("dumb", False)):
        for _ in range(2):
            assert (ESCAPE in on_a_terminal(ready, terminal)) is coloured


def on_a_terminal(project, terminal: str) -> str:
    """Run the program with a terminal as its standard output and error, and return what it wrote there."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [project.program, "run"],
        cwd=project.path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": terminal},
    )
    os.close(theirs)
    written = b""
    try:
        while more := os.read(ours, 4096):
            written += more
    except OSError as error:
        if error.errno != errno.EIO:  # the other side is closed: that is how a terminal ends
            raise
    os.close(ours)
    assert run.wait() == 0, written
    return written.decode()


def test_an_output_that_cannot_show_a_character_gets_another(ready):
    done = ready.gatecheck("run", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_list_shows_each_option_and_where_it_was_set(ready):
    done = ready.gatecheck("list")
    assert done.returncode == 0
    assert "look  uses command (from gatecheck)" in done.stdout
    assert ".gatecheck.yaml:3" in done.stdout
    assert "default" in done.stdout


def test_list_and_show_config_describe_the_preset_where_there_is_no_policy(project):
    project.main({"pyproject.toml": ""})
    assert "preset python" in project.gatecheck("list").stdout
    assert json.loads(project.gatecheck("show-config").stdout)["source"].startswith("preset python")


def test_show_config_is_json_with_origins(ready):
    shown = json.loads(ready.gatecheck("show-config").stdout)
    assert shown["source"] == ".gatecheck.yaml of origin/main"
    assert shown["gates"]["look"]["options"]["count"]["origin"] == ".gatecheck.yaml:3"


def test_show_config_can_be_asked_about_a_file(ready, tmp_path):
    (tmp_path / "mine.yaml").write_text(POLICY)
    assert json.loads(ready.gatecheck("show-config", str(tmp_path / "mine.yaml")).stdout)["gates"]


def test_validate_config_tells_all_problems_at_once(ready):
    ready.write({".gatecheck.yaml": "version: 2\nprotekt: []\ngates: {look: {uses: comand}}\n"})
    done = ready.gatecheck("validate-config")
    assert done.returncode == 2
    assert done.stderr.count(".gatecheck.yaml:") >= 3


def test_validate_config_of_a_good_file_names_its_gates(ready):
    assert "gates: look" in ready.gatecheck("validate-config").stdout
    ready.write({"empty.yaml": "version: 1\ngates: {}\n"})
    assert "gates: none" in ready.gatecheck("validate-config", "empty.yaml").stdout


def test_init_does_not_write_through_a_link(project):
    (project.path / ".gatecheck.yaml").symlink_to("elsewhere.yaml")
    done = project.gatecheck("init")
    assert done.returncode == 2
    assert not (project.path / "elsewhere.yaml").exists()


def test_init_where_nothing_can_be_written_says_so(project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    while (room := LONGEST_PATH - len(os.fsencode(Path.cwd()))) > 0:
        name = "d" * min(200, room - 1)  # so deep that the policy's own name is too long
        Path(name).mkdir()
        os.chdir(name)
    for folder in (".git/objects", ".git/refs"):
        Path(folder).mkdir(parents=True)
    Path(".git/HEAD").write_text("ref: refs/heads/main\n")
    done = project.gatecheck("init", cwd=Path())
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "fix: " in done.stderr


LONGEST_PATH = 4081
"""Linux takes 4,095 bytes: enough for `/.git/objects` below it, and not for `/.gatecheck.yaml`."""


def test_clean_of_a_cache_that_no_run_ever_locked(project):
    project.main({"code.txt": "one\n"}, policy=POLICY)
    project.gatecheck("run")  # nothing to judge: it made its private repository and went no further
    assert not (project.cache / "lock").exists()
    assert project.gatecheck("clean").stdout.startswith("removed ")


def test_the_package_is_a_program_too(project):
    words = [sys.executable, "-I", "-m", "gatecheck", "--version"]
    done = subprocess.run(words, cwd=project.path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("gatecheck ")


def test_a_target_is_enough_where_there_is_no_default_branch(project):
    project.commit({"code.txt": "one\n", ".gatecheck.yaml": POLICY})
    project.git("branch", "--move", "trunk")
    project.git("switch", "--quiet", "--create", "change")
    project.commit({"code.txt": "two\n"})
    assert project.gatecheck("run").returncode == 2
    done = project.gatecheck("run", "--target", "trunk")
    assert done.returncode == 0, done.stderr


def test_clean_takes_away_what_is_kept_and_nothing_else(ready):
    ready.gatecheck("run")
    before = sorted(ready.path.rglob("*"))
    done = ready.gatecheck("clean")
    assert done.returncode == 0
    assert str(done.stdout).startswith("removed ")
    assert ready.gatecheck("clean").stdout == "there is nothing to remove\n"
    assert ready.gatecheck("clean", "--all").returncode == 0
    assert sorted(ready.path.rglob("*")) == before
    assert ready.gatecheck("run").returncode == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_names_the_program(project, shell):
    done = project.gatecheck("completion", shell)
    assert done.returncode == 0
    assert "_GATECHECK_COMPLETE" in done.stdout


def test_bash_completes_commands(project):
    words = {"_GATECHECK_COMPLETE": "bash_complete", "COMP_WORDS": "gatecheck val", "COMP_CWORD": "1"}
    assert "validate-config" in project.gatecheck(env=words).stdout
