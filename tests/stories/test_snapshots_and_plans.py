"""A repository for agents: what a change needs before it may enter main, by hand, in CI, from a fork, and when it lands."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

NAME = ".gatecheck/plans/20260101T000000Z-raise-the-price.md"
PLAN = (Path(__file__).parents[1] / "examples/plan/pass/head" / NAME).read_text("utf-8")
BRANCH, TAG = "self-improvement-20260101T000000Z", "backup-20260101T000000Z"
POLICY = "version: 1\nprotect: [main]\ngates: {snapshot: {}, plan: {}}\n"


def snap(project, name=TAG, branch=BRANCH):
    """Make a snapshot of HEAD as gatecheck does, push it, and return its record."""
    head, tree = project.git("rev-parse", "HEAD"), project.git("rev-parse", "HEAD^{tree}")
    commit = project.git("commit-tree", "-p", head, "-m", "gatecheck snapshot", tree)
    said = f"gatecheck snapshot: why\n\nSnapshot-Branch: {branch}\nSnapshot-Head: {head}\nSnapshot-Untracked: 0\n"
    project.git("tag", "--annotate", "--message", said, name, commit)
    project.git("push", "--quiet", "origin", name)
    return f"{name} {project.git('rev-parse', f'refs/tags/{name}')}"


@pytest.fixture
def shop(project):
    """Main with the policy; nobody has begun anything."""
    project.main({"shop/prices.py": "PRICE = 1\n"}, policy=POLICY)
    return project


@pytest.fixture
def work(shop):
    """A branch with a snapshot, a plan that names it, and the change."""
    record = snap(shop)
    plan = PLAN.replace("risk: low", f"risk: low\nsnapshot: {record}")
    shop.change({"shop/prices.py": "PRICE = 2\n", NAME: plan}, branch=BRANCH)
    shop.git("push", "--quiet", "origin", BRANCH)
    return shop


def judged(project, *words, env=None):
    """The exit code, each gate's verdict, and the report."""
    done = project.gatecheck("run", *words, "--output-format", "json", env=env)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    return done.returncode, {gate["name"]: gate["verdict"] for gate in told["gates"]}, told


def findings(told, gate):
    (found,) = [each for each in told["gates"] if each["name"] == gate]
    groups = found["outcome"]["findings"] if found["outcome"] else []
    return [group["rule"] for group in groups]


def test_a_change_that_was_begun_and_planned_passes_and_is_recalled(work):
    assert judged(work)[:2] == (0, {"snapshot": "pass", "plan": "pass"})
    code, _, told = judged(work)
    assert (code, told["recalled"]) == (0, True)


def test_a_snapshot_that_moves_or_goes_is_seen_although_the_answer_was_known(work):
    assert judged(work)[0] == 0
    old = work.git("rev-parse", f"refs/tags/{TAG}")
    work.git("tag", "--force", "--annotate", "--message", "moved", TAG, "main")
    code, verdicts, told = judged(work)
    assert (code, verdicts["snapshot"], told["recalled"]) == (1, "fail", False)
    assert findings(told, "snapshot") == ["snapshot/moved"]
    work.git("update-ref", f"refs/tags/{TAG}", old)
    assert judged(work)[0] == 0
    work.git("tag", "--delete", TAG)
    code, verdicts, told = judged(work)
    assert (code, verdicts["snapshot"]) == (4, "error")
    assert "git fetch origin 'refs/tags/backup-*:refs/tags/backup-*'" in told["gates"][0]["fix"]


def test_work_that_nobody_planned_is_told_both_commands(shop):
    shop.change({"shop/prices.py": "PRICE = 2\n"})
    done = shop.gatecheck("run")
    assert done.returncode == 1
    assert "gatecheck plan new" in done.stdout
    assert "gatecheck snapshot" in done.stdout


def test_uncommitted_work_is_compared_with_its_plan(work):
    work.write({"web/page.html": "x\n"})
    code, verdicts, told = judged(work, "--worktree")
    assert (code, verdicts) == (1, {"snapshot": "pass", "plan": "fail"})
    assert findings(told, "plan") == ["plan/undeclared"]


def test_a_plan_alone_is_a_document_and_no_change_of_the_policy(shop):
    shop.change({NAME: PLAN})
    code, verdicts, told = judged(shop)
    assert (code, verdicts) == (0, {"snapshot": "not-applicable", "plan": "not-applicable"})
    assert told["law"]["changed"] is False
    shop.change({".gatecheck/approvers": "x\n"})
    assert judged(shop)[2]["law"]["changed"] is True


@pytest.mark.parametrize("path", [".gatecheck/plans/run.py", ".gatecheck/plans/x.md/run.py"])
def test_what_only_lies_among_the_plans_is_looked_at_like_everything(shop, path):
    shop.change({path: "x\n"})
    code, verdicts, told = judged(shop, "plan")
    assert (code, verdicts["plan"]) == (1, "fail")
    assert told["law"]["changed"] is True


def test_a_file_that_moves_in_among_the_plans_is_still_judged(shop):
    shop.git("switch", "--quiet", "--create", "change")
    (shop.path / ".gatecheck/plans").mkdir(parents=True)
    shop.git("mv", "shop/prices.py", ".gatecheck/plans/prices.md")
    shop.commit()
    code, _, told = judged(shop, "plan")
    assert code == 1
    assert findings(told, "plan") == ["plan/missing"]


