"""The composite action finds target and head in the forge's event, and refuses events that it must not judge."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ACTION = yaml.safe_load((Path(__file__).resolve().parent.parent / "action.yml").read_text(encoding="utf-8"))
INSTALL, JUDGE = ACTION["runs"]["steps"]
POLICY = """\
    version: 1
    protect: [main]
    gates:
      first: {uses: command, run: [test, -e, file.txt], exit-code-only: true}
      second: {uses: command, run: [test, -e, file.txt], exit-code-only: true}
    """


@pytest.fixture
def judge(project, tmp_path):
    """Return what runs the action's own script, with a runner's variables and an event's values."""
    project.main({"file.txt": "old\n"}, policy=POLICY)
    project.change({"file.txt": "new\n"})
    runner = tmp_path / "runner"
    (runner / "gatecheck/bin").mkdir(parents=True)
    (runner / "gatecheck/bin/gatecheck").symlink_to(project.program)
    report = tmp_path / "report.json"

    def run(event, gates="", **values):
        names = dict.fromkeys(JUDGE["env"], "")
        names |= {
            "GATECHECK_REPOSITORY": str(project.path),
            "GATECHECK_REPORT": str(report),
            "GATECHECK_GATES": gates,
        }
        names |= {f"GATECHECK_{name}": value for name, value in values.items()}
        done = subprocess.run(
            ["bash", "-c", JUDGE["run"]],
            cwd=tmp_path,
            env={**os.environ, **names, "RUNNER_TEMP": str(runner), "GITHUB_EVENT_NAME": event},
            capture_output=True,
            text=True,
            check=False,
        )
        return done, json.loads(report.read_text("utf-8")) if report.exists() else None

    return run


def test_a_pull_request_is_judged_against_its_target_branch(judge, project):
    head = project.git("rev-parse", "HEAD")
    project.git("switch", "--quiet", "--detach", "main")  # the checkout is not the head
    done, report = judge("pull_request", BASE_REF="main", PULL_HEAD=head)
    assert done.returncode == 0, done.stdout + done.stderr
    assert report["change"]["head"] == head
    assert report["change"]["target"] == "refs/remotes/origin/main"


def test_a_merge_group_is_judged_by_its_two_commits(judge, project):
    base, head = project.git("rev-parse", "main"), project.git("rev-parse", "HEAD")
    done, report = judge("merge_group", GROUP_BASE=base, GROUP_HEAD=head)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (base, head)


def test_a_change_that_fails_fails_the_step(judge, project):
    project.change({"file.txt": None, "other.txt": "new\n"})
    done, report = judge("pull_request", BASE_REF="main", PULL_HEAD=project.git("rev-parse", "HEAD"))
    assert done.returncode == 1
    assert report["verdict"] == "fail"


def test_chosen_gates_are_words_and_never_shell(judge, project):
    head = project.git("rev-parse", "HEAD")
    done, report = judge("pull_request", gates="first", BASE_REF="main", PULL_HEAD=head)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [gate["name"] for gate in report["gates"]] == ["first"]
    done, _ = judge("pull_request", gates="$(touch gone) ;exit 0", BASE_REF="main", PULL_HEAD=head)
    assert done.returncode == 2
    assert not (project.path.parent / "gone").exists()


@pytest.mark.parametrize("event", ["pull_request_target", "push", "issue_comment"])
def test_other_events_are_refused(judge, project, event):
    done, report = judge(event, BASE_REF="main", PULL_HEAD=project.git("rev-parse", "HEAD"))
    assert done.returncode == 2
    assert report is None
    assert event in done.stdout


def test_event_values_reach_the_script_as_variables_only():
    for step in (INSTALL, JUDGE):
        assert "${{" not in step["run"]
        subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)
    used = set(re.findall(r"\$\{?(GATECHECK_\w+)", JUDGE["run"]))
    assert used == set(JUDGE["env"])


def test_the_action_installs_itself_and_nothing_from_elsewhere():
    (command,) = [line for line in INSTALL["run"].splitlines() if "pip install" in line]
    assert command.split()[-1] == '"$GITHUB_ACTION_PATH"'
