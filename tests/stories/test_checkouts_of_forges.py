"""In a forge's CI the event says what is judged: in clones of every depth the verdict is right, or one command makes it so."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

POLICY = (
    "version: 1\nprotect: [main]\ngates: {look: {uses: command, run: [sh, look.sh], exit-code-only: true}}\n"
)
LOOK = "test ! -e bad.txt && test -e main.txt\n"
COMMAND = re.compile(r"fix: [^:\n]*: (git fetch .+?)(?: \(or .*\))?$", re.MULTILINE)


class Forge:
    """A server with a repository, a pull request on it, and what its CI gives to a job."""

    def __init__(self, project, folder) -> None:
        self.project, self.folder = project, folder
        self.head, self.base, self.merge = (
            project.git("rev-parse", name) for name in ("change", "main", "refs/made/merge")
        )
        self.url = f"file://{project.remote}"

    def tip(self, commit):
        """Put a commit where CI fetches it from."""
        self.project.git("push", "--quiet", "--force", "origin", f"{commit}:refs/pull/7/merge")
        return commit

    def checkout(self, depth, commit):
        """Return a clone as forges make them: detached, of one commit, so many commits deep (0: everything)."""
        top = self.folder / f"checkout{len(list(self.folder.iterdir()))}"
        subprocess.run(["git", "init", "--quiet", top], check=True)
        clone = type(self.project)(top, self.project.remote)
        clone.git("remote", "add", "origin", self.url)
        if depth:
            clone.git("fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", commit)
        else:
            clone.git("fetch", "--quiet", "origin", commit, "+refs/heads/*:refs/remotes/origin/*")
        clone.git("checkout", "--quiet", "--detach", commit)
        return clone

    def github(self, event, document, sha, default="main"):
        path = self.folder / "event.json"
        path.write_text(json.dumps({"repository": {"default_branch": default}, **document}))
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_SHA": sha,
        }

    def pull_request(self, *, sha=None, base_ref="main", event="pull_request", default="main"):
        pull = {"base": {"ref": base_ref, "sha": "0" * 39 + "1"}, "head": {"sha": self.head}}
        return self.github(event, {"pull_request": pull}, sha or self.merge, default)

    def merge_group(self, base=None, head=None):
        group = {"base_sha": base or self.base, "head_sha": head or self.merge, "base_ref": "refs/heads/main"}
        return self.github("merge_group", {"merge_group": group}, head or self.merge)

    def push(self, before, after, ref="refs/heads/main", *, deleted=False):
        document = {"ref": ref, "before": before, "after": after, "deleted": deleted, "created": False}
        return self.github("push", document, after)

    def gitlab(self, kind, commit, **more):
        return {
            "GITLAB_CI": "true",
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_MERGE_REQUEST_EVENT_TYPE": kind,
            "CI_COMMIT_SHA": commit,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_DEFAULT_BRANCH": "main",
            "CI_PROJECT_ID": "1",
            "CI_MERGE_REQUEST_PROJECT_ID": "1",
            **more,
        }

    def gitlab_push(self, before, after, branch="main", **more):
        return {
            "GITLAB_CI": "true",
            "CI_PIPELINE_SOURCE": "push",
            "CI_COMMIT_BEFORE_SHA": before,
            "CI_COMMIT_SHA": after,
            "CI_COMMIT_BRANCH": branch,
            "CI_DEFAULT_BRANCH": "main",
            **more,
        }


def build(project):
    """Make the repository on the server: main went on after the change began, and the forge merged them."""
    for number in range(3):
        project.main({"look.sh": LOOK, f"old{number}": "x\n"}, policy=POLICY)
    for number in range(2):
        project.change({f"step{number}": "x\n"})
    project.change({"bad.txt": "x\n"})
    project.change({"bad.txt": None})
    for number in range(2):
        project.main({"main.txt": f"{number}\n"})
    project.git("switch", "--quiet", "--detach", "main")
    project.git("merge", "--quiet", "--no-ff", "-m", "Merge", "change")
    project.git("update-ref", "refs/made/merge", "HEAD")
    project.git("push", "--quiet", "origin", "HEAD:refs/pull/7/merge", "change:refs/heads/change")
    project.git("switch", "--quiet", "change")


_BUILT: list[Path] = []
"""Where the repository was built by the first test that needed it; each test has a copy."""


@pytest.fixture
def forge(project, tmp_path, tmp_path_factory):
    """A forge of this test's own."""
    if not _BUILT:
        build(project)
        kept = tmp_path_factory.mktemp("forge")
        for top in (project.path, project.remote):
            shutil.move(top, kept / top.name)
        _BUILT.append(kept)
    folder = tmp_path / "forge"
    shutil.copytree(_BUILT[0], folder, symlinks=True)
    made = type(project)(folder / "project", folder / "project.git")
    made.git("remote", "set-url", "origin", str(made.remote))
    return Forge(made, folder)


