import json
from dataclasses import replace

import pytest

from gatecheck.errors import CannotTell, UsageError
from gatecheck.repo import Repository, find_aim, forge, github, gitlab

A, B, C, ZERO = "a" * 40, "b" * 40, "c" * 64, "0" * 40


def value(content):
    return forge.Value("GitHub's push event", "ref", content)


@pytest.mark.parametrize(
    "name", ["main", "release/1.0", "a'b;c", "ünïcode", "x" * 255, "fix/#12", "a@b", "@a"]
)
def test_what_git_allows_as_a_branchs_name_is_one(name):
    assert value(name).branch() == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        None,
        7,
        ["main"],
        {},
        "-x",
        "--upload-pack=x",
        "a b",
        "a\nb",
        "\x1b[31m",
        "a\x7f",
        "a..b",
        "a*",
        "a?",
        "a[",
        "a~1",
        "a^",
        "a:b",
        "a\\b",
        "/a",
        "a/",
        "a//b",
        ".a",
        "a/.b",
        "a.",
        "a.lock",
        "a.lock/b",
        "@",
        "@{u}",
        "HEAD",
        "\ud800",
        "x" * 256,
        "é" * 128,
    ],
)
def test_what_git_does_not_allow_is_refused_and_shown_harmlessly(name):
    with pytest.raises(UsageError, match=r"gives .* as ref, and not") as caught:
        value(name).branch()
    assert caught.value.message.isascii()
    assert caught.value.message.isprintable()
    assert "--target REF --head REF" in caught.value.fix


def test_only_what_is_not_given_may_be_left_out():
    assert value(None).branch(optional=True) == value("").branch(optional=True) == ""
    with pytest.raises(UsageError):
        value(7).branch(optional=True)


@pytest.mark.parametrize(
    "found", ["", "main", "HEAD", "--help", "A" * 40, "a" * 39, "a" * 41, 5, None, A + "\n"]
)
def test_a_commit_is_named_by_its_whole_id(found):
    with pytest.raises(UsageError):
        value(found).commit()
    assert value(A).commit() == A
    assert value(C).commit() == C


def test_a_push_is_judged_by_the_branch_it_went_to():
    def pushed(branch, before=A, after=B):
        return forge.pushed("it", branch=branch, default="main", before=before, after=after)

    main, other, tag = pushed("main"), pushed("other", before=ZERO), pushed("")
    assert (main.base, main.head, main.landed, main.guessed) == (A, B, True, False)
    assert (other.base, other.target, other.landed, other.guessed) == (None, "main", False, True)
    assert (main.origin.branch, other.origin.branch, tag.origin.branch) == ("", "other", "")
    assert (main.origin.landed, other.origin.landed) == (True, False)
    assert tag == replace(other, branch="")
    with pytest.raises(CannotTell, match="main was created"):
        pushed("main", before=ZERO)
    with pytest.raises(CannotTell, match="other was deleted"):
        pushed("other", after=ZERO)
    with pytest.raises(CannotTell, match="a ref was deleted"):
        pushed("", after="0" * 64)


def test_a_default_branch_that_nobody_names_has_no_ref():
    assert forge.Told("it", A, "main", "").default_ref == ""
    assert forge.Told("it", A, "main", "trunk").default_ref == "refs/remotes/origin/trunk"


@pytest.fixture
def grown(project):
    project.main({"a": "1\n"})
    project.change({"b": "1\n"})
    return project


@pytest.fixture
def github_says(grown, tmp_path, monkeypatch):
    """Return what sets the variables of an event and finds the aim."""

    def say(name, document, *, sha=None, flags=(None, None)):
        path = tmp_path / "event.json"
        path.write_text(json.dumps(document))
        head = grown.git("rev-parse", "HEAD")
        for key, text in {
            "ACTIONS": "true",
            "EVENT_NAME": name,
            "EVENT_PATH": str(path),
            "SHA": sha or head,
        }.items():
            monkeypatch.setenv(f"GITHUB_{key}", text)
        return find_aim(Repository.at(str(grown.path)), *flags)

    return say


def pull(head, base="main"):
    return {"pull_request": {"base": {"ref": base, "sha": A}, "head": {"sha": head}}}


def test_an_event_says_how_target_and_head_were_found(grown, github_says):
    head = grown.git("rev-parse", "HEAD")
    found = github_says("pull_request", pull(head))
    says = "GitHub's pull_request event"
    assert found.chosen == f"target origin/main ({says}), head {head[:12]} ({says})"
    assert (found.asked, found.by_forge, found.default, found.merge) == (True, True, "", "")


def test_a_head_that_is_not_here_is_told_with_the_command(github_says):
    with pytest.raises(CannotTell, match=r"the head that GitHub's pull_request event names, bbbb") as caught:
        github_says("pull_request", pull(B))
    assert caught.value.fix.startswith(f"Fetch it: git fetch --no-tags origin {B} (")


def test_a_base_that_is_not_here_is_told_with_the_command(grown, github_says):
    head = grown.git("rev-parse", "HEAD")
    group = {"base_sha": B, "head_sha": head, "base_ref": "refs/heads/main"}
    with pytest.raises(CannotTell, match="the base that GitHub's merge_group event names, bbbb") as caught:
        github_says("merge_group", {"merge_group": group})
    assert f"git fetch --no-tags origin {B} {head} (" in caught.value.fix


