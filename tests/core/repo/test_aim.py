import pytest

from gatecheck.errors import CannotTell, UsageError
from gatecheck.repo import Repository, find_aim, policy_commit, protection


def protects(branch):
    return branch in {"main", "master"} or branch.startswith("release/")


@pytest.fixture
def grown(project):
    """Main with two commits, on its remote; a branch with one more."""
    project.main({"a": "1\n"})
    project.main({"b": "1\n"})
    project.change({"c": "1\n"})
    return project


def aimed(project, target=None, head=None):
    return find_aim(Repository.at(str(project.path)), target, head)


def judged_by(project, target=None, head=None):
    repository = Repository.at(str(project.path))
    return policy_commit(repository, find_aim(repository, target, head), protects)


def test_the_remotes_default_branch_is_the_target_and_the_checked_out_branch_the_head(grown):
    found = aimed(grown)
    assert (found.target, found.branch) == ("refs/remotes/origin/main", "main")
    assert (found.base, found.head) == (grown.git("rev-parse", "origin/main"), grown.git("rev-parse", "HEAD"))
    assert found.chosen == "target origin/main (origin/HEAD), head HEAD (change)"
    assert not found.asked


def test_a_detached_head_is_said(grown):
    grown.git("switch", "--quiet", "--detach")
    assert "HEAD (detached)" in aimed(grown).chosen


def test_a_repository_without_a_commit_is_a_usage_error(project):
    with pytest.raises(UsageError, match="no commit yet"):
        aimed(project)


@pytest.mark.parametrize("branch", ["main", "master"])
def test_a_remote_without_head_is_searched_for_main_and_master(grown, branch):
    grown.git("update-ref", f"refs/remotes/origin/{branch}", "main")
    if branch == "master":
        grown.git("update-ref", "-d", "refs/remotes/origin/main")
    grown.git("remote", "set-head", "origin", "--delete")
    assert aimed(grown).target == f"refs/remotes/origin/{branch}"
    assert "origin has no HEAD here" in aimed(grown).chosen


def test_a_remote_head_that_leads_nowhere_is_passed_over(grown):
    grown.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/renamed")
    assert aimed(grown).target == "refs/remotes/origin/main"


def test_a_remote_without_a_usual_branch_leaves_the_local_one(grown):
    grown.git("remote", "set-head", "origin", "--delete")
    grown.git("update-ref", "refs/remotes/origin/trunk", "main")
    grown.git("update-ref", "-d", "refs/remotes/origin/main")
    assert aimed(grown).target == "refs/heads/main"


@pytest.mark.parametrize("branch", ["main", "master"])
def test_without_a_remote_the_local_main_or_master_is_the_target(grown, branch):
    grown.git("remote", "remove", "origin")
    grown.git("branch", "-M", "main", branch)
    assert aimed(grown).target == f"refs/heads/{branch}"
    assert "no remote branch" in aimed(grown).chosen


def test_one_remote_of_another_name_will_do_but_of_several_one_must_be_named(grown):
    grown.git("remote", "rename", "origin", "upstream")
    assert aimed(grown).target == "refs/remotes/upstream/main"
    grown.git("update-ref", "refs/remotes/fork/main", "main")
    with pytest.raises(UsageError, match="fork, upstream") as caught:
        aimed(grown)
    assert "--target" in caught.value.fix


def test_several_remotes_with_an_origin_are_no_question(grown):
    grown.git("update-ref", "refs/remotes/fork/main", "HEAD")
    assert aimed(grown).target == "refs/remotes/origin/main"


def test_without_any_branch_to_merge_into_the_target_must_be_named(grown):
    grown.git("remote", "remove", "origin")
    grown.git("branch", "--delete", "--force", "main")
    with pytest.raises(UsageError, match="no branch to merge into"):
        aimed(grown)


