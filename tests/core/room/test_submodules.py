import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import Globs
from gatecheck.repo import Repository
from gatecheck.room import excerpt, steps, submodules
from gatecheck.room.absent import Absent
from gatecheck.room.slot import Slot

FILE = ("-c", "protocol.file.allow=always")


@pytest.fixture
def joined(project, submodule):
    """A tree with one submodule, at its first commit."""
    project.main({"a": "1\n", "lib.txt": "beside\n"})
    module = submodule("vendor/lib", {"f": "one\n", "deep/g": "g\n", "run.sh": "#!/bin/sh\n"})
    project.main()
    project.git("switch", "--quiet", "--create", "change")
    return module


def advance(project, module, files, path="vendor/lib"):
    """Commit to a module's repository, and let the submodule follow."""
    commit = module.main(files)
    project.git("-C", path, "fetch", "--quiet", "origin")
    project.git("-C", path, "checkout", "--quiet", commit)
    project.commit()
    return commit


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def status(held):
    words = ["git", "status", "--porcelain", "--ignore-submodules=none"]
    return subprocess.run(words, cwd=held.tree, capture_output=True, text=True, check=True).stdout


# --- what is here ---


def test_a_submodules_files_stand_at_its_path(project, joined, hold):
    (joined.path / "run.sh").chmod(0o755)
    (joined.path / "link").symlink_to("f")
    advance(project, joined, {})
    held = hold()
    top = held.tree / "vendor/lib"
    assert files_below(top) == ["deep/g", "f", "link", "run.sh"]
    assert (top / "f").read_text() == "one\n"
    assert os.access(top / "run.sh", os.X_OK)
    assert os.readlink(top / "link") == "f"
    assert held.absent == {}
    assert status(held) == ""


def test_a_submodule_moves_by_the_difference(project, joined, hold):
    hold()
    advance(project, joined, {"f": "two\n", "new": "n\n", "run.sh": None})
    held = hold("HEAD~1")
    same = (held.tree / "vendor/lib/deep/g").stat().st_ino
    held = hold()
    assert files_below(held.tree / "vendor/lib") == ["deep/g", "f", "new"]
    assert (held.tree / "vendor/lib/f").read_text() == "two\n"
    assert (held.tree / "vendor/lib/deep/g").stat().st_ino == same
    held = hold("HEAD~1")
    assert files_below(held.tree / "vendor/lib") == ["deep/g", "f", "run.sh"]


def test_a_submodule_comes_and_goes(project, joined, hold, on_disk, fresh):
    held = hold()
    assert on_disk(hold("main~1").tree) == fresh("main~1")
    assert not (held.tree / "vendor").exists()
    project.git("rm", "--quiet", "-r", "vendor/lib")
    project.commit({"vendor/lib": "a file now\n"})
    hold("main")
    assert (hold().tree / "vendor/lib").read_text() == "a file now\n"
    assert files_below(hold("main").tree / "vendor/lib") == ["deep/g", "f", "run.sh"]
    project.git("rm", "--quiet", "vendor/lib")
    project.commit({"vendor/lib/f": "a folder now\n"})
    assert files_below(hold().tree / "vendor/lib") == ["f"]
    assert (hold("main").tree / "vendor/lib/f").read_text() == "one\n"


def test_a_submodule_that_holds_nothing_is_an_empty_folder(project, joined, hold):
    advance(project, joined, {"f": None, "deep/g": None, "run.sh": None})
    hold("main")
    held = hold()
    assert list((held.tree / "vendor/lib").iterdir()) == []
    held.mark()
    (held.tree / "vendor/lib/x").touch()
    held.restore()
    assert list((held.tree / "vendor/lib").iterdir()) == []
    assert held.absent == {}
    assert files_below(hold("main").tree / "vendor/lib") == ["deep/g", "f", "run.sh"]


