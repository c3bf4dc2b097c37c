import subprocess

import pytest

from gatecheck.errors import CannotTell
from gatecheck.model import Change, Origin, Person
from gatecheck.repo import Repository, commits, protection


@pytest.fixture(params=["sha1", "sha256"])
def kept(request, tmp_path, make_project):
    """A repository of an object format with one commit."""
    top = tmp_path / request.param
    subprocess.run(
        ["git", "init", "--quiet", f"--object-format={request.param}", "-b", "main", top], check=True
    )
    project = type(make_project("unused"))(top, top)
    project.commit({"a": "1\n"}, message="The subject\n\nA body.\n")
    return project


def written(project, kind, text):
    """Write an object as it is given, whatever git thinks of it."""
    data = text.encode("utf-8", "surrogateescape")
    words = ["git", "hash-object", "-t", kind, "-w", "--stdin", "--literally"]
    done = subprocess.run(words, cwd=project.path, input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


def opened(project):
    return Repository.at(str(project.path))


def test_a_commit_is_read_as_git_keeps_it(kept, monkeypatch):
    first = kept.git("rev-parse", "HEAD")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Jo \xe9")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "jo@example.org")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1700000000 +0200")
    second = kept.commit({"b": "1\n"}, message="Second")
    found = commits.read_commit(opened(kept).objects, second)
    assert (found.id, found.parents, found.tree) == (second, (first,), kept.git("rev-parse", "HEAD^{tree}"))
    assert found.author == Person("Jo \xe9", "jo@example.org", 1_700_000_000)
    assert (found.committer.name, found.committer.mail) == ("Ada", "ada@example.org")
    assert found.committer.time > 1_700_000_000
    assert found.message == "Second\n"
    assert commits.read_commit(opened(kept).objects, first).message == "The subject\n\nA body.\n"


def test_what_a_crafted_commit_repeats_or_signs_changes_nothing(kept):
    tree, head = kept.git("rev-parse", "HEAD^{tree}"), kept.git("rev-parse", "HEAD")
    lines = [
        f"tree {tree}",
        f"parent {head}",
        "author A \udcff <a@b> 1 +0000",
        "committer nobody at all",
        "gpgsig -----BEGIN",
        " author B <b@b> 2 +0000",
        "author C <c@c> 3 +0000",
        f"parent {tree}",
        "",
        "author D <d@d> 4 +0000",
    ]
    found = commits.read_commit(opened(kept).objects, written(kept, "commit", "\n".join(lines)))
    assert (found.author, found.parents) == (Person("A \udcff", "a@b", 1), (head,))
    assert found.committer == Person("nobody at all", "", 0)
    assert found.message == "author D <d@d> 4 +0000"


def test_an_annotated_tag_is_read_and_anything_else_is_none(kept):
    head = kept.git("rev-parse", "HEAD")
    kept.git("tag", "-a", "-m", "Why\n\nName: value", "noted")
    kept.git("tag", "plain")
    kept.git("tag", "-a", "-m", "outer", "outer", "noted")
    objects = opened(kept).objects
    ids = {name: kept.git("rev-parse", f"refs/tags/{name}") for name in ("noted", "plain", "outer")}
    found = commits.read_tag(objects, ids["noted"])
    assert (found.id, found.target, found.target_kind, found.name) == (ids["noted"], head, "commit", "noted")
    assert (found.tagger.name, found.message) == ("Ada", "Why\n\nName: value\n")
    assert commits.read_tag(objects, ids["plain"]) is None
    assert commits.read_tag(objects, ids["outer"]).target_kind == "tag"
    assert commits.read_tag(objects, kept.git("rev-parse", "HEAD:a")) is None
    assert commits.read_tag(
        objects, written(kept, "tag", f"object {head}\ntype commit\ntag x\n\nm")
    ).tagger == Person("", "", 0)


def test_what_is_not_there_cannot_be_told(kept):
    objects, absent = opened(kept).objects, "1" * len(kept.git("rev-parse", "HEAD"))
    for read in (commits.read_commit, commits.read_tag):
        with pytest.raises(CannotTell, match="missing"):
            read(objects, absent)
    with pytest.raises(CannotTell, match="is not a commit"):
        commits.read_commit(objects, kept.git("rev-parse", "HEAD:a"))
    for pair in ((absent, "HEAD"), ("HEAD", absent)):
        with pytest.raises(CannotTell, match="missing"):
            commits.is_ancestor(opened(kept), *(kept.git("rev-parse", name) for name in pair))


