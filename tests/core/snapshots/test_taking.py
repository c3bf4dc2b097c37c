"""A snapshot keeps all of the state and changes none of it, whatever kind of repository and whatever state it is in."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.settings import human
from gatecheck.snapshots import Arrived, Unasked

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TAG = "backup-20260102T030405Z"
FILE = ("-c", "protocol.file.allow=always")


def paths(project, tree):
    return set(project.git("ls-tree", "-r", "-z", "--name-only", tree).split("\0")[:-1])


def test_nothing_that_the_user_has_is_changed(ready, make_mess, keep, photo):
    make_mess(ready)
    before = photo(ready)
    keep()
    assert photo(ready) == before


def test_the_tree_is_the_work_tree_with_new_files_and_without_ignored_ones(ready, make_mess, keep):
    make_mess(ready)
    kept = keep()
    on_disk = set()
    for folder, folders, names in os.walk(ready.path):
        folders[:] = [name for name in folders if name != ".git"]
        on_disk |= {os.path.relpath(os.path.join(folder, name), ready.path) for name in names}
    assert paths(ready, TAG) == on_disk - {"noise.log"}
    assert ready.git("cat-file", "blob", f"{TAG}:both") == "edited since"
    assert ready.git("cat-file", "blob", f"{TAG}:intended") == "only intended"
    modes = dict(
        line.split(" ", 1)[::-1]
        for line in ready.git("ls-tree", "-r", "--format=%(objectmode) %(path)", TAG).splitlines()
    )
    assert (modes["link"], modes["run"], modes["edit"]) == ("120000", "100755", "100644")
    untracked = {os.fsencode(file.path) for file in kept.contents.untracked}
    assert {b"new", b"sub/new too", b"new\nline", b"\xff\xfe", b"keep", b"dir"} <= untracked
    assert b"intended" not in untracked


def test_an_edit_that_only_the_content_shows_is_not_missed(ready, keep):
    """Of the same size, in the same moment as the index was written: git compares such a file, as long as it knows that moment."""
    ready.git("config", "core.trustctime", "false")
    path, index, then = ready.path / "edit", ready.path / ".git/index", (10**18, 10**18)
    os.utime(path, ns=then)
    ready.git("update-index", "--refresh")
    with path.open("r+") as stream:
        stream.write("EDIT")
    os.utime(path, ns=then)
    os.utime(index, ns=then)
    keep()
    assert ready.git("cat-file", "blob", f"{TAG}:edit") == "EDIT"


def test_the_second_parent_is_the_index(ready, make_mess, keep):
    make_mess(ready)
    keep()
    assert (
        ready.git("rev-parse", f"{TAG}^1")
        == ready.git("rev-parse", "HEAD")
        == ready.git("rev-parse", f"{TAG}^2^1")
    )
    index = paths(ready, f"{TAG}^2")
    assert {"gone", "renamed", "stage", "dir/in"} <= index
    assert index.isdisjoint({"removed", "old", "keep", "new", "intended"})
    assert ready.git("cat-file", "blob", f"{TAG}^2:both") == "staged"


def test_the_tag_says_of_what_it_is(ready, keep):
    ready.write({"one": "", "two": ""})
    kept = keep(why="before  the\nnew parser\n\nSnapshot-Head: forged")
    text = ready.git("cat-file", "tag", TAG)
    head, _, message = text.partition("\n\n")
    assert head.startswith(
        f"object {kept.snapshot.commit}\ntype commit\ntag {TAG}\ntagger Ada <ada@example.org> "
    )
    assert message == (
        "gatecheck snapshot: before the new parser Snapshot-Head: forged\n\n"
        f"Snapshot-Branch: main\nSnapshot-Head: {ready.git('rev-parse', 'HEAD')}\nSnapshot-Untracked: 2"
    )
    assert ready.git("rev-parse", f"refs/tags/{TAG}") == kept.snapshot.tag_id
    trailers = ready.git(
        "for-each-ref", "--format=%(contents:trailers:key=Snapshot-Branch,valueonly)", f"refs/tags/{TAG}"
    )
    assert trailers.strip() == "main"


def test_tag_and_commit_are_on_the_remote(ready, make_mess, keep):
    make_mess(ready)
    heard = []
    kept = keep(say=heard.append)
    assert (kept.fate, kept.exit_code) == (Arrived("origin"), 0)
    assert heard == [f"pushing {TAG} to origin"]
    there = subprocess.run(
        ["git", "--git-dir", ready.remote, "fsck", "--connectivity-only", "--strict"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (there.returncode, there.stdout) == (0, "")
    lines = ready.git("ls-remote", "origin", "refs/tags/*").splitlines()
    assert lines == [
        f"{kept.snapshot.tag_id}\trefs/tags/{TAG}",
        f"{kept.snapshot.commit}\trefs/tags/{TAG}^{{}}",
    ]


def test_tools_that_describe_a_commit_by_its_tags_do_not_see_it(ready, keep):
    ready.git("tag", "-a", "-m", "release", "v1.0")
    ready.write({"new": "new\n"})
    keep()
    keep(tracked_only=True)
    for words in (["--tags"], ["--tags", "--long"], ["--all"], []):
        assert "backup" not in ready.git("describe", *words)
    commit = ready.commit()
    assert re.fullmatch(rf"v1.0-1-g{commit[:7]}", ready.git("describe", "--tags"))
    assert ready.git("tag", "--merged", "HEAD") == "v1.0"
    # what setuptools-scm asks
    assert ready.git("describe", "--dirty", "--tags", "--long", "--match", "*[0-9]*").startswith("v1.0-1-g")


def test_a_fetch_does_not_bring_it_and_a_clone_does_unless_it_is_told_otherwise(ready, keep, tmp_path):
    def tags_after(command, *words, cwd=None):
        subprocess.run(["git", command, "--quiet", *words], cwd=cwd, check=True)
        place = cwd or words[-1]
        return subprocess.run(
            ["git", "tag"], cwd=place, capture_output=True, text=True, check=True
        ).stdout.split()

    assert tags_after("clone", ready.remote, tmp_path / "before") == []
    keep()
    assert tags_after("fetch", cwd=tmp_path / "before") == []
    assert tags_after("pull", cwd=tmp_path / "before") == []
    assert tags_after("clone", ready.remote, tmp_path / "with") == [TAG]
    assert tags_after("clone", "--no-tags", ready.remote, tmp_path / "without") == []


def test_a_clean_work_tree_has_a_snapshot_too(ready, keep, photo):
    before = photo(ready)
    kept = keep()
    assert photo(ready) == before
    assert ready.git("diff", "HEAD", TAG) == ""
    assert kept.contents.untracked == ()
    assert kept.notes == ()


def test_a_clean_snapshot_starts_few_processes_however_many_tags_and_branches_there_are(
    ready, keep, monkeypatch, tmp_path
):
    def started():
        trace = tmp_path / "trace"
        trace.unlink(missing_ok=True)
        monkeypatch.setenv("GIT_TRACE2", str(trace))
        kept = keep(push=False, now=NOW + timedelta(seconds=len(counts)))
        monkeypatch.delenv("GIT_TRACE2")
        assert kept
        return [
            line.partition(" start ")[2].split(" ")[1]
            for line in trace.read_text().splitlines()
            if " start " in line
        ]

    counts = []
    counts.append(started())
    commit = ready.git("rev-parse", "HEAD")
    lines = "".join(
        f"create refs/{kind}/{number} {commit}\n" for kind in ("tags", "heads") for number in range(300)
    )
    subprocess.run(["git", "update-ref", "--stdin"], cwd=ready.path, input=lines, text=True, check=True)
    counts.append(started())
    assert counts[0] == [word for word in counts[1] if word != "merge-base"][: len(counts[0])]
    assert len(counts[1]) <= 16
    assert "status" not in counts[1]


# --- where the user may stand ---


def test_a_detached_head_has_no_branch(ready, keep, photo):
    ready.git("checkout", "--quiet", "--detach")
    ready.write({"new": ""})
    before = photo(ready)
    kept = keep()
    assert photo(ready) == before
    assert "Snapshot-Branch" not in ready.git("cat-file", "tag", TAG)
    assert "gatecheck snapshot: the state of a detached HEAD\n" in ready.git("cat-file", "tag", TAG)
    assert kept.branch is None
    assert not (ready.path / ".git/gatecheck").exists()


def test_before_the_first_commit_the_index_is_the_only_parent(make_project, keep, photo):
    project = make_project("unborn")
    project.write({"staged": "1\n", "new": "2\n"})
    project.git("add", "staged")
    before = photo(project)
    keep(project)
    assert photo(project) == before
    assert project.git("rev-list", "--parents", "--max-count=1", TAG).count(" ") == 1
    assert paths(project, f"{TAG}^1") == {"staged"}
    assert paths(project, TAG) == {"staged", "new"}
    assert "Snapshot-Head" not in project.git("cat-file", "tag", TAG)
    assert (project.path / ".git/gatecheck/snapshots/main").read_text().endswith(" none\n")


def test_an_empty_repository_without_an_index_is_kept_as_that(make_project, keep):
    project = make_project("unborn")
    keep(project, push=False)
    assert paths(project, TAG) == set()


def test_a_linked_work_tree_has_its_own_state(ready, keep, photo, tmp_path):
    ready.write({"of the main one": ""})
    linked = tmp_path / "linked"
    ready.git("worktree", "add", "--quiet", "-b", "side", str(linked))
    (linked / "of the linked one").write_text("")
    before = photo(ready), photo(linked)
    keep(linked)
    assert (photo(ready), photo(linked)) == before
    assert "of the linked one" in paths(ready, TAG)
    assert "of the main one" not in paths(ready, TAG)
    assert (ready.path / ".git/gatecheck/snapshots/side").read_text().startswith(TAG)


def test_a_subfolder_is_as_good_a_place_as_the_top(ready, keep, user_git):
    ready.write({"new": "", "dir/new": ""})
    keep(ready.path / "dir")
    assert {"new", "dir/new"} <= paths(ready, TAG)


def test_a_bare_repository_has_nothing_to_keep(ready, keep):
    with pytest.raises(UsageError, match="bare") as told:
        keep(ready.remote)
    assert "worktree" in told.value.fix


def test_conflicts_are_kept_with_all_their_sides_and_with_what_is_being_merged(ready, keep, photo):
    ready.change({"edit": "theirs\n", "stage": "theirs\n"}, branch="other")
    ready.git("switch", "--quiet", "main")
    ready.commit({"edit": "ours\n", "stage": None})
    ready.git("merge", "other", check=False)
    before = photo(ready)
    kept = keep()
    assert photo(ready) == before
    assert ready.git("cat-file", "blob", f"{TAG}:edit").startswith("<<<<<<<")
    assert ready.git("cat-file", "blob", f"{TAG}:stage") == "theirs"
    assert ready.git("cat-file", "blob", f"{TAG}^2:edit") == "ours"
    assert {"1/edit", "2/edit", "3/edit", "1/stage", "3/stage"} == paths(ready, f"{TAG}^3")
    assert ready.git("rev-parse", f"{TAG}^3^2") == ready.git("rev-parse", "other")
    assert kept.notes == ()


def test_a_merge_without_conflicts_that_is_under_way_is_kept(ready, keep):
    ready.change({"edit": "theirs\n"}, branch="other")
    ready.git("switch", "--quiet", "main")
    ready.commit({"stage": "ours\n"})
    ready.git("merge", "--no-commit", "other")
    keep()
    assert ready.git("rev-parse", f"{TAG}^3^2") == ready.git("rev-parse", "other")
    assert paths(ready, f"{TAG}^3") == set()


def test_of_a_rebase_files_and_index_are_kept_and_it_is_said(ready, keep, photo):
    ready.change({"edit": "theirs\n"}, branch="other")
    ready.git("switch", "--quiet", "main")
    ready.commit({"edit": "ours\n"})
    ready.git("rebase", "other", check=False)
    before = photo(ready)
    kept = keep()
    assert photo(ready) == before
    assert "a rebase is under way" in kept.notes[0]


def test_a_sparse_checkout_keeps_what_is_not_checked_out_and_what_lies_outside(ready, keep, photo):
    ready.main({"in/file": "1\n", "out/file": "2\n"})
    ready.git("sparse-checkout", "set", "in")
    ready.write({"in/new": "", "out/new": "", "in/file": "edited\n", "out/file": "there, and edited\n"})
    before = photo(ready)
    kept = keep()
    assert photo(ready) == before
    assert {"in/new", "out/new", "out/file"} <= paths(ready, TAG)
    assert ready.git("cat-file", "blob", f"{TAG}:in/file") == "edited"
    assert ready.git("cat-file", "blob", f"{TAG}:out/file") == "there, and edited"
    assert kept.notes == ()


def test_a_sparse_index_stays_sparse(ready, keep, photo):
    ready.main({"in/file": "1\n", "out/file": "2\n"})
    ready.git("sparse-checkout", "set", "--sparse-index", "in")
    before = photo(ready)
    keep()
    assert photo(ready) == before
    assert "out/file" in paths(ready, TAG)


def test_a_split_index_stays_as_it_is(ready, keep, photo):
    ready.git("config", "core.splitIndex", "true")
    ready.git("update-index", "--split-index")
    ready.write({"edit": "edited\n", "intended": "1\n"})
    ready.git("add", "--intent-to-add", "intended")
    before = photo(ready)
    keep()
    assert photo(ready) == before
    assert paths(ready, f"{TAG}^3") == {"n/intended"}


def test_empty_files_are_not_taken_for_intents_to_add(ready, keep):
    ready.git("update-index", "--index-version", "4")
    ready.write({"also empty": ""})
    ready.git("add", "also empty")
    keep()
    assert ready.git("rev-list", "--parents", "--max-count=1", TAG).count(" ") == 2
    assert {"empty", "also empty"} <= paths(ready, f"{TAG}^2")


def test_objects_of_sha256_are_kept(tmp_path, keep, make_mess):
    path = tmp_path / "sha256"
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", "-b", "main", path], check=True)
    (path / "empty").touch()
    (path / "intended").touch()
    git = ["git", "-C", path]
    subprocess.run([*git, "add", "empty"], check=True)
    subprocess.run([*git, "add", "--intent-to-add", "intended"], check=True)
    kept = keep(path, push=False)
    assert len(kept.snapshot.commit) == 64
    out = subprocess.run(
        [*git, "ls-tree", "-r", "--name-only", f"{TAG}^2"], capture_output=True, text=True, check=True
    ).stdout
    assert out == "n/intended\n"


def test_a_submodule_is_kept_as_its_head_and_a_dirty_one_is_named(ready, make_project, keep, photo):
    module = make_project("lib")
    first = module.main({"f": "one\n"})
    ready.git(*FILE, "submodule", "--quiet", "add", str(module.path), "lib")
    ready.git(*FILE, "submodule", "--quiet", "add", str(module.path), "clean")
    ready.main()
    ready.git("config", "submodule.lib.ignore", "all")
    inner = ready.path / "lib"
    (inner / "f").write_text("two\n")
    subprocess.run(["git", "commit", "--quiet", "-am", "two"], cwd=inner, check=True)
    second = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=inner, capture_output=True, text=True, check=True
    ).stdout.strip()
    (inner / "untracked").write_text("")
    before = photo(ready)
    kept = keep()
    assert photo(ready) == before
    assert ready.git("rev-parse", f"{TAG}:lib") == second
    assert ready.git("rev-parse", f"{TAG}:clean") == first
    (note,) = kept.notes
    assert "'lib'" in note
    assert "'clean'" not in note


def test_a_repository_inside_the_work_tree_is_left_out_and_named(ready, keep):
    subprocess.run(["git", "init", "--quiet", ready.path / "inner"], check=True)
    (ready.path / "inner/file").write_text("")
    kept = keep()
    assert "inner" not in " ".join(paths(ready, TAG))
    assert "'inner/'" in kept.notes[0]


def test_files_that_git_is_told_not_to_look_at_are_named(ready, keep):
    ready.git("update-index", "--assume-unchanged", "edit")
    ready.git("update-index", "--skip-worktree", "stage", "gone")
    ready.write({"edit": "mine\n", "stage": "mine\n", "gone": None})
    kept = keep()
    assert ready.git("cat-file", "blob", f"{TAG}:edit") == "edit"
    assert "'edit', 'stage'" in kept.notes[0]
    assert "'gone'" not in kept.notes[0]


# --- what git translates, and what cannot be kept ---


def test_filters_are_run_as_git_would(ready, keep):
    ready.git("config", "filter.upper.clean", "tr a-z A-Z")
    ready.main({".gitattributes": "*.up filter=upper\n"})
    ready.write({"new.up": "text\n"})
    keep()
    assert ready.git("cat-file", "blob", f"{TAG}:new.up") == "TEXT"


def test_hooks_of_the_user_are_not_started_but_for_the_one_that_sees_refs_move(ready, keep, tmp_path):
    for name in ("post-index-change", "pre-commit", "pre-push", "post-checkout", "reference-transaction"):
        hook = ready.path / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >>{tmp_path}/started\n")
        hook.chmod(0o755)
    ready.write({"new": ""})
    kept = keep()
    assert isinstance(kept.fate, Arrived)
    assert set((tmp_path / "started").read_text().split()) == {"reference-transaction"}


def test_a_hook_that_refuses_the_tag_is_heard(ready, keep):
    hook = ready.path / ".git/hooks/reference-transaction"
    hook.write_text("#!/bin/sh\necho no tags today >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ToolError, match="no tags today"):
        keep()
    assert ready.git("tag") == ""


def test_line_endings_that_git_would_not_commit_are_kept(ready, keep):
    ready.git("config", "core.autocrlf", "input")
    ready.git("config", "core.safecrlf", "true")
    ready.write({"dos": b"one\r\ntwo\r\n"})
    assert "dos" in [file.path for file in keep().contents.untracked]


def test_a_filter_that_fails_is_told_in_gits_words_and_nothing_is_made(ready, keep, photo):
    ready.git("config", "filter.broken.clean", "false")
    ready.git("config", "filter.broken.required", "true")
    ready.main({".gitattributes": "*.bin filter=broken\n"})
    ready.write({"a.bin": "1\n"})
    before = photo(ready)
    with pytest.raises(ToolError, match=r"a\.bin") as told:
        keep()
    assert "fix" not in told.value.message
    assert photo(ready) == before
    assert ready.git("tag") == ""


def test_who_has_no_name_is_not_kept_from_a_snapshot(ready, keep, monkeypatch):
    for role in ("AUTHOR", "COMMITTER"):
        for what in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{role}_{what}")
    ready.git("config", "user.useConfigOnly", "true")
    keep()
    assert (
        ready.git("log", "--max-count=1", "--format=%an %ae %cn", TAG)
        == "gatecheck gatecheck@localhost gatecheck"
    )


# --- untracked files ---


def test_untracked_files_are_measured_before_any_of_them_is_read(ready, keep, photo):
    with (ready.path / "large").open("wb") as stream:
        stream.truncate(60 * 1024**2)
    ready.write({"small": "1\n"})
    before = photo(ready)
    with pytest.raises(UsageError, match=r"'large' \(60\.0 MiB\)") as told:
        keep()
    assert "--untracked-limit 61M" in told.value.fix
    assert "--tracked-only" in told.value.fix
    assert photo(ready) == before
    assert not [
        line
        for line in ready.git("count-objects", "-v").splitlines()
        if line.startswith("size:") and int(line[6:]) > 1000
    ]


def test_the_bound_can_be_raised(ready, keep):
    ready.write({"large": b"0123456789" * 10})
    with pytest.raises(UsageError, match=human(100)):
        keep(bound=99)
    assert [file.size for file in keep(bound=100).contents.untracked] == [100]


def test_untracked_files_are_left_out_where_only_tracked_ones_are_wanted(ready, make_mess, keep):
    make_mess(ready)
    kept = keep(tracked_only=True, bound=0)
    there = paths(ready, TAG)
    assert "new" not in there
    assert {"intended", "renamed", "edit"} <= there
    assert kept.contents.left_out == 13
    assert "Snapshot-Untracked: 0" in ready.git("cat-file", "tag", TAG)


def test_what_is_neither_file_nor_link_is_no_untracked_file(ready, keep):
    os.mkfifo(ready.path / "pipe")
    assert keep().contents.untracked == ()


def test_a_file_that_is_gone_already_has_no_size(ready, user_git):
    from gatecheck.snapshots.untracked import New, measured  # noqa: PLC0415

    assert measured(user_git(ready).place, ["gone already"], 0) == (New("gone already", 0),)


def test_a_file_that_goes_away_meanwhile_is_simply_not_there(ready, keep, monkeypatch):
    from gatecheck.snapshots import contents  # noqa: PLC0415

    ready.write({"here": "1\n", "soon gone": "1\n"})
    measured = contents.measured

    def and_then_it_goes(*words):
        found = measured(*words)
        (ready.path / "soon gone").unlink()
        return found

    monkeypatch.setattr(contents, "measured", and_then_it_goes)
    keep()
    assert "here" in paths(ready, TAG)
    assert "soon gone" not in paths(ready, TAG)


def test_a_folder_that_cannot_be_looked_into_is_named(ready, keep, tmp_path, monkeypatch):
    # root may look into every folder, so git's warning is made by a git that gives it
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(
        f"#!/bin/sh\ncase $1 in ls-files) echo \"warning: could not open directory 'closed/': Permission denied\" >&2;; esac\n"
        f'exec {real} "$@"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    assert "closed/" in keep().notes[0]


def test_a_git_that_fails_is_quoted(ready, user_git):
    with pytest.raises(ToolError, match="no-such-command"):
        user_git(ready)("no-such-command")


# --- names ---


def test_two_of_one_second_have_different_names(ready, keep):
    ready.write({"new": "1\n"})
    first, second, third = keep(), keep(), keep(push=False)
    assert [each.snapshot.tag for each in (first, second, third)] == [TAG, f"{TAG}-2", f"{TAG}-3"]
    assert isinstance(third.fate, Unasked)


def test_a_name_that_the_remote_has_for_another_is_not_taken(ready, keep, make_project):
    other = ready.path.parent / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-tags", ready.remote, other], check=True)
    (other / "theirs").touch()
    theirs = keep(other)
    ready.write({"new": "1\n"})
    ours = keep()
    assert theirs.snapshot.tag == TAG
    assert ours.snapshot.tag == f"{TAG}-2"
    assert isinstance(ours.fate, Arrived)
    assert ready.git("tag") == f"{TAG}-2"
    assert f"tag {TAG}-2\n" in ready.git("cat-file", "tag", f"{TAG}-2")


def test_giving_a_name_up_is_announced_to_the_hook_that_guards_snapshots(ready, keep, tmp_path):
    other = ready.path.parent / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-tags", ready.remote, other], check=True)
    (other / "theirs").touch()
    keep(other)
    hook = ready.path / ".git/hooks/reference-transaction"
    hook.write_text(
        '#!/bin/sh\n[ "$1" = prepared ] || exit 0\nwhile read -r old new ref; do\n'
        "case $new in *[!0]*) continue;; esac\n"
        f"cat .git/gatecheck/moves >>{tmp_path}/moves\n"
        'grep -qxF "$(git rev-parse "$ref") $new $ref" .git/gatecheck/moves || exit 1\ndone\n'
    )
    hook.chmod(0o755)
    kept = keep()
    assert kept.snapshot.tag == f"{TAG}-2"
    assert re.fullmatch(rf"[0-9a-f]{{40}} 0{{40}} refs/tags/{TAG}\n", (tmp_path / "moves").read_text())
    assert not (ready.path / ".git/gatecheck/moves").exists()


def test_when_all_names_are_taken_it_is_said(ready, keep):
    commit = ready.git("rev-parse", "HEAD")
    names = [TAG, *(f"{TAG}-{number}" for number in range(2, 101))]
    lines = "".join(f"create refs/tags/{name} {commit}\n" for name in names)
    subprocess.run(["git", "update-ref", "--stdin"], cwd=ready.path, input=lines, text=True, check=True)
    with pytest.raises(CannotTell, match="taken"):
        keep()


# --- disks ---


def test_a_temporary_folder_that_is_not_there_is_named(ready, keep, monkeypatch):
    import tempfile  # noqa: PLC0415

    monkeypatch.setattr(tempfile, "tempdir", str(ready.path / "none"))
    with pytest.raises(CannotTell, match="no temporary folder") as told:
        keep()
    assert "TMPDIR" in told.value.fix


def test_an_index_that_cannot_be_read_is_named(ready, keep):
    index = ready.path / ".git/index"
    index.unlink()
    index.mkdir()
    with pytest.raises(CannotTell, match="index cannot be copied"):
        keep()


@pytest.mark.parametrize("place", ["gatecheck", "gatecheck/snapshots/main"])
def test_a_record_that_cannot_be_written_is_an_error_that_names_the_snapshot(ready, keep, place):
    folder = ready.path / ".git" / place
    if place == "gatecheck":
        folder.write_text("")
    else:
        folder.parent.mkdir(parents=True)
        folder.symlink_to("/proc/self/nothing/there")
        (folder.parent / f".main.{os.getpid()}").mkdir()
    with pytest.raises(CannotTell, match="cannot be written") as told:
        keep()
    assert TAG in told.value.fix
    assert Path(ready.path / ".git").is_dir()
