"""Linked work trees, bare repositories, hostile callers and odd paths: the answer is the same, and the repository unharmed."""

from __future__ import annotations

import subprocess

import pytest

POLICY = "version: 1\ngates: {look: {uses: command, run: [sh, look.sh], count: '^looked'}}\n"
FILES = {"look.sh": "test -e code.txt && echo looked\n", "code.txt": "one\n"}


def begin(project):
    project.main(FILES, policy=POLICY)
    project.change({"code.txt": "two\n"})
    return project


def test_a_linked_work_tree_is_judged_at_its_own_head(project, tmp_path):
    begin(project)
    project.git("switch", "--quiet", "main")
    linked = tmp_path / "linked"
    project.git("worktree", "add", "--quiet", str(linked), "change")
    done = project.gatecheck("run", cwd=linked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.git("rev-parse", "change")[:10] in done.stdout
    (linked / "code.txt").write_text("three\n")
    subprocess.run(["git", "commit", "--quiet", "-am", "more"], cwd=linked, check=True)
    again = project.gatecheck("run", cwd=linked)
    assert project.git("rev-parse", "change")[:10] in again.stdout, (
        "the branch moved, so nothing was recalled"
    )


def test_a_bare_repository_is_judged_with_a_head(project):
    begin(project)
    project.git("push", "--quiet", "origin", "change")
    done = project.gatecheck("run", "--head", "change", cwd=project.remote)
    assert done.returncode == 0, done.stderr
    assert "look  pass" in done.stdout


def test_a_detached_head_is_judged(project):
    begin(project)
    project.git("switch", "--quiet", "--detach")
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stderr
    assert "detached" in done.stdout
    project.commit({"code.txt": "three\n"})
    assert project.git("rev-parse", "HEAD")[:10] in project.gatecheck("run").stdout


def test_from_a_folder_below_the_top_it_is_the_same(project):
    begin(project)
    below = project.path / "a" / "b"
    below.mkdir(parents=True)
    assert project.gatecheck("run", cwd=below).returncode == 0


def test_git_variables_of_the_caller_point_nowhere(project, make_project):
    begin(project)
    other = make_project("other")
    other.main({"x": "1\n"})
    before = {folder: sorted(folder.rglob("*")) for folder in (project.path, other.path)}
    hostile = {
        "GIT_DIR": str(other.path / ".git"),
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": str(project.path / ".git" / "index.lock"),
        "GIT_OBJECT_DIRECTORY": str(other.path / ".git" / "objects"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": "/nonexistent",
    }
    done = project.gatecheck("run", env=hostile)
    assert done.returncode == 0, done.stderr
    assert project.git("rev-parse", "HEAD")[:10] in done.stdout
    assert {folder: sorted(folder.rglob("*")) for folder in before} == before


@pytest.mark.parametrize("name", ["with spaces in it", "mit Umlaut äöü und 漢字", "a'quote; and $(more)"])
def test_a_path_may_hold_anything_that_git_can_borrow_from(make_project, name):
    project = begin(make_project(name))
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stderr
    assert "recalled" in project.gatecheck("run").stdout


def test_a_path_with_a_newline_is_refused_with_a_reason(make_project):
    done = begin(make_project("two\nlines")).gatecheck("run")
    assert done.returncode == 4
    assert "newline" in done.stderr
    assert "fix: " in done.stderr


def test_a_branch_whose_name_holds_odd_characters_is_judged(project):
    begin(project)
    project.git("switch", "--quiet", "--create", "fix/#12-äö")
    project.commit({"code.txt": "three\n"})
    assert project.gatecheck("run").returncode == 0
    assert "recalled" in project.gatecheck("run").stdout
    project.commit({"code.txt": "four\n"})
    assert project.git("rev-parse", "HEAD")[:10] in project.gatecheck("run").stdout


def test_outside_of_any_repository_it_is_a_usage_error(project, tmp_path):
    for words in (["run"], ["run", "--repo", "no-such-folder"], ["init"], ["clean"], ["list"]):
        done = project.gatecheck(*words, cwd=tmp_path)
        assert done.returncode == 2, words
        assert "fix: " in done.stderr


def test_a_repository_without_a_commit_is_a_usage_error(project):
    done = project.gatecheck("run")
    assert done.returncode == 2
    assert "no commit" in done.stderr
