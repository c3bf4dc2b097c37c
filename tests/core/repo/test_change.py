import os
import subprocess

import pytest

from gatecheck.errors import CannotTell
from gatecheck.model import LineRange
from gatecheck.repo import Repository, compute, find_aim, objects


def change_of(project, target=None, head=None):
    repository = Repository.at(str(project.path))
    return compute(repository, find_aim(repository, target, head))


def paths(change):
    return {changed.path: changed for changed in change.paths}


TEN = "".join(f"line {number}\n" for number in range(1, 11))


@pytest.fixture
def grown(project):
    project.main({"a.py": TEN, "b.py": TEN.upper(), "run.sh": "#!/bin/sh\n", "gone": "x\n"})
    return project


def test_a_fast_forward_is_the_heads_own_tree(grown):
    head = grown.change(
        {"a.py": TEN.replace("line 3", "line three") + "line 11\n", "gone": None, "new": "1\n2\n"}
    )
    change = change_of(grown)
    assert change.tree == grown.git("rev-parse", f"{head}^{{tree}}")
    assert change.merge_base == change.base == grown.git("rev-parse", "main")
    assert {path: changed.status for path, changed in paths(change).items()} == {
        "a.py": "modified",
        "gone": "deleted",
        "new": "added",
    }
    assert paths(change)["a.py"].lines == (LineRange(3, 3), LineRange(11, 11))
    assert paths(change)["new"].lines == (LineRange(1, 2),)
    assert paths(change)["new"].old_blob is None
    assert (paths(change)["gone"].blob, paths(change)["gone"].lines) == (None, ())
    assert change.lines("a.py") == {3, 11}


def test_a_real_merge_is_judged_on_what_git_would_make_and_only_the_branchs_lines_are_new(grown):
    grown.change({"a.py": TEN.replace("line 9", "nine")})
    grown.main({"a.py": TEN.replace("line 1\n", "one\nand a half\n"), "other": "from main\n"})
    change = change_of(grown)
    grown.git("switch", "--quiet", "--detach", "origin/main")
    grown.git("merge", "--quiet", "-m", "by git itself", "change")
    assert change.tree == grown.git("rev-parse", "HEAD^{tree}")
    assert [(c.path, c.lines) for c in change.paths] == [("a.py", (LineRange(10, 10),))]
    assert change.base != change.merge_base


def test_a_conflict_is_told_with_its_paths_and_has_no_tree(grown):
    grown.change({"a.py": TEN.replace("line 5", "ours"), "b.py": "fine\n"})
    grown.main({"a.py": TEN.replace("line 5", "theirs")})
    change = change_of(grown)
    assert (change.tree, change.conflicts, change.paths) == ("", ("a.py",), ())


def test_a_renamed_file_is_one_entry_with_its_changed_lines(grown):
    grown.change({"a.py": None, "moved/a.py": TEN.replace("line 4", "line four")})
    (changed,) = change_of(grown).paths
    assert (changed.path, changed.old_path, changed.status) == ("moved/a.py", "a.py", "renamed")
    assert changed.lines == (LineRange(4, 4),)


def test_more_moved_files_than_are_compared_are_added_and_deleted_and_still_an_answer(grown, monkeypatch):
    monkeypatch.setattr("gatecheck.repo.change.MOST_RENAMES", 2)
    text = {n: f"{n} is the loneliest number\n" * 20 for n in range(4)}
    grown.main({f"old/{n}": text[n] for n in text})
    grown.change({f"old/{n}": None for n in text} | {f"new/other{n}": text[n] + "more\n" for n in text})
    assert sorted(c.status for c in change_of(grown).paths) == ["added"] * 4 + ["deleted"] * 4


def test_a_mode_a_link_and_a_submodule_have_no_lines(grown):
    os.chmod(grown.path / "run.sh", 0o755)
    (grown.path / "link").symlink_to("a.py")
    (grown.path / "b.py").unlink()
    (grown.path / "b.py").symlink_to("a.py")
    grown.git("switch", "--quiet", "--create", "change")
    grown.git("add", "--all")
    grown.git("update-index", "--add", "--cacheinfo", f"160000,{grown.git('rev-parse', 'main')},sub")
    grown.git("commit", "--quiet", "-m", "odd")
    seen = paths(change_of(grown))
    assert {path: (oct(c.mode), c.status, c.lines) for path, c in seen.items()} == {
        "b.py": ("0o120000", "modified", ()),
        "link": ("0o120000", "added", ()),
        "run.sh": ("0o100755", "modified", ()),
        "sub": ("0o160000", "added", ()),
    }


