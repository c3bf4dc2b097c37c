"""Commits made anew on another base are what `git rebase` would make of them, and where git would stop, nothing is made."""

from __future__ import annotations

import pytest

from gatecheck.errors import Refused
from gatecheck.landing import bring, rebase
from gatecheck.place import find
from gatecheck.repo import Repository, UserGit


@pytest.fixture
def rebased(project):
    """Rebase here as git does and as gatecheck does, and return both last commits."""
    place = find(str(project.path))

    def rebased(base, head):
        ours = rebase(Repository(place), UserGit(place), base, head)
        project.git("switch", "--quiet", "--detach", head)
        project.git("-c", "rebase.forkPoint=false", "rebase", "--quiet", base)
        return ours, project.git("rev-parse", "HEAD")

    return rebased


def shape(project, base, tip):
    return project.git("log", "--reverse", "--format=%T %an %ae %at %B", f"{base}..{tip}")


def test_what_git_would_make_is_made_and_nothing_else_moves(project, rebased):
    project.commit({"a": "1\n2\n3\n4\n5\n", "gone": "x\n", "run": "#!/bin/sh\n"})
    start = project.git("rev-parse", "HEAD")
    project.git("switch", "--quiet", "--create", "topic")
    project.commit({"a": "1\n2\n3\n4\nfive\n", "gone": None}, "Five\n\nBody with ümläut\n\n  indented\n")
    project.git("commit", "--quiet", "--allow-empty", "-m", "Empty from the start")
    project.commit({"b": "picked\n"}, "Picked already")
    (project.path / "run").chmod(0o755)
    project.commit({"c": "c\n"}, "Mode")
    project.git(
        "-c",
        "i18n.commitEncoding=ISO-8859-1",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        b"Latin \xe9".decode("latin-1"),
    )
    head = project.git("rev-parse", "HEAD")
    project.git("switch", "--quiet", "--detach", start)
    project.commit({"b": "picked\n"}, "The same")
    base = project.commit({"a": "one\n2\n3\n4\n5\n"}, "One")
    project.git("switch", "--quiet", "--detach", head)
    project.git("merge", "--quiet", "--no-edit", start, check=False)
    refs = project.git("for-each-ref")
    ours, theirs = rebased(base, head)
    assert shape(project, base, ours) == shape(project, base, theirs)
    assert project.git("rev-list", "--count", f"{base}..{ours}") == "4"
    assert project.git("for-each-ref") == refs
    assert project.git("fsck", "--strict", "--no-dangling", ours) == ""
    assert rebased(base, ours) == (ours, ours)


def test_an_update_from_the_base_is_left_out(project, rebased):
    project.commit({"a": "1\n"})
    project.git("switch", "--quiet", "--create", "topic")
    project.commit({"b": "1\n"})
    project.git("switch", "--quiet", "main")
    base = project.commit({"a": "2\n"})
    project.git("switch", "--quiet", "topic")
    project.git("merge", "--quiet", "--no-edit", "main")
    head = project.commit({"b": "2\n"})
    ours, theirs = rebased(base, head)
    assert shape(project, base, ours) == shape(project, base, theirs)


def test_a_branch_of_another_root_and_what_does_not_apply(project):
    base = project.commit({"a": "1\n"})
    project.git("switch", "--quiet", "--orphan", "other")
    other = project.commit({"z": "1\n"})
    place = find(str(project.path))
    repository, git = Repository(place), UserGit(place)
    assert project.git("ls-tree", "--name-only", rebase(repository, git, base, other)).split() == ["a", "z"]
    clash = project.commit({"a": "other\n"})
    with pytest.raises(Refused, match=f"{clash[:12]} does not apply on the target's tip: a"):
        rebase(repository, git, base, clash)
    twin = project.git("commit-tree", "-p", base, "-m", "same", f"{base}^{{tree}}")
    again = project.git("commit-tree", "-p", base, "-m", "again", f"{base}^{{tree}}")
    assert rebase(repository, git, twin, again) != twin  # empty from the start, so it stays
    (project.path / "a").unlink()
    project.git("switch", "--quiet", "--detach", base)
    done = project.commit({"a": "2\n"})
    same = project.git("commit-tree", "-p", base, "-m", "the same", f"{done}^{{tree}}")
    with pytest.raises(Refused, match="nothing of"):
        rebase(repository, git, done, same)


def test_objects_that_cannot_be_written_are_no_merge(project, monkeypatch):
    head = project.commit({"a": "1\n"})
    place = find(str(project.path))
    git = UserGit(place)
    monkeypatch.setattr(git, "code", lambda *_, **__: (128, "", b"error: no space\n"))
    with pytest.raises(Exception, match="no space"):
        bring(Repository(place), git, head, ())
