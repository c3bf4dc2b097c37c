"""The protected branch: what is refused says the command that keeps the work, and the command does."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "hooks/gatecheck_hooks/protect-branch"


def type_in(folder, script, **env):
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        errors="surrogateescape",
    )


def told(done):
    """Return the command that the refusal tells, and the name of the new branch in it."""
    assert done.returncode != 0, done.stdout + done.stderr
    fix = next(line for line in done.stderr.splitlines() if line.startswith("  fix: "))
    new = re.search(r"self-improvement-\d{8}T\d{6}Z", fix)[0]
    command = re.search(r"git (?:switch|branch|rebase --abort) .*?(?=, then|\. Or|$)", fix)[0]
    return command, new


@pytest.mark.parametrize(
    ("before", "refused", "after", "kept"),
    [
        ("echo x >new; git add new; echo y >other", "git commit -q -m x", "git commit -q -m x", "new"),
        ("echo x >file.txt", "git commit -q -a -m x", "git commit -q -a -m x", "file.txt"),
        ("git switch -q --detach; echo x >new; git add new", "git commit -q -m x", "git commit -q -m x", "new"),
        ("git switch -q --detach origin/main; echo x >new; git add new", "git commit -n -q -m x", "git commit -q -m x", "new"),
        ("", "git merge -q --no-ff -m x feature", "", "feature.txt"),
        ("git merge -q --no-commit --no-ff feature", "git commit -q -m x", "", "feature.txt"),
        ("", "git cherry-pick feature", "", "feature.txt"),
        ("git cherry-pick --no-commit feature", "git commit -q -m x", "git commit -q -m x", "feature.txt"),
        ("", "git revert --no-edit HEAD", "git commit -q -m x", None),
        ("rm .git/hooks/reference-transaction; git reset -q --hard feature", "git rebase -q main~2 main", "", "feature.txt"),
    ],
)  # fmt: skip
def test_the_command_that_is_told_keeps_the_work(guarded, before, refused, after, kept):
    main = guarded.git("rev-parse", "main")
    assert type_in(guarded.path, f"git switch -q main; {before or ':'}").returncode == 0
    command, new = told(type_in(guarded.path, refused))
    done = type_in(guarded.path, f"{command} && {after or ':'}", GIT_EDITOR=":")
    assert done.returncode == 0, done.stdout + done.stderr
    assert guarded.git("symbolic-ref", "HEAD") == f"refs/heads/{new}"
    assert guarded.git("status", "--porcelain", "--untracked-files=no") == ""
    assert kept is None or kept in guarded.git("ls-tree", "--name-only", "HEAD").splitlines()
    if "reset -q --hard" not in before:
        assert guarded.git("rev-parse", "main") == main
        assert guarded.git("rev-parse", "HEAD") != main
    assert not any(
        (guarded.path / ".git" / name).exists() for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")
    )


@pytest.mark.parametrize("way", ["--merge", "--apply"])
def test_a_rebase_that_would_move_main_is_stopped_in_its_middle(guarded, way):
    """pre-rebase was skipped; the commit that ends a conflict is not."""
    main = guarded.git("rev-parse", "main")
    off = "git switch -q -c side main~1; echo other >second.txt; git add second.txt; git commit -q -m side"
    assert type_in(guarded.path, off).returncode == 0
    assert type_in(guarded.path, f"git rebase {way} --no-verify side main").returncode != 0
    done = type_in(guarded.path, "git add second.txt; git commit -q -m x")
    command, new = told(done)
    assert "this rebase would move main" in done.stderr
    assert type_in(guarded.path, command).returncode == 0
    assert guarded.git("rev-parse", new) == main == guarded.git("rev-parse", "main")


@pytest.mark.parametrize(
    ("branch", "refused"),
    [
        ("release/1", True),
        ("release/1/2", True),
        ("release", False),
        ("xmain", False),
        ("mainx", False),
        ("other/main", False),
        ("v1", True),
        ("v12", False),
        ("vé", True),
        ("xé", True),
        ("xa", False),
        ("x1", True),
        ("it's", True),
        ("$(touch${IFS}oops)", True),
        ("`touch${IFS}oops`", True),
        (";touch${IFS}oops", True),
        ("prüfung/größe", True),
        ("\u009b31mred", True),
        ("\u202egnp.exe", True),
    ],
)
def test_patterns_mean_what_they_mean_in_the_policy(guarded, branch, refused):
    """Also for names that a shell or a terminal could take for something else."""
    policy = """\
        version: 1
        extends: python
        protect:
          - main
          - "release/*"
          - "v?"
          - "x[0-9]"
          - "it's"
          - "$(*"
          - "`*"
          - ";*"
          - "prüfung/*"
          - "*31mred"
          - "*.exe"
        """
    on_main(guarded, policy)
    guarded.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    done = type_in(guarded.path, "git commit -q --no-verify --allow-empty -m x")
    assert (done.returncode != 0) == refused, done.stderr
    assert not refused or "is a protected branch" in done.stderr
    assert not (guarded.path / "oops").exists()
    assert not {"\u009b", "\u202e", "\udc9b"} & set(done.stderr)


def on_main(project, policy):
    """Give the remote's main a policy, as a merge there would, and fetch it."""
    off = ("-c", "core.hooksPath=/dev/null")
    here = project.git("symbolic-ref", "--short", "HEAD")
    project.git(*off, "switch", "--quiet", "main")
    project.write({".gatecheck.yaml": policy})
    project.git("add", ".gatecheck.yaml")
    project.git(*off, "commit", "--quiet", "-m", "policy")
    project.git(*off, "push", "--quiet", "origin", "main")
    project.git(*off, "switch", "--quiet", here)