def asked(clone, env, *words):
    """Run gatecheck, and return how it ended and its report."""
    path = clone.path.parent / "report.json"
    path.unlink(missing_ok=True)
    done = clone.gatecheck("run", "--report", f"json={path}", *words, env=env)
    return done, json.loads(path.read_text()) if path.exists() else None


def mended(clone, env, *words):
    """Run gatecheck, and as long as it asks for a fetch, do exactly what it says; return the last run, and how often it asked."""
    for times in range(3):
        done, report = asked(clone, env, *words)
        if report is not None:
            return done, report, times
        assert done.returncode == 4, done.stderr
        assert done.stderr.count("fix: ") == 1
        found = COMMAND.search(done.stderr)
        assert found, done.stderr
        subprocess.run(["bash", "-euc", found[1]], cwd=clone.path, check=True, capture_output=True)
    raise AssertionError(done.stderr)


def tree(forge, commit):
    return forge.project.git("rev-parse", f"{commit}^{{tree}}")


# --- GitHub ---


@pytest.mark.parametrize("event", ["pull_request", "pull_request_review"])
@pytest.mark.parametrize(("depth", "times"), [(0, 0), (1, 1), (2, 0), (20, 0)])
def test_a_pull_request_is_judged_at_every_depth(forge, depth, times, event):
    clone = forge.checkout(depth, forge.merge)
    done, report, fetched = mended(clone, forge.pull_request(event=event))
    assert done.returncode == 0, done.stdout + done.stderr
    change = report["change"]
    assert (change["base"], change["head"]) == (forge.base, forge.head)
    assert change["target"] == "refs/remotes/origin/main"
    assert change["tree"] == tree(forge, forge.merge)
    assert report["law"]["source"] == ".gatecheck.yaml of origin/main"
    assert fetched == times
    assert ("too shallow" in report["chosen"]) == (depth in {1, 2})
    assert f"GitHub's {event} event" in report["chosen"]


def test_a_failing_pull_request_fails_in_a_shallow_clone_too(forge):
    forge.head = forge.project.change({"bad.txt": "x\n"})
    forge.project.git("switch", "--quiet", "--detach", forge.base)
    forge.project.git("merge", "--quiet", "--no-ff", "-m", "Merge", forge.head)
    forge.merge = forge.tip(forge.project.git("rev-parse", "HEAD"))
    done, report, _ = mended(forge.checkout(1, forge.merge), forge.pull_request())
    assert done.returncode == 1, done.stderr
    assert report["verdict"] == "fail"


@pytest.mark.parametrize(("depth", "times"), [(0, 0), (1, 1), (2, 1), (20, 1)])
def test_a_checkout_of_the_pull_requests_head_is_judged_against_the_remote_branch(forge, depth, times):
    forge.project.git("push", "--quiet", "origin", "--delete", "refs/pull/7/merge")
    clone = forge.checkout(depth, forge.head)
    done, report, fetched = mended(clone, forge.pull_request())
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (forge.base, forge.head)
    assert report["change"]["tree"] == tree(forge, forge.merge)
    assert fetched == times


def test_a_merge_commit_of_an_older_head_is_not_what_is_judged(forge):
    stale = forge.merge
    forge.head = forge.project.change({"new.txt": "newer\n"})
    forge.project.git("push", "--quiet", "origin", f"{forge.head}:refs/heads/change")
    clone = forge.checkout(1, stale)
    done, report, _ = mended(clone, forge.pull_request())
    assert done.returncode == 0, done.stderr
    assert report["change"]["head"] == forge.head
    assert "new.txt" in [path["path"] for path in report["change"]["paths"]["items"]]


def test_a_branch_that_ends_with_a_merge_is_no_merge_commit_of_the_forge(forge):
    project = forge.project
    project.git("merge", "--quiet", "-m", "Merge main", "origin/main")
    forge.head = project.git("rev-parse", "HEAD")
    project.git("push", "--quiet", "origin", f"{forge.head}:refs/heads/change")
    forge.base = project.main({"later": "1\n"})
    clone = forge.checkout(0, forge.head)
    done, report = asked(clone, forge.pull_request(sha=forge.head))
    assert done.returncode == 0, done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (forge.base, forge.head)


