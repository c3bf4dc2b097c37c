import os
import subprocess
from pathlib import Path

import pytest

from gatecheck import witness
from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.repo import Repository, compute, find_aim


@pytest.fixture
def grown(project):
    project.main({"a": "1\n"})
    project.change({"b": "1\n"})
    return project


@pytest.fixture
def repo(grown):
    return Repository.at(str(grown.path))


def test_a_folder_that_is_missing_or_in_no_repository_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="is not a folder"):
        Repository.at(str(tmp_path / "gone"))
    with pytest.raises(UsageError, match="not in a git repository"):
        Repository.at(str(tmp_path))


def test_a_repository_without_configuration_is_one(grown):
    (grown.path / ".git" / "config").unlink()
    assert Repository.at(str(grown.path)).name == str(grown.path)


def test_people_know_a_repository_by_its_work_tree_or_else_its_folder(grown, repo):
    assert repo.name == str(grown.path)
    assert Repository.at(str(grown.remote)).name == str(grown.remote)


# --- what an answer about refs depended on ---


def look_up(project):
    repo = Repository.at(str(project.path))
    find_aim(repo, None, None)
    return repo.witnesses


@pytest.mark.parametrize(
    "move",
    [
        lambda p: p.commit({"c": "1\n"}),
        lambda p: p.git("switch", "--quiet", "main"),
        lambda p: p.git("update-ref", "refs/remotes/origin/main", "HEAD"),
        lambda p: p.git("update-ref", "refs/remotes/origin/release/1", "HEAD"),
        lambda p: p.git("update-ref", "-d", "refs/remotes/origin/main"),
        lambda p: p.git("remote", "set-head", "origin", "--delete"),
        lambda p: p.git("pack-refs", "--all", "--prune"),
        lambda p: (p.git("pack-refs", "--all", "--prune"), p.commit({"c": "1\n"})),
    ],
)
def test_every_ref_that_moves_is_seen_by_a_witness(grown, move):
    seen = look_up(grown)
    assert all(map(witness.holds, seen))
    move(grown)
    assert not all(map(witness.holds, seen))


def test_a_linked_work_trees_own_head_is_witnessed(grown):
    linked = grown.path.parent / "linked"
    grown.git("worktree", "add", "--quiet", "-b", "other", str(linked))
    other = type(grown)(linked, grown.remote)
    seen = look_up(other)
    other.commit({"d": "1\n"})
    assert not all(map(witness.holds, seen))


def test_a_branch_that_appears_where_there_was_none_is_seen(grown):
    grown.git("remote", "remove", "origin")
    grown.git("branch", "-M", "main", "master")
    seen = look_up(grown)
    grown.git("branch", "main", "master")
    assert not all(map(witness.holds, seen))


@pytest.mark.parametrize("revision", ["HEAD~1", "@", "main..change", "@{-1}"])
def test_no_witness_can_stand_for_a_revision_with_an_operator(repo, revision):
    repo.resolve(revision)
    assert repo.witnesses is None


def test_a_commit_id_needs_no_witness_and_a_name_needs_one_for_each_place(grown, repo):
    repo.resolve(grown.git("rev-parse", "HEAD"))
    assert repo.witnesses == []
    repo.resolve("later")
    seen = repo.witnesses
    for ref in ("refs/tags/later", "refs/heads/later", "refs/remotes/later/HEAD"):
        grown.git("update-ref", ref, "HEAD")
        assert not all(map(witness.holds, seen))
        grown.git("update-ref", "-d", ref)
        assert all(map(witness.holds, seen))


def test_with_very_many_loose_refs_nothing_is_recalled(repo, monkeypatch):
    monkeypatch.setattr(witness, "MOST_NAMES", 1)
    repo.refs("refs/remotes/")
    assert repo.witnesses is None


def test_where_refs_are_not_files_nothing_is_recalled(grown):
    (grown.path / ".git" / "reftable").mkdir()
    assert look_up(grown) is None


# --- the private repository ---


def test_the_private_repository_is_made_once_outside_and_the_users_is_left_alone(grown, repo):
    before = sorted((str(path), path.lstat().st_mtime_ns) for path in (grown.path / ".git").rglob("*"))
    compute(repo, find_aim(repo, None, None))
    assert (
        sorted((str(path), path.lstat().st_mtime_ns) for path in (grown.path / ".git").rglob("*")) == before
    )
    again = Repository.at(str(grown.path))
    assert again.private == repo.private
    assert not again.private.is_relative_to(grown.path)
    assert repo.all_refs().keys() == {
        "refs/heads/main",
        "refs/heads/change",
        "refs/remotes/origin/main",
        "refs/remotes/origin/HEAD",
    }


def test_what_was_shallow_and_is_not_any_more_is_noticed_by_the_next_run(grown, repo):
    shallow = grown.path / ".git" / "shallow"
    shallow.write_text(grown.git("rev-parse", "main") + "\n")
    assert (repo.private / "shallow").exists()
    shallow.unlink()
    assert not (Repository.at(str(grown.path)).private / "shallow").exists()


def test_a_repository_in_a_folder_with_an_awkward_name_is_read(make_project):
    project = make_project('sp ace "quote" #1 ; caf\udce9')
    project.main({"a": "1\n"})
    project.change({"a": "2\n"})
    repo = Repository.at(str(project.path))
    assert compute(repo, find_aim(repo, None, None)).paths[0].path == "a"


