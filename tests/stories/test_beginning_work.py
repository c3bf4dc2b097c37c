"""Somebody begins a piece of work: from any state, `gatecheck start` keeps it and goes on with it on a branch of its own."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatecheck.errors import Interrupted
from gatecheck.place import find
from gatecheck.repo import UserGit
from gatecheck.snapshots import Asked

PLANNED = "version: 1\ngates:\n  {name}: {{uses: plan}}\n"
STARTED = re.compile(r"self-improvement-(\d{8}T\d{6}Z)")


@pytest.fixture
def shop(project):
    """A repository with a commit on main, which its remote has."""
    project.main({"code.txt": "one\n", "other.txt": "one\n"})
    return project


@pytest.fixture
def dirty(shop):
    """Uncommitted work on main: staged, unstaged and new."""
    shop.write({"code.txt": "staged\n"})
    shop.git("add", "code.txt")
    shop.write({"code.txt": "unstaged\n", "new.txt": "new\n", "with space/new too.txt": ""})
    return shop


def status(project):
    return project.git(
        "--no-optional-locks", "status", "--porcelain", "-z"
    )  # else git may write the index anew


def branch(project):
    return project.git("symbolic-ref", "--short", "HEAD")


def tags(repository):
    return subprocess.run(
        ["git", "-C", repository, "tag"], capture_output=True, text=True, check=True
    ).stdout.split()


def index(project):
    path = Path(project.git("rev-parse", "--path-format=absolute", "--git-path", "index"))
    return path.read_bytes(), path.stat().st_mtime_ns


def test_uncommitted_work_on_main_goes_on_on_a_branch_as_it_was(dirty):
    main, before, seen = dirty.git("rev-parse", "main"), status(dirty), index(dirty)
    done = dirty.gatecheck("start", "make it faster")
    assert done.returncode == 0, done.stderr
    assert index(dirty) == seen
    name = branch(dirty)
    time = STARTED.fullmatch(name)[1]
    assert status(dirty) == before
    assert dirty.git("rev-parse", "main", "HEAD").split() == [main, main]
    assert tags(dirty.path) == tags(dirty.remote) == [f"backup-{time}"]
    text = dirty.git("cat-file", "tag", f"backup-{time}")
    assert "gatecheck snapshot: make it faster\n" in text
    assert f"Snapshot-Branch: {name}\nSnapshot-Head: {main}\nSnapshot-Untracked: 2" in text
    record = (dirty.path / ".git/gatecheck/snapshots" / name).read_text().split()
    assert record == [f"backup-{time}", dirty.git("rev-parse", f"backup-{time}"), main]
    last = done.stdout.splitlines()[-1]
    assert last == f"next: work, commit in small steps, then git push -u origin {name}"
    dirty.git("commit", "--quiet", "-am", "a step")
    dirty.git("switch", "--quiet", "-")
    assert branch(dirty) == "main", "git knows from where we came"


def test_in_the_middle_of_a_merge_it_goes_on_on_the_branch(shop):
    shop.change({"code.txt": "theirs\n"}, branch="theirs")
    shop.git("switch", "--quiet", "main")
    shop.commit({"code.txt": "ours\n"})
    shop.git("merge", "theirs", check=False)
    main = shop.git("rev-parse", "main")
    assert shop.gatecheck("start").returncode == 0
    assert status(shop).startswith("UU code.txt")
    shop.commit({"code.txt": "merged\n"})
    assert shop.git("rev-parse", "HEAD^1", "HEAD^2", "main").split() == [
        main,
        shop.git("rev-parse", "theirs"),
        main,
    ]


def test_a_detached_head_gets_a_branch(dirty):
    dirty.git("checkout", "--quiet", "--detach")
    before = status(dirty)
    assert dirty.gatecheck("start", "x").returncode == 0
    assert STARTED.fullmatch(branch(dirty))
    assert status(dirty) == before


def test_in_a_linked_work_tree_only_that_one_moves(dirty, tmp_path):
    linked = tmp_path / "linked"
    dirty.git("worktree", "add", "--quiet", "-b", "side", str(linked))
    (linked / "code.txt").write_text("in the linked one\n")
    before = status(dirty)
    assert dirty.gatecheck("start", cwd=linked).returncode == 0
    assert branch(dirty) == "main"
    assert status(dirty) == before
    here = subprocess.run(
        ["git", "symbolic-ref", "--short", "HEAD"], cwd=linked, capture_output=True, text=True, check=True
    )
    assert STARTED.fullmatch(here.stdout.strip())
    assert (linked / "code.txt").read_text() == "in the linked one\n"


def test_offline_the_branch_is_made_and_the_snapshot_waits(dirty):
    away = dirty.remote.rename(dirty.remote.with_name("away"))
    done = dirty.gatecheck("start", "offline")
    assert done.returncode == 4
    name = branch(dirty)
    assert STARTED.fullmatch(name)
    assert "not pushed origin cannot be reached" in done.stdout
    command = re.search(r"fix: Push it later: (.+)", done.stdout)[1]
    away.rename(dirty.remote)
    subprocess.run(command.split(), cwd=dirty.path, check=True, capture_output=True)
    assert tags(dirty.remote) == [name.replace("self-improvement", "backup")]
    assert done.stdout.splitlines()[-1].startswith("next: ")


def test_before_the_first_commit_the_branch_will_get_it(make_project):
    project = make_project("unborn")
    project.write({"staged.txt": "1\n", "new.txt": "2\n"})
    project.git("add", "staged.txt")
    before = status(project)
    assert project.gatecheck("start").returncode == 0
    assert STARTED.fullmatch(branch(project))
    assert status(project) == before
    project.commit()
    assert project.git("branch", "--format=%(refname:short)") == branch(project)


def test_without_a_remote_the_branch_is_made_and_that_is_no_pass(dirty):
    dirty.git("remote", "remove", "origin")
    done = dirty.gatecheck("start")
    assert done.returncode == 4
    assert "git push -u REMOTE self-improvement-" in done.stdout.splitlines()[-1]
    assert dirty.gatecheck("start", "--again", "--no-push").returncode == 0


def test_a_branch_can_have_a_name_of_its_own(dirty):
    assert dirty.gatecheck("start", "--branch", "fix/parser").returncode == 0
    assert branch(dirty) == "fix/parser"
    (tag,) = tags(dirty.remote)
    assert "Snapshot-Branch: fix/parser\n" in dirty.git("cat-file", "tag", tag)
    assert (dirty.path / ".git/gatecheck/snapshots/fix/parser").read_text().startswith(tag)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("main", "already"),
        ("main/x", "already"),
        ("release/1", "protected"),
        ("-x", "no name"),
        ("a..b", "no name"),
    ],
)
def test_a_name_that_cannot_be_is_refused_before_anything_is_made(dirty, name, says):
    dirty.main(policy="version: 1\nprotect: [main, 'release/*']\ngates: {}\n")
    done = dirty.gatecheck("start", f"--branch={name}")
    assert done.returncode == 2
    assert says in done.stderr
    assert "fix: " in done.stderr
    assert (tags(dirty.path), branch(dirty)) == ([], "main")


def test_who_has_started_goes_on_and_makes_another_only_on_purpose(dirty):
    dirty.gatecheck("start")
    first = branch(dirty)
    done = dirty.gatecheck("start")
    assert done.returncode == 2
    assert f"this is {first} already" in done.stderr
    assert "gatecheck start --again" in done.stderr
    assert len(tags(dirty.path)) == 1
    assert dirty.gatecheck("start", "--again").returncode == 0
    assert branch(dirty) != first
    assert dirty.gatecheck("start", "--branch", "third").returncode == 0


def test_a_rebase_is_ended_first(shop):
    shop.change({"code.txt": "theirs\n"}, branch="theirs")
    shop.git("switch", "--quiet", "main")
    shop.commit({"code.txt": "ours\n"})
    shop.git("rebase", "theirs", check=False)
    done = shop.gatecheck("start")
    assert done.returncode == 2
    assert "git rebase --continue" in done.stderr
    assert tags(shop.path) == []
    assert shop.gatecheck("snapshot").returncode == 0


def test_a_secret_stops_it_before_anything_is_made(dirty):
    dirty.write({"new.txt": "aws = 'AKIA" + "QYLPMN5HFIQR7XYA'\n"})
    done = dirty.gatecheck("start")
    assert done.returncode == 1
    assert "new.txt:1" in done.stderr
    assert (tags(dirty.path), branch(dirty)) == ([], "main")
    done = dirty.gatecheck("start", "--no-push")
    assert done.returncode == 0
    assert "do not push this snapshot" in done.stdout
    assert branch(dirty) != "main"


# --- the plan ---


@pytest.mark.parametrize("name", ["plan", "design"])
def test_where_the_policy_asks_for_plans_one_is_begun(shop, name):
    policy = PLANNED.format(name=name) if name != "plan" else "version: 1\ngates: {plan: {}}\n"
    shop.main(policy=policy)
    done = shop.gatecheck("start", "make it faster")
    assert done.returncode == 0, done.stderr
    (plan,) = (shop.path / ".gatecheck/plans").iterdir()
    time = STARTED.fullmatch(branch(shop))[1]
    assert plan.name == f"{time}-make-it-faster.md"
    text = plan.read_text()
    assert f"branch: {branch(shop)}" in text.replace('"', "")
    assert f"backup-{time} {shop.git('rev-parse', f'backup-{time}')}" in text
    assert shop.git("ls-tree", "-r", "--name-only", f"backup-{time}", ".gatecheck/plans") == "", (
        "the snapshot is of the state before"
    )
    last = done.stdout.splitlines()[-1]
    assert (
        last
        == f"next: fill in the plan, and commit it: git add -- .gatecheck/plans/{plan.name} && git commit"
    )


def test_where_it_asks_for_none_there_is_none(shop):
    shop.main(
        policy="version: 1\ngates: {look: {uses: command, run: 'true', exit-code-only: true}, plan-like: {uses: command, run: 'true'}}\n"
    )
    assert shop.gatecheck("start").returncode == 0
    assert not (shop.path / ".gatecheck").exists()


def test_a_plan_that_cannot_be_begun_does_not_undo_the_start(shop):
    shop.main(policy="version: 1\ngates: {plan: {}}\n")
    shop.write({".gatecheck": "a file where a folder must be\n"})
    done = shop.gatecheck("start")
    assert done.returncode == 0, done.stderr
    assert "no plan was begun" in done.stdout
    assert "gatecheck plan new" in done.stdout
    assert STARTED.fullmatch(branch(shop))


@pytest.mark.parametrize("how", ["broken", "a folder"])
def test_a_policy_that_cannot_be_read_does_not_keep_anybody_from_starting(shop, how):
    shop.main(
        {} if how == "broken" else {".gatecheck.yaml/x": ""},
        policy="version: [\n" if how == "broken" else None,
    )
    done = shop.gatecheck("start")
    assert done.returncode == 0
    assert "the policy cannot be read" in done.stdout


# --- at once, interrupted, and moved meanwhile ---


def test_many_at_once_from_several_work_trees_get_a_name_each(dirty, tmp_path):
    places = [dirty.path]
    for number in range(3):
        places.append(tmp_path / f"linked{number}")
        dirty.git("worktree", "add", "--quiet", "--detach", str(places[-1]))
        (places[-1] / "new.txt").write_text(f"{number}\n")
    runs = [
        subprocess.Popen(
            [dirty.program, "start", "at once"],
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for place in places
    ]
    told = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0, 0], told
    names = {
        subprocess.run(
            ["git", "symbolic-ref", "--short", "HEAD"], cwd=place, capture_output=True, text=True, check=True
        ).stdout.strip()
        for place in places
    }
    assert len(names) == 4
    wanted = sorted(name.replace("self-improvement", "backup") for name in names)
    assert sorted(tags(dirty.remote)) == sorted(tags(dirty.path)) == wanted
    dirty.git("fsck", "--strict")


@pytest.fixture
def slow(dirty):
    """A remote that takes its time, and says when it has begun to."""
    begun = dirty.remote / "begun"
    os.mkfifo(begun)
    hook = dirty.remote / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\ncat >/dev/null\necho >{begun}\nsleep 60\n")
    hook.chmod(0o755)
    run = subprocess.Popen(
        [dirty.program, "start"],
        cwd=dirty.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with begun.open() as pipe:
        pipe.read()
    yield dirty, run
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_in_the_push_nothing_is_half_made_and_starting_again_works(slow, number):
    project, run = slow
    before, seen = status(project), index(project)
    os.killpg(run.pid, number)
    _, err = run.communicate(timeout=30)
    assert (branch(project), status(project), index(project)) == ("main", before, seen)
    if number != signal.SIGKILL:
        assert run.returncode == 130
        assert "is kept here, and was not seen on origin" in err
    assert len(tags(project.path)) == 1
    project.git("fsck", "--strict")
    (project.remote / "hooks/pre-receive").unlink()
    again = project.gatecheck("start")
    assert again.returncode == 0, again.stderr
    assert STARTED.match(branch(project))  # with `-2` at its end where the same second has one already
    assert not list((project.path / ".git").glob("**/*.lock"))


def test_interrupted_after_the_push_it_says_what_is_there(dirty, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    module = importlib.import_module("gatecheck.app.start")
    monkeypatch.setattr(module, "begin", stop)
    git = UserGit(find(str(dirty.path)))
    with pytest.raises(Interrupted, match="is kept here") as told:
        module.start(git, Asked(), None, datetime.now(UTC), print, again=False)
    assert "start again" in told.value.fix
    assert len(tags(dirty.remote)) == 1


def test_who_commits_while_the_snapshot_is_pushed_is_not_moved(dirty):
    hook = dirty.remote / "hooks/pre-receive"
    hook.write_text(
        f"#!/bin/sh\nunset GIT_DIR GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY\ncat >/dev/null\ngit -C {dirty.path} commit --quiet -m meanwhile\n"
    )
    hook.chmod(0o755)
    done = dirty.gatecheck("start")
    assert done.returncode == 4
    assert "HEAD moved" in done.stderr
    assert branch(dirty) == "main"
    assert dirty.git("log", "-1", "--format=%s") == "meanwhile"


def test_a_branch_of_that_name_that_is_there_already_gives_both_another_name(dirty, monkeypatch):
    """Of one second, branch and tag get the next number together."""
    first = dirty.gatecheck("start", "--no-push")
    assert first.returncode == 0
    time = STARTED.fullmatch(branch(dirty))[1]
    dirty.git("switch", "--quiet", "main")
    dirty.git("tag", "-d", f"backup-{time}")
    script = (
        "import sys; from datetime import UTC, datetime; from gatecheck.place import find; from gatecheck.repo import UserGit\n"
        "from gatecheck.app.start import start; from gatecheck.snapshots import Asked\n"
        f"now = datetime.strptime('{time}', '%Y%m%dT%H%M%SZ').replace(tzinfo=UTC)\n"
        "start(UserGit(find('.')), Asked(), None, now, lambda _: None, again=False)"
    )
    subprocess.run([dirty.program.parent / "python", "-c", script], cwd=dirty.path, check=True)
    assert branch(dirty) == f"self-improvement-{time}-2"
    assert tags(dirty.path) == [f"backup-{time}-2"]


# --- disks ---

SMALL = """
mount -t tmpfs -o size=$1 none "$2" && cp -a "$3/." "$2/" && cd "$2" || exit 99
shift 3
"$@"; echo "EXIT $?"
git -c core.fsmonitor=false status --porcelain -z | tr '\\0' '|'; echo
git symbolic-ref --short HEAD
git tag; echo END
git fsck --strict && echo SOUND
find .git -name '*.lock'
"""


@pytest.mark.parametrize("room", [0, 8, 16, 24, 32, 48, 64])
def test_a_full_disk_is_an_error_and_leaves_nothing_half_made(dirty, tmp_path, room):
    dirty.write({"new.txt": os.urandom(20_000)})
    before = status(dirty).replace("\0", "|")
    size = subprocess.run(
        ["du", "-sk", dirty.path], capture_output=True, text=True, check=True
    ).stdout.split()[0]
    full = tmp_path / "full"
    full.mkdir()
    words = [
        "unshare",
        "-Urm",
        "sh",
        "-c",
        SMALL,
        "-",
        f"{int(size) + room}k",
        full,
        dirty.path,
        dirty.program,
        "start",
    ]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip(f"no file system of a given size can be made here: {done.stderr}")
    told = done.stdout + done.stderr
    code = int(re.search(r"EXIT (\d+)", done.stdout)[1])
    assert code in {0, 4}, told
    assert "SOUND" in done.stdout
    assert "Traceback" not in told
    assert ".lock" not in done.stdout.partition("SOUND")[2], told
    assert before in done.stdout
    if code:
        assert "fix: " in told
        assert "\nmain\n" in done.stdout, told


def test_a_repository_that_cannot_be_written_is_an_error_that_says_so(dirty):
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && cd . && exec "$@"'
    words = ["unshare", "-Urm", "sh", "-c", script, "-", dirty.path / ".git", dirty.program, "start"]
    done = subprocess.run(words, cwd=dirty.path, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr:
        pytest.skip(f"nothing can be made read-only here: {done.stderr}")
    assert done.returncode == 4, done.stderr
    assert "Read-only file system" in done.stderr or "read-only" in done.stderr.lower()
    assert "fix: " in done.stderr
    assert (tags(dirty.path), branch(dirty)) == ([], "main")
