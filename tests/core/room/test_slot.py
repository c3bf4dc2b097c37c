import marshal
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell
from gatecheck.repo import Repository
from gatecheck.room import blobs, slot
from gatecheck.room.slot import Slot


@pytest.fixture
def grown(project):
    """Two very different trees: `main` and `change`."""
    os.chmod(project.path, 0o755)
    project.write(
        {"a": "1\n", "keep/same": "same\n", "keep/b": "b\n", "run.sh": "#!/bin/sh\n", "wasfile": "x\n"}
    )
    project.write({"wasfolder/deep/f": "f\n", "gone/g": "g\n", "linked/x": "x\n", "empty": ""})
    os.chmod(project.path / "run.sh", 0o755)
    (project.path / "link").symlink_to("../../outside")
    (project.path / "tolink").symlink_to("keep")
    project.main()
    project.git("switch", "--quiet", "--create", "change")
    project.git("rm", "-r", "--quiet", "wasfile", "wasfolder", "gone", "linked", "tolink")
    project.write(
        {"a": "2\n", "wasfile/now/f": "f\n", "wasfolder": "file\n", "new/n": "n\n", "tolink/real": "r\n"}
    )
    (project.path / "linked").symlink_to("keep")
    os.chmod(project.path / "run.sh", 0o644)
    project.commit()
    return project


def test_a_slot_holds_exactly_what_git_would_check_out(grown, hold, fresh, on_disk):
    for revision in ("main", "change", "main", "change~0"):
        assert on_disk(hold(revision).tree) == fresh(revision)


def test_a_move_leaves_unchanged_files_untouched(grown, hold):
    tree = hold("main").tree
    before = {path: (tree / path).stat() for path in ("keep/same", "keep/b", "a")}
    hold("change")
    same, changed = (tree / "keep/same").stat(), (tree / "a").stat()
    assert (same.st_ino, same.st_mtime_ns) == (before["keep/same"].st_ino, before["keep/same"].st_mtime_ns)
    assert changed.st_mtime_ns != before["a"].st_mtime_ns


def test_what_is_held_already_costs_no_git_command(grown, hold, repo, monkeypatch):
    hold("main")
    monkeypatch.setattr(Repository, "git_code", None)
    assert not hold("main").is_dirty


def _changed_in_secret(path):
    before = path.stat()
    path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


