"""The doctor says what is on, finds what was switched off in whatever way, and fires at hooks without doing any harm."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess

import pytest

from gatecheck.doctor import Status, Symptom, exit_code, firing, keys, remote
from gatecheck.install import from_text
from gatecheck.repo import Repository, UserGit

AGENT = """\
    version: 1
    protect: [main]
    push: {snapshot: make}
    hooks: {strict: true}
    gates: {look: {uses: command, run: [cat, a.txt], exit-code-only: true}}
    """
PLAIN = AGENT.replace("push: {snapshot: make}", "").replace("hooks: {strict: true}", "")


@pytest.fixture
def clone(project):
    """A clone whose policy asks for everything, with the hooks installed, on a branch of its own."""
    project.main({"a.txt": "one\n"}, policy=AGENT)
    project.change({"a.txt": "two\n"})
    done = project.gatecheck("install")
    assert done.returncode == 0, done.stderr
    return project


def told(project, *, env=None):
    """Return the exit code and what the doctor says of each thing: name to its statuses and sentences."""
    done = project.gatecheck("doctor", "--json", env=env)
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode
    found = {}
    for symptom in document["symptoms"]:
        found.setdefault(symptom["name"], []).append((symptom["status"], symptom["says"]))
        assert symptom["status"] == "on" or symptom["fix"]
    return done.returncode, found


def off(project, *, env=None):
    code, found = told(project, env=env)
    assert code == 1
    return {name: says for name, each in found.items() for status, says in each if status == "off"}


def test_all_is_on_and_every_hook_was_seen_to_refuse(clone):
    before = (clone.git("for-each-ref"), clone.git("status", "--porcelain"), clone.git("rev-parse", "HEAD"))
    code, found = told(clone)
    assert code == 0
    fired = {name for name in found if name.endswith(" fired")}
    assert fired == {
        f"{name} fired"
        for name in [
            "pre-commit",
            "prepare-commit-msg",
            "commit-msg",
            "pre-merge-commit",
            "pre-rebase",
            "pre-push",
            "reference-transaction",
        ]
    }
    assert all(status == "on" for each in found.values() for status, _ in each)
    assert before == (
        clone.git("for-each-ref"),
        clone.git("status", "--porcelain"),
        clone.git("rev-parse", "HEAD"),
    )
    assert (
        subprocess.run(["git", "-C", clone.remote, "tag"], capture_output=True, check=True).stdout == b""
    ), "the push of a snapshot is tried without doing it"


def test_people_get_a_line_each_with_its_mend(clone):
    (clone.path / ".git/hooks/pre-push").unlink()
    done = clone.gatecheck("doctor")
    assert done.returncode == 1
    assert "OFF      pre-push: " in done.stdout
    assert "fix: Run: gatecheck install" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("not all that the policy requires is on here")


def test_without_hooks_that_is_what_it_says(project):
    project.main({"a.txt": "one\n"}, policy=AGENT)
    assert "no hooks of gatecheck" in off(project)["installed"]


def test_hooks_sent_elsewhere_by_the_configuration_are_off(clone):
    clone.git("config", "core.hooksPath", "elsewhere")
    assert "elsewhere" in off(clone)["reached"]


def test_hooks_sent_elsewhere_by_the_environment_are_off(clone):
    env = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": "/dev/null",
    }
    assert "because of GIT_CONFIG variables" in off(clone, env=env)["reached"]


def test_hooks_sent_elsewhere_in_one_linked_work_tree_are_off(clone, tmp_path):
    clone.git("config", "extensions.worktreeConfig", "true")
    clone.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    linked = tmp_path / "linked"
    subprocess.run(["git", "-C", linked, "config", "--worktree", "core.hooksPath", "/dev/null"], check=True)
    assert "the work tree linked" in off(clone)["reached"]


def test_a_hook_without_its_run_bit_is_off_and_cannot_be_fired(clone):
    hooks = clone.path / ".git/hooks"
    for hook in ("pre-commit", "reference-transaction"):
        (hooks / hook).chmod(0o644)
    found = off(clone)
    assert "not executable" in found["pre-commit"]
    assert "not executable" in found["reference-transaction"]


def test_a_hook_that_was_edited_to_let_everything_through_is_off(clone):
    hook = clone.path / ".git/hooks/pre-commit"
    lines = hook.read_text().splitlines(keepends=True)
    hook.write_text("".join([*lines[:3], "exit 0\n", *lines[3:]]))
    found = off(clone)
    assert "not as this gatecheck writes it" in found["pre-commit"]


def test_hooks_from_before_the_policy_asked_for_more_say_so(project, tmp_path):
    project.main(policy="version: 1\nextends: python\n")
    project.change({"a.txt": "two\n"})
    assert project.gatecheck("install").returncode == 0
    other = dataclasses.replace(project, path=tmp_path / "other")
    subprocess.run(["git", "clone", "--quiet", project.remote, other.path], check=True)
    other.main(policy="version: 1\nextends: python\nhooks: {strict: true}\n")
    project.git("fetch", "--quiet")
    found = off(project)
    assert "the policy asks for `strict` now" in found["pre-commit"]


def test_a_hook_in_front_that_refuses_by_itself_proves_nothing_of_ours(clone, monkeypatch):
    law = from_text((clone.path / ".git/gatecheck/policy").read_text())
    hooks = clone.path / "theirs"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    (hooks / "pre-push").write_text("#!/bin/sh\nexit 0\n")
    (hooks / "pre-rebase").write_text("#!/bin/sh\nsleep 60\n")
    (hooks / "commit-msg").write_text("#!/bin/sh\nexit 3\n")
    for hook in hooks.iterdir():
        hook.chmod(0o755)
    monkeypatch.setattr(firing, "LIMIT", 0.5)
    names = ("pre-commit", "pre-push", "pre-rebase", "commit-msg")
    found = {s.name: s for s in firing.fire(clone.path / ".git", hooks, law, names)}
    assert {symptom.status for symptom in found.values()} == {Status.OFF}
    assert "no refusal of ours: no" in found["pre-commit fired"].says
    assert "let a push to main through" in found["pre-push fired"].says
    assert "did not end" in found["pre-rebase fired"].says
    assert found["commit-msg fired"].says == "it ended with 3 and no refusal of ours: "


def test_where_nothing_can_be_refused_nothing_is_fired(project):
    law = PLAIN.replace("protect: [main]", "protect: ['rel*']\n    agents: {environment: []}")
    project.main({"a.txt": "one\n"}, policy=law)
    project.change({"a.txt": "two\n"})
    assert project.gatecheck("install").returncode == 0
    code, found = told(project)
    assert code == 0
    assert not [name for name in found if name.endswith(" fired")]


def test_a_remote_that_does_not_answer_is_unknown_where_snapshots_must_be_pushed(clone):
    shutil.rmtree(clone.remote)
    code, found = told(clone)
    assert code == 4
    ((status, says),) = found["remote"]
    assert (status, "does not answer" in says) == ("unknown", True)


def test_a_remote_that_does_not_answer_is_a_note_where_nothing_asks_for_it(project):
    project.main({"a.txt": "one\n"}, policy=PLAIN)
    assert project.gatecheck("install").returncode == 0
    project.git("remote", "set-url", "origin", "/nowhere.git")
    code, found = told(project)
    assert (code, found["remote"][0][0]) == (0, "note")


def test_a_remote_that_never_answers_is_not_waited_for(clone, monkeypatch):
    law = from_text((clone.path / ".git/gatecheck/policy").read_text())
    clone.git("config", "core.sshCommand", "sleep 60; :")
    clone.git("remote", "set-url", "origin", "ssh://localhost/nowhere")
    monkeypatch.setattr(remote, "LIMIT", 0.5)
    (symptom,) = remote.look(UserGit(Repository.at(str(clone.path)).place), law)
    assert "did not end" in symptom.says


def test_a_remote_that_takes_no_snapshots_is_named(clone):
    clone.git("remote", "set-url", "--push", "origin", "/nowhere.git")
    assert "would not take a snapshot" in off(clone)["snapshot"]


def test_without_a_remote_no_snapshot_can_be_pushed(make_project):
    project = make_project("alone")
    project.git("remote", "remove", "origin")
    project.commit({"a.txt": "one\n", ".gatecheck.yaml": AGENT})
    assert project.gatecheck("install").returncode == 0
    assert off(project)["remote"] == "there is no remote"


def test_a_policy_that_cannot_be_used_is_named(project):
    project.main({"a.txt": "one\n"}, policy="version: 1\nprotect: 3\n")
    assert ".gatecheck.yaml:2" in off(project)["policy"]


def test_a_gate_that_is_not_known_is_named(project):
    project.main({"a.txt": "one\n"}, policy="version: 1\ngates: {nonsense: {}}\n")
    project.gatecheck("install")
    assert "nonsense" in off(project)["policy"]


def test_where_no_policy_was_written_that_is_a_note(project):
    project.main({"Makefile": "test:\n"})
    assert project.gatecheck("install").returncode == 0
    code, found = told(project)
    assert code == 0
    assert found["policy"][0] == (
        "note",
        "refs/remotes/origin/main has none; preset generic (found Makefile) stands in",
    )


def test_an_old_git_is_off(clone, tmp_path):
    fake = tmp_path / "git"
    real = shutil.which("git")
    fake.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo git version 2.30.1 && exit\nexec {real} "$@"\n')
    fake.chmod(0o755)
    assert "2.38 or newer" in off(clone, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})["git"]


def approve(project, isolated, *, where):
    """Make a key whose owner may approve, and leave it where the test says."""
    ssh = isolated / ".ssh"
    ssh.mkdir()
    key = ssh / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ssh / "other"], check=True)
    (ssh / "colleague.pub").write_text(public)
    line = f'jo@example.org namespaces="gatecheck-approval" {public}'
    project.main({"a.txt": "one\n", ".gatecheck/approvers": line}, policy=PLAIN)
    assert project.gatecheck("install").returncode == 0
    if where != "disk":
        key.with_suffix(".pub").unlink()
    return key


@pytest.mark.parametrize("where", ["disk", "agent", "elsewhere"])
def test_an_approvers_key_within_reach_is_told(project, isolated, where):
    key = approve(project, isolated, where=where)
    env = {}
    if where == "agent":
        out = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
        env = dict(word.split("=") for word in out.replace(";", "\n").splitlines() if "=" in word)
        subprocess.run(["ssh-add", "-q", key], env={**os.environ, **env}, check=True)
    try:
        code, found = told(project, env=env)
    finally:
        if env:
            os.kill(int(env["SSH_AGENT_PID"]), 15)
    ((status, says),) = found["approver's key"]
    assert code == 0
    assert status == ("on" if where == "elsewhere" else "note")
    assert ("can approve its own work" in says) == (where != "elsewhere")


def test_a_socket_without_ssh_is_no_agent(project, isolated, monkeypatch):
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    line = 'jo@example.org namespaces="gatecheck-approval" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA'
    (symptom,) = keys.look(line)
    assert symptom.status is Status.ON


def test_nothing_examined_is_no_all_clear():
    assert exit_code([]) == 4
    assert exit_code([Symptom("a", Status.NOTE, "")]) == 0
    assert exit_code([Symptom("a", Status.UNKNOWN, ""), Symptom("b", Status.OFF, "")]) == 1