DAMAGE = {
    "changed a file": lambda top: (top / "f").write_text("changed"),
    "added files": lambda top: ((top / "x").touch(), (top / "more").mkdir(), (top / "more/y").touch()),
    "deleted it": shutil.rmtree,
    "deleted all folders": lambda top: shutil.rmtree(top.parent),
    "emptied it": lambda top: [shutil.rmtree(p) if p.is_dir() else p.unlink() for p in top.iterdir()],
    "put a file there": lambda top: (shutil.rmtree(top), top.touch()),
    "put a link there": lambda top: (shutil.rmtree(top), top.symlink_to("/")),
    "made it a repository": lambda top: subprocess.run(["git", "init", "-q"], cwd=top, check=True),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("way", ["restored", "killed"])
def test_whatever_a_program_did_in_a_submodule_it_is_as_new(project, joined, hold, on_disk, damage, way):
    held = hold()
    before = on_disk(held.tree)
    held.mark()
    DAMAGE[damage](held.tree / "vendor/lib")
    if way == "restored":
        held.restore()
    else:
        held = hold()
    assert on_disk(held.tree) == before
    assert held.extras() == []


def test_submodules_within_submodules_are_followed(project, joined, submodule, hold):
    inner = submodule("in", {"i": "inner\n"}, within=joined)
    advance(project, joined, {})
    project.git(*FILE, "submodule", "--quiet", "update", "--init", "--recursive")
    held = hold()
    assert files_below(held.tree / "vendor/lib") == [".gitmodules", "deep/g", "f", "in/i", "run.sh"]
    assert held.absent == {}
    nested = Path("vendor/lib/in")
    commit = inner.main({"i": "newer\n"})
    project.git("-C", str(nested), "fetch", "--quiet")
    joined.git("-C", "in", "pull", "--quiet")
    advance(project, joined, {})
    assert (hold().tree / nested / "i").read_text() == "newer\n"
    assert (hold("HEAD~1").tree / nested / "i").read_text() == "inner\n"
    shutil.rmtree(project.path / ".git/modules/vendor/lib/modules")
    shutil.rmtree(hold().tree.parent)
    absent = hold().absent
    assert list(absent) == ["vendor/lib/in"]
    assert absent["vendor/lib/in"].fix == "Run `git -C vendor/lib submodule update --init -- in`."
    assert commit
    assert not (hold("main~1").tree / "vendor").exists()


def test_a_submodule_nested_too_deep_is_absent(project, joined, submodule, hold, monkeypatch):
    submodule("in", {"i": "inner\n"}, within=joined)
    advance(project, joined, {})
    project.git(*FILE, "submodule", "--quiet", "update", "--init", "--recursive")
    monkeypatch.setattr(steps, "DEEPEST", 1)
    held = hold()
    assert files_below(held.tree / "vendor/lib") == [".gitmodules", "deep/g", "f", "run.sh"]
    assert "nested too deep" in held.absent["vendor/lib/in"].what


def test_a_linked_work_tree_has_modules_of_its_own_and_may_use_those_of_the_main_one(
    project, joined, tmp_path
):
    linked = tmp_path / "linked"
    project.git("worktree", "add", "--quiet", str(linked), "-b", "linked")
    repo = Repository.at(str(linked))
    commit = repo.resolve("HEAD")

    def hold(name):
        slot = Slot(tmp_path / name, repo)
        slot.hold(repo.objects.tree_of(commit), commit, "main")
        return files_below(slot.tree / "vendor/lib")

    assert hold("one") == ["deep/g", "f", "run.sh"]
    subprocess.run(["git", *FILE, "submodule", "--quiet", "update", "--init"], cwd=linked, check=True)
    assert (project.path / ".git/worktrees/linked/modules/vendor/lib/HEAD").exists()
    shutil.rmtree(project.path / ".git/modules")
    assert hold("two") == ["deep/g", "f", "run.sh"]


def test_a_module_whose_work_tree_is_gone_can_still_be_read(project, joined, hold):
    shutil.rmtree(project.path / "vendor")
    assert files_below(hold().tree / "vendor/lib") == ["deep/g", "f", "run.sh"]


def test_nothing_is_written_to_the_users_modules_and_nothing_runs_in_them(project, joined, hold, tmp_path):
    config = project.path / ".git/modules/vendor/lib/config"
    with config.open("a") as stream:
        stream.write(f'[core]\n\tfsmonitor = "touch {tmp_path}/ran"\n\thooksPath = {tmp_path}\n[broken')
    top = project.path / ".git"
    before = {path: path.is_file() and path.read_bytes() for path in top.rglob("*")}
    assert files_below(hold().tree / "vendor/lib") == ["deep/g", "f", "run.sh"]
    assert {path: path.is_file() and path.read_bytes() for path in top.rglob("*")} == before
    assert not (tmp_path / "ran").exists()


def test_content_of_git_lfs_in_a_submodule_is_from_the_modules_store(project, joined, hold, stored):
    module_dir = project.path / ".git/modules/vendor/lib"
    files = {
        ".gitattributes": "*.bin filter=lfs\n",
        "x.bin": stored(b"content", git_dir=module_dir),
        "y.bin": stored(b"absent", there=False),
    }
    commit = advance(project, joined, files)
    project.commit({"top.bin": stored(b"content")})
    held = hold()
    assert (held.tree / "vendor/lib/x.bin").read_bytes() == b"content"
    assert (held.tree / "top.bin").read_text().startswith("version"), "attributes end at their repository"
    assert list(held.absent) == ["vendor/lib/y.bin"]
    assert held.absent["vendor/lib/y.bin"].fix == f"Run `git -C vendor/lib lfs fetch origin {commit}`."
    stored(b"absent", git_dir=module_dir)
    held = hold()
    assert (held.tree / "vendor/lib/y.bin").read_bytes() == b"absent"
    held.mark()
    (held.tree / "vendor/lib/y.bin").write_text("changed")
    held.restore()
    assert (held.tree / "vendor/lib/y.bin").read_bytes() == b"absent"
    advance(project, joined, {".gitattributes": "*.txt filter=lfs\n"})
    assert (hold().tree / "vendor/lib/y.bin").read_text().startswith("version")
    assert not (hold("main~1").tree / "vendor").exists()


def test_what_an_environment_left_in_a_submodule_is_laid_there(project, joined, hold, tmp_path):
    left = tmp_path / "left"
    (left / "vendor/lib").mkdir(parents=True)
    for name in ("built.so", "f"):
        (left / "vendor/lib" / name).write_text("left")
    held = hold()
    held.lay({"env": left})
    assert files_below(held.tree / "vendor/lib") == ["built.so", "deep/g", "f", "run.sh"]
    assert (held.tree / "vendor/lib/f").read_text() == "one\n"
    held.lay({})
    assert files_below(held.tree / "vendor/lib") == ["deep/g", "f", "run.sh"]
    shutil.rmtree(project.path / ".git/modules")
    shutil.rmtree(held.tree.parent)
    held = hold()
    held.lay({"env": left})
    assert files_below(held.tree / "vendor/lib") == [], "where a submodule should be empty it stays so"


def test_a_narrowed_folder_has_submodules_files(project, joined, repo, tmp_path):
    folder = tmp_path / "narrow" / "tree"
    folder.mkdir(parents=True)
    head = project.git("rev-parse", "HEAD")
    tree = repo.objects.tree_of(head)
    absent = excerpt.fill(repo, tree, head, folder, lambda path: path.endswith((b"f", b"txt")))
    assert files_below(folder) == ["lib.txt", "vendor/lib/f"]
    assert absent == {}


# --- what is not here ---


def test_a_module_that_is_not_here_is_named_with_the_command_that_brings_it(project, joined, hold):
    aside = project.path / ".git/aside"
    (project.path / ".git/modules").rename(aside)
    for _ in range(2):
        held = hold()
        assert list((held.tree / "vendor/lib").iterdir()) == []
        assert held.absent["vendor/lib"] == Absent(
            "vendor/lib",
            "the submodule 'vendor/lib' is not here",
            "Run `git submodule update --init -- vendor/lib`.",
            is_folder=True,
        )
    aside.rename(project.path / ".git/modules")
    held = hold()
    assert held.absent == {}
    assert files_below(held.tree / "vendor/lib") == ["deep/g", "f", "run.sh"]
    assert status(held) == ""


def test_a_commit_that_is_not_here_is_named_with_the_command_that_fetches_it(project, joined, hold):
    commit = joined.commit({"f": "two\n"})
    project.git("update-index", "--cacheinfo", f"160000,{commit},vendor/lib")
    project.git("commit", "--quiet", "-m", "ahead")
    hold("main")
    held = hold("HEAD")
    assert list((held.tree / "vendor/lib").iterdir()) == []
    absent = held.absent["vendor/lib"]
    assert absent.what == f"the submodule 'vendor/lib' is here without its commit {commit[:10]}"
    assert absent.fix == f"Run `git -C vendor/lib fetch origin {commit}`."
    project.git("-C", "vendor/lib", "fetch", "--quiet", str(joined.path), commit)
    assert (hold("HEAD").tree / "vendor/lib/f").read_text() == "two\n"


def test_the_command_can_be_pasted_whatever_the_path_is(project, submodule, hold):
    project.main({"a": "1\n"})
    submodule("it's; $(here)", {"f": "f\n"})
    project.commit()
    shutil.rmtree(project.path / ".git/modules")
    (absent,) = hold().absent.values()
    assert absent.fix == """Run `git submodule update --init -- 'it'"'"'s; $(here)'`."""


def test_a_link_to_a_commit_that_nothing_describes_is_an_empty_folder_and_nothing_is_missing(project, hold):
    project.main({"a": "1\n"})
    project.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},embedded")
    project.git("commit", "--quiet", "-m", "by mistake")
    for _ in range(2):
        held = hold()
        held.mark()
        held.restore()
        assert list((held.tree / "embedded").iterdir()) == []
        assert held.absent == {}


