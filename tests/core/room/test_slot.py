import contextlib
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
from gatecheck.room import blobs, excerpt, folder, manifest, state
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
    place = hold("main").tree.parent / "state"
    good = marshal.loads(place.read_bytes())
    for told in (("x", "", []), ("another form", *good[1:]), (*good[:5], {b"a": 5}, *good[6:]), 5):
        (place.parent / "tree" / "a").unlink()
        place.write_bytes(marshal.dumps(told))
        assert on_disk(hold("main").tree) == fresh("main")


@pytest.mark.parametrize(
    "damage",
    [
        lambda files: files.unlink(),
        lambda files: files.write_bytes(files.read_bytes()[:-9]),
        lambda files: files.write_bytes(bytes(files.stat().st_size)),
        lambda files: files.write_bytes(marshal.dumps(list(range(99)))[: files.stat().st_size]),
    ],
)
def test_a_list_of_files_that_was_damaged_is_not_believed(grown, hold, fresh, on_disk, damage):
    held = hold("main")
    held.mark()
    damage(held.tree.parent / "files")
    (held.tree / "a").write_text("changed")
    held = hold("main", branch="release/1")
    assert on_disk(held.tree) == fresh("main")
    assert (held.tree / ".git" / "HEAD").read_text() == "ref: refs/heads/release/1\n"


def test_a_list_of_files_that_was_damaged_while_programs_ran_is_not_believed(grown, hold, fresh, on_disk):
    hold("main")
    held = hold("main")
    held.mark()
    files = held.tree.parent / "files"
    files.write_bytes(bytes(files.stat().st_size))
    (held.tree / "a").write_text("changed")
    held.restore()
    assert not held.is_dirty
    assert on_disk(held.tree) == fresh("main")
    assert on_disk(hold("change").tree) == fresh("change")


def test_small_moves_are_noted_beside_the_list_of_files_and_at_times_merged_into_it(
    grown, hold, fresh, monkeypatch, on_disk
):
    grown.git("switch", "--quiet", "main")
    grown.commit({f"many/f{number}": f"{number}\n" for number in range(100)})
    for turn in range(4):
        grown.commit({"a": f"turn {turn}\n", f"turn{turn}": "x\n", f"turn{turn - 1}": None if turn else "x"})
    place = hold("main~3").tree.parent
    whole = (place / "files").read_bytes()
    for revision in ("main~2", "main~1", "main~2"):
        hold(revision)
    assert (place / "files").read_bytes() == whole
    (place / "moved").write_bytes((place / "moved").read_bytes() + b"left by a run that was killed")
    held = hold("main")
    held.mark()
    (held.tree / "a").unlink()
    (held.tree / "turn2").touch()
    held.restore()
    assert on_disk(held.tree) == fresh("main")
    assert (place / "files").read_bytes() == whole
    monkeypatch.setattr(manifest, "_SLACK", -(10**6))
    hold("main~1")
    assert (place / "files").read_bytes() != whole
    assert not (place / "moved").exists()
    held = hold("main~1")
    held.mark()
    (held.tree / "a").unlink()
    held.restore()
    assert on_disk(held.tree) == fresh("main~1")


def test_what_was_held_and_is_not_to_be_had_any_more_does_not_stop_the_next_run(grown, hold, fresh, on_disk):
    only = grown.git("commit-tree", "-m", "x", f"{grown.commit({'only': 'here'})}^{{tree}}")
    grown.git("reset", "--quiet", "--hard", "HEAD~1")
    held = hold(only)
    held.mark()
    (held.tree / "only").unlink()
    blob = grown.git("rev-parse", f"{only}:only")
    (grown.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert on_disk(hold("main").tree) == fresh("main")


def test_a_state_is_not_written_again_when_nothing_moved(grown, hold):
    place = hold("main").tree.parent
    before = {
        name: (place / name).stat().st_mtime_ns for name in ("state", "files", "index", "tree/.git/HEAD")
    }
    hold("main")
    assert {name: (place / name).stat().st_mtime_ns for name in before} == before
    hold("main", branch="other")
    assert (place / "tree/.git/HEAD").read_text() == "ref: refs/heads/other\n"


def test_a_move_that_fails_half_way_is_begun_anew_by_the_next(grown, hold, fresh, monkeypatch, on_disk):
    hold("main")
    with monkeypatch.context() as patch:
        patch.setattr(folder, "write_blob", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt))
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
    place = held.tree.parent / "state"
    kept = state.load(place)
    ahead = time.time_ns() + nanoseconds
    kept.sizes = (*kept.sizes[:2], ahead)
    kept.save(place)
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