def test_a_head_that_is_a_link_is_followed(guarded):
    """As core.preferSymlinkRefs makes it."""
    head = guarded.path / ".git/HEAD"
    for branch, code in (("main", 1), ("feature", 0)):
        head.unlink()
        head.symlink_to(f"refs/heads/{branch}")
        guarded.git("reset", "--quiet")
        assert type_in(guarded.path, "git commit -q --allow-empty -m x").returncode == code


def test_an_unborn_main_of_a_repository_that_has_a_remote_is_no_empty_repository(guarded, tmp_path):
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path / "new"], check=True)
    fetch = f"git remote add origin {guarded.remote}; git fetch -q; git remote set-head origin main"
    assert type_in(tmp_path / "new", fetch).returncode == 0
    assert type_in(tmp_path / "new", "gatecheck install").returncode == 0
    done = type_in(tmp_path / "new", "git commit -q --allow-empty -m x")
    assert "no commits on main" in done.stderr
    assert done.returncode != 0


# --- under a framework: plain sh, and nothing else is needed ---


@pytest.fixture
def plain(project):
    """A repository in which nothing is installed, on main."""
    project.main({"file.txt": "one\n"})
    return project


def by_framework(folder, *words, **env):
    """Run the script as a framework does, without gatecheck on PATH."""
    return type_in(folder, f'"$0" {" ".join(words)}'.replace("$0", str(SCRIPT)), PATH="/usr/bin:/bin", **env)


@pytest.mark.parametrize(
    ("branch", "words", "code"),
    [
        ("main", "", 1),
        ("master", "", 1),
        ("feature", "", 0),
        ("main", "--branch trunk", 0),
        ("trunk", "--branch trunk", 1),
        ("release/1", "--branch=main --branch 'release/*' some/file", 1),
        ("feature", "--branch main --branch 'release/*' -- some/file", 0),
        ("--force", "--branch=--force", 1),
        ("main", "--branch", 2),
    ],
)
def test_it_knows_branches_by_its_arguments(plain, branch, words, code):
    plain.git("update-ref", f"refs/heads/{branch}", "HEAD")
    plain.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    done = by_framework(plain.path, words, GIT_INDEX_FILE=".git/index")
    assert done.returncode == code, done.stderr
    assert (done.stderr == "") == (code == 0)


def test_where_nothing_is_committed_it_passes_and_says_so(plain):
    done = by_framework(plain.path)
    assert done.returncode == 0
    assert "nothing is being committed" in done.stderr


def test_it_stands_before_a_rebase_too(plain):
    done = by_framework(plain.path, PRE_COMMIT_PRE_REBASE_UPSTREAM="origin/main")
    assert done.returncode == 1
    assert "no rebase of main" in done.stderr
    done = by_framework(
        plain.path, PRE_COMMIT_PRE_REBASE_UPSTREAM="origin/main", PRE_COMMIT_PRE_REBASE_BRANCH="side"
    )
    assert done.returncode == 0


def test_it_takes_a_merge_for_a_merge(plain):
    done = by_framework(plain.path, GIT_INDEX_FILE=".git/index", GIT_REFLOG_ACTION="merge side")
    assert "no merges into main" in done.stderr


def test_the_compiled_policy_decides_where_there_is_one(guarded):
    guarded.git("switch", "--quiet", "--detach")
    guarded.git("symbolic-ref", "HEAD", "refs/heads/release/1")
    done = by_framework(guarded.path, "--branch trunk", GIT_INDEX_FILE=".git/index")
    assert done.returncode == 1
    assert "release/1 is a protected branch" in done.stderr or "no commits on release/1" in done.stderr


def test_a_stale_policy_is_written_anew_by_the_interpreter_that_wrote_it(guarded):
    on_main(guarded, 'version: 1\nextends: python\nprotect: ["fea*"]\n')
    done = by_framework(guarded.path, GIT_INDEX_FILE=".git/index")
    assert done.returncode == 1
    assert "no commits on feature" in done.stderr
    on_main(guarded, "version: 1\nextends: python\nprotect: [main]\n")
    (guarded.path / ".git/gatecheck/python").unlink()
    done = by_framework(guarded.path, GIT_INDEX_FILE=".git/index")
    assert done.returncode == 1
    assert "gatecheck is gone" in done.stderr


@pytest.mark.parametrize("shell", ["dash", "bash --posix", "busybox sh"])
def test_any_shell_reads_it(plain, shell):
    if subprocess.run(["sh", "-c", f"{shell} -c :"], capture_output=True, check=False).returncode:
        pytest.skip(f"{shell} is not installed")
    done = type_in(plain.path, f"{shell} {SCRIPT} --branch 'm*n'", GIT_INDEX_FILE=".git/index")
    assert done.returncode == 1
    assert "no commits on main" in done.stderr