def test_a_link_that_becomes_a_file_is_new_in_all_its_lines(grown):
    (grown.path / "link").symlink_to("a.py")
    grown.main()
    (grown.path / "link").unlink()
    grown.change({"link": "1\n2\n"})
    assert paths(change_of(grown))["link"].lines == (LineRange(1, 2),)


def test_names_that_are_no_text_or_hold_a_newline_are_paths_like_others(grown):
    top = os.fsencode(grown.path)
    names = [b"caf\xe9", b"new\nline", b"tab\t", b'quo"te', b" lead", b"-dash"]
    for name in names:
        with open(top + b"/" + name, "wb") as stream:
            stream.write(b"x\n")
    grown.change()
    assert [os.fsencode(c.path) for c in change_of(grown).paths] == sorted(names)


@pytest.mark.parametrize(
    "attributes", ["*.py -diff\n", "*.py binary\n", "*.py diff=evil\n", "*.py -text eol=crlf\n"]
)
def test_an_attribute_does_not_hide_changed_lines(grown, attributes):
    for where in (".gitattributes", ".git/info/attributes"):
        (grown.path / where).write_text(attributes)
    grown.change({"a.py": TEN.replace("line 2\n", "line two\n")})
    assert paths(change_of(grown))["a.py"].lines == (LineRange(2, 2),)


def test_a_nul_byte_does_not_hide_changed_lines(grown):
    grown.main({"data": b"a\n\0\nb\n"})
    grown.change({"data": b"a\n\0\nc\n"})
    assert paths(change_of(grown))["data"].lines == (LineRange(3, 3),)


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (b"", b"1\n2", (LineRange(1, 2),)),
        (b"1\n", b"", ()),
        (b"1\n2\n", b"1\n", ()),
        (b"1\n2", b"1\n2\n", (LineRange(2, 2),)),
        (b"1\n2\n3\n", b"1\n3\n4\n", (LineRange(3, 3),)),
        (b"1\r\n", b"1\n", (LineRange(1, 1),)),
    ],
)
def test_changed_lines_are_those_that_the_old_file_does_not_have(grown, before, after, lines):
    grown.main({"f": before})
    grown.change({"f": after})
    assert paths(change_of(grown))["f"].lines == lines


def test_in_a_very_large_file_every_line_counts_as_changed(grown, monkeypatch):
    monkeypatch.setattr(objects, "LARGEST_DIFF", 60)
    grown.change({"a.py": TEN + "11\n"})
    assert paths(change_of(grown))["a.py"].lines == (LineRange(1, 11),)


def test_nothing_to_judge_is_no_pass(grown):
    with pytest.raises(CannotTell, match="nothing to judge"):
        change_of(grown)
    grown.git("switch", "--quiet", "--create", "behind")
    grown.main({"more": "1\n"})
    with pytest.raises(CannotTell, match="nothing to judge"):
        change_of(grown)


def test_unrelated_histories_are_no_answer(grown):
    root = grown.git("commit-tree", "main^{tree}", "-m", "root")
    with pytest.raises(CannotTell, match="no history in common") as caught:
        change_of(grown, head=root)
    assert "git log" in caught.value.fix


# --- histories that are cut or forged ---


def shallow(project, depth, *words):
    clone = project.path.parent / "shallow"
    url = f"file://{project.remote}"
    subprocess.run(
        ["git", "clone", "--quiet", f"--depth={depth}", "--no-single-branch", url, clone, *words], check=True
    )
    return type(project)(clone, project.remote)


