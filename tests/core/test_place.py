import hashlib
import os
import subprocess
import sys

import pytest

from gatecheck import place
from gatecheck.place import cache_root, digest_of, find


def git(folder, *words):
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    top = tmp_path / "repo"
    top.mkdir()
    git(top, "init", "-b", "main")
    git(top, "commit", "--allow-empty", "-m", "first")
    (top / "src" / "deep").mkdir(parents=True)
    return top


def seen(folder):
    found = find(str(folder))
    return found and (found.work_tree, found.git_dir, found.common_dir)


def test_a_repository_is_found_from_any_folder_in_it_and_from_its_git_folder(repository):
    top = str(repository)
    expected = (top, f"{top}/.git", f"{top}/.git")
    for where in (".", "src", "src/deep", ".git", ".git/refs/heads"):
        assert seen(repository / where) == expected


def test_a_relative_path_and_a_link_lead_to_the_same_place(repository, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to("repo/src")
    monkeypatch.chdir(tmp_path)
    assert seen("link/deep") == seen("repo") == seen(repository)
    assert find("link").cache == find("repo").cache


def test_all_work_trees_of_a_repository_share_one_cache(repository, tmp_path):
    git(repository, "worktree", "add", "-b", "other", str(tmp_path / "linked"))
    linked = find(str(tmp_path / "linked"))
    assert linked.work_tree == str(tmp_path / "linked")
    assert linked.git_dir == f"{repository}/.git/worktrees/linked"
    assert linked.common_dir == f"{repository}/.git"
    assert linked.cache == find(str(repository)).cache


def test_a_bare_repository_has_no_work_tree(repository, tmp_path):
    git(tmp_path, "clone", "--bare", "repo", "bare.git")
    bare = str(tmp_path / "bare.git")
    assert seen(tmp_path / "bare.git" / "refs") == (None, bare, bare)


def test_a_submodule_is_a_repository_of_its_own(repository, tmp_path):
    git(tmp_path, "init", "-b", "main", "outer")
    outer = tmp_path / "outer"
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", str(repository), "sub")
    assert seen(outer / "sub" / ".") == (f"{outer}/sub", *[f"{outer}/.git/modules/sub"] * 2)


@pytest.mark.parametrize("pointer", ["gitdir: /nowhere\n", "gitdir: ../gone\n", "nonsense\n", "", "\xff\n"])
def test_a_pointer_that_leads_nowhere_is_no_repository_not_even_an_outer_one(repository, pointer):
    inner = repository / "src"
    (inner / ".git").write_text(pointer)
    assert find(str(inner / "deep")) is None


def test_a_folder_that_only_looks_like_gits_is_passed_over(repository):
    (repository / "src" / ".git").mkdir()
    assert seen(repository / "src") == seen(repository)


def test_a_head_that_is_a_link_to_an_unborn_branch_is_a_head(repository):
    (repository / ".git" / "HEAD").unlink()
    (repository / ".git" / "HEAD").symlink_to("refs/heads/unborn")
    assert seen(repository)


def test_outside_of_every_repository_there_is_none(tmp_path):
    assert find(str(tmp_path)) is None
    assert find(str(tmp_path / "not-there")) is None


def test_the_cache_is_where_the_user_says_then_where_the_desktop_says_then_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("GATECHECK_CACHE", str(tmp_path / "own"))
    assert cache_root() == str(tmp_path / "own")
    monkeypatch.delenv("GATECHECK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_root() == str(tmp_path / "xdg" / "gatecheck")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_root() == str(tmp_path / ".cache" / "gatecheck")


def test_a_repository_in_a_folder_whose_name_is_no_text_has_a_place(tmp_path):
    top = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(top)
    git(top, "init")
    found = find(os.fsdecode(top))
    assert os.fsencode(found.work_tree) == top
    assert len(found.cache.rpartition("/")[2]) == 16


def test_the_digest_is_sha256_with_and_without_the_newer_module(monkeypatch):
    assert digest_of(b"abc") == hashlib.sha256(b"abc").hexdigest()
    other = "_sha2" if sys.version_info < (3, 12) else "_sha256"
    native = sys.modules.get("_sha256") or sys.modules.get("_sha2")
    monkeypatch.setitem(sys.modules, "_sha2" if other == "_sha2" else "_sha256", native)
    monkeypatch.setitem(sys.modules, "_sha256" if other == "_sha2" else "_sha2", None)
    assert place.digest_of(b"abc") == hashlib.sha256(b"abc").hexdigest()