def test_a_folder_whose_name_holds_a_newline_is_refused_in_plain_words(make_project):
    project = make_project("new\nline")
    project.commit({"a": "1\n"})
    with pytest.raises(CannotTell, match="newline") as caught:
        _ = Repository.at(str(project.path)).private
    assert "Move" in caught.value.fix


def test_a_cache_that_cannot_be_written_is_no_crash(repo, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GATECHECK_CACHE", str(tmp_path / "file"))
    with pytest.raises(CannotTell, match="cache cannot be written") as caught:
        _ = Repository.at(repo.name).private
    assert "GATECHECK_CACHE" in caught.value.fix


def test_a_half_made_private_repository_is_told_and_not_used(repo):
    (Path(repo.place.cache) / "git" / "objects").mkdir(parents=True)
    with pytest.raises(CannotTell, match="cache cannot be written"):
        _ = repo.private


def fake_git(tmp_path, monkeypatch, script):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def real_git():
    return subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()


def test_another_run_that_makes_the_private_repository_first_is_no_harm(repo, tmp_path, monkeypatch):
    cache = Path(repo.place.cache)
    git = real_git()
    fake_git(
        tmp_path,
        monkeypatch,
        f'{git} "$@"; code=$?; case $1 in init) {git} init -q --bare {cache}/git;; esac; exit $code',
    )
    assert (repo.private / "HEAD").exists()


@pytest.mark.parametrize("says", ["git version 2.37.9", "something else"])
def test_a_git_that_is_too_old_is_named(repo, tmp_path, monkeypatch, says):
    fake_git(tmp_path, monkeypatch, f'[ "$1" = --version ] && echo "{says}"')
    with pytest.raises(ToolError, match=r"needs git 2\.38") as caught:
        _ = repo.private
    assert says in caught.value.message


def test_without_git_the_error_names_it(repo, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ToolError, match="git cannot be started"):
        repo.resolve("HEAD")


def test_a_git_that_cannot_make_a_repository_is_told(repo, tmp_path, monkeypatch):
    git = real_git()
    fake_git(
        tmp_path,
        monkeypatch,
        f'[ "$1" = init ] && {{ echo "fatal: no room" >&2; exit 128; }}; exec {git} "$@"',
    )
    with pytest.raises(ToolError, match="git init failed in the cache: fatal: no room"):
        _ = repo.private


def test_a_git_that_complains_has_not_answered_whatever_its_exit_code(repo, tmp_path, monkeypatch):
    _ = repo.private
    git = real_git()
    fake_git(
        tmp_path,
        monkeypatch,
        f'case "$*" in *merge-base*) echo "error: could not read x" >&2; exit 1;; esac; exec {git} "$@"',
    )
    with pytest.raises(ToolError, match="could not read x"):
        repo.merge_base("HEAD", "main")


def test_a_git_that_fails_without_a_word_is_still_told(grown, repo):
    head = grown.git("rev-parse", "HEAD")
    with pytest.raises(ToolError, match="it says nothing"):
        repo.git("merge-base", "--is-ancestor", head, head, codes=(5,))


def test_conflicts_without_a_path_are_still_conflicts(grown, tmp_path, monkeypatch):
    grown.main({"c": "1\n"})
    repo = Repository.at(str(grown.path))
    found = find_aim(repo, None, None)
    _ = repo.private
    git = real_git()
    tree = grown.git("rev-parse", "HEAD^{tree}")
    fake_git(
        tmp_path,
        monkeypatch,
        f'case "$*" in *merge-tree*) printf "{tree}\\0"; exit 1;; esac; exec {git} "$@"',
    )
    assert compute(repo, found).conflicts == ("(git names no path)",)


def test_a_merge_that_git_cannot_do_is_no_verdict(grown, tmp_path, monkeypatch):
    grown.main({"c": "1\n"})
    repo = Repository.at(str(grown.path))
    found = find_aim(repo, None, None)
    _ = repo.private
    git = real_git()
    fake_git(
        tmp_path,
        monkeypatch,
        f'case "$*" in *merge-tree*) echo "fatal: no" >&2; exit 128;; esac; exec {git} "$@"',
    )
    with pytest.raises(ToolError, match="git merge-tree could not do its work"):
        compute(repo, found)


# --- objects ---


def test_objects_say_what_they_are_not(grown, repo):
    commit, tree, blob = (grown.git("rev-parse", f"HEAD{what}") for what in ("", "^{tree}", ":a"))
    assert repo.objects.tree_of(commit) == tree
    assert repo.objects.entry(tree, "a").is_file
    assert not repo.objects.entry(grown.git("rev-parse", "HEAD^{tree}"), "nothing/here")
    assert repo.objects.blob(blob) == b"1\n"
    assert repo.objects.size(blob) == 2
    for ask, id_, what in ((repo.objects.tree_of, blob, "commit"), (repo.objects.blob, tree, "blob")):
        with pytest.raises(CannotTell, match=f"is not a {what}"):
            ask(id_)
    with pytest.raises(CannotTell, match="is not a tree"):
        repo.objects.entry(blob, "a")
    for ask in (repo.objects.blob, repo.objects.size):
        with pytest.raises(CannotTell, match="missing or damaged"):
            ask("0" * 39 + "1")


def test_a_blob_that_cannot_be_streamed_is_told(repo, tmp_path):
    with (tmp_path / "out").open("wb") as into, pytest.raises(CannotTell, match="missing or damaged"):
        repo.stream_blob("0" * 39 + "1", into)


def test_the_environment_of_git_is_nobodys(repo, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", "/")
    assert repo.resolve("HEAD")
    assert repo.git("rev-parse", "--git-dir").decode().strip() == str(repo.private)
