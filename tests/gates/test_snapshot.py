import dataclasses
from pathlib import Path

import pytest

from gatecheck.engine.history import GateHistory
from gatecheck.errors import CannotTell
from gatecheck.model import Change, NotApplicable, Origin, Outcome
from gatecheck.repo import Repository, compute, find_aim
from gatecheck_gates.snapshot import FETCH, Snapshot
from gatecheck_gates.snapshots.tags import newest_first, tag_of, trailers

TIME = "20260101T000000Z"
TAG, BRANCH = f"backup-{TIME}", f"self-improvement-{TIME}"
PLAN = (
    Path(__file__).parents[1] / "examples/plan/pass/head/.gatecheck/plans/20260101T000000Z-raise-the-price.md"
).read_text("utf-8")


@dataclasses.dataclass
class CommitsWorkspace:
    """What the gate asks of a workspace, over a real repository."""

    change: Change
    whole: Change
    history: GateHistory
    repository: Repository

    def read(self, path, *, side="merge"):
        entry = self.repository.objects.entry(self.change.tree_of(side), path)
        return self.repository.objects.blob(entry.id) if entry and entry.is_file else None


@pytest.fixture
def asked(project):
    """Return what asks the gate about HEAD: the rules of its findings, and the answer itself."""

    def ask(gate=None, *, origin=None, head=None, repository=None):
        repository = repository or Repository.at(str(project.path))
        aim = find_aim(repository, None, head)
        change = compute(repository, aim)
        history = GateHistory(repository, change, origin or aim.origin, lambda branch: branch == "main")
        answer = (gate or Snapshot()).check(CommitsWorkspace(change, change, history, repository))
        findings = answer.findings if isinstance(answer, Outcome) else ()
        assert all(finding.fix and finding.introduced for finding in findings)
        assert history.moves
        return [finding.rule for finding in findings], answer

    return ask


@pytest.fixture
def shop(project):
    """Main with two commits."""
    project.main({"shop.py": "1\n"})
    project.main({"shop.py": "2\n"})
    return project


def snap(project, name=TAG, *, on="HEAD", branch=None, says=None, tree=None):
    """Make a snapshot as gatecheck does: a commit on no branch, and an annotated tag that says of what it is; return the tag's id."""
    head = project.git("rev-parse", on)
    tree = tree or project.git("rev-parse", f"{on}^{{tree}}")
    index = project.git("commit-tree", "-p", head, "-m", "index", tree)
    commit = project.git("commit-tree", "-p", head, "-p", index, "-m", "gatecheck snapshot", tree)
    whose = f"Snapshot-Branch: {branch}\n" if branch else ""
    said = (
        f"gatecheck snapshot: why\n\n{whose}Snapshot-Head: {head}\nSnapshot-Untracked: 0\n"
        if says is None
        else says
    )
    project.git("tag", "--annotate", "--message", said, name, commit)
    return project.git("rev-parse", f"refs/tags/{name}")


def other_tree(project):
    """A tree that no commit has: what lay in the work tree."""
    (project.path / "unsaved").write_text("x\n")
    project.git("add", "unsaved")
    tree = project.git("write-tree")
    project.git("rm", "--quiet", "--force", "unsaved")
    return tree


# --- a branch that is named after its snapshot ---


def test_a_branch_with_its_snapshot_passes_and_the_tag_is_named(shop, asked):
    snap(shop, branch=BRANCH, tree=other_tree(shop))
    shop.change({"shop.py": "3\n"}, branch=BRANCH)
    found, outcome = asked()
    assert (found, str(outcome.examined)) == ([], "1 tag")
    assert outcome.notes == (
        f"the snapshot is {TAG}; whether the remote has it too is seen on a push and in CI, and not here",
    )
    _, outcome = asked(origin=Origin(BRANCH, "GitHub's pull_request event"))
    assert outcome.notes == (f"the snapshot is {TAG}",)


def test_its_tag_is_looked_up_by_name_among_any_number(shop, asked, monkeypatch):
    snap(shop, branch=BRANCH)
    shop.change({"shop.py": "3\n"}, branch=BRANCH)
    looked = []
    refs = Repository.refs
    monkeypatch.setattr(
        Repository, "refs", lambda self, *patterns: looked.append(patterns) or refs(self, *patterns)
    )
    asked()
    assert [pattern for patterns in looked for pattern in patterns if "tags" in pattern] == [
        f"refs/tags/{TAG}"
    ]