def test_when_history_suffices_the_merge_is_our_own(forge):
    project = forge.project
    lie = project.git(
        "commit-tree", f"{forge.base}^{{tree}}", "-p", forge.base, "-p", forge.head, "-m", "lie"
    )
    project.git("push", "--quiet", "--force", "origin", f"{lie}:refs/pull/7/merge")
    done, report = asked(forge.checkout(20, lie), forge.pull_request(sha=lie))
    assert done.returncode == 0, done.stderr
    assert report["change"]["tree"] == tree(forge, forge.merge)


@pytest.mark.parametrize("depth", [0, 1, 20])
def test_target_and_head_are_decided_each_by_itself(forge, depth):
    clone = forge.checkout(depth, forge.merge)
    older = forge.project.git("rev-parse", f"{forge.base}~1")
    clone.git("fetch", "--quiet", "--unshallow" if depth == 1 else "--no-tags", "origin", forge.merge)
    done, report = asked(clone, forge.pull_request(), "--target", older)
    assert report["change"]["head"] == forge.head, "never the synthetic merge commit"
    assert report["change"]["base"] == older
    assert "(--target), head" in report["chosen"]
    other = forge.project.git("rev-parse", f"{forge.head}~1")
    done, report = asked(clone, forge.pull_request(), "--head", other)
    assert (report["change"]["base"], report["change"]["head"]) == (forge.base, other)
    assert done.returncode == 1, "with bad.txt"


def test_with_both_flags_the_event_is_not_read(forge):
    clone = forge.checkout(0, forge.merge)
    env = forge.pull_request() | {"GITHUB_EVENT_PATH": "/nonexistent"}
    done, report = asked(clone, env, "--target", forge.base, "--head", forge.head)
    assert done.returncode == 0, done.stderr
    assert report["change"]["head"] == forge.head


@pytest.mark.parametrize(("depth", "times"), [(0, 0), (1, 1), (2, 0), (20, 0)])
def test_a_merge_group_is_judged_by_its_two_commits(forge, depth, times):
    done, report, fetched = mended(forge.checkout(depth, forge.merge), forge.merge_group())
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (forge.base, forge.merge)
    assert report["change"]["tree"] == tree(forge, forge.merge)
    assert report["change"]["target"] == "refs/remotes/origin/main"
    assert fetched == times


@pytest.mark.parametrize("depth", [1, 2, 20])
def test_a_merge_group_of_several_is_judged_against_where_the_queue_began(forge, depth):
    project = forge.project
    project.git("switch", "--quiet", "--detach", forge.merge)
    for number in range(3):
        last = project.commit({f"squashed{number}": "x\n"})
    forge.tip(last)
    done, report, _ = mended(forge.checkout(depth, last), forge.merge_group(head=last))
    assert done.returncode == 0, done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (forge.base, last)


@pytest.mark.parametrize("kind", ["github", "gitlab"])
@pytest.mark.parametrize("depth", [0, 1, 2, 20])
def test_a_push_to_the_default_branch_is_judged_against_what_it_was(forge, depth, kind):
    project = forge.project
    project.git("push", "--quiet", "origin", f"{forge.merge}:refs/heads/main")
    push = forge.push if kind == "github" else forge.gitlab_push
    clone = forge.checkout(depth, forge.merge)
    done, report, _ = mended(clone, push(forge.base, forge.merge))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (forge.base, forge.merge)
    assert report["change"]["target"] == "refs/remotes/origin/main"


@pytest.mark.parametrize("kind", ["github", "gitlab"])
@pytest.mark.parametrize("depth", [0, 1, 2, 20])
def test_a_push_to_another_branch_is_judged_against_the_default_branch(forge, depth, kind):
    zero = "0" * 40
    env = (
        forge.push(zero, forge.head, "refs/heads/change")
        if kind == "github"
        else forge.gitlab_push(zero, forge.head, "change")
    )
    done, report, _ = mended(forge.checkout(depth, forge.head), env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (forge.base, forge.head)


def test_a_push_that_rewrites_the_default_branch_is_told(forge):
    other = forge.project.git("commit-tree", f"{forge.base}^{{tree}}", "-p", f"{forge.base}~1", "-m", "other")
    forge.tip(other)
    done, report = asked(forge.checkout(0, other), forge.push(forge.base, other))
    assert (done.returncode, report) == (4, None)
    assert "history was rewritten" in done.stderr
    assert "--target" in done.stderr


def test_a_push_of_a_tag_is_judged_like_any_other_commit(forge):
    env = forge.push("0" * 40, forge.head, "refs/tags/v1")
    done, report = asked(forge.checkout(0, forge.head), env)
    assert done.returncode == 0, done.stderr
    assert report["change"]["base"] == forge.base


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [(None, "0" * 40, "main was deleted"), ("0" * 40, None, "main was created")],
    ids=["deleted", "created"],
)
def test_a_branch_that_came_or_went_leaves_nothing_to_judge(forge, before, after, says):
    env = forge.push(before or forge.base, after or forge.base, deleted=after is not None)
    done, report = asked(forge.checkout(0, forge.base), env)
    assert (done.returncode, report) == (4, None)
    assert says in done.stderr
    assert "fix: " in done.stderr