def test_a_description_that_comes_later_counts(project, joined, hold):
    described = (project.path / ".gitmodules").read_text()
    project.commit({".gitmodules": None})
    shutil.rmtree(hold().tree.parent)
    held = hold()
    assert (held.absent, files_below(held.tree / "vendor/lib")) == ({}, [])
    project.commit({".gitmodules": described})
    assert files_below(hold().tree / "vendor/lib") == ["deep/g", "f", "run.sh"]


def test_a_submodule_that_clones_leave_empty_is_not_missed(project, joined, hold):
    project.git("config", "--file", ".gitmodules", "submodule.vendor/lib.update", "none")
    project.commit()
    aside = project.path / ".git/aside"
    (project.path / ".git/modules").rename(aside)
    for _ in range(2):
        assert hold().absent == {}
    aside.rename(project.path / ".git/modules")
    assert files_below(hold().tree / "vendor/lib") == ["deep/g", "f", "run.sh"]


@pytest.mark.parametrize(
    "name", ["../escape", "/tmp/x", "a/../../b", "..", "a\\..\\b", "\\x", "out", "modules-link"]
)
def test_a_name_that_leads_out_of_the_folder_of_modules_is_refused(project, joined, hold, tmp_path, name):
    modules = project.path / ".git/modules"
    shutil.copytree(modules / "vendor/lib", tmp_path / "outside")
    shutil.copytree(modules / "vendor/lib", project.path / ".git/escape")
    (modules / "out").symlink_to(tmp_path / "outside")
    (modules / "modules-link").symlink_to(modules)
    text = name.replace("\\", "\\\\")
    project.commit({".gitmodules": f'[submodule "{text}"]\n\tpath = vendor/lib\n\turl = x\n'})
    held = hold()
    assert list((held.tree / "vendor/lib").iterdir()) == []
    absent = held.absent["vendor/lib"]
    assert "leads out" in absent.what
    assert ".gitmodules" in absent.fix


