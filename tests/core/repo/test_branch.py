"""What an approval is bound to, in real repositories: what stays the same in a rebase or an update, and what does not."""

from __future__ import annotations

import subprocess

import pytest

from gatecheck.model.approval import commits_digest
from gatecheck.repo import Repository, compute, find_aim
from gatecheck.repo.branch import branch_commits, edits_of, landings

TEXT = "".join(f"{number}\n" for number in range(9))


@pytest.fixture
def branch(project):
    """A branch of two commits, of which one renames a file, off a main that has moved on elsewhere."""
    project.main({"a": TEXT, "old name": TEXT * 2, "other": "1\n", "gone \udcff": "1\n"})
    project.change({"a": "x\n" + TEXT}, branch="change")
    project.git("mv", "old name", "new name")
    project.commit({"gone \udcff": None}, message="Move\n\nWith a body.")
    project.main({"other": "2\n"})
    return project


def digests(project, head="HEAD") -> tuple[str, str]:
    repository = Repository.at(str(project.path))
    aim = find_aim(repository, "origin/main", head)
    change = compute(repository, aim)
    return change.digest, commits_digest(branch_commits(repository, aim.base, aim.head))


def test_an_exact_rebase_and_an_update_are_the_same_and_a_byte_is_not(branch):
    before = digests(branch)
    branch.git("branch", "update")
    branch.git("rebase", "--quiet", "main")
    assert digests(branch) == before
    branch.git("commit", "--quiet", "--amend", "-m", "Another")
    assert digests(branch)[0] == before[0]
    assert digests(branch)[1] != before[1]
    branch.git("switch", "--quiet", "update")
    branch.git("merge", "--quiet", "main", "-m", "update")
    assert digests(branch) == before
    branch.commit({"a": "y\n" + TEXT})
    assert digests(branch)[0] != before[0]


def test_a_move_of_the_base_in_a_touched_file_is_another_change(branch):
    before = digests(branch)
    branch.main({"a": TEXT + "end\n"})
    assert digests(branch)[0] != before[0]


def test_a_merge_that_brings_more_than_the_base_counts_as_a_commit(branch):
    repository = Repository.at(str(branch.path))
    branch.git("merge", "--quiet", "--no-commit", "main")
    extra = branch.commit({"smuggled": "1\n"}, message="update")
    found = branch_commits(repository, branch.git("rev-parse", "main"), extra)
    assert [commit.message for commit in found][-1] == "update\n"
    assert "smuggled" in [path for path, *_ in found[-1].edits]
    branch.git("reset", "--quiet", "--hard", "HEAD~1")
    branch.git("switch", "--quiet", "--create", "side", "HEAD~1")
    side = branch.commit({"side": "1\n"})
    branch.git("switch", "--quiet", "change")
    branch.git("merge", "--quiet", "side", "-m", "both")
    found = branch_commits(repository, branch.git("rev-parse", "main"), branch.git("rev-parse", "HEAD"))
    assert {side, branch.git("rev-parse", "HEAD")} <= {commit.id for commit in found}


def test_a_merge_with_a_conflict_that_somebody_solved_counts_as_a_commit(branch):
    branch.main({"a": "y\n" + TEXT})
    branch.git("merge", "--quiet", "main", check=False)
    solved = branch.commit({"a": "z\n" + TEXT}, message="solved")
    found = branch_commits(Repository.at(str(branch.path)), branch.git("rev-parse", "main"), solved)
    assert found[-1].id == solved


def test_a_first_commit_an_empty_one_and_a_signature_are_read(project, keys):
    first = project.commit({"a": "1\n", "b": "2\n"})
    project.git(
        "-c",
        "gpg.format=ssh",
        "-c",
        f"user.signingkey={keys('jo')}",
        "commit",
        "-S",
        "--allow-empty",
        "-m",
        "x",
    )
    repository = Repository.at(str(project.path))
    assert [path for path, *_ in edits_of(repository, first)] == ["a", "b"]
    (empty,) = branch_commits(repository, first, project.git("rev-parse", "HEAD"))
    assert (empty.edits, edits_of(repository, empty.id)) == ((), ())
    assert empty.signature.startswith(b"-----BEGIN SSH SIGNATURE-----\n")
    assert empty.signature.endswith(b"\n-----END SSH SIGNATURE-----")
    checked = subprocess.run(
        ["ssh-keygen", "-Y", "check-novalidate", "-n", "git", "-s", "/dev/stdin"],
        input=empty.signature, capture_output=True, check=False,
    )  # fmt: skip
    assert b"Couldn't parse" not in checked.stderr


def test_landings_are_what_the_target_itself_got(branch):
    start = branch.git("rev-parse", "main")
    branch.git("switch", "--quiet", "main")
    branch.git("merge", "--quiet", "--no-ff", "change", "-m", "land")
    landed = branch.git("rev-parse", "HEAD")
    branch.commit({"a": "z\n"})
    found = landings(Repository.at(str(branch.path)), start, branch.git("rev-parse", "HEAD"), "a")
    assert found == (branch.git("rev-parse", "HEAD"), landed)
    assert landings(Repository.at(str(branch.path)), landed, start, "a") == ()