def test_a_clone_that_is_too_shallow_says_how_to_deepen_it_and_judges_right_afterwards(grown):
    grown.change({"a.py": TEN + "11\n"})
    grown.change({"c": "1\n"})
    grown.main({"main": "1\n"})
    grown.main({"main": "2\n"})
    grown.git("push", "--quiet", "origin", "change")
    clone = shallow(grown, 1)
    with pytest.raises(CannotTell, match="too shallow") as caught:
        change_of(clone, "origin/main", "origin/change")
    assert "git fetch --unshallow" in caught.value.fix
    clone.git("fetch", "--quiet", "--unshallow")
    assert (
        change_of(clone, "origin/main", "origin/change").tree
        == change_of(grown, "origin/main", "change").tree
    )


def test_a_cut_among_the_commits_that_matter_is_refused_even_when_a_merge_base_is_found(grown):
    old = grown.git("rev-parse", "main")
    grown.main({"main": "1\n"})
    grown.git("switch", "--quiet", "--create", "change", "main")
    side = grown.git("commit-tree", "main^{tree}", "-p", old, "-m", "old work")
    grown.git("merge", "--quiet", "-m", "merge", side)
    head = grown.commit({"c": "1\n"})
    (grown.path / ".git" / "shallow").write_text(side + "\n")
    assert change_of(grown).tree == grown.git("rev-parse", f"{head}^{{tree}}"), (
        "head has all of main: nothing to merge"
    )
    grown.main({"main": "2\n"})
    with pytest.raises(CannotTell, match="too shallow"):
        change_of(grown)


def test_a_cut_below_the_commits_that_matter_does_no_harm(grown):
    grown.main({"main": "1\n"})
    grown.change({"c": "1\n"})
    grown.git("push", "--quiet", "origin", "change")
    clone = shallow(grown, 2)
    assert change_of(clone, "origin/main", "origin/change") == change_of(grown, "origin/main", "change")


@pytest.mark.parametrize("forge", ["replace", "graft"])
def test_replaced_and_grafted_commits_are_seen_as_they_really_are(grown, forge):
    grown.change({"a.py": "evil\n"})
    change = grown.change({"c": "1\n"})
    real = change_of(grown)
    clean = grown.git("commit-tree", f"{change}^{{tree}}", "-p", change, "-m", "innocent")
    if forge == "replace":
        grown.git("replace", grown.git("rev-parse", "main"), clean)
        grown.git("replace", change, clean)
    else:
        (grown.path / ".git" / "info").mkdir(exist_ok=True)
        (grown.path / ".git" / "info" / "grafts").write_text(
            f"{grown.git('rev-parse', 'main')} {clean}\n{change}\n"
        )
    assert change_of(grown) == real
    assert change_of(grown, "change~2", "change").base == real.base


# --- objects that are missing or damaged ---


def loose(project, name):
    found = project.git("rev-parse", name)
    path = project.path / ".git" / "objects" / found[:2] / found[2:]
    path.chmod(0o644)
    return path


def test_an_object_with_somebody_elses_content_is_noticed(grown):
    grown.change({"a.py": "good\n"})
    other = loose(grown, "HEAD:b.py").read_bytes()
    loose(grown, "HEAD:a.py").write_bytes(other)
    with pytest.raises(CannotTell, match="missing or damaged"):
        change_of(grown)


@pytest.mark.parametrize("name", ["HEAD^{tree}", "HEAD:a.py", "main^{tree}"])
def test_a_missing_object_is_no_answer(grown, name):
    grown.change({"a.py": "good\n"})
    loose(grown, name).unlink()
    with pytest.raises(CannotTell, match=r"missing|could not do its work"):
        change_of(grown)


def test_a_partial_clone_is_no_empty_tree(grown):
    grown.change({"sub/c": "1\n"})
    grown.main({"main": "1\n"})
    grown.git("push", "--quiet", "origin", "change")
    subprocess.run(["git", "-C", grown.remote, "config", "uploadpack.allowFilter", "true"], check=True)
    clone = grown.path.parent / "partial"
    url = f"file://{grown.remote}"
    subprocess.run(["git", "clone", "--quiet", "--filter=tree:0", "--no-checkout", url, clone], check=True)
    with pytest.raises(CannotTell) as caught:
        change_of(type(grown)(clone, grown.remote), "origin/main", "origin/change")
    assert "fetch" in caught.value.fix
