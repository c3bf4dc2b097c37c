"""The hook for local moves of refs, told what git tells it: also by versions of git that are not here."""

from __future__ import annotations

import subprocess

import pytest

ZEROS = "0" * 40
TAG = "backup-20260102T030405Z"


@pytest.fixture
def tell(guarded):
    """Run the hook with a state and lines in which ids are named, as git does before anything moves."""
    ids = {name: guarded.git("rev-parse", name) for name in ("main", "feature", TAG)} | {"0": ZEROS}

    def tell(*lines, state="prepared"):
        words = [line.split() for line in lines]
        text = "".join(f"{ids.get(old, old)} {ids.get(new, new)} {ref}\n" for old, new, ref in words)
        hook = [guarded.path / ".git/hooks/reference-transaction", state]
        return subprocess.run(hook, cwd=guarded.path, input=text, capture_output=True, text=True, check=False)

    return tell


@pytest.mark.parametrize("state", ["committed", "aborted", "preparing"])
def test_only_what_is_prepared_is_judged(tell, state):
    assert tell("main feature refs/heads/main", state=state).returncode == 0


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["0 feature refs/remotes/origin/main"],
        ["main feature HEAD"],
        ["0 main refs/heads/main"],
        ["main main refs/heads/main", "main main HEAD"],
        ["0 main refs/heads/new", "main feature refs/heads/feature"],
        ["0 feature refs/tags/backup-new", "0 0 refs/tags/v1", "feature main refs/stash"],
        ["ref:refs/heads/main ref:refs/heads/feature HEAD"],
        ["0 ref:refs/remotes/origin/main refs/remotes/origin/HEAD"],
        ["0 0 refs/heads/release/gone"],
    ],
)
def test_what_goes_on(tell, lines):
    done = tell(*lines)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "lines",
    [
        ["main feature refs/heads/main"],
        ["0 feature refs/heads/main"],
        ["0 0 refs/heads/main"],
        ["main 0 refs/heads/main"],
        ["0 feature refs/heads/release/new"],
        ["0 main refs/heads/new", "main feature refs/heads/main"],
        [f"{TAG} feature refs/tags/{TAG}"],
        [f"0 feature refs/tags/{TAG}"],
        [f"0 0 refs/tags/{TAG}"],
        [f"{TAG} 0 refs/tags/{TAG}"],
        ["main ref:refs/heads/feature refs/heads/main"],
        ["0 ref:refs/heads/feature refs/heads/main"],
    ],
)
def test_what_is_refused(tell, lines):
    done = tell(*lines)
    assert done.returncode == 1
    assert "  fix: " in done.stderr


def test_a_ref_that_is_packed_may_lose_its_loose_file_and_nothing_else_may(guarded, tell):
    line = "main 0 refs/heads/main"
    guarded.git("pack-refs", "--all", "--no-prune")
    assert tell(line).returncode == 0
    lock = guarded.path / ".git/packed-refs.lock"
    lock.touch()  # which a deletion holds while the hook is asked
    assert tell(line).returncode == 1
    lock.unlink()
    assert tell("feature 0 refs/heads/main").returncode == 1
    packed = guarded.path / ".git/packed-refs"
    packed.write_text(
        packed.read_text(encoding="utf-8").replace("refs/heads/main\n", "refs/heads/mainx\n"),
        encoding="utf-8",
    )
    assert tell(line).returncode == 1


def test_an_announced_move_is_exactly_that_one(guarded, tell):
    main, feature = guarded.git("rev-parse", "main"), guarded.git("rev-parse", "feature")
    moves = guarded.path / ".git/gatecheck/moves"
    for announced, code in (
        (f"{main} {feature} refs/heads/main", 0),
        (f"{feature} {main} refs/heads/main", 1),
        (f"{ZEROS} {feature} refs/heads/main", 1),
        (f"{main} {feature} refs/heads/mainx", 1),
        (f"{main} {feature} refs/heads/main x", 1),
        (f"x\n{main} {feature} refs/heads/main", 0),
        ("", 1),
    ):
        moves.write_text(f"{announced}\n", encoding="utf-8")
        assert tell("0 feature refs/heads/main").returncode == code, announced
        assert tell("main feature refs/heads/main").returncode == code, announced


@pytest.mark.parametrize("branch", ["main", "release/1", "release/1/2"])
def test_a_mask_of_any_protected_branch_is_found(guarded, tell, branch):
    guarded.git("symbolic-ref", f"refs/heads/{branch}", "refs/heads/feature")
    done = tell("feature main refs/heads/feature")
    assert done.returncode == 1
    assert f"{branch} is a protected branch, and was made to stand for refs/heads/feature" in done.stderr
    assert tell("0 main refs/remotes/origin/x").returncode == 0
    assert tell("0 main refs/tags/v1").returncode == 0


def test_a_mask_of_a_branch_that_nobody_protects_is_nobodys_business(guarded, tell):
    guarded.git("symbolic-ref", "refs/heads/alias", "refs/heads/feature")
    assert tell("feature main refs/heads/feature").returncode == 0


@pytest.mark.parametrize("how", [[], ["-m", "commit: x"]])
@pytest.mark.parametrize("logged", [True, False])
def test_what_a_masked_branch_had_without_a_remote_is_what_its_log_says(make_project, how, logged):
    project = make_project("alone")
    project.git("remote", "remove", "origin")
    assert project.gatecheck("install", "--strict").returncode == 0
    main = project.commit({"file.txt": "one\n"})
    project.git("switch", "--quiet", "-c", "feature")
    feature = project.commit({"file.txt": "two\n"})
    log = project.path / ".git/logs/refs/heads/main"
    before = log.read_text(encoding="utf-8")
    project.git("symbolic-ref", *how, "refs/heads/main", "refs/heads/feature")
    if not logged:
        log.write_text(before, encoding="utf-8")
    words = ["git", "commit", "-q", "--allow-empty", "-m", "x"]
    done = subprocess.run(words, cwd=project.path, capture_output=True, text=True, check=False)
    assert f"git update-ref --no-deref refs/heads/main {main}\n" in done.stderr
    mend = ["git", "update-ref", "--no-deref", "refs/heads/main"]
    assert (
        subprocess.run([*mend, feature], cwd=project.path, capture_output=True, check=False).returncode != 0
    )
    assert subprocess.run([*mend, main], cwd=project.path, capture_output=True, check=False).returncode == 0
    assert project.git("rev-parse", "main") == main