@pytest.mark.parametrize("how", ["rebase", "merge"])
def test_a_rebase_or_a_merge_of_main_keeps_the_snapshot_good(shop, asked, how):
    snap(shop, branch=BRANCH, tree=other_tree(shop))
    shop.change({"mine.py": "3\n"}, branch=BRANCH)
    shop.main({"other.py": "1\n"})
    shop.git(how, "--quiet", *(["--no-ff", "-m", "Merge"] if how == "merge" else []), "main")
    assert asked()[0] == []


def test_a_tag_of_the_right_name_that_was_made_elsewhere_is_unrelated(shop, asked):
    shop.change({"else.py": "1\n"}, branch="elsewhere")
    snap(shop, branch=BRANCH, tree=other_tree(shop))
    shop.git("switch", "--quiet", "main")
    shop.change({"mine.py": "1\n"}, branch=BRANCH)
    found, outcome = asked()
    assert found == ["unrelated"]
    assert TAG in outcome.findings[0].message
    assert "gatecheck snapshot" in outcome.findings[0].fix
    snap(shop, "backup-20260102T000000Z", branch=BRANCH)
    assert asked()[0] == [], "a later snapshot of the branch mends it"


# --- any other branch ---


def test_another_branch_is_found_by_what_the_tag_says(shop, asked):
    snap(shop, branch="change", tree=other_tree(shop))
    shop.change({"shop.py": "3\n"})
    assert asked()[0] == []


def test_the_snapshot_of_another_branch_from_the_same_point_is_not_this_ones(shop, asked):
    snap(shop, branch="jos-work", tree=other_tree(shop))
    shop.change({"shop.py": "3\n"})
    found, outcome = asked()
    assert found == ["missing"]
    assert shop.git("rev-parse", "--short=12", "main") in outcome.findings[0].message
    assert FETCH in outcome.findings[0].fix


def test_a_snapshot_of_main_where_the_branch_forked_is_the_fork_points(shop, asked):
    snap(shop, branch="main", tree=other_tree(shop))
    shop.change({"shop.py": "3\n"})
    assert asked()[0] == []


def test_a_snapshot_that_was_made_on_the_branchs_own_commits_counts_whoevers_it_is(shop, asked):
    shop.change({"shop.py": "3\n"}, branch="before-it-was-renamed")
    snap(shop, branch="before-it-was-renamed", tree=other_tree(shop))
    shop.git("branch", "--move", "change")
    shop.change({"shop.py": "4\n"})
    assert asked()[0] == []


def test_a_snapshot_before_the_fork_point_is_none(shop, asked):
    snap(shop, on="main~1", branch="change", tree=other_tree(shop))
    shop.change({"shop.py": "3\n"})
    assert asked()[0] == ["missing"]


def test_a_snapshot_with_the_fork_points_very_tree_keeps_it_wherever_it_was_made(shop, asked):
    snap(shop, on="main~1", branch="change", tree=shop.git("rev-parse", "main^{tree}"))
    shop.change({"shop.py": "3\n"})
    assert asked()[0] == []


def test_after_a_merge_of_main_the_old_fork_point_still_counts(shop, asked):
    snap(shop, branch="change", tree=other_tree(shop))
    shop.change({"mine.py": "3\n"})
    shop.main({"other.py": "1\n"})
    shop.git("merge", "--quiet", "--no-ff", "-m", "Merge", "main")
    assert asked()[0] == []


@pytest.mark.parametrize("words", [("--annotate", "--message", "before"), ()])
def test_a_tag_that_somebody_made_by_hand_counts_where_it_stands(shop, asked, words):
    shop.git("tag", *words, "backup-before")
    shop.change({"shop.py": "3\n"})
    assert asked()[0] == []
    shop.git("tag", "--delete", "backup-before")
    shop.git("tag", *words, "backup-before", "main~1")
    assert asked()[0] == ["missing"]


def test_work_of_nobody_knows_which_branch_takes_any_snapshot_of_its_fork_point(shop, asked):
    snap(shop, branch="jos-work", tree=other_tree(shop))
    commit = shop.change({"shop.py": "3\n"})
    assert asked(head=commit)[0] == []
    shop.git("tag", "--delete", TAG)
    snap(shop, on="main~1", branch="jos-work", tree=other_tree(shop))
    found, outcome = asked(head=commit)
    assert found == ["missing"]
    assert "this work" in outcome.findings[0].message