@pytest.mark.parametrize("text", ["[submodule", '[submodule "x"]\n\tpath\n\tpath = [\n[[', "x" * 2_000_000])
def test_a_description_that_cannot_be_read_makes_its_submodules_absent(project, joined, hold, text):
    project.commit({".gitmodules": text, "b": "b\n"})
    held = hold()
    assert (held.tree / "b").exists()
    assert files_below(held.tree / "vendor/lib") == [], "the same commit, but taken anew"
    assert "not to be read" in held.absent["vendor/lib"].what
    assert "git config --file .gitmodules" in held.absent["vendor/lib"].fix


def test_a_description_that_is_a_link_is_none(project, joined, repo):
    (project.path / ".gitmodules").rename(project.path / "real")
    (project.path / ".gitmodules").symlink_to("real")
    commit = project.commit()
    assert submodules.described(repo, repo.objects.tree_of(commit)) == {}


def test_a_description_includes_no_other_file(project, joined, repo, tmp_path):
    other = tmp_path / "included"
    other.write_text('[submodule "secret"]\n\tpath = secret\n')
    lines = f'[include]\n\tpath = {other}\n[submodule "a.b\\"c"]\n\tpath = x\n\tpath = y y\n\turl\n[submodule]\n\tpath = z\n'
    commit = project.commit({".gitmodules": lines})
    found = submodules.described(repo, repo.objects.tree_of(commit))
    assert found == {b"y y": submodules.Described(b'a.b"c', optional=False)}


def test_a_module_that_lost_objects_is_absent_and_nothing_else_breaks(project, joined, hold, monkeypatch):
    before = project.git("-C", "vendor/lib", "rev-parse", "HEAD")
    advance(project, joined, {"f": "two\n", "deep/h": "h\n"})
    tree = project.git("-C", "vendor/lib", "rev-parse", f"{before}:deep")
    loose = project.path / ".git/modules/vendor/lib/objects" / tree[:2] / tree[2:]
    held = hold("main")
    assert files_below(held.tree / "vendor/lib") == ["deep/g", "f", "run.sh"]
    packed = project.path / ".git/modules/vendor/lib/objects"
    unpack(packed)
    loose.unlink()
    assert files_below(hold("HEAD").tree / "vendor/lib") == ["deep/g", "deep/h", "f", "run.sh"]
    held = hold("main")
    assert files_below(held.tree / "vendor/lib") == []
    assert "without its commit" in held.absent["vendor/lib"].what
    assert (held.tree / "a").exists()
    shutil.rmtree(held.tree.parent)
    held = hold("main")
    assert "without its commit" in held.absent["vendor/lib"].what