@pytest.mark.parametrize("words", [(), ("--target", "origin/main", "--head", "HEAD")])
def test_pull_request_target_is_refused_whatever_is_asked(forge, words):
    env = forge.pull_request(event="pull_request_target")
    done, report = asked(forge.checkout(0, forge.merge), env, *words)
    assert (done.returncode, report) == (2, None)
    assert "secrets" in done.stderr
    assert "on: [pull_request, merge_group]" in done.stderr


def test_other_events_are_judged_as_git_shows_them(forge):
    clone = forge.checkout(0, forge.head)
    env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "workflow_dispatch"}
    done, report = asked(clone, env)
    assert done.returncode == 0, done.stderr
    assert "HEAD (detached)" in report["chosen"]
    done, report = asked(clone, {"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "schedule"})
    assert "HEAD (detached)" in report["chosen"]


# --- GitLab ---


@pytest.mark.parametrize("kind", ["merged_result", "merge_train"])
@pytest.mark.parametrize(("depth", "times"), [(0, 0), (1, 1), (2, 0), (20, 0)])
def test_merged_results_and_trains_are_judged_at_every_depth(forge, depth, times, kind):
    env = forge.gitlab(kind, forge.merge, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=forge.head)
    done, report, fetched = mended(forge.checkout(depth, forge.merge), env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (forge.base, forge.head)
    assert report["change"]["tree"] == tree(forge, forge.merge)
    assert fetched == times
    assert f"GitLab's {kind} pipeline" in report["chosen"]


def test_a_train_that_rebases_is_judged_against_the_commit_it_stands_on(forge):
    project = forge.project
    project.git("switch", "--quiet", "--detach", forge.base)
    last = forge.tip(project.commit({"good.txt": "x\n"}))
    env = forge.gitlab("merge_train", last, CI_MERGE_REQUEST_TARGET_BRANCH_SHA=forge.base)
    done, report, _ = mended(forge.checkout(1, last), env)
    assert done.returncode == 0, done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (forge.base, last)


@pytest.mark.parametrize(("depth", "times"), [(0, 0), (1, 1), (2, 1), (20, 1)])
def test_a_detached_merge_request_needs_the_target_branch_and_says_how_to_get_it(forge, depth, times):
    clone = forge.checkout(depth, forge.head)
    done, report, fetched = mended(clone, forge.gitlab("detached", forge.head))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report["change"]["base"], report["change"]["head"]) == (forge.base, forge.head)
    assert report["change"]["target"] == "refs/remotes/origin/main"
    assert fetched == times


def test_a_pipeline_in_the_fork_is_refused_since_its_branches_are_the_forks(forge):
    env = forge.gitlab("detached", forge.head, CI_MERGE_REQUEST_PROJECT_ID="2")
    done, report = asked(forge.checkout(0, forge.head), env)
    assert (done.returncode, report) == (2, None)
    assert "fork" in done.stderr


@pytest.mark.parametrize("lacks", ["blob:none", "tree:0"])
def test_a_partial_checkout_of_a_pull_request_is_told_to_fetch_its_two_sides(forge, lacks):
    remote, top = forge.project.remote, forge.folder / "partial"
    subprocess.run(["git", "-C", remote, "config", "uploadpack.allowFilter", "true"], check=True)
    words = ["--quiet", "--no-checkout", f"--filter={lacks}", forge.url, top]
    subprocess.run(["git", "clone", *words], check=True)
    clone = type(forge.project)(top, remote)
    clone.git("fetch", "--quiet", "origin", forge.merge)
    clone.git("update-ref", "--no-deref", "HEAD", forge.merge)
    done, report, times = mended(clone, forge.pull_request())
    assert done.returncode == 0, done.stderr
    assert times == 1
    assert report["change"]["tree"] == tree(forge, forge.merge)


# --- whose policy, and what is not recalled ---


def test_a_target_that_is_not_protected_is_judged_by_the_protected_branch_whatever_its_own_policy_says(forge):
    project = forge.project
    project.git("switch", "--quiet", "--create", "trap", "main")
    project.commit(
        {".gatecheck.yaml": POLICY.replace("[main]", "[main, trap]").replace("look.sh", "/dev/null")}
    )
    project.git("push", "--quiet", "origin", "trap")
    done, report = asked(forge.checkout(0, forge.head), forge.pull_request(base_ref="trap", sha=forge.head))
    assert report["stacked"], done.stderr
    assert report["law"]["source"] == f".gatecheck.yaml of {forge.base[:12]}"
    assert report["change"]["target"] == "refs/remotes/origin/trap"


def test_the_default_branch_is_the_one_that_the_forge_names_and_not_a_branch_called_main(forge):
    project = forge.project
    project.git("switch", "--quiet", "--create", "trunk", "main")
    project.commit({".gatecheck.yaml": POLICY.replace("[main]", "[trunk]")})
    project.git("push", "--quiet", "origin", "trunk")
    env = forge.pull_request(base_ref="trunk", sha=forge.head, default="trunk")
    done, report = asked(forge.checkout(0, forge.head), env)
    assert done.returncode == 0, done.stderr
    assert not report["stacked"]
    assert report["law"]["source"] == ".gatecheck.yaml of origin/trunk"


def test_an_answer_from_outside_of_ci_is_not_recalled_for_an_event_nor_one_event_for_another(forge):
    clone = forge.checkout(0, forge.head)
    said = [clone.gatecheck("run", env=env).stdout for env in ({}, {}, forge.pull_request(), {})]
    assert ["recalled" in out for out in said[:2]] == [False, True]
    assert "GitHub's pull_request event" in said[2]
    assert "detached" in said[3]
    forge.head = forge.project.git("rev-parse", f"{forge.head}~1")
    again = clone.gatecheck("run", env=forge.pull_request())
    assert forge.head[:12] in again.stdout
    assert again.returncode == 1


def test_nothing_of_the_clone_is_written_whatever_the_event(forge):
    clone = forge.checkout(2, forge.merge)
    before = sorted((path, path.lstat().st_mtime_ns) for path in (clone.path / ".git").rglob("*"))
    asked(clone, forge.pull_request())
    assert sorted((path, path.lstat().st_mtime_ns) for path in (clone.path / ".git").rglob("*")) == before


# --- events that are not what they should be ---


@pytest.fixture
def refused(forge):
    """Return what asks in one clone, and sees that the answer is one usage error with its fix."""
    clone = forge.checkout(0, forge.merge)

    def run(env):
        done, report = asked(clone, env)
        assert (done.returncode, report) == (2, None), done.stderr
        assert done.stderr.count("gatecheck: ") == done.stderr.count("fix: ") == 1, done.stderr
        assert "\x1b" not in done.stderr
        return done.stderr

    return run


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b" " * (33 * 1024 * 1024), b'{"a": NaN}', b"null"], ids=range(4)
)
def test_an_event_that_cannot_be_read_is_one_clear_error(forge, refused, content):
    env = forge.pull_request()
    (forge.folder / "event.json").write_bytes(content)
    refused(env)