@pytest.mark.parametrize("more", ['exempt: ["*.md"]\n', ""])
@pytest.mark.parametrize("options", ["{}", '{paths: ["shop/**"]}'])
def test_the_plan_is_found_whatever_the_policy_exempts_or_asks_for(shop, more, options):
    shop.main(policy=f"version: 1\nprotect: [main]\n{more}gates: {{plan: {options}}}\n")
    shop.change({"shop/prices.py": "PRICE = 2\n", NAME: PLAN})
    assert judged(shop)[:2] == (0, {"plan": "pass"})


def clone(project, folder, *words):
    """A clone as a forge's CI makes it: detached at the merge commit of the pull request."""
    base, head = project.git("rev-parse", "main"), project.git("rev-parse", BRANCH)
    merge = project.git("commit-tree", "-p", base, "-p", head, "-m", "Merge", f"{head}^{{tree}}")
    project.git("push", "--quiet", "--force", "origin", f"{merge}:refs/pull/7/merge")
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    made = type(project)(folder, project.remote)
    made.git("remote", "add", "origin", f"file://{project.remote}")
    made.git("fetch", "--quiet", *words, "origin", f"+{merge}:refs/remotes/pull/7/merge")
    made.git("checkout", "--quiet", "--detach", merge)
    return made, head, merge


def event(folder, head_id, merge, **pull):
    """The environment of a pull request's job."""
    told = {
        "base": {"ref": "main", "sha": "0" * 39 + "1", "repo": {"full_name": "shop/shop"}},
        "head": {"sha": head_id, "ref": BRANCH, "repo": {"full_name": "shop/shop"}},
        "user": {"type": "User"},
    }
    for name, value in pull.items():
        told[name] = {**told[name], **value}
    path = folder / "event.json"
    sender = told["user"]
    path.write_text(
        json.dumps({"pull_request": told, "sender": sender, "repository": {"default_branch": "main"}})
    )
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_SHA": merge,
    }


WHOLE = ("--no-tags", "+refs/heads/*:refs/remotes/origin/*")


def test_ci_without_the_tags_is_told_how_to_fetch_them_and_then_passes(work, tmp_path):
    made, head, merge = clone(work, tmp_path / "ci", "--no-tags")
    made.git("fetch", "--quiet", "--no-tags", "origin", "+refs/heads/*:refs/remotes/origin/*")
    env = event(tmp_path, head, merge)
    code, verdicts, told = judged(made, env=env)
    assert (code, verdicts) == (4, {"snapshot": "error", "plan": "pass"})
    made.git("fetch", "--quiet", "origin", "refs/tags/backup-*:refs/tags/backup-*")
    assert "git fetch origin 'refs/tags/backup-*:refs/tags/backup-*'" in told["gates"][0]["fix"]
    assert judged(made, env=env)[:2] == (0, {"snapshot": "pass", "plan": "pass"})


def test_a_shallow_checkout_is_told_to_deepen_and_other_gates_still_answer(work, tmp_path):
    work.main({"shop/other.py": "x\n"})
    made, head, merge = clone(work, tmp_path / "ci", "--no-tags", "--depth=2")
    env = event(tmp_path, head, merge)
    code, verdicts, told = judged(made, env=env)
    assert (verdicts, code) == ({"snapshot": "error", "plan": "pass"}, 4)
    fix = told["gates"][0]["fix"]
    assert fix == "Fetch all of it: git fetch --no-tags --unshallow origin"
    made.git("fetch", "--quiet", "--no-tags", "--unshallow", "origin")
    made.git("fetch", "--quiet", "origin", "refs/tags/backup-*:refs/tags/backup-*")
    assert judged(made, env=env)[0] == 0


@pytest.mark.parametrize(
    "who", [{"head": {"repo": {"full_name": "jo/shop"}}}, {"head": {"repo": None}}, {"user": {"type": "Bot"}}]
)
@pytest.mark.parametrize("depth", [("--depth=2",), ()])
def test_a_fork_and_a_bot_need_no_tag_since_they_began_on_main(shop, tmp_path, who, depth):
    shop.change({"shop/prices.py": "PRICE = 2\n", NAME: PLAN}, branch=BRANCH)
    shop.git("push", "--quiet", "origin", BRANCH)
    made, head, merge = clone(shop, tmp_path / "ci", "--no-tags", *depth)
    code, verdicts, told = judged(made, env=event(tmp_path, head, merge, **who))
    assert (code, verdicts) == (0, {"snapshot": "pass", "plan": "pass"})
    assert "GitHub's pull_request event" in told["gates"][0]["outcome"]["notes"][0]


def test_an_authors_name_makes_nobody_a_bot(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "dependabot[bot]")
    shop.change({"shop/prices.py": "PRICE = 2\n", NAME: PLAN}, branch=BRANCH)
    shop.git("push", "--quiet", "origin", BRANCH)
    made, head, merge = clone(shop, tmp_path / "ci", "--no-tags")
    assert judged(made, env=event(tmp_path, head, merge))[1]["snapshot"] == "error"


def test_what_lands_in_a_merge_queue_was_asked_before(work, tmp_path):
    made, head, merge = clone(work, tmp_path / "ci", "--no-tags")
    group = {
        "base_sha": made.git("rev-parse", f"{merge}^1"),
        "head_sha": merge,
        "base_ref": "refs/heads/main",
    }
    env = event(tmp_path, head, merge) | {"GITHUB_EVENT_NAME": "merge_group"}
    Path(env["GITHUB_EVENT_PATH"]).write_text(json.dumps({"merge_group": group}))
    code, verdicts, _ = judged(made, env=env)
    assert (code, verdicts) == (0, {"snapshot": "not-applicable", "plan": "pass"})