def unpack(objects):
    """Turn a folder's packs into loose objects."""
    for pack in list((objects / "pack").glob("*.pack")):
        moved = objects.parent / pack.name
        pack.rename(moved)
        pack.with_suffix(".idx").unlink()
        with moved.open("rb") as stream:
            subprocess.run(
                ["git", f"--git-dir={objects.parent}", "unpack-objects", "-q"],
                stdin=stream,
                check=True,
                cwd=objects.parents[3].parent / "vendor/lib",
            )


def test_a_module_that_moved_elsewhere_is_taken_anew(project, joined, hold):
    held = hold("main")
    commit = advance(project, joined, {"f": "two\n"})
    modules = project.path / ".git/modules"
    shutil.copytree(modules / "vendor/lib", modules / "renamed")
    project.commit({".gitmodules": '[submodule "renamed"]\n\tpath = vendor/lib\n\turl = x\n'})
    assert commit
    held = hold()
    assert (held.tree / "vendor/lib/f").read_text() == "two\n"
    held.mark()
    (held.tree / "vendor/lib/f").unlink()
    held.restore()
    assert (held.tree / "vendor/lib/f").read_text() == "two\n"


def test_git_that_fails_in_the_repository_itself_is_an_error(project, joined, hold, repo, monkeypatch):
    hold()
    project.commit({"x": "x\n"})

    def fail(*words, **options):
        raise ToolError("git broke", fix="Mend it.")

    monkeypatch.setattr(Repository, "git", fail)
    with pytest.raises(CannotTell, match="git broke"):
        hold()


# --- who reads it ---


@pytest.mark.parametrize(
    ("patterns", "read"),
    [
        (("vendor/lib",), True),
        (("vendor",), True),
        (("vendor/lib/**",), True),
        (("vendor/lib/src/*.c",), True),
        (("/vendor/*/src",), True),
        (("**/deep/x.c",), True),
        (("*.c",), True),
        (("docs/", "*.c"), True),
        (("src/*.c",), False),
        (("/docs",), False),
        (("vendor/other/**",), False),
        (("lib/x",), False),
        (("",), False),
        (("# vendor",), False),
        (("*.c", "!vendor/**"), False),
        (("*.c", "!vendor/other/**"), True),
        (("!vendor/**", "*.c"), True),
        (("**", "!vendor/lib/**"), False),
    ],
)
def test_a_submodule_is_read_by_globs_that_may_mean_something_in_it(patterns, read):
    absent = Absent("vendor/lib", "what", "fix", is_folder=True)
    assert absent.read_by(Globs(patterns)) is read


def test_a_file_is_read_by_globs_that_match_it():
    absent = Absent("a/x.bin", "what", "fix", is_folder=False)
    assert absent.read_by(Globs(("*.bin",)))
    assert not absent.read_by(Globs(("b/**",)))


def test_a_submodule_is_exempt_when_everything_in_it_is():
    absent = Absent("vendor/lib", "what", "fix", is_folder=True)
    assert absent.covered_by(Globs(("vendor/",)))
    assert absent.covered_by(Globs(("vendor/lib/**",)))
    assert not absent.covered_by(Globs(("*.md", "vendor/lib/docs/**")))
    assert Absent("docs/a.png", "what", "fix", is_folder=False).covered_by(Globs(("docs/**",)))


def test_in_a_repository_with_sha256_it_is_the_same(make_project, stored, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    module, top = make_project("module"), make_project("top")
    module.main({"f": "one\n"})
    pointer = stored(b"content", git_dir=top.path / ".git")
    top.commit({"a": "1\n", ".gitattributes": "*.bin filter=lfs\n", "x.bin": pointer})
    top.git(*FILE, "submodule", "--quiet", "add", str(module.path), "vendor/lib")
    top.commit()
    repo = Repository.at(str(top.path))
    commit = repo.resolve("HEAD")
    slot = Slot(tmp_path / "slot", repo)
    slot.hold(repo.objects.tree_of(commit), commit, "main")
    assert (slot.tree / "vendor/lib/f").read_text() == "one\n"
    assert (slot.tree / "x.bin").read_bytes() == b"content"
    assert slot.absent == {}
    assert status(slot) == ""