def test_an_event_that_is_no_file_is_one_clear_error(forge, refused):
    os.mkfifo(forge.folder / "pipe")
    for path in ("", "/nonexistent", "/dev/zero", "/", str(forge.folder / "pipe")):
        refused(forge.pull_request() | {"GITHUB_EVENT_PATH": path})


@pytest.mark.parametrize("name", ["--upload-pack=touch canary", "a\n\x1b[31mb", ["main"]], ids=range(3))
def test_a_name_from_an_event_is_a_branchs_or_refused(forge, refused, name):
    refused(forge.pull_request(base_ref=name))
    assert not list(forge.folder.rglob("canary"))


@pytest.mark.parametrize("name", ["x;touch${IFS}canary", "$(touch,it's)"])
def test_a_name_that_git_allows_is_quoted_in_what_is_to_be_copied(forge, name):
    forge.project.git("push", "--quiet", "origin", f"{forge.base}:refs/heads/{name}")
    clone = forge.checkout(1, forge.head)
    _, report, times = mended(clone, forge.pull_request(base_ref=name, sha=forge.head))
    assert times == 1
    assert report["change"]["target"] == f"refs/remotes/origin/{name}"
    assert not list(forge.folder.rglob("canary"))


def test_a_commit_from_an_event_is_an_id_or_refused(forge, refused):
    head = {"pull_request": {"base": {"ref": "main"}, "head": {"sha": "--help"}}}
    assert "pull_request.head.sha" in refused(forge.github("pull_request", head, forge.merge))
    assert "CI_COMMIT_SHA" in refused(forge.gitlab("detached", "main"))