def test_an_event_that_is_read_is_never_recalled_and_one_that_is_not_is_witnessed(
    grown, monkeypatch, github_says
):
    repository = Repository.at(str(grown.path))
    find_aim(repository, None, None)
    seen = {what: was for how, what, was in repository.witnesses if how == "variable"}
    assert seen == {"GITHUB_ACTIONS": None, "GITLAB_CI": None}
    github_says("pull_request", pull(grown.git("rev-parse", "HEAD")))
    repository = Repository.at(str(grown.path))
    find_aim(repository, None, None)
    assert repository.witnesses is None
    repository = Repository.at(str(grown.path))
    find_aim(repository, "origin/main", "change")
    seen = {what: was for how, what, was in repository.witnesses if how == "variable"}
    assert seen == {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"}
    monkeypatch.delenv("GITHUB_ACTIONS")
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_PIPELINE_SOURCE", "web")
    repository = Repository.at(str(grown.path))
    assert gitlab.told(repository, needed=False) is None
    find_aim(repository, None, None)
    seen = {what: was for how, what, was in repository.witnesses if how == "variable"}
    assert seen["CI_PIPELINE_SOURCE"] == "web"


def test_an_event_of_another_size_than_forges_send_is_refused(github_says, monkeypatch):
    monkeypatch.setattr(github, "LARGEST_EVENT", 10)
    with pytest.raises(UsageError, match="more than 10 bytes"):
        github_says("push", {"before": A})


def test_a_pushed_default_branch_that_went_back_leaves_nothing_to_judge(grown, github_says):
    head, main = grown.git("rev-parse", "HEAD"), grown.git("rev-parse", "main")
    document = {
        "ref": "refs/heads/main",
        "before": head,
        "after": main,
        "repository": {"default_branch": "main"},
    }
    assert github_says("push", document).head == main


OURS, FORK = {"full_name": "shop/shop", "fork": True}, {"full_name": "jo/shop", "fork": True}
PERSON, BOT = {"type": "User", "login": "dependabot[bot]"}, {"type": "Bot", "login": "helper"}


def opened_by(head, *, repo=OURS, user=PERSON, sender=PERSON):
    document = pull(head)
    document["pull_request"]["head"] |= {"ref": "feature/x", "repo": repo}
    document["pull_request"]["base"]["repo"] = OURS
    document["pull_request"]["user"] = user
    return document | {"sender": sender}


@pytest.mark.parametrize(
    ("told", "fork", "bot"),
    [
        ({}, False, False),
        ({"repo": FORK}, True, False),
        ({"repo": None}, True, False),  # GitHub says null of a fork that is gone
        ({"user": BOT, "sender": BOT}, False, True),
        ({"user": BOT}, False, False),  # a person pushed to what a bot opened
        ({"sender": BOT}, False, False),  # a bot set a label on what a person opened
        ({"user": None, "sender": None}, False, False),
        ({"repo": FORK, "user": BOT, "sender": BOT}, True, True),
    ],
)
def test_a_fork_and_a_bot_are_known_by_what_the_forge_says(grown, github_says, told, fork, bot):
    head = grown.git("rev-parse", "HEAD")
    found = github_says("pull_request", opened_by(head, **told)).origin
    assert (found.fork, found.bot, found.branch, found.landed) == (fork, bot, "feature/x", False)
    assert found.by == "GitHub's pull_request event"


def test_a_bot_in_a_commits_author_is_nobody_to_the_forge(grown, github_says, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "dependabot[bot]")
    head = grown.change({"c": "1\n"})
    assert not github_says("pull_request", opened_by(head)).origin.bot


def test_where_the_forge_names_no_repositories_nothing_is_a_fork(grown, github_says):
    found = github_says("pull_request", pull(grown.git("rev-parse", "HEAD"))).origin
    assert (found.fork, found.bot, found.branch) == (False, False, "")


def test_the_forges_merge_commit_keeps_what_was_said_of_the_origin(grown, github_says):
    head = grown.git("rev-parse", "HEAD")
    tree = grown.git("rev-parse", "HEAD^{tree}")
    merge = grown.git("commit-tree", "-p", "main", "-p", head, "-m", "merge", tree)
    found = github_says("pull_request", opened_by(head, repo=FORK), sha=merge)
    assert (found.base, found.head) == (grown.git("rev-parse", "main"), head)
    assert (found.origin.fork, found.origin.branch) == (True, "feature/x")


def test_a_head_that_was_named_by_hand_is_nobodys(grown, github_says):
    head = grown.git("rev-parse", "HEAD")
    found = github_says("pull_request", opened_by(head, repo=FORK), flags=(None, "change"))
    assert (found.origin.fork, found.origin.branch, found.origin.by) == (False, "change", "")


def test_a_merge_queue_lands(grown, github_says):
    base, head = grown.git("rev-parse", "main"), grown.git("rev-parse", "HEAD")
    group = {"base_sha": base, "head_sha": head, "base_ref": "refs/heads/main"}
    assert github_says("merge_group", {"merge_group": group}).origin.landed


@pytest.mark.parametrize(("source", "fork"), [("1", False), ("2", True), (None, False)])
@pytest.mark.parametrize("kind", ["detached", "merged_result", "merge_train"])
def test_gitlab_says_a_fork_by_its_projects(grown, monkeypatch, source, fork, kind):
    head = grown.git("rev-parse", "HEAD")
    tree = grown.git("rev-parse", "HEAD^{tree}")
    merge = grown.git("commit-tree", "-p", "main", "-p", head, "-m", "merge", tree)
    says = {
        "GITLAB_CI": "true",
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_EVENT_TYPE": kind,
        "CI_COMMIT_SHA": head if kind == "detached" else merge,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature/x",
        "CI_MERGE_REQUEST_PROJECT_ID": "1",
        **({"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source} if source else {}),
    }
    for name, text in says.items():
        monkeypatch.setenv(name, text)
    found = find_aim(Repository.at(str(grown.path)), None, None)
    assert (found.head, found.origin.branch, found.origin.fork) == (head, "feature/x", fork)
    assert (found.origin.bot, found.origin.landed) == (False, False)