def test_a_snapshot_of_before_the_first_commit_keeps_no_fork_point(shop, asked):
    blank = shop.git("commit-tree", "-m", "index", shop.git("rev-parse", "HEAD^{tree}"))
    tree = other_tree(shop)
    commit = shop.git("commit-tree", "-p", blank, "-m", "snapshot", tree)
    shop.git(
        "tag", "--annotate", "--message", "x\n\nSnapshot-Branch: change\nSnapshot-Untracked: 0", TAG, commit
    )
    shop.change({"shop.py": "3\n"})
    assert asked()[0] == ["missing"]
    shop.git("branch", "--move", BRANCH)
    found, outcome = asked()
    assert found == ["unrelated"]
    assert "made on no commit" in outcome.findings[0].message


# --- none at all, and too many ---


def test_a_clone_without_any_snapshot_tag_cannot_tell_and_has_the_command(shop, asked):
    shop.change({"shop.py": "3\n"})
    shop.git("tag", "v1")
    with pytest.raises(CannotTell, match="no snapshot tag at all") as caught:
        asked()
    assert FETCH in caught.value.fix
    assert "gatecheck snapshot" in caught.value.fix
    snap(shop, branch="change")
    shop.git("push", "--quiet", "origin", TAG)
    shop.git("tag", "--delete", TAG)
    shop.git(*FETCH.replace("'", "").split()[1:])
    assert asked()[0] == []


def test_only_so_many_of_the_newest_are_looked_through(shop, asked):
    snap(shop, "backup-20250101T000000Z", branch="change")
    for day in range(1, 5):
        snap(shop, f"backup-2026010{day}T000000Z", on="main~1", branch="x", tree=other_tree(shop))
    shop.change({"shop.py": "3\n"})
    found, outcome = asked(Snapshot(newest=4))
    assert (found, outcome.examined.count) == (["missing"], 4)
    assert "the newest 4 of 5" in outcome.findings[0].message
    assert asked(Snapshot(newest=5))[0] == []


def test_the_latest_is_looked_at_first_and_names_without_a_time_last():
    names = ["backup-by-hand", TAG, f"{TAG}-2", "backup-20260101T000001Z", "backup-zzz"]
    refs = [f"refs/tags/{name}" for name in names]
    assert newest_first(refs) == [refs[3], refs[2], refs[1], refs[4], refs[0]]


def test_a_tag_that_keeps_no_commit_is_passed_over(shop, asked):
    shop.git("tag", "--annotate", "--message", "x", "backup-file", "HEAD:shop.py")
    shop.change({"shop.py": "3\n"})
    assert asked()[0] == ["missing"]
    snap(shop, branch="change", on="main")
    assert asked()[0] == []


def test_a_tag_that_cannot_be_read_is_an_error_only_where_no_other_is_good(shop, asked):
    shop.git("tag", "backup-broken", shop.git("rev-parse", "HEAD:shop.py"))
    shop.change({"shop.py": "3\n"})
    with pytest.raises(CannotTell, match="is not a commit"):
        asked()
    moved(shop)
    assert asked()[0] == ["moved"], "what is known to be wrong does not hide behind what cannot be read"
    shop.git("tag", "--delete", TAG)
    snap(shop, branch="change", on="main")
    assert asked()[0] == []


def test_a_shallow_clone_is_judged_when_it_has_the_fork_point_and_the_tags(shop, asked, tmp_path):
    snap(shop, branch="change")
    shop.change({"shop.py": "3\n"})
    shop.main({"other.py": "1\n"})
    shop.git("push", "--quiet", "origin", "change", TAG)
    clone = type(shop)(tmp_path / "clone", shop.remote)
    shop.git(
        "clone",
        "--quiet",
        "--depth=2",
        "--no-single-branch",
        "--branch=change",
        f"file://{shop.remote}",
        str(clone.path),
    )
    clone.git("fetch", "--quiet", "origin", "refs/tags/backup-*:refs/tags/backup-*")
    repository = Repository.at(str(clone.path))
    assert asked(repository=repository)[0] == []


# --- what was moved ---


def test_a_tag_that_was_set_by_hand_under_a_snapshots_name_is_no_snapshot(shop, asked):
    shop.change({"shop.py": "3\n"}, branch=BRANCH)
    shop.git("tag", TAG)
    found, outcome = asked()
    assert found == ["moved"]
    assert f"git ls-remote origin refs/tags/{TAG}" in outcome.findings[0].fix
    shop.git("tag", "--force", "--annotate", "--message", "as before", TAG)
    assert asked()[0] == ["moved"]