DAMAGE = {
    "added a file": lambda tree: (tree / "extra").write_text("x"),
    "added a folder": lambda tree: shutil.copytree(tree / "keep", tree / "more" / "deep"),
    "made a repository in a folder": lambda tree: subprocess.run(
        ["git", "init", "--quiet", "keep"], cwd=tree, check=True
    ),
    "made a folder called as git's": lambda tree: (tree / ".GIT").mkdir(),
    "deleted a file": lambda tree: (tree / "keep" / "b").unlink(),
    "deleted a folder": lambda tree: shutil.rmtree(tree / "wasfolder"),
    "deleted everything": lambda tree: [
        shutil.rmtree(p) if p.is_dir() and not p.is_symlink() else p.unlink() for p in tree.iterdir()
    ],
    "changed a file": lambda tree: (tree / "a").write_text("changed\n"),
    "changed a file and its times back": lambda tree: _changed_in_secret(tree / "a"),
    "made a file executable": lambda tree: (tree / "a").chmod(0o755),
    "took the executable bit": lambda tree: (tree / "run.sh").chmod(0o644),
    "replaced a file by a folder": lambda tree: (
        (tree / "a").unlink(),
        (tree / "a").mkdir(),
        (tree / "a" / "x").touch(),
    ),
    "replaced a file by a link": lambda tree: ((tree / "a").unlink(), (tree / "a").symlink_to("/etc/passwd")),
    "replaced a folder by a file": lambda tree: (shutil.rmtree(tree / "keep"), (tree / "keep").touch()),
    "replaced a folder by a link out": lambda tree: (
        shutil.move(tree / "keep", tree.parents[2] / "stolen"),
        (tree / "keep").symlink_to(tree.parents[2] / "stolen"),
    ),
    "replaced a link by a folder": lambda tree: ((tree / "link").unlink(), (tree / "link").mkdir()),
    "turned a link elsewhere": lambda tree: ((tree / "link").unlink(), (tree / "link").symlink_to("/")),
    "took permissions from folders": lambda tree: (
        (tree / "extra" / "deep").mkdir(parents=True),
        (tree / "extra" / "deep").chmod(0),
        (tree / "keep").chmod(0o500),
        (tree / "wasfolder" / "deep").chmod(0),
    ),
    "took permissions from the top": lambda tree: tree.chmod(0o500),
    "moved the whole tree away": lambda tree: tree.rename(tree.parent / "elsewhere"),
    "put a link in the tree's place": lambda tree: (
        tree.rename(tree.parents[2] / "victim"),
        tree.symlink_to(tree.parents[2] / "victim"),
    ),
    "deleted git's folder": lambda tree: shutil.rmtree(tree / ".git"),
    "committed": lambda tree: subprocess.run(
        ["git", "commit", "--quiet", "--allow-empty", "-m", "x"], cwd=tree, check=True
    ),
    "set a hook and a configuration": lambda tree: (
        (tree / ".git" / "hooks").mkdir(),
        (tree / ".git" / "hooks" / "post-commit").touch(),
        (tree / ".git" / "config").write_text("[core]\n\tbare = true\n"),
    ),
    "checked out something else": lambda tree: subprocess.run(
        "git rm -rq keep && git stash -q && git switch -qc z", shell=True, cwd=tree, check=True
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("way", ["restored", "killed"])
def test_whatever_a_program_did_the_tree_is_as_new(grown, hold, fresh, damage, way, on_disk):
    held = hold("main", branch="release/1")
    before = fresh("main")
    held.mark()
    assert held.is_dirty
    DAMAGE[damage](held.tree)
    victim = held.tree.parents[2] / "victim"
    kept = victim.is_dir() and on_disk(victim)
    if way == "restored":
        held.restore()
    else:  # nobody restored it: the next run finds the mark
        held = hold("main", branch="release/1")
    assert not held.is_dirty
    assert on_disk(held.tree) == before
    assert (held.tree / ".git" / "HEAD").read_text() == "ref: refs/heads/release/1\n"
    assert not (held.tree / ".git" / "hooks").exists()
    git = subprocess.run(
        ["git", "status", "--porcelain"], cwd=held.tree, capture_output=True, text=True, check=True
    )
    assert git.stdout == ""
    assert not victim.exists() or on_disk(victim) == kept
    assert on_disk(hold("change").tree) == fresh("change")


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"i\0\0\0\0"),
        lambda path: path.write_bytes(b"garbage"),
    ],
)
def test_after_a_kill_in_the_middle_of_a_move_the_tree_is_made_anew(grown, hold, fresh, damage, on_disk):
    held = hold("main")
    (held.tree / "half").write_text("written")
    (held.tree / "keep" / "b").unlink()
    damage(held.tree.parent / "state")
    assert on_disk(hold("change").tree) == fresh("change")


def test_a_state_of_another_shape_is_not_believed(grown, hold, fresh, on_disk):
    held = hold("main")
    (held.tree / "a").unlink()
    for told in (("x", "", []), ("x", "", {b"a": 5}), 5):
        (held.tree.parent / "state").write_bytes(marshal.dumps(told))
        assert on_disk(hold("main").tree) == fresh("main")


