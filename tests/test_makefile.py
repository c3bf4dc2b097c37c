"""The Makefile and CI's script: what a newcomer types first, and what CI says when something is wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ("dev", "lint", "test", "attack", "bench", "docs", "package", "demo", "clean")


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def clone(tmp_path):
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", ".gitignore"):
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def make(clone, *words):
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", *words], cwd=clone, env=env, capture_output=True, text=True, check=False)


def test_make_alone_lists_what_there_is(clone):
    done = make(clone)
    assert done.returncode == 0
    assert all(f"make {target} " in done.stdout for target in TARGETS)


def test_a_python_that_is_too_old_is_named_before_anything_is_made(clone, tmp_path):
    old = f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 10, 4); $2"\n'
    executable(tmp_path / "python", old)
    done = make(clone, "demo", f"PYTHON={tmp_path / 'python'}")
    assert done.returncode != 0
    assert "Python 3.11 or newer" in done.stderr
    assert not (clone / ".venv").exists()


def test_an_installation_is_made_once_and_again_when_pyproject_changes(clone):
    executable(clone / ".venv/bin/pip", "#!/bin/sh\n")
    for stamp in (".installed-demo", ".installed-dev"):
        (clone / ".venv" / stamp).touch()
    os.utime(clone / "pyproject.toml", (1_000_000_000, 1_000_000_000))
    assert "install" not in make(clone, "--dry-run", "dev").stdout
    os.utime(clone / "pyproject.toml", (4_000_000_000, 4_000_000_000))
    assert "--editable . --group dev" in make(clone, "--dry-run", "dev").stdout


def test_clean_leaves_what_git_would_keep(clone):
    executable(clone / ".venv/bin/pip", "#!/bin/sh\n")
    (clone / "src/__pycache__").mkdir(parents=True)
    (clone / "src/kept.py").touch()
    assert make(clone, "clean").returncode == 0
    left = {path.relative_to(clone).as_posix() for path in clone.rglob("*") if path.is_file()}
    assert left == {"Makefile", "pyproject.toml", ".gitignore", "src/kept.py"}


@pytest.fixture
def ci(project):
    """Give a repository with CI's script and programs that stand in for make and the environment's own."""
    project.main({".gitignore": "/.venv/\n"})
    executable(project.path / ".ci/run", (ROOT / ".ci/run").read_text(encoding="utf-8"))
    executable(
        project.path / "bin/make",
        '#!/bin/sh\necho "made $1"\n'
        'if [ "$1" = test ]; then echo "===== 12 passed, 1 skipped in 3.20s ====="; echo TOTAL; fi\n'
        'if [ "$1" = "$BREAKS" ]; then exit 7; fi\nif [ "$1" = "$LEAVES" ]; then touch left; fi\n',
    )
    for name in ("python", "gatecheck"):
        executable(
            project.path / ".venv/bin" / name, f'#!/bin/sh\necho "{name} $*"\n[ "$BREAKS" != {name} ]\n'
        )
    project.commit()
    project.git("rm", "-r", "--quiet", "--cached", ".venv")
    project.git("commit", "--quiet", "--amend", "--no-edit")
    return project


def run_ci(ci, **env):
    variables = {**os.environ, "PATH": f"{ci.path / 'bin'}{os.pathsep}{os.environ['PATH']}", **env}
    return subprocess.run(
        [ci.path / ".ci/run"], cwd="/", env=variables, capture_output=True, text=True, check=False
    )


def test_ci_runs_every_step_and_ends_with_what_the_tests_said(ci):
    done = run_ci(ci)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = (
        "made dev",
        "made lint",
        "python docs/generate.py --check",
        "made test",
        "made demo",
        "made package",
    )
    places = [done.stdout.index(step) for step in (*steps, "gatecheck run --target HEAD~1 --head HEAD")]
    assert places == sorted(places)
    assert "12 passed" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("step", ["dev", "lint", "test", "demo", "package", "python", "gatecheck"])
def test_ci_fails_when_one_step_does_and_names_it(ci, step):
    done = run_ci(ci, BREAKS=step)
    assert done.returncode != 0
    assert "CI: failed in: " in done.stdout
    assert "all is well" not in done.stdout


def test_ci_fails_when_a_step_leaves_something_behind(ci):
    done = run_ci(ci, LEAVES="package")
    assert done.returncode != 0
    assert "left" in done.stdout


def test_ci_says_aloud_when_there_is_no_change_to_judge(ci):
    ci.git("checkout", "--quiet", "--orphan", "first")
    ci.git("commit", "--quiet", "-m", "first")
    done = run_ci(ci)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SKIPPED" in done.stdout