def test_a_tags_object_under_another_name_is_no_snapshot(shop, asked):
    id_ = snap(shop, branch=BRANCH)
    shop.change({"shop.py": "3\n"}, branch=f"{BRANCH}-2")
    shop.git("update-ref", f"refs/tags/{TAG}-2", id_)
    found, outcome = asked()
    assert found == ["moved"]
    assert f"calls itself {TAG}" in outcome.findings[0].message


def test_a_tag_whose_commit_was_made_on_another_head_than_it_says_is_no_snapshot(shop, asked):
    other = shop.git("rev-parse", "main~1")
    snap(
        shop,
        branch="change",
        says=f"x\n\nSnapshot-Branch: change\nSnapshot-Head: {other}\nSnapshot-Untracked: 0",
    )
    shop.change({"shop.py": "3\n"}, branch=BRANCH)
    found, outcome = asked()
    assert found == ["moved"]
    assert other[:12] in outcome.findings[0].message


def moved(project):
    """Set a tag that says it is the snapshot of `change`, and keeps a commit made on another one than it says."""
    fork = project.git("rev-parse", "main")
    snap(
        project,
        on="main~1",
        says=f"x\n\nSnapshot-Branch: change\nSnapshot-Head: {fork}\nSnapshot-Untracked: 0",
    )


def test_of_the_tags_that_contradict_themselves_only_the_branchs_own_is_told(shop, asked):
    shop.git("tag", "backup-20270101T000000Z")
    shop.change({"shop.py": "3\n"})
    found, outcome = asked()
    assert (found, outcome.examined.count) == (["missing"], 1)
    moved(shop)
    found, outcome = asked()
    assert (found, TAG in outcome.findings[0].message) == (["moved"], True)


def test_a_contradiction_among_others_does_not_hide_a_good_one(shop, asked):
    shop.git("tag", "backup-20270101T000000Z")
    snap(shop, branch="change")
    shop.change({"shop.py": "3\n"})
    assert asked()[0] == []


def recorded(project, branch, line):
    path = project.path / ".git/gatecheck/snapshots" / branch
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(line)


def test_a_tag_that_left_what_this_clone_wrote_down_has_moved(shop, asked):
    id_ = snap(shop, branch="fix/it")
    shop.change({"shop.py": "3\n"}, branch="fix/it")
    recorded(shop, "fix/it", f"{TAG} {id_} {shop.git('rev-parse', 'main')}\n")
    assert asked()[0] == []
    shop.git("tag", "--delete", TAG)
    now = snap(shop, branch="fix/it", tree=other_tree(shop))
    found, outcome = asked()
    assert found == ["moved"]
    assert id_[:12] in outcome.findings[0].message
    assert now[:12] in outcome.findings[0].message
    assert outcome.examined.count == 0
    recorded(shop, "fix/it", "torn")
    assert asked()[0] == []


def test_what_only_this_clone_knows_makes_no_snapshot_good(shop, asked):
    id_ = snap(shop, branch="change", tree=other_tree(shop))
    shop.change({"mine.py": "3\n"})
    recorded(shop, "change", f"{TAG} {id_} {shop.git('rev-parse', 'main')}\n")
    shop.main({"other.py": "1\n"})
    shop.git("rebase", "--quiet", "main")
    assert asked()[0] == ["missing"], "as in every other clone"


def test_a_tag_that_left_what_the_plan_wrote_down_has_moved_in_every_clone(shop, asked):
    id_ = snap(shop, branch="change")
    plan = PLAN.replace("risk: low", f"risk: low\nsnapshot: {TAG} {id_}")
    shop.change({"shop.py": "3\n", ".gatecheck/plans/p.md": plan})
    shop.git("push", "--quiet", "origin", TAG)
    recorded(shop, "change", f"{TAG} {id_} {shop.git('rev-parse', 'main')}")
    assert asked()[0] == []
    shop.git("tag", "--delete", TAG)
    snap(shop, branch="change", on="main", tree=other_tree(shop))
    found, outcome = asked()
    assert found == ["moved"], "told once, whoever wrote it down"
    assert "when .gatecheck/plans/p.md wrote it down" in outcome.findings[0].message
    command = outcome.findings[0].fix.removeprefix("Put it back: git ").partition(" (")[0]
    shop.git(*command.split())
    assert asked()[0] == []