@pytest.fixture
def grown(project):
    """Main with three commits; a branch with three more off the second, into which main was merged."""
    for number in range(2):
        project.main({f"m{number}": "1\n"})
    project.change({"c0": "1\n"})
    project.change({"c1": "1\n"})
    project.main({"m2": "1\n"})
    project.git("merge", "--quiet", "--no-ff", "-m", "Merge", "main")
    project.change({"c2": "1\n"})
    return project


def test_the_commits_of_a_branch_are_those_that_the_base_lacks_parents_first(grown):
    base, head = grown.git("rev-parse", "main"), grown.git("rev-parse", "change")
    found = commits.commits_between(opened(grown), base, head)
    names = [f"change~{number}" for number in (3, 2, 1, 0)]
    assert found == tuple(grown.git("rev-parse", name) for name in names)
    assert commits.commits_between(opened(grown), head, base) == ()


def shallow(grown, tmp_path, depth, name="shallow"):
    top = tmp_path / name
    url = f"file://{grown.path}"
    words = [
        "git",
        "clone",
        "--quiet",
        f"--depth={depth}",
        "--no-single-branch",
        "--branch",
        "change",
        url,
        top,
    ]
    subprocess.run(words, check=True)
    return type(grown)(top, grown.path)


def test_a_shallow_clone_tells_a_branchs_commits_only_when_it_has_them_all(grown, tmp_path):
    base, head = grown.git("rev-parse", "main"), grown.git("rev-parse", "change")
    wanted = commits.commits_between(opened(grown), base, head)
    told = []
    for depth in range(1, 8):
        clone = shallow(grown, tmp_path, depth, f"deep{depth}")
        try:
            told.append(commits.commits_between(opened(clone), base, head))
        except CannotTell as error:
            clone.git(*error.fix.rpartition(": git ")[2].split())
            assert commits.commits_between(opened(clone), base, head) == wanted
    assert len(told) > 2, "with enough history the answer is there"
    assert set(told) == {wanted}


def test_a_shallow_clone_says_no_only_when_it_can_be_sure(grown, tmp_path):
    grown.git("branch", "side", "change~2")
    first, head, side, main = (grown.git("rev-parse", name) for name in ("main~2", "change", "side", "main"))
    full = opened(grown)
    assert commits.is_ancestor(full, first, head)
    assert commits.is_ancestor(full, head, head)
    assert not commits.is_ancestor(full, side, main)
    cut = opened(shallow(grown, tmp_path, 1))
    with pytest.raises(CannotTell, match="too shallow"):
        commits.is_ancestor(cut, side, main)
    with pytest.raises(CannotTell, match="missing"):
        commits.is_ancestor(cut, first, head)
    deep = opened(shallow(grown, tmp_path, 3, "deep"))
    assert commits.is_ancestor(deep, main, head)
    assert not commits.is_ancestor(deep, side, main), (
        "the root is where the clone was cut, and nothing is behind it"
    )
    assert not commits.is_ancestor(deep, head, main), "main is behind head, so head is not behind main"


def change_into(grown, target):
    base, head = grown.git("rev-parse", target), grown.git("rev-parse", "change")
    return Change(target, base, head, "", "", "")


def test_a_commit_is_protected_by_the_remotes_branches_and_by_no_local_one(grown):
    def protects(branch):
        return branch in {"main", "release"}

    def holder(commit, target="refs/remotes/origin/main"):
        id_ = grown.git("rev-parse", commit)
        return protection.protected_by(opened(grown), id_, change_into(grown, target), protects)

    grown.git("branch", "release", "change")
    assert holder("main~1") == "refs/remotes/origin/main"
    assert holder("change") is None
    assert holder("main~1", "refs/heads/main") == "refs/remotes/origin/main"
    grown.git("push", "--quiet", "origin", "release")
    assert holder("change") == "refs/remotes/origin/release"
    grown.git("update-ref", "-d", "refs/remotes/origin/main")
    change = Change("refs/remotes/origin/main", grown.git("rev-parse", "main"), "", "", "", "")
    named = protection.protected_by(opened(grown), change.base, change, protects)
    assert named == "refs/remotes/origin/main", "a forge named it, and its ref is not here"


def test_nobody_says_where_a_change_comes_from_unless_somebody_does():
    assert Origin() == Origin("", "", fork=False, bot=False, landed=False)