def test_a_move_that_fails_half_way_is_begun_anew_by_the_next(grown, hold, fresh, monkeypatch, on_disk):
    hold("main")
    with monkeypatch.context() as patch:
        patch.setattr(slot, "write_blob", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            hold("change")
    assert on_disk(hold("change").tree) == fresh("change")


def test_a_change_made_at_once_after_writing_shows(grown, hold):
    held = hold("main")
    for turn in range(20):
        held.mark()
        (held.tree / "a").write_text(f"{turn % 10}\n")
        held.restore()
        assert (held.tree / "a").read_text() == "1\n"


def written_ahead(held, nanoseconds):
    """Let the slot's files seem to have been written a while from now."""
    state = held.tree.parent / "state"
    tree, laid, files = marshal.loads(state.read_bytes())
    ahead = time.time_ns() + nanoseconds
    files = {path: (*was[:4], ahead, was[5]) for path, was in files.items()}
    state.write_bytes(marshal.dumps((tree, laid, files)))
    return ahead


def test_a_program_starts_only_when_the_clock_has_passed_the_newest_file(grown, hold):
    ahead = written_ahead(hold("main"), 300_000_000)
    held = hold("main")
    held.mark()
    assert (held.tree.parent / "dirty").stat().st_mtime_ns > ahead


def test_a_clock_that_was_set_back_does_not_hang_the_mark(grown, hold):
    written_ahead(hold("main"), 3_600_000_000_000)
    held = hold("main")
    held.mark()
    assert held.is_dirty


def test_git_works_in_a_slot_and_does_not_touch_the_users_repository(grown, hold):
    held = hold("change", branch="caf\udce9")

    def git(*words):
        done = subprocess.run(["git", *words], cwd=held.tree, capture_output=True, check=True)
        return os.fsdecode(done.stdout).strip()

    before = {path: path.is_file() and path.read_bytes() for path in (grown.path / ".git").rglob("*")}
    assert git("rev-parse", "HEAD") == grown.git("rev-parse", "change")
    assert git("symbolic-ref", "HEAD") == "refs/heads/caf\udce9"
    assert git("log", "--format=%H") == grown.git("log", "--format=%H", "change")
    assert git("remote") == ""
    (held.tree / "made").write_text("x\n")
    git("add", "made")
    git("commit", "--quiet", "-m", "inside")
    git("tag", "inside")
    git("config", "user.name", "inside")
    git("gc", "--quiet", "--prune=now")
    git("stash", "list")
    after = {path: path.is_file() and path.read_bytes() for path in (grown.path / ".git").rglob("*")}
    assert after == before
    assert held.tree.joinpath(".git").is_dir()


def test_a_shallow_repository_gives_a_shallow_slot(grown, hold):
    (grown.path / ".git" / "shallow").write_text(grown.git("rev-parse", "change") + "\n")
    tree = hold("change").tree
    log = subprocess.run(["git", "log", "--format=%H"], cwd=tree, capture_output=True, text=True, check=True)
    assert log.stdout.split() == [grown.git("rev-parse", "change")]


def test_a_submodule_is_an_empty_folder_that_comes_and_goes(grown, hold):
    grown.git("update-index", "--add", "--cacheinfo", f"160000,{grown.git('rev-parse', 'main')},sub/module")
    grown.git("commit", "--quiet", "-m", "module")
    held = hold("HEAD")
    assert list((held.tree / "sub" / "module").iterdir()) == []
    held.mark()
    (held.tree / "sub" / "module" / "cloned").touch()
    held.restore()
    assert list((held.tree / "sub" / "module").iterdir()) == []
    assert not (hold("main").tree / "sub").exists()


def test_compiled_python_that_somebody_committed_is_not_there_to_stand_in_for_its_source(grown, hold):
    grown.commit({"keep/__pycache__/b.cpython-311.pyc": b"evil", "x": "x\n"})
    tree = hold("HEAD").tree
    assert (tree / "x").exists()
    assert not [*tree.rglob("*.pyc")]
    assert (hold("main").tree / "keep" / "b").exists()


def test_names_that_are_no_text_come_and_go(grown, hold, fresh, on_disk):
    top = os.fsencode(grown.path)
    os.mkdir(top + b"/caf\xe9")
    for name in (b"caf\xe9/new\nline", b"back\\slash", b"-dash", b" "):
        with open(top + b"/" + name, "wb") as stream:
            stream.write(b"x\n")
    grown.commit()
    assert on_disk(hold("HEAD").tree) == fresh("HEAD")
    assert on_disk(hold("main").tree) == fresh("main")


# --- large and damaged blobs ---


def test_a_large_blob_is_streamed_and_keeps_its_mode(grown, hold, fresh, monkeypatch, on_disk):
    grown.write({"big": b"\0\1\2\3" * 50_000})
    (grown.path / "big").chmod(0o755)
    grown.commit()
    monkeypatch.setattr(blobs, "LARGE", 1000)
    assert on_disk(hold("HEAD").tree) == fresh("HEAD")


@pytest.mark.parametrize("size", [10, 10_000])
def test_a_blob_with_other_content_than_its_name_says_is_refused(grown, hold, monkeypatch, size):
    monkeypatch.setattr(blobs, "LARGE", 1000)
    commit = grown.commit({"good": b"g" * size, "evil": b"e" * size})
    good, evil = (grown.git("rev-parse", f"{commit}:{name}") for name in ("good", "evil"))
    objects = grown.path / ".git" / "objects"
    target = objects / good[:2] / good[2:]
    target.chmod(0o644)
    target.write_bytes((objects / evil[:2] / evil[2:]).read_bytes())
    with pytest.raises(CannotTell, match="damaged"):
        hold("HEAD")


# --- what an environment left in the tree ---


@pytest.fixture
def left(tmp_path):
    top = tmp_path / "left"
    for name in ("made/version.py", "shop.egg-info/PKG-INFO", "wasfile", "wasfolder/deep", "a/b", "new/n"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(f"left: {name}\n")
    (top / "made" / "link").symlink_to("version.py")
    (top / "made" / "folder").symlink_to("/")
    return top


@pytest.fixture
def laid(on_disk):
    def laid(tree):
        held = on_disk(tree).items()
        return sorted(os.fsdecode(path) for path, (_, _, data) in held if data.startswith(b"left:"))

    return laid


def test_what_an_environment_left_is_laid_into_the_tree_but_what_is_tracked_wins(
    grown, hold, left, fresh, on_disk, laid
):
    held = hold("main")
    held.lay({"env": left})
    assert laid(held.tree) == ["made/version.py", "new/n", "shop.egg-info/PKG-INFO"]
    assert os.readlink(held.tree / "made" / "folder") == "/"
    held.mark()
    (held.tree / "made" / "version.py").write_text("overwritten")
    shutil.rmtree(held.tree / "shop.egg-info")
    held.restore()
    assert laid(held.tree) == ["made/version.py", "new/n", "shop.egg-info/PKG-INFO"]
    assert held.extras() == []
    held.lay({"env": left})
    held.lay({})
    assert on_disk(held.tree) == fresh("main")


def test_the_next_tree_may_track_what_an_environment_left_before(grown, hold, left, fresh, on_disk, laid):
    hold("main").lay({"env": left})
    held = hold("change")
    assert on_disk(held.tree) == fresh("change")
    held.lay({"env": left})
    assert (held.tree / "new" / "n").read_text() == "n\n"
    assert laid(held.tree) == ["made/version.py", "shop.egg-info/PKG-INFO"]


def test_a_run_that_was_killed_may_have_lost_the_environments_files_too(
    grown, hold, left, fresh, tmp_path, on_disk
):
    held = hold("main")
    held.lay({"env": left})
    held.mark()
    (held.tree / "made" / "version.py").write_text("overwritten")
    shutil.rmtree(held.tree / "shop.egg-info")
    outside = tmp_path / "outside"
    shutil.move(held.tree / "made", outside)
    (held.tree / "made").symlink_to(outside)
    shutil.rmtree(left)
    assert on_disk(hold("main").tree) == fresh("main")
    assert (outside / "version.py").exists()


def test_what_programs_left_is_listed_as_whole_as_it_can_be(grown, hold):
    held = hold("main")
    held.mark()
    (held.tree / "made" / "deep").mkdir(parents=True)
    (held.tree / "keep" / "x").touch()
    (held.tree / "a").write_text("changed")
    assert sorted(held.extras()) == [b"keep/x", b"made"]


# --- taking files away ---


def test_a_folder_without_permissions_can_be_taken_away_by_who_owns_it(tmp_path):
    top = Path(tempfile.mkdtemp(dir="/tmp"))  # TMPDIR may be in a folder that only root may enter
    try:
        root = os.geteuid() == 0
        if root:
            os.chown(top, 65534, 65534)
            os.seteuid(65534)
        try:
            folder = top / "locked"
            (folder / "in" / "deep").mkdir(parents=True)
            (folder / "in" / "deep" / "file").touch()
            (folder / "in" / "link").symlink_to("/")
            for path in (folder / "in" / "deep", folder / "in", folder):
                path.chmod(0)
            blobs.remove(folder)
            assert not folder.exists()
        finally:
            if root:
                os.seteuid(0)
    finally:
        shutil.rmtree(top)


def test_taking_away_what_is_not_there_is_fine_and_a_link_is_not_followed(tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to("target")
    blobs.remove(tmp_path / "link")
    blobs.remove(tmp_path / "nothing")
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_a_slot_of_another_name_is_another_slot(grown, hold, tmp_path, fresh, on_disk):
    base = hold("main", folder=tmp_path / "slots" / "base")
    merge = hold("change")
    assert (on_disk(base.tree), on_disk(merge.tree)) == (fresh("main"), fresh("change"))
    assert isinstance(base, Slot)