@pytest.mark.parametrize(
    ("target", "ref"),
    [
        ("main", "refs/heads/main"),
        ("refs/heads/main", "refs/heads/main"),
        ("heads/main", "refs/heads/main"),
        ("origin/main", "refs/remotes/origin/main"),
        ("origin", "refs/remotes/origin/main"),
        ("origin/HEAD", "refs/remotes/origin/main"),
        ("v1", "refs/tags/v1"),
        ("annotated", "refs/tags/annotated"),
        ("main~0", None),
        ("@{u}~0", None),
    ],
)
def test_a_target_may_be_named_as_git_lets_people_name_it(grown, target, ref):
    grown.git("tag", "v1", "main")
    grown.git("tag", "-a", "-m", "x", "annotated", "main")
    grown.git("branch", "--quiet", "--set-upstream-to=origin/main")
    commit = grown.git("rev-parse", "main")
    found = aimed(grown, target)
    assert (found.target, found.base, found.asked) == (ref or commit, commit, True)
    assert found.branch != "HEAD"


def test_a_target_and_a_head_may_be_commit_ids_in_full_or_short(grown):
    base, head = grown.git("rev-parse", "main"), grown.git("rev-parse", "HEAD")
    found = aimed(grown, base[:10], head)
    assert (found.target, found.base, found.head) == (base, base, head)
    assert f"{head} (--head)" in found.chosen


def test_a_ref_outside_of_branches_keeps_its_full_name(grown):
    grown.git("update-ref", "refs/pull/7/head", "HEAD")
    found = aimed(grown, "refs/pull/7/head")
    assert (found.target, found.branch) == ("refs/pull/7/head",) * 2


@pytest.mark.parametrize(
    "name",
    [
        "nope",
        "--upload-pack=touch canary",
        "-",
        "a b",
        "HEAD:a",
        "main:a",
        "@{u}",
        "HEAD@{99}",
        "a..b",
        "x;touch y",
        "caf\udce9",
    ],
)
def test_a_name_that_means_no_commit_is_a_usage_error_and_never_an_option(grown, name):
    for question in ((name, None), (None, name or "nope")):
        with pytest.raises(UsageError, match="no such commit") as caught:
            aimed(grown, *question)
        assert "touch canary" not in caught.value.fix
        assert ";touch" not in caught.value.fix or "'x;touch y'" in caught.value.fix
    assert not (grown.path / "canary").exists()


def test_an_abbreviation_of_several_commits_is_a_usage_error(grown):
    tree = grown.git("rev-parse", "HEAD^{tree}")
    seen = {}
    while True:
        commit = grown.git("commit-tree", tree, "-m", str(len(seen)))
        if commit[:4] in seen:
            break
        seen[commit[:4]] = commit
    with pytest.raises(UsageError, match="no such commit"):
        aimed(grown, commit[:4])


def test_a_default_target_that_is_no_commit_is_a_usage_error(grown):
    blob = grown.git("rev-parse", "HEAD:a")
    grown.git("update-ref", "refs/remotes/origin/main", blob)
    with pytest.raises(UsageError, match="is not a commit"):
        aimed(grown)


def test_a_broken_ref_is_not_passed_over_in_silence(grown):
    (grown.path / ".git" / "refs" / "remotes" / "origin" / "main").write_text("garbage\n")
    with pytest.raises(CannotTell, match="broken ref") as caught:
        aimed(grown)
    assert "git fsck" in caught.value.fix


def test_a_configuration_that_git_cannot_read_is_no_answer(grown):
    (grown.path / ".git" / "config").write_text("[core\n")
    with pytest.raises(CannotTell, match="cannot read this repository"):
        aimed(grown)


# --- whose policy judges ---


def test_a_protected_target_brings_its_own_policy(grown):
    tip = grown.git("rev-parse", "origin/main")
    for target in (None, "origin/main", "origin", tip):
        assert judged_by(grown, target) == (tip, True)