# --- hostile trees ---


def raw_tree(project, *entries):
    """Write a tree as it is given, which git itself would not."""
    data = b"".join(b"%s %s\0" % (mode, name) + bytes.fromhex(id_) for mode, name, id_ in entries)
    words = ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
    done = subprocess.run(words, cwd=project.path, input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.mark.parametrize(
    "twice", ["file and file", "link and folder", "folder and file", "submodule and folder"]
)
def test_a_tree_with_two_things_of_one_name_is_refused(grown, hold, tmp_path, twice):
    blob = grown.git("rev-parse", "main:a")
    inner = raw_tree(grown, (b"100644", b"f", blob))
    outside = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        cwd=grown.path,
        input=os.fsencode(tmp_path),
        capture_output=True,
        check=True,
    )
    link = (b"120000", b"x", outside.stdout.decode().strip())
    things = {"file": (b"100644", b"x", blob), "folder": (b"40000", b"x", inner), "link": link}
    things["submodule"] = (b"160000", b"x", grown.git("rev-parse", "main"))
    one, other = twice.split(" and ")
    commit = grown.git("commit-tree", "-m", "x", raw_tree(grown, things[one], things[other]))
    if twice == "submodule and folder":  # no file is written twice
        with contextlib.suppress(CannotTell):
            hold(commit)
    else:
        with pytest.raises(CannotTell):
            hold(commit)
    assert not (tmp_path / "f").exists()
    assert (hold("main").tree / "a").exists()


@pytest.mark.parametrize("name", [b".git", b".GIT", b"..", b"."])
def test_a_path_that_leaves_the_folder_or_reaches_into_git_is_refused(grown, hold, name):
    inner = raw_tree(grown, (b"100644", b"f", grown.git("rev-parse", "main:a")))
    commit = grown.git("commit-tree", "-m", "x", raw_tree(grown, (b"40000", name, inner)))
    with pytest.raises(CannotTell):
        hold(commit)
    assert (hold("main").tree / "a").exists()


@pytest.mark.parametrize("name", [b".git", b".GIT", b"..", b"."])
def test_such_a_path_is_refused_before_anything_is_written(grown, repo, tmp_path, name):
    inner = raw_tree(grown, (b"100644", b"f", grown.git("rev-parse", "main:a")))
    tree = raw_tree(grown, (b"40000", name, inner))
    top = tmp_path / "top"
    top.mkdir()
    with pytest.raises(CannotTell, match="must not be written"):
        excerpt.fill(repo, tree, grown.git("rev-parse", "main"), top, lambda path: True)
    assert list(top.iterdir()) == []


def test_a_folder_that_is_a_link_is_never_written_through(grown, repo, tmp_path):
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "keep").symlink_to(tmp_path)
    tree = repo.objects.tree_of(grown.git("rev-parse", "main"))
    with pytest.raises(CannotTell, match="two things of one name"):
        excerpt.fill(repo, tree, "", tmp_path / "top", lambda path: path.startswith(b"keep"))
    assert not (tmp_path / "same").exists()


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


def test_a_damaged_index_is_made_anew_with_the_next_tree(project, hold, on_disk, fresh, tmp_path):
    project.main({f"{number}.txt": "one\n" for number in range(9)})
    hold()
    project.change({"3.txt": "two\n"})
    index = tmp_path / "slots" / "merge" / "index"
    data = bytearray(index.read_bytes())
    data[-60:-20] = b"\x35\x1e\x00\x00" * 10  # as a disk does it: in the middle, and of the same length
    data[12 + 40 + 20 : 12 + 40 + 22] = b"\xff\xff"  # the flags of the first entry: gitformat-index(5)
    index.write_bytes(bytes(data))
    slot = hold()
    assert on_disk(slot.tree) == fresh()
    assert (
        project.git(f"--git-dir={slot.tree}/.git", f"--work-tree={slot.tree}", "status", "--porcelain") == ""
    )