def test_the_snapshot_that_the_plan_names_stays_good_after_a_rebase(shop, asked):
    id_ = snap(shop, branch="change", tree=other_tree(shop))
    plan = PLAN.replace("risk: low", f"risk: low\nsnapshot: {TAG} {id_}")
    shop.change({"mine.py": "3\n"})
    shop.main({"other.py": "1\n"})
    shop.git("rebase", "--quiet", "main")
    assert asked()[0] == ["missing"], (
        "of a branch with any name nobody knows whether the tag was an older one's"
    )
    shop.change({".gatecheck/plans/p.md": plan})
    assert asked()[0] == []


def test_plans_that_say_nothing_of_a_snapshot_or_cannot_be_read_change_nothing(shop, asked):
    snap(shop, branch="change")
    shop.change({"shop.py": "3\n", ".gatecheck/plans/p.md": PLAN, ".gatecheck/plans/q.md": "nothing"})
    assert asked()[0] == []
    shop.change({".gatecheck/plans/q.md": None, ".gatecheck/plans/empty.md": ""})
    assert asked()[0] == []


# --- forks, bots, and what lands ---


def fork(branch="patch-1", **more):
    return Origin(branch, "GitHub's pull_request event", **{"fork": True, **more})


@pytest.mark.parametrize("origin", [fork(), fork(fork=False, bot=True)])
def test_a_fork_and_a_bot_pass_where_they_began_on_the_remotes_protected_branch(shop, asked, origin):
    shop.change({"shop.py": "3\n"})
    found, outcome = asked(origin=origin)
    assert (found, str(outcome.examined)) == ([], "1 fork point")
    assert (
        "as GitHub's pull_request event says, and refs/remotes/origin/main has the commit" in outcome.notes[0]
    )
    assert ("a fork's" if origin.fork else "a bot's") in outcome.notes[0]


@pytest.mark.parametrize(
    ("gate", "origin"), [(Snapshot(forks=False), fork()), (Snapshot(bots=False), fork(fork=False, bot=True))]
)
def test_the_policy_may_ask_them_for_a_tag_like_everybody(shop, asked, gate, origin):
    shop.change({"shop.py": "3\n"})
    with pytest.raises(CannotTell):
        asked(gate, origin=origin)


def test_a_fork_of_work_that_is_on_no_protected_branch_needs_a_tag(shop, asked, project):
    shop.change({"shop.py": "3\n"}, branch="below")
    shop.git("push", "--quiet", "origin", "below")
    shop.change({"shop.py": "4\n"}, branch="below")
    repository = Repository.at(str(project.path))
    aim = find_aim(repository, "origin/below", None)
    change = compute(repository, aim)
    history = GateHistory(repository, change, fork(), lambda branch: branch == "main")
    with pytest.raises(CannotTell):
        Snapshot().check(CommitsWorkspace(change, change, history, repository))


def test_what_lands_is_no_branch_of_anybody(shop, asked):
    shop.change({"shop.py": "3\n"})
    _, answer = asked(origin=Origin(by="GitHub's merge_group event", landed=True))
    assert isinstance(answer, NotApplicable)
    assert "GitHub's merge_group event" in answer.reason


# --- small parts ---


@pytest.mark.parametrize(
    ("branch", "tag"),
    [
        (BRANCH, TAG),
        (f"{BRANCH}-2", f"{TAG}-2"),
        ("change", ""),
        (f"x/{BRANCH}", ""),
        (f"{BRANCH}x", ""),
        ("", ""),
    ],
)
def test_a_branchs_name_names_its_tag(branch, tag):
    assert tag_of(branch) == tag


def test_trailers_are_those_of_the_last_paragraph_before_a_signature():
    text = "Subject: x\n\nA: no\n\nSnapshot-Branch:  a b \nnot one\nA: 1\na: 2\n-----BEGIN PGP SIGNATURE-----\n\nB: 3\n"
    assert trailers(text) == {"snapshot-branch": "a b", "a": "2"}
    assert trailers("") == {}


def test_a_change_of_plans_alone_needs_no_snapshot(shop):
    shop.change({".gatecheck/plans/p.md": PLAN})
    repository = Repository.at(str(shop.path))
    change = compute(repository, find_aim(repository, None, None))
    assert not Snapshot().applies(change)
    shop.change({"x": "1\n"})
    repository = Repository.at(str(shop.path))
    assert Snapshot().applies(compute(repository, find_aim(repository, None, None)))
    assert (Snapshot().needs, Snapshot().programs) == ((), ())
