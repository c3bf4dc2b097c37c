"""The cache stays within its bound: what was used longest ago goes first, nothing that is in use, and nothing by halves."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, UsageError
from gatecheck.place import digest_of
from gatecheck.upkeep import bound, discard, human, size_of, tidy, tidy_when_due, turn, using
from gatecheck.upkeep.claim import alone

DAY = 86_400.0
MIB = 1024**2
POLICY = "version: 1\ngates:\n  look: {uses: command, run: [sh, -c, echo looked], count: '^looked'}\n"


@pytest.fixture
def root(tmp_path):
    made = tmp_path / "cache"
    made.mkdir()
    return made


def folder_of(root, name):
    return root / digest_of(name.encode())[:16]


def repository(root, name, *, days=0.0):
    """Make a repository's folder that was used some days ago."""
    folder = folder_of(root, name)
    with using(folder):
        pass
    age(folder / "in-use", days)
    return folder


def age(path, days):
    when = time.time() - days * DAY
    os.utime(path, (when, when), follow_symlinks=False)


def unit(repository, name, *, days, size=MIB, sign=""):
    """Make something that is removed as a whole, in the shape that it has."""
    path = repository / name
    if sign:
        path.mkdir(parents=True)
        (path / "content").write_bytes(os.urandom(size))
        (path / sign).touch()
        age(path / sign, days)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))
        age(path, days)
    return path


def run_upkeep(root, *, own="own", begun=None):
    said = []
    tidy_when_due(folder_of(root, own), time.time() if begun is None else begun, said.append)
    return said


def test_the_bound_is_a_size_that_people_write(monkeypatch):
    assert bound() == 10 * 1024**3
    for text, size in (
        ("5G", 5 * 1024**3),
        ("500M", 500 * MIB),
        (" 1.5 gib ", 1536 * MIB),
        ("1T", 1024**4),
        ("9kb", 9216),
    ):
        monkeypatch.setenv("GATECHECK_CACHE_SIZE", text)
        assert bound() == size


@pytest.mark.parametrize("text", ["much", "5", "-5G", "0G", "5X", "1e3G", "\u0665G", "5G5", "1" * 5000 + "G"])
def test_a_bound_that_is_no_size_is_a_usage_error_and_stops_the_run(monkeypatch, project, text):
    monkeypatch.setenv("GATECHECK_CACHE_SIZE", text)
    with pytest.raises(UsageError, match="GATECHECK_CACHE_SIZE"):
        bound()
    project.main({"a.txt": "x\n"}, policy=POLICY)
    project.change({"a.txt": "y\n"})
    assert project.gatecheck("run", env={"GATECHECK_CACHE_SIZE": "5G"}).returncode == 0
    done = project.gatecheck("run")  # nor is the answer of before recalled
    assert (done.returncode, "GATECHECK_CACHE_SIZE" in done.stderr) == (2, True)


def test_sizes_are_written_for_people():
    assert [human(n) for n in (0, 1023, 1024, 1536 * MIB, 1024**5)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.5 GiB",
        "1024.0 TiB",
    ]


def test_a_file_of_several_names_counts_in_parts(tmp_path):
    (tmp_path / "a").write_bytes(os.urandom(MIB))
    whole = size_of(tmp_path)
    assert whole >= MIB
    os.link(tmp_path / "a", tmp_path / "b")
    assert size_of(tmp_path) - whole < 4096
    assert size_of(tmp_path / "missing") == 0


def test_what_was_used_longest_ago_goes_first_across_all_repositories(root, monkeypatch):
    monkeypatch.setenv("GATECHECK_CACHE_SIZE", "4M")
    one, two = repository(root, "one", days=1), repository(root, "two", days=1)
    kept = [
        unit(one, "environments/new", days=1, sign="lock"),
        unit(two, "slots/merge", days=2, sign="state"),
        unit(two, "store/answers/new", days=3),
    ]
    gone = [
        unit(one, "environments/old", days=9, sign="lock"),
        unit(two, "logs/1", days=8),
        unit(one, "store/files/old", days=7),
        unit(two, "recall/old", days=6),
    ]
    said = run_upkeep(root)
    assert [path.exists() for path in (*kept, *gone)] == [True] * 3 + [False] * 4
    assert "the cache had 7.0 MiB: removed 4.0 MiB" in said[0]
    assert not list(root.rglob(".gone-*"))


