"""The composite action asks gatecheck, which finds target and head in the forge's event and refuses what it must not judge."""

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

    def run(event, gates="", **document):
        document["repository"] = {"default_branch": "main"}
        path = tmp_path / "event.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        names = dict.fromkeys(JUDGE["env"], "") | {
            "GATECHECK_REPOSITORY": str(project.path),
            "GATECHECK_REPORT": str(report),
            "GATECHECK_GATES": gates,
            "RUNNER_TEMP": str(runner),
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_SHA": project.git("rev-parse", "HEAD"),
        }
        done = subprocess.run(
            ["bash", "-c", JUDGE["run"]],
            cwd=tmp_path,
            env={**os.environ, **names},
            capture_output=True,
            text=True,
            check=False,
        )
        return done, json.loads(report.read_text("utf-8")) if report.exists() else None

    return run


def pull(head):
    return {"base": {"ref": "main"}, "head": {"sha": head}}


def test_a_pull_request_is_judged_against_its_target_branch(judge, project):
    head = project.git("rev-parse", "HEAD")
    project.git("switch", "--quiet", "--detach", "main")  # the checkout is not the head
    done, report = judge("pull_request", pull_request=pull(head))
    assert done.returncode == 0, done.stdout + done.stderr
    assert report["change"]["head"] == head
    assert report["change"]["target"] == "refs/remotes/origin/main"


def test_a_merge_group_is_judged_by_its_two_commits(judge, project):
    base, head = project.git("rev-parse", "main"), project.git("rev-parse", "HEAD")
    done, report = judge(
        "merge_group", merge_group={"base_sha": base, "head_sha": head, "base_ref": "refs/heads/main"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (base, head)


def test_a_change_that_fails_fails_the_step(judge, project):
    project.change({"file.txt": None, "other.txt": "new\n"})
    done, report = judge("pull_request", pull_request=pull(project.git("rev-parse", "HEAD")))
    assert done.returncode == 1
    assert report["verdict"] == "fail"


def test_chosen_gates_are_words_and_never_shell(judge, project):
    head = project.git("rev-parse", "HEAD")
    done, report = judge("pull_request", gates="first", pull_request=pull(head))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [gate["name"] for gate in report["gates"]] == ["first"]
    done, _ = judge("pull_request", gates="$(touch gone) ;exit 0", pull_request=pull(head))
    assert done.returncode == 2
    assert not (project.path.parent / "gone").exists()


def test_pull_request_target_is_refused(judge, project):
    done, report = judge("pull_request_target", pull_request=pull(project.git("rev-parse", "HEAD")))
    assert done.returncode == 2
    assert report is None
    assert "pull_request_target" in done.stderr


def test_event_values_reach_the_script_as_variables_only():
    for step in (INSTALL, JUDGE):
        assert "${{" not in step["run"]
        subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)
    used = set(re.findall(r"\$\{?(GATECHECK_\w+)", JUDGE["run"]))
    assert used == set(JUDGE["env"])


def test_the_action_installs_itself_and_nothing_from_elsewhere():
    (command,) = [line for line in INSTALL["run"].splitlines() if "pip install" in line]
    assert command.split()[-1] == '"$GITHUB_ACTION_PATH"'
