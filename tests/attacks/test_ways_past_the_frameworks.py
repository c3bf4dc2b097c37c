"""What pre-commit and prek let through, or break, and what stands against it: leaked variables, skips, edited configurations."""

from __future__ import annotations

import os
import random
import string
import subprocess
import sysconfig
from pathlib import Path

import pytest

SCRIPTS = Path(sysconfig.get_path("scripts"))
DRAWN = "".join(random.Random(5).choices(string.ascii_letters + string.digits, k=30))
CONFIGURATION = """\
    default_install_hook_types: [pre-commit, commit-msg, pre-push]
    repos:
      - repo: local
        hooks:
          - {{id: run, name: run, entry: {run}, language: system, stages: [pre-push], pass_filenames: false, always_run: true}}
          - {{id: secrets, name: secrets, entry: gatecheck-secrets, language: system, stages: [pre-commit], pass_filenames: false}}
          - {{id: message, name: message, entry: gatecheck-commit-message, language: system, stages: [commit-msg]}}
    """
POLICY = """\
    version: 1
    protect: [main]
    gates:
      fixtures:
        uses: command
        run: [python, fixtures.py]
        count: '^made (\\d+) repository$'
    """
FIXTURES = """\
    # As tests do that need a repository: they make one, and commit to it.
    import pathlib, subprocess, tempfile
    folder = tempfile.mkdtemp()
    def git(*words):
        subprocess.run(["git", "-c", "user.name=T", "-c", "user.email=t@example.org", *words], cwd=folder, check=True)
    git("init", "--quiet")
    pathlib.Path(folder, "fixture").write_text("x")
    git("add", "fixture")
    git("commit", "--quiet", "--no-verify", "-m", "fixture")
    assert subprocess.run(["git", "log", "--oneline"], cwd=folder, capture_output=True, check=True).stdout.count(b"\\n") == 1
    print("made 1 repository", flush=True)
    """


@pytest.fixture(params=["pre-commit", "prek"])
def install(request, project, monkeypatch, tmp_path):
    """Install a framework's hooks in a repository whose tests make repositories."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    monkeypatch.setenv("PREK_HOME", str(tmp_path / "prek"))

    def install(run="gatecheck run"):
        files = {".pre-commit-config.yaml": CONFIGURATION.format(run=run), "fixtures.py": FIXTURES}
        project.main(files, policy=POLICY)
        project.change({"README.md": "Something new.\n"})
        argv = [SCRIPTS / request.param, "install"]
        done = subprocess.run(argv, cwd=project.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return project

    return install


def attempt(folder, *words, **env):
    return subprocess.run(
        ["git", *words], cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )


def state(folder):
    """Return what a repository is: its refs, its configuration, and what is staged and checked out in a work tree."""
    words = (
        ("for-each-ref",),
        ("rev-parse", "HEAD"),
        ("config", "--local", "--list"),
        ("ls-files", "--stage"),
        ("status", "--short"),
    )
    return [attempt(folder, *each).stdout for each in words]


@pytest.fixture
def linked(tmp_path):
    """Make a linked work tree with a commit that is to be pushed."""

    def linked(project):
        folder = tmp_path / "linked"
        project.git("worktree", "add", "--quiet", "-b", "other", str(folder), "change")
        (folder / "new.txt").write_text("new\n", encoding="utf-8")
        attempt(folder, "add", "--all")
        done = attempt(folder, "commit", "--quiet", "-m", "new")
        assert done.returncode == 0, done.stdout + done.stderr
        return folder

    return linked


def test_a63_tests_that_make_repositories_leave_the_users_alone(install, linked):
    project = install()
    folder = linked(project)
    before = state(folder)
    done = attempt(folder, "push", "--quiet", "origin", "HEAD")
    assert done.returncode == 0, done.stdout + done.stderr
    after = state(folder)
    assert [line for line in after[0].splitlines() if "/origin/other" not in line] == before[0].splitlines()
    assert after[1:] == before[1:]
    assert project.git("config", "--get", "core.bare") == "false"
    assert "fixture" not in project.git("log", "--all", "--format=%s")


def test_a63_without_gatecheck_between_the_same_tests_write_to_the_users_repository(install, linked):
    """Shows that the test above would fail if git's variables reached what a gate runs."""
    project = install(run="python fixtures.py")
    folder = linked(project)
    before = state(folder)
    attempt(folder, "push", "--quiet", "origin", "HEAD")
    assert state(folder)[1:] != before[1:]
    assert "fixture" in project.git("--git-dir=.git", "log", "--all", "--format=%s")


NOTHING = """\
    repos:
      - repo: local
        hooks:
          - {id: fine, name: fine, entry: "true", language: system}
    """
SKIPS = {
    "SKIP": {"SKIP": "secrets,message,run"},
    "--no-verify": {},
    "no configuration": {"PRE_COMMIT_ALLOW_NO_CONFIG": "1", "PREK_ALLOW_NO_CONFIG": "1"},
    "edited configuration": {},
    "hooksPath": {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": "/dev/null",
    },
}


@pytest.mark.parametrize("way", SKIPS)
def test_a74_what_is_skipped_on_a_machine_is_refused_where_it_counts(install, way):
    """None of these can be stopped on the machine (docs/threats.md); what is required on main is judged all the same."""
    project = install()
    env = {**SKIPS[way], "CLAUDECODE": "1"}
    verify = ["--no-verify"] if way == "--no-verify" else []
    project.write(
        {
            "shop.py": f"password = '{DRAWN}'\n",
            "fixtures.py": "print('made 1 repository', flush=True)\nraise SystemExit(1)\n",
        }
    )
    if way == "no configuration":
        project.write({".pre-commit-config.yaml": None})
    if way == "edited configuration":
        project.write({".pre-commit-config.yaml": NOTHING})
    project.git("add", "--all")
    if way not in ("no configuration", "edited configuration"):
        assert attempt(project.path, "commit", "--quiet", "-m", "x").returncode == 1, "the hooks are on"
    done = attempt(project.path, "commit", "--quiet", *verify, "-m", "x", **env)
    assert done.returncode == 0, done.stdout + done.stderr
    done = attempt(project.path, "push", "--quiet", *verify, "origin", "HEAD", **env)
    assert done.returncode == 0, done.stdout + done.stderr
    judged = project.gatecheck("run", "--target", "origin/main", env={"CI": "true"})
    assert judged.returncode == 1, judged.stdout
    assert "fixtures" in judged.stdout
