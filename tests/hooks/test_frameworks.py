"""pre-commit and prek run our hooks from a local clone, in environments that they build, for a user with names like ours."""

from __future__ import annotations

import os
import random
import shutil
import string
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
FRAMEWORKS = ("pre-commit", "prek")
OURS = (".pre-commit-hooks.yaml", "LICENSE", "README.md", "pyproject.toml", "config", "gates", "hooks", "src")
THEIRS = {
    f"{name}/__init__.py": "raise SystemExit('not for you')\n"
    for name in ("hooks", "gates", "config", "gatecheck_hooks")
}
TRAILERS = (
    *("--trailer", "Agent: robot 1", "--trailer", "Task: GH-1"),
    *("--trailer", "Goal: sell more", "--trailer", "Co-authored-by: Ada <ada@example.org>"),
)
AGENT = {"CLAUDECODE": "1"}
DRAWN = "".join(random.Random(5).choices(string.ascii_letters + string.digits, k=30))


def configuration(offered, commit):
    return f"""\
        default_install_hook_types: [pre-commit, prepare-commit-msg, commit-msg, pre-merge-commit, pre-rebase, pre-push]
        repos:
          - repo: {offered}
            rev: {commit}
            hooks:
              - id: gatecheck-protect-branch
              - id: gatecheck-commit-message
                args: [--commit-subject-length=50]
              - id: gatecheck-secrets
        """


@pytest.fixture(scope="module")
def offered(tmp_path_factory):
    """Return a repository that offers our hooks as this work tree has them."""
    folder = tmp_path_factory.mktemp("offered")
    for name in OURS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, folder / name)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    for words in (("init", "--quiet"), ("add", "--all"), (*who, "commit", "--quiet", "-m", "offer")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Return variables with which both frameworks keep what they build for the tests here, and fetch nothing for it.

    What gatecheck is built with is lent by this environment; what it depends on, these hooks do without.
    """
    folder = tmp_path_factory.mktemp("stores")
    (folder / "uv.toml").write_text(
        "offline = true\n[pip]\nno-deps = true\nno-build-isolation = true\n", encoding="utf-8"
    )
    return {
        "PRE_COMMIT_HOME": str(folder / "pre-commit"),
        "PREK_HOME": str(folder / "prek"),
        "UV_CONFIG_FILE": str(folder / "uv.toml"),
        "UV_CACHE_DIR": str(folder / "uv"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_NO_INDEX": "1",
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture(params=FRAMEWORKS)
def framework(request):
    return request.param


@pytest.fixture
def user(project, offered, stores, framework, monkeypatch):
    """Give a user's repository, on a branch, with our hooks installed by a framework."""
    project.main({**THEIRS, ".pre-commit-config.yaml": configuration(offered, head(offered))})
    project.git("switch", "--quiet", "--create", "change")
    for words in (("install",), ("install-hooks",)):
        done = subprocess.run(
            [SCRIPTS / framework, *words],
            cwd=project.path,
            env={**os.environ, **stores},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    for name in ("PRE_COMMIT_HOME", "PREK_HOME"):
        monkeypatch.setenv(name, stores[name])
    return project


@pytest.fixture
def attempt(user):
    """Commit in the user's repository, and return what came of it."""

    def attempt(*words, **env):
        return subprocess.run(
            ["git", *words],
            cwd=user.path,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
        )

    return attempt


def head(repository):
    argv = ["git", "rev-parse", "HEAD"]
    return subprocess.run(argv, cwd=repository, capture_output=True, text=True, check=True).stdout.strip()


def test_a_person_commits_and_merges(user, attempt):
    user.write({"shop.py": "x = 1\n"})
    user.git("add", "--all")
    done = attempt("commit", "-m", "Sell tea")
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout + done.stderr
    assert all(
        name in told
        for name in ("gatecheck secrets", "gatecheck commit message", "gatecheck protected branches")
    )
    user.git("switch", "--quiet", "--create", "other", "HEAD~1")
    assert attempt("commit", "--allow-empty", "-m", "Sell coffee").returncode == 0
    assert attempt("merge", "--no-edit", "change", **AGENT).returncode == 0


def test_an_agent_is_asked_for_its_trailers(attempt):
    done = attempt("commit", "--allow-empty", "-m", "Sell tea", **AGENT)
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "the trailer Task is missing" in told
    assert '--trailer "Task: <issue or ticket>"' in told
    assert attempt("commit", "--allow-empty", "-m", "Sell tea", *TRAILERS, **AGENT).returncode == 0


def test_arguments_of_the_configuration_are_heard(attempt):
    done = attempt("commit", "--allow-empty", "-m", "Sell tea " * 10)
    assert done.returncode == 1
    assert "may have 50" in done.stdout + done.stderr


def test_a_secret_is_refused_and_not_shown(user, attempt):
    user.write({"shop.py": f"password = '{DRAWN}'\n", "other.py": "x = 1\n"})
    user.git("add", "shop.py")
    done = attempt("commit", "-m", "Sell tea")
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "shop.py:1: password" in told
    assert DRAWN not in told
    user.git("restore", "--staged", ":/shop.py")
    user.git("add", "other.py")
    assert attempt("commit", "-m", "Sell tea").returncode == 0


def test_a_secret_that_is_not_staged_is_not_in_the_way(user, attempt):
    user.write({"shop.py": "x = 1\n"})
    user.git("add", "shop.py")
    user.write({"shop.py": f"password = '{DRAWN}'\n"})
    assert attempt("commit", "-m", "Sell tea").returncode == 0
    assert attempt("commit", "--all", "-m", "Sell tea").returncode == 1


def test_nobody_commits_on_main(user, attempt):
    user.git("switch", "--quiet", "main")
    for words in (("commit",), ("commit", "--no-verify")):
        done = attempt(*words, "--allow-empty", "-m", "Sell tea")
        assert done.returncode == 1
        assert "protected branch" in done.stdout + done.stderr


def test_in_ci_all_files_of_main_pass(user, framework):
    user.git("switch", "--quiet", "main")
    argv = [SCRIPTS / framework, "run", "--all-files"]
    done = subprocess.run(argv, cwd=user.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gatecheck secrets" in done.stdout


def test_a_linked_work_tree_is_judged_alike(user, attempt, tmp_path):
    linked = tmp_path / "linked"
    user.git("worktree", "add", "--quiet", "-b", "other", str(linked))
    (linked / "shop.py").write_text(f"password = '{DRAWN}'\n", encoding="utf-8")
    assert attempt("-C", str(linked), "add", "--all").returncode == 0
    done = attempt("-C", str(linked), "commit", "-m", "Sell tea")
    assert done.returncode == 1
    assert "shop.py:1: password" in done.stdout + done.stderr
    (linked / "shop.py").write_text("x = 1\n", encoding="utf-8")
    done = attempt("-C", str(linked), "commit", "--all", "-m", "Sell tea", **AGENT)
    assert done.returncode == 1
    assert "Task" in done.stdout + done.stderr
    assert attempt("-C", str(linked), "commit", "--all", "-m", "Sell tea").returncode == 0
    assert user.git("config", "--get", "core.bare") == "false"