def test_work_from_a_release_branch_is_not_guessed_to_be_for_main(grown):
    grown.git("switch", "--quiet", "--create", "release/1", "main")
    grown.commit({"r": "1\n"})
    grown.git("push", "--quiet", "origin", "release/1")
    grown.git("switch", "--quiet", "--create", "fix")
    grown.commit({"fix": "1\n"})
    with pytest.raises(UsageError, match="forked from origin/release/1, not from origin/main") as caught:
        judged_by(grown)
    assert "--target origin/release/1" in caught.value.fix
    assert judged_by(grown, "origin/release/1") == (grown.git("rev-parse", "origin/release/1"), True)
    assert judged_by(grown, "origin/main") == (grown.git("rev-parse", "origin/main"), True)


def test_a_release_branch_that_is_further_away_is_no_rival(grown):
    grown.git("update-ref", "refs/remotes/origin/release/0", "main~1")
    grown.git("update-ref", "refs/remotes/origin/release/same", "main")
    unrelated = grown.git("commit-tree", "main^{tree}", "-m", "root")
    grown.git("update-ref", "refs/remotes/origin/release/unrelated", unrelated)
    assert judged_by(grown) == (grown.git("rev-parse", "main"), True)


def test_among_very_many_protected_branches_none_is_guessed(grown, monkeypatch):
    monkeypatch.setattr(protection, "MOST_RIVALS", 3)
    for number in range(4):
        grown.git("update-ref", f"refs/remotes/origin/release/{number}", "main~1")
    with pytest.raises(UsageError, match="5 branches are protected"):
        judged_by(grown)
    assert judged_by(grown, "origin/main")[1]


def test_a_stacked_target_is_judged_by_the_protected_branch_that_it_forked_from(grown):
    grown.git("push", "--quiet", "origin", "main:release/1")
    grown.main({"policy": "tightened\n"})
    grown.git("branch", "stacked", "change")
    grown.git("switch", "--quiet", "stacked")
    grown.commit({"d": "1\n"})
    main = grown.git("rev-parse", "origin/main")
    assert judged_by(grown, "change") == (main, False)
    grown.git("switch", "--quiet", "change")
    grown.git("merge", "--quiet", "-m", "m", "origin/main")
    grown.git("switch", "--quiet", "stacked")
    assert judged_by(grown, "change") == (main, False)


def test_an_old_commit_of_a_protected_branch_is_judged_by_its_own_policy_but_a_branch_there_is_not(grown):
    old, tip = grown.git("rev-parse", "main~1"), grown.git("rev-parse", "main")
    assert judged_by(grown, old) == (old, False)
    grown.git("branch", "beside", old)
    assert judged_by(grown, "beside") == (tip, False)


def test_a_stacked_target_without_common_history_is_no_answer(grown):
    root = grown.git("commit-tree", "main^{tree}", "-m", "root")
    grown.git("branch", "alien", root)
    with pytest.raises(CannotTell, match="no history in common"):
        judged_by(grown, "alien")


def test_where_nothing_is_protected_the_target_is_judged_by_its_own_policy(grown):
    repository = Repository.at(str(grown.path))
    found = find_aim(repository, "change", None)
    assert policy_commit(repository, found, lambda branch: False) == (found.base, False)


def test_the_branch_that_is_judged_is_known_by_its_ref(grown):
    def branch(head=None):
        return aimed(grown, head=head).origin.branch

    grown.git("push", "--quiet", "origin", "change:over/there")
    grown.git("tag", "a-tag")
    id_ = grown.git("rev-parse", "HEAD")
    assert (branch(), branch("HEAD"), branch("change"), branch("refs/heads/change")) == ("change",) * 4
    assert branch("origin/over/there") == "over/there"
    assert [branch(name) for name in (id_, "HEAD~0", "a-tag", "HEAD@{0}")] == [""] * 4
    grown.git("switch", "--quiet", "--detach")
    assert branch() == ""
    assert aimed(grown, head="HEAD").origin.branch == ""