def test_nothing_is_removed_while_there_is_room(root):
    old = unit(repository(root, "one", days=59), "environments/old", days=59, sign="lock")
    assert run_upkeep(root) == []
    assert old.exists()


def test_what_a_run_uses_stays_whatever_its_age(root, monkeypatch):
    monkeypatch.setenv("GATECHECK_CACHE_SIZE", "1M")
    busy, idle, room = (repository(root, name, days=100) for name in ("busy", "idle", "room"))
    held = [
        unit(busy, "environments/e", days=90, sign="lock"),
        unit(room, "slots/base", days=90, sign="state"),
    ]
    other = unit(idle, "environments/e", days=1, sign="lock")
    age(idle / "in-use", 1)
    with using(busy), (room / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run_upkeep(root)
    assert all(path.exists() for path in held)
    assert not other.exists()


def test_what_this_run_used_stays_and_what_was_used_since_the_look_too(root, monkeypatch):
    monkeypatch.setenv("GATECHECK_CACHE_SIZE", "1M")
    own = repository(root, "own")
    used = unit(own, "environments/used", days=0, sign="lock", size=3 * MIB)
    old = unit(own, "environments/old", days=2, sign="lock")
    touched = unit(own, "environments/touched", days=1, sign="lock")
    put_away = tidy.put_away

    def meanwhile(*paths):
        put_away(*paths)
        (touched / "lock").touch()

    monkeypatch.setattr(tidy, "put_away", meanwhile)
    run_upkeep(root, begun=time.time() - 1)
    assert (used.exists(), touched.exists(), old.exists()) == (True, True, False)


def test_a_repository_that_nobody_used_for_long_goes_as_a_whole(root):
    old, new = repository(root, "old", days=61), repository(root, "new", days=59)
    run_upkeep(root)
    assert (old.exists(), new.exists()) == (False, True)


def test_what_lies_beside_the_repositories_is_never_removed(root, monkeypatch):
    monkeypatch.setenv("GATECHECK_CACHE_SIZE", "1M")
    foreign = [root / "photos", root / "crashes", root / "0123456789abcdef", root / ".gone-fishing"]
    for folder in foreign:
        folder.mkdir()
        (folder / "precious").write_bytes(os.urandom(2 * MIB))
        age(folder, 1000)
        age(folder / "precious", 1000)
    run_upkeep(root)
    assert all((folder / "precious").exists() for folder in foreign)
    assert all(len(list(folder.iterdir())) == 1 for folder in foreign)


def test_a_git_directory_that_has_grown_is_made_anew_unless_it_is_in_use(root, monkeypatch):
    monkeypatch.setattr(tidy, "MOST_LOOSE", 3)
    small, grown, large, busy = (repository(root, name) for name in ("small", "grown", "large", "busy"))
    for folder, objects in ((small, 3), (grown, 4), (large, 1), (busy, 4)):
        for number in range(objects):
            path = folder / f"git/objects/0{number}/{number:038}"
            path.parent.mkdir(parents=True)
            path.touch()
        (folder / "git/HEAD").touch()
    (large / "git/objects/large.pack").write_bytes(os.urandom(MIB))
    monkeypatch.setattr(tidy, "LARGEST_GIT", MIB)
    (small / "worktree-of-a-killed-run").mkdir()
    with using(busy):
        run_upkeep(root)
    assert [(folder / "git").exists() for folder in (small, grown, large, busy)] == [True, False, False, True]
    assert not (small / "worktree-of-a-killed-run").exists()


def test_the_git_directory_counts_as_used_when_the_repository_was(root, monkeypatch):
    monkeypatch.setenv("GATECHECK_CACHE_SIZE", "1M")
    one, two = repository(root, "one", days=3), repository(root, "two", days=5)
    for folder in (one, two):
        (folder / "git").mkdir()
        (folder / "git/HEAD").write_bytes(os.urandom(MIB * 3 // 4))
    run_upkeep(root)
    assert ((one / "git").exists(), (two / "git").exists()) == (True, False)
    (one / "in-use").unlink()
    run_upkeep(root)
    assert (one / "git").exists(), "without a sign of use nothing is known"


def test_a_look_is_taken_once_a_day_or_after_an_environment_was_built(root, monkeypatch):
    monkeypatch.setenv("GATECHECK_CACHE_SIZE", "1M")
    own = repository(root, "own")

    def removed():
        old = unit(own, f"logs/{time.monotonic_ns()}", days=3, size=2 * MIB)
        run_upkeep(root)
        return not old.exists()

    assert removed(), "never looked"
    assert not removed(), "looked just now"
    age(root / "upkeep", 1.1)
    assert removed()
    (own / "environments/e").mkdir(parents=True)
    (own / "environments/e/create.log").touch()
    age(own / "environments/e/create.log", 1)
    assert not removed(), "it was built before"
    begun = time.time() - 5
    (own / "environments/e/create.log").touch()
    run_upkeep(root, begun=begun)
    assert not list(own.glob("logs/*"))


Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 -- as shutil's


def test_a_disk_that_is_nearly_full_makes_the_bound_smaller(root, monkeypatch):
    own = repository(root, "own")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, tidy.LEAST_FREE - 2 * MIB))
    old, new = unit(own, "logs/1", days=3, size=3 * MIB), unit(own, "logs/2", days=1, size=8 * MIB)
    run_upkeep(root)
    assert (old.exists(), new.exists()) == (False, True)
    third = unit(own, "logs/3", days=9)
    run_upkeep(root)
    assert third.exists(), "a look was taken just now"
    age(root / "upkeep", 0.01)
    run_upkeep(root)
    assert not third.exists()


def test_two_do_not_remove_at_the_same_time(root, monkeypatch):
    monkeypatch.setenv("GATECHECK_CACHE_SIZE", "1M")
    old = unit(repository(root, "own"), "logs/1", days=3, size=2 * MIB)
    with turn(root, wait=False) as ours:
        assert ours
        age(root / "upkeep", 2)
        assert run_upkeep(root) == []
        assert old.exists()


def test_what_cannot_be_removed_is_said_and_stops_nothing_else(root, monkeypatch):
    own = repository(root, "own")
    for name in (f".gone-{number:032}" for number in range(1, 4)):
        (root / name).mkdir()
    erase = os.rmdir

    def refuse(path, **where):
        if os.fsencode(path).endswith(b"02"):
            raise OSError(1, "Operation not permitted", os.fsdecode(path))
        erase(path, **where)

    monkeypatch.setattr(os, "rmdir", refuse)
    assert "could not be tidied" in run_upkeep(root)[0]
    assert [path.name for path in root.glob(".gone-*")] == [f".gone-{2:032}"]
    assert own.exists()


def test_a_cache_that_cannot_be_made_is_no_crash(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(CannotTell, match="cache cannot be written"), using(tmp_path / "taken/x"):
        pass


@pytest.mark.parametrize("made_again", [True, False])
def test_who_waits_for_a_folder_that_is_being_removed_gets_a_fresh_one(root, made_again):
    folder = repository(root, "one")
    (folder / "old").touch()
    inside = []

    def use():
        with using(folder):
            inside.append(sorted(path.name for path in folder.iterdir()))

    with alone(folder) as ours:
        assert ours
        waiting = threading.Thread(target=use)
        waiting.start()
        while not _is_waited_for(folder):
            time.sleep(0.01)
        folder.rename(root / ".gone-one")
        if made_again:
            repository(root, "one")
    waiting.join()
    assert inside == [["in-use"]]


def _is_waited_for(folder) -> bool:
    """Tell whether somebody waits for the folder's lock. Source: proc_locks(5)."""
    inode = (folder / "in-use").stat().st_ino
    return any("->" in line and f":{inode} " in line for line in Path("/proc/locks").read_text().splitlines())


def test_removal_that_is_killed_leaves_nothing_that_is_believed(root):
    folder = repository(root, "one")
    for number in range(3000):
        (folder / f"f{number}").touch()
    code = f"from pathlib import Path; from gatecheck.upkeep import discard; print(1, flush=True); discard(Path({str(folder)!r}))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as killed:
        assert killed.stdout.readline()
        while folder.exists():
            time.sleep(0.0005)
        killed.send_signal(signal.SIGKILL)
    assert not folder.exists(), "it went as a whole"
    run_upkeep(root)
    assert not list(root.glob(".gone-*"))


def test_a_folder_that_is_gone_already_is_removed(root):
    assert discard(root / "never")


# --- through the program ---


@pytest.fixture
def ready(project):
    project.main({"code.txt": "one\n"}, policy=POLICY)
    project.change({"code.txt": "two\n"})
    assert project.gatecheck("run").returncode == 0
    return project


def test_a_dry_run_says_what_would_go_and_removes_nothing(ready):
    done = ready.gatecheck("clean", "--dry-run")
    assert done.stdout.startswith(f"would remove {ready.cache} (")
    assert "iB)" in done.stdout
    done = ready.gatecheck("clean")
    assert done.stdout.startswith("removed ")
    assert "iB)" in done.stdout
    for words in ([], ["--dry-run"], ["--all"], ["--all", "--dry-run"]):
        assert ready.gatecheck("clean", *words).stdout == "there is nothing to remove\n"


def test_clean_waits_for_no_run_and_removes_the_rest(ready, make_project):
    other = make_project("other")
    other.main({"code.txt": "one\n"}, policy=POLICY)
    used = ready.cache
    other.gatecheck("run")
    with using(used):
        done = ready.gatecheck("clean", "--all")
        assert done.returncode == 2
        assert f"a run is using {used}" in done.stderr
    assert [path for path in used.parent.iterdir() if path.is_dir()] == [used]
    crashes = used.parent / "crashes"
    crashes.mkdir()
    for name in ("crash-1.txt", "mine.txt"):
        (crashes / name).touch()
    assert ready.gatecheck("clean", "--all").returncode == 0
    assert [path.name for path in crashes.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(("name", "goes"), [("gatecheck-abc", True), ("precious", False)])
def test_clean_removes_what_a_killed_run_left_elsewhere_and_nothing_of_others(ready, tmp_path, name, goes):
    left = tmp_path / name
    left.mkdir()
    (ready.cache / "scratch").symlink_to(left)
    assert ready.gatecheck("clean").returncode == 0
    assert left.exists() is not goes


def test_clean_follows_no_link_that_leads_to_another(ready, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "gatecheck-link").symlink_to(tmp_path / "mine")
    (ready.cache / "scratch").symlink_to(tmp_path / "gatecheck-link")
    assert ready.gatecheck("clean").returncode == 0
    assert (tmp_path / "mine").exists()


def test_clean_without_a_cache_or_a_repository(ready, tmp_path):
    shutil.rmtree(ready.cache.parent)
    for words in ([], ["--all"]):
        assert ready.gatecheck("clean", *words).stdout == "there is nothing to remove\n"
    done = ready.gatecheck("clean", cwd=tmp_path)
    assert done.returncode == 2
    assert "--all" in done.stderr


def test_clean_removes_folders_that_programs_made_read_only(ready):
    deep = ready.cache / "slots/stuck/a/b"
    deep.mkdir(parents=True)
    (deep / "file").touch()
    for folder in (deep, deep.parent):
        folder.chmod(0o500)
    cache = ready.cache.parent
    (cache / f".gone-{1:032}").mkdir()
    assert ready.gatecheck("clean", "--all").returncode == 0
    assert [path.name for path in cache.iterdir()] == ["upkeep"]


def test_clean_says_what_it_cannot_remove(ready):
    stamp = ready.cache.parent / "upkeep"
    stamp.unlink()
    stamp.mkdir()
    done = ready.gatecheck("clean")
    assert done.returncode == 4
    assert f"{stamp} cannot be removed" in done.stderr


def test_two_cleans_at_once_both_end_well(ready):
    words = [ready.program, "clean"]
    both = [subprocess.Popen(words, cwd=ready.path, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert any(line.startswith("removed ") for line in said)


@pytest.mark.parametrize("part", ["git", "slots", "store", "probes", "slots/merge", "store/answers"])
def test_a_run_does_not_miss_what_was_removed(ready, part):
    shutil.rmtree(ready.cache / part)
    ready.change({"code.txt": "three\n"})
    done = ready.gatecheck("run")
    assert done.returncode == 0, done.stdout + done.stderr
    ready.write({"code.txt": "four\n"})
    shutil.rmtree(ready.cache / part, ignore_errors=True)
    done = ready.gatecheck("run", "--worktree")
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_answer_that_is_used_is_not_the_one_that_goes(ready):
    (answer,) = (path for path in (ready.cache / "store/answers").iterdir() if path.stat().st_size > 150)
    age(answer, 5)
    assert ready.gatecheck("run", "--target", "origin/main").returncode == 0
    assert time.time() - answer.stat().st_mtime < DAY


def test_a_run_tidies_when_it_is_due(ready):
    old = unit(ready.cache, "logs/old", days=9, size=2 * MIB)
    age(ready.cache.parent / "upkeep", 2)
    done = ready.gatecheck("run", "--no-cache", env={"GATECHECK_CACHE_SIZE": "1M"})
    assert done.returncode == 0
    assert not old.exists()
    assert ready.gatecheck("run").returncode == 0
