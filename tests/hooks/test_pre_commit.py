"""pre-commit runs gatecheck before a push, from a clone of this repository, in a repository that has names like ours."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PRE_COMMIT = Path(sysconfig.get_path("scripts"), "pre-commit")
POLICY = """\
    version: 1
    protect: [main]
    gates:
      imports:
        uses: command
        run: [python, check.py]
        count: '^looked at (\\d+) packages$'
    """
CHECK = """\
    import hooks, gates, config
    print("looked at 3 packages", flush=True)
    assert (hooks.WHOSE, gates.WHOSE, config.WHOSE) == ("the user's",) * 3
    """
THEIRS = {f"{name}/__init__.py": 'WHOSE = "the user\'s"\n' for name in ("hooks", "gates", "config")}


@pytest.fixture(scope="module")
def offered(tmp_path_factory):
    """Return a repository that offers our hook as this work tree has it; pre-commit clones it by its commit."""
    folder = tmp_path_factory.mktemp("offered")
    for name in (".pre-commit-hooks.yaml", "pyproject.toml"):
        shutil.copyfile(ROOT / name, folder / name)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    for words in (("init", "--quiet"), ("add", "--all"), (*who, "commit", "--quiet", "-m", "offer")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


@pytest.fixture
def user(project, offered):
    """Give a user's repository with the hook installed for pushes."""
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=offered, capture_output=True, text=True, check=True
    ).stdout.strip()
    # `language: system` takes the gatecheck under test, where pre-commit would build an environment of its own.
    configuration = f"""\
        default_install_hook_types: [pre-push]
        repos:
          - repo: {offered}
            rev: {commit}
            hooks:
              - id: gatecheck-run
                language: system
        """
    project.main({**THEIRS, "check.py": CHECK, ".pre-commit-config.yaml": configuration}, policy=POLICY)
    project.change({"README.md": "Something new.\n"})
    done = pre_commit(project, "install")
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def pre_commit(project, *words):
    return subprocess.run([PRE_COMMIT, *words], cwd=project.path, capture_output=True, text=True, check=False)


def push(project):
    return subprocess.run(
        ["git", "push", "origin", "HEAD"], cwd=project.path, capture_output=True, text=True, check=False
    )


def test_a_good_change_is_pushed(user):
    done = push(user)
    assert done.returncode == 0, done.stderr
    assert "gatecheck run" in done.stdout
    assert "3 things" in done.stdout
    assert user.git("rev-parse", "refs/remotes/origin/change") == user.git("rev-parse", "HEAD")


def test_a_bad_change_is_not_pushed_and_the_reason_is_shown(user):
    user.change({"hooks/__init__.py": "WHOSE = 'nobody'\n"})
    done = push(user)
    assert done.returncode != 0
    assert "imports/failed" in done.stdout
    assert user.git("branch", "--remotes", "--list", "origin/change") == ""


def test_it_can_be_run_by_hand(user):
    done = pre_commit(user, "run", "--hook-stage", "manual", "gatecheck-run")
    assert done.returncode == 0, done.stdout
    assert "pass (exit code 0)" in done.stdout


def test_it_stays_out_of_commits(user):
    done = pre_commit(user, "run", "--all-files")
    assert "gatecheck run" not in done.stdout


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY"])
def test_the_variables_that_hooks_inherit_are_harmless(user, tmp_path, variable):
    """In a hook, git's own variables may name another repository's parts: a decoy must be neither read nor written."""
    decoy = tmp_path / "decoy.git"
    subprocess.run(["git", "init", "--quiet", "--bare", decoy], check=True)
    before = sorted(path for path in decoy.rglob("*"))
    names = {
        "GIT_DIR": decoy,
        "GIT_INDEX_FILE": decoy / "index",
        "GIT_WORK_TREE": tmp_path,
        "GIT_OBJECT_DIRECTORY": decoy / "objects",
    }
    done = user.gatecheck("run", env={variable: str(names[variable])})
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path for path in decoy.rglob("*")) == before


def test_it_works_from_a_linked_work_tree(user, tmp_path):
    linked = tmp_path / "linked"
    user.git("worktree", "add", "--quiet", "-b", "other", str(linked), "change")
    (linked / "new.txt").write_text("new\n", encoding="utf-8")
    for words in (
        ("add", "--all"),
        ("commit", "--quiet", "-m", "new"),
        ("push", "--quiet", "origin", "HEAD"),
    ):
        done = subprocess.run(["git", *words], cwd=linked, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert user.git("rev-parse", "refs/remotes/origin/other") == user.git("rev-parse", "other")
    assert user.git("config", "--get", "core.bare") == "false"
