"""Work went wrong: `gatecheck snapshot` shows what there is to go back to, and `restore` goes back, losing nothing on the way."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest


@pytest.fixture
def begun(project):
    """Somebody began with uncommitted work on main, and has made a mess of it since on a branch."""
    project.main({"code.txt": "one\n", "other.txt": "one\n", "old.txt": "old\n"})
    project.write({"code.txt": "a good idea\n", "new.txt": "new\n"})
    project.git("add", "code.txt")
    project.write({"code.txt": "a good idea, in the making\n"})
    assert project.gatecheck("start", "try something").returncode == 0
    project.git("commit", "--quiet", "-am", "a wrong turn")
    project.write({"code.txt": "worse\n", "new.txt": "worse\n"})
    return project


@pytest.fixture
def tag(begun):
    return begun.git("tag")


def test_step_by_step_back_to_where_it_began(begun, tag):
    done = begun.gatecheck("snapshot", "restore", tag)
    assert done.returncode == 2
    assert "HEAD is at" in done.stderr
    kept = begun.gatecheck("snapshot", "before going back")
    assert kept.returncode == 0
    begun.git("stash", "push", "--quiet", "--include-untracked")
    begun.git("switch", "--quiet", "main")
    done = begun.gatecheck("snapshot", "restore", tag)
    assert done.returncode == 0, done.stderr
    assert f"restored   {tag}: try something" in done.stdout
    assert "2 paths written" in done.stdout
    assert "1 path staged" in done.stdout
    assert begun.git("status", "--porcelain").split("\n") == ["MM code.txt", "?? new.txt"]
    assert (begun.path / "code.txt").read_text() == "a good idea, in the making\n"
    assert begun.git("show", ":code.txt") == "a good idea"


def test_beside_the_work_that_is_there_on_a_branch(begun, tag):
    done = begun.gatecheck("snapshot", "restore", tag, "--to", "rescue")
    assert done.returncode == 0, done.stderr
    assert "2 commits for it: what was staged, what was not staged" in done.stdout
    assert "untouched" in done.stdout
    assert done.stdout.splitlines()[-1] == "next: git switch rescue"
    assert (begun.path / "code.txt").read_text() == "worse\n"
    assert begun.git("show", "rescue:new.txt") == "new"


def test_beside_the_work_that_is_there_in_a_work_tree_of_its_own(begun, tag, tmp_path):
    begun.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "beside"), "main")
    done = begun.gatecheck("snapshot", "restore", tag, cwd=tmp_path / "beside")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "beside/new.txt").read_text() == "new\n"
    assert (begun.path / "new.txt").read_text() == "worse\n"


def test_a_clean_snapshot_says_that_there_was_nothing(begun):
    begun.git("checkout", "--quiet", "--force", "main")
    begun.git("clean", "--quiet", "-fd")
    begun.gatecheck("snapshot", "clean")
    tag = begun.git("tag", "--sort=creatordate").splitlines()[-1]
    done = begun.gatecheck("snapshot", "restore", tag, "--to", "rescue")
    assert "there was no uncommitted work" in done.stdout


def test_the_list_has_the_newest_first(begun, tag):
    begun.git("checkout", "--quiet", "--detach")
    begun.gatecheck("snapshot", "another \x1b[2J one", "--no-push")
    done = begun.gatecheck("snapshot", "list")
    first, second = done.stdout.splitlines()
    assert first.startswith("backup-")
    assert r"detached at" in first
    assert r"another \x1b[2J one" in first
    branch = tag.replace("backup", "self-improvement")
    assert re.fullmatch(rf"{tag} +{branch} at [0-9a-f]{{10}}  try something", second)


def test_an_empty_list_says_how_to_begin(project):
    assert "gatecheck snapshot" in project.gatecheck("snapshot", "list").stdout


def test_what_is_in_a_snapshot_is_shown(begun, tag):
    done = begun.gatecheck("snapshot", "show", tag.removeprefix("backup-"))
    assert done.returncode == 0
    text = done.stdout
    assert f"{tag}: try something\n" in text
    assert "staged     1 path\n           M code.txt\n" in text
    assert "unstaged   1 path\n           M code.txt\n" in text
    assert "untracked  1 path\n           new.txt\n" in text
    assert text.splitlines()[-1] == f"to put it back: gatecheck snapshot restore {tag} [--to NEW-BRANCH]"


def test_a_snapshot_of_a_merge_shows_and_tells_it(begun):
    begun.git("checkout", "--quiet", "--force", "main")
    begun.change({"code.txt": "theirs\n"}, branch="theirs")
    begun.git("switch", "--quiet", "main")
    begun.commit({"code.txt": "ours\n"})
    begun.git("merge", "theirs", check=False)
    begun.gatecheck("snapshot", "in a merge")
    tag = begun.git("tag", "--sort=creatordate").splitlines()[-1]
    text = begun.gatecheck("snapshot", "show", tag).stdout
    assert "conflicts  1 path\n           code.txt\n" in text
    assert f"merging    {begun.git('rev-parse', 'theirs')[:10]}" in text
    begun.git("merge", "--abort")
    done = begun.gatecheck("snapshot", "restore", tag)
    assert f"merge      of {begun.git('rev-parse', 'theirs')[:10]} is under way" in done.stdout
    assert begun.git("status", "--porcelain").startswith("UU code.txt")


def test_a_submodule_that_was_elsewhere_gets_its_command(begun, make_project):
    module = make_project("lib")
    module.main({"f": "1\n"})
    begun.git("checkout", "--quiet", "--force", "main")
    begun.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(module.path), "the lib")
    begun.main()
    inner = begun.path / "the lib"
    subprocess.run(["git", "commit", "--quiet", "--allow-empty", "-m", "two"], cwd=inner, check=True)
    begun.gatecheck("snapshot", "moved")
    tag = begun.git("tag", "--sort=creatordate").splitlines()[-1]
    commit = begun.git("rev-parse", f"{tag}:the lib")
    begun.git("submodule", "--quiet", "update")
    done = begun.gatecheck("snapshot", "restore", tag)
    command = re.search(r"git -C '.+", done.stdout)[0]
    assert commit in command
    subprocess.run(["sh", "-c", command], cwd=begun.path, check=True, capture_output=True)
    assert begun.git("status", "--porcelain").split("\n")[0].startswith(" M")


# --- pruning ---


def test_merged_snapshots_go_and_the_others_say_why_they_stay(begun, tag):
    begun.git("checkout", "--quiet", "--force", "main")
    words = ["snapshot", "prune", "--merged", "--older-than", "0d"]
    done = begun.gatecheck(*words)
    assert done.returncode == 0
    assert "is not merged into origin/main" in done.stdout
    assert done.stdout.splitlines()[-1] == "no snapshot may go"
    begun.git("merge", "--quiet", tag.replace("backup", "self-improvement"))
    begun.main()
    done = begun.gatecheck(*words, "--dry-run")
    assert done.stdout.startswith(f"would go   {tag}")
    assert begun.git("tag") == tag
    object_id = begun.git("rev-parse", tag)
    done = begun.gatecheck(*words)
    assert (done.returncode, begun.git("tag")) == (0, "")
    assert done.stdout.startswith(f"deleted    {tag} (was {object_id[:10]})")
    undo = re.search(r"git update-ref .+", done.stdout)[0]
    subprocess.run(undo.split(), cwd=begun.path, check=True)
    assert begun.git("rev-parse", tag) == object_id


def test_the_current_branchs_snapshot_stays(begun, tag):
    done = begun.gatecheck("snapshot", "prune", "--older-than", "0d")
    assert "is checked out" in done.stdout
    assert begun.git("tag") == tag


def test_what_does_not_go_is_no_pass(begun, tag):
    begun.git("checkout", "--quiet", "--force", "--detach")
    hook = begun.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    done = begun.gatecheck("snapshot", "prune", "--older-than", "0d")
    assert done.returncode == 4
    assert f"stays      {tag}: origin refused to delete it" in done.stdout


@pytest.mark.parametrize("words", [[], ["--dry-run"]])
def test_nothing_goes_unless_it_is_said_what(begun, tag, words):
    done = begun.gatecheck("snapshot", "prune", *words)
    assert done.returncode == 2
    assert "--merged" in done.stderr
    assert begun.git("tag") == tag


# --- the command ---


def test_what_was_kept_is_told(project):
    project.main({"code.txt": "one\n"})
    project.write({f"new{number:02}.txt": "12345" for number in range(22)})
    done = project.gatecheck("snapshot")
    assert done.returncode == 0
    assert "the state of main at " in done.stdout
    assert "untracked  22 files, 110 B\n           new00.txt\n" in done.stdout
    assert "           new19.txt\n           and 2 more\n" in done.stdout
    assert done.stdout.splitlines()[-1] == "pushed     origin has it"
    assert done.stderr.startswith("pushing backup-")
    done = project.gatecheck("snapshot", "--tracked-only", "--no-push")
    assert "22 files left out (--tracked-only)" in done.stdout
    assert "on this machine only" in done.stdout


def test_the_bound_is_an_option(project):
    project.main({"code.txt": "one\n"})
    project.write({"large.bin": b"\0" * 3000})
    done = project.gatecheck("snapshot", "--untracked-limit", "2K")
    assert done.returncode == 2
    assert "large.bin" in done.stderr
    assert project.gatecheck("snapshot", "--untracked-limit", "3K", "--no-push").returncode == 0
    assert project.gatecheck("snapshot", "--untracked-limit", "lots").returncode == 2


@pytest.mark.parametrize("slip", ["lst", "shw", "restor", "prunes"])
def test_a_slip_does_not_make_a_snapshot(project, slip):
    project.main({"code.txt": "one\n"})
    done = project.gatecheck("snapshot", slip)
    assert done.returncode == 2
    assert "did you mean" in done.stderr
    assert f"gatecheck snapshot take '{slip}'" in done.stderr
    assert project.git("tag") == ""
    assert project.gatecheck("snapshot", "take", slip).returncode == 0
    assert f"gatecheck snapshot: {slip}\n" in project.git("cat-file", "tag", project.git("tag"))


def test_a_command_after_an_option_does_not_make_a_snapshot(project):
    project.main({"code.txt": "one\n"})
    done = project.gatecheck("snapshot", "--repo", ".", "list")
    assert done.returncode == 2
    assert "Say gatecheck snapshot list" in done.stderr
    assert project.git("tag") == ""


@pytest.mark.parametrize(
    "words", [["why"], ["take", "why"], ["--no-push", "why"], ["before the list"], ["--", "why"]]
)
def test_the_reason_may_be_said_in_every_way(project, words):
    project.main({"code.txt": "one\n"})
    assert project.gatecheck("snapshot", *words).returncode == 0
    assert len(project.git("tag").splitlines()) == 1


@pytest.mark.parametrize("command", [[], ["take"], ["list"], ["show"], ["restore"], ["prune"]])
def test_every_command_has_help(project, command):
    done = project.gatecheck("snapshot", *command, "--help")
    assert done.returncode == 0
    assert "Usage: gatecheck snapshot" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["snapshot"],
        ["snapshot", "list"],
        ["start"],
        ["snapshot", "show", "x"],
        ["snapshot", "prune", "--merged"],
    ],
)
def test_outside_of_a_repository_it_is_said(words, tmp_path, project):
    done = project.gatecheck(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert "not in a git repository" in done.stderr


def test_a_hook_gets_one_line_and_the_exit_code(project):
    project.main({"code.txt": "one\n"})
    done = project.gatecheck("snapshot", "--for-push", "origin")
    assert done.returncode == 0
    assert re.fullmatch(r"backup-\S+ is on the remote\n", done.stdout)
    assert project.gatecheck("snapshot", "--for-push", "origin", "--branch", "main").stdout == done.stdout
    project.remote.rename(project.remote.with_name("away"))
    done = project.gatecheck("snapshot", "--for-push", "origin")
    assert done.returncode == 4


def test_variables_of_a_hook_lead_nowhere_else(project, make_project, tmp_path):
    """git gives hooks GIT_DIR and GIT_INDEX_FILE, and from a linked work tree they are absolute."""
    project.main({"code.txt": "one\n"})
    other = make_project("other")
    other.main({"code.txt": "other\n"})
    env = {
        "GIT_DIR": str(other.path / ".git"),
        "GIT_INDEX_FILE": str(other.path / ".git/index"),
        "GIT_WORK_TREE": str(other.path),
    }
    assert project.gatecheck("snapshot", env=env).returncode == 0
    assert other.git("tag") == ""
    assert len(project.git("tag").split()) == 1


def test_python_is_not_led_astray_by_files_of_the_repository(project):
    project.main(
        {
            "secrets.py": "raise SystemExit(0)\n",
            "gatecheck_hooks/secrets.py": "raise SystemExit(0)\n",
            "os.py": "raise SystemExit(0)\n",
        }
    )
    project.write({"new.txt": "aws = 'AKIA" + "QYLPMN5HFIQR7XYA'\n"})
    env = {"PYTHONPATH": str(project.path)}
    done = subprocess.run(
        [sys.executable, "-I", "-m", "gatecheck", "snapshot"],
        cwd=project.path,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "new.txt:1" in done.stderr
