"""Linked work trees, bare repositories, hostile callers and odd paths: the answer is the same, and the repository unharmed."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

POLICY = "version: 1\ngates: {look: {uses: command, run: [sh, look.sh], count: '^looked'}}\n"
FILES = {"look.sh": "test -e code.txt && echo looked\n", "code.txt": "one\n"}


def begin(project):
    project.main(FILES, policy=POLICY)
    project.change({"code.txt": "two\n"})
    return project


def test_a_linked_work_tree_is_judged_at_its_own_head(project, tmp_path):
    begin(project)
    project.git("switch", "--quiet", "main")
    linked = tmp_path / "linked"
    project.git("worktree", "add", "--quiet", str(linked), "change")
    done = project.gatecheck("run", cwd=linked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.git("rev-parse", "change")[:10] in done.stdout
    (linked / "code.txt").write_text("three\n")
    subprocess.run(["git", "commit", "--quiet", "-am", "more"], cwd=linked, check=True)
    again = project.gatecheck("run", cwd=linked)
    assert project.git("rev-parse", "change")[:10] in again.stdout, (
        "the branch moved, so nothing was recalled"
    )


def test_a_bare_repository_is_judged_with_a_head(project):
    begin(project)
    project.git("push", "--quiet", "origin", "change")
    done = project.gatecheck("run", "--head", "change", cwd=project.remote)
    assert done.returncode == 0, done.stderr
    assert "look  pass" in done.stdout


def test_a_detached_head_is_judged(project):
    begin(project)
    project.git("switch", "--quiet", "--detach")
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stderr
    assert "detached" in done.stdout
    project.commit({"code.txt": "three\n"})
    assert project.git("rev-parse", "HEAD")[:10] in project.gatecheck("run").stdout


def test_from_a_folder_below_the_top_it_is_the_same(project):
    begin(project)
    below = project.path / "a" / "b"
    below.mkdir(parents=True)
    assert project.gatecheck("run", cwd=below).returncode == 0


def test_git_variables_of_the_caller_point_nowhere(project, make_project):
    begin(project)
    other = make_project("other")
    other.main({"x": "1\n"})
    before = {folder: sorted(folder.rglob("*")) for folder in (project.path, other.path)}
    hostile = {
        "GIT_DIR": str(other.path / ".git"),
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": str(project.path / ".git" / "index.lock"),
        "GIT_OBJECT_DIRECTORY": str(other.path / ".git" / "objects"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": "/nonexistent",
    }
    done = project.gatecheck("run", env=hostile)
    assert done.returncode == 0, done.stderr
    assert project.git("rev-parse", "HEAD")[:10] in done.stdout
    assert {folder: sorted(folder.rglob("*")) for folder in before} == before


@pytest.mark.parametrize("name", ["with spaces in it", "mit Umlaut äöü und 漢字", "a'quote; and $(more)"])
def test_a_path_may_hold_anything_that_git_can_borrow_from(make_project, name):
    project = begin(make_project(name))
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stderr
    assert "recalled" in project.gatecheck("run").stdout


def test_a_path_with_a_newline_is_refused_with_a_reason(make_project):
    done = begin(make_project("two\nlines")).gatecheck("run")
    assert done.returncode == 4
    assert "newline" in done.stderr
    assert "fix: " in done.stderr


def test_a_branch_whose_name_holds_odd_characters_is_judged(project):
    begin(project)
    project.git("switch", "--quiet", "--create", "fix/#12-äö")
    project.commit({"code.txt": "three\n"})
    assert project.gatecheck("run").returncode == 0
    assert "recalled" in project.gatecheck("run").stdout
    project.commit({"code.txt": "four\n"})
    assert project.git("rev-parse", "HEAD")[:10] in project.gatecheck("run").stdout


def test_outside_of_any_repository_it_is_a_usage_error(project, tmp_path):
    for words in (["run"], ["run", "--repo", "no-such-folder"], ["init"], ["clean"], ["list"]):
        done = project.gatecheck(*words, cwd=tmp_path)
        assert done.returncode == 2, words
        assert "fix: " in done.stderr


def test_a_repository_without_a_commit_is_a_usage_error(project):
    done = project.gatecheck("run")
    assert done.returncode == 2
    assert "no commit" in done.stderr


def test_a_repository_without_a_commit_at_head_is_judged_with_a_head(project):
    begin(project)
    project.git("switch", "--quiet", "--orphan", "nothing")
    done = project.gatecheck("run")
    assert done.returncode == 2
    assert "no commit" in done.stderr
    assert project.gatecheck("run", "--head", "change").returncode == 0


@pytest.mark.parametrize("words", [["--orphan", "other"], ["--create", "other"]])
def test_a_branch_without_a_merge_base_is_no_answer(project, words):
    begin(project)
    project.git("switch", "--quiet", *words)
    if "--create" in words:
        project.git("update-ref", "refs/heads/other", project.git("commit-tree", "HEAD^{tree}", "-m", "root"))
    else:
        project.commit(FILES)
    done = project.gatecheck("run")
    assert done.returncode == 4
    assert "no history in common" in done.stderr
    assert done.stderr.count("fix: ") == 1


# --- clones that lack something ---


def clone_of(project, *words):
    """Clone the project's remote over the network's protocol, with both branches."""
    project.git("push", "--quiet", "origin", "change")
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        subprocess.run(["git", "-C", project.remote, "config", key, "true"], check=True)
    top = project.path.parent / "clone"
    subprocess.run(["git", "clone", "--quiet", *words, f"file://{project.remote}", top], check=True)
    return type(project)(top, project.remote)


def objects_of(clone):
    return sorted(path.name for path in (clone.path / ".git/objects").rglob("*") if path.is_file())


@pytest.mark.parametrize("merges", [False, True])
@pytest.mark.parametrize("lacks", ["blob:none", "tree:0"])
def test_a_partial_clone_is_told_what_to_fetch_and_fetches_nothing_by_itself(project, lacks, merges):
    begin(project)
    if merges:
        project.main({"other.txt": "1\n"})
    clone = clone_of(project, f"--filter={lacks}", "--no-checkout")
    before = objects_of(clone)
    words = ("run", "--target", "origin/main", "--head", "origin/change")
    done = clone.gatecheck(*words)
    assert (done.returncode, done.stdout) == (4, "")
    assert "partial clone" in done.stderr
    assert objects_of(clone) == before
    command = done.stderr.partition("fix: Fetch the rest: ")[2].strip()
    assert command.startswith("git fetch "), done.stderr
    subprocess.run(["bash", "-euc", command], cwd=clone.path, check=True, capture_output=True)
    done = clone.gatecheck(*words)
    assert done.returncode == 0, done.stderr


def test_a_partial_clone_that_has_all_that_matters_is_judged(project):
    begin(project)
    clone = clone_of(project, "--filter=blob:none")
    clone.git("switch", "--quiet", "change")  # git fetches the change's files, as it does for everybody
    clone.git("switch", "--quiet", "main")
    done = clone.gatecheck("run", "--head", "origin/change")
    assert done.returncode == 0, done.stderr


def test_a_partial_clone_without_the_merge_bases_files_is_told_what_to_fetch(project):
    text = [f"line {number}\n" for number in range(30)]
    project.main({**FILES, "both.txt": "".join(text)}, policy=POLICY)
    project.change({"both.txt": "".join(["new\n", *text])})
    project.main({"both.txt": "".join([*text, "new\n"])})
    clone = clone_of(project, "--filter=blob:none")
    clone.git("switch", "--quiet", "change")
    clone.git("switch", "--quiet", "main")
    done = clone.gatecheck("run", "--head", "origin/change")
    assert done.returncode == 4
    assert "git cannot merge with what is in it" in done.stderr
    command = done.stderr.partition("fix: Fetch the rest: ")[2].strip()
    subprocess.run(["bash", "-euc", command], cwd=clone.path, check=True, capture_output=True)
    assert clone.gatecheck("run", "--head", "origin/change").returncode == 0


@pytest.mark.parametrize("cone", ["--cone", "--no-cone"])
def test_a_sparse_work_tree_is_judged_whole(project, cone):
    begin(project)
    project.git("sparse-checkout", "set", cone, "nowhere")
    assert cone == "--cone" or not (project.path / "look.sh").exists()
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("how", ["--shared", "--reference"])
def test_a_clone_that_borrows_objects_is_judged(project, how):
    begin(project)
    project.git("push", "--quiet", "origin", "change")
    top = project.path.parent / "borrower"
    words = [how] if how == "--shared" else [how, project.path]
    subprocess.run(["git", "clone", "--quiet", *words, project.path, top], check=True)
    clone = type(project)(top, project.path)
    assert (top / ".git/objects/info/alternates").exists()
    done = clone.gatecheck("run", "--target", "origin/main", "--head", "origin/change")
    assert done.returncode == 0, done.stderr


def test_replaced_and_grafted_commits_are_not_believed(project):
    begin(project)
    innocent = project.git("commit-tree", "main^{tree}", "-p", "main", "-m", "innocent")
    project.git("replace", "change", innocent)
    (project.path / ".git/info").mkdir(exist_ok=True)
    (project.path / ".git/info/grafts").write_text(project.git("rev-parse", "change") + "\n")
    done = project.gatecheck("run", "--output-format", "json")
    assert done.returncode == 0, done.stderr
    assert [path["path"] for path in json.loads(done.stdout)["change"]["paths"]["items"]] == ["code.txt"]


def test_refs_that_this_git_cannot_read_are_one_clear_error(project):
    begin(project)
    version = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(map(int, version.split()[2].split(".")[:2])) >= (2, 45):
        pytest.skip("this git reads reftable")
    project.git("config", "core.repositoryFormatVersion", "1")
    project.git("config", "extensions.refStorage", "reftable")
    done = project.gatecheck("run")
    assert (done.returncode, done.stdout) == (4, "")
    assert "git 2.45 or newer" in done.stderr
    assert done.stderr.count("fix: ") == 1


# --- what trees may hold ---

LISTS = "version: 1\ngates: {look: {uses: command, run: [python3, list.py], exit-code-only: true}}\n"


def test_names_modes_and_links_arrive_as_they_are(project):
    script = """\
        import os, stat
        odd = [b"caf\\xe9", b"two\\nlines", b"\\x1b[31mred", b"Case", b"case", b"-rf", b"tab\\t"]
        if os.path.exists("way-out"):
            assert set(odd) <= set(os.listdir(b"."))
            assert os.readlink("way-out") == "../../../../etc/passwd"
            assert os.lstat("run.sh").st_mode & stat.S_IXUSR and not os.lstat("list.py").st_mode & stat.S_IXUSR
        """
    project.main({"list.py": script}, policy=LISTS)
    project.change()
    top = os.fsencode(project.path)
    for name in (b"caf\xe9", b"two\nlines", b"\x1b[31mred", b"Case", b"case", b"-rf", b"tab\t"):
        Path(os.fsdecode(top + b"/" + name)).write_bytes(name)
    (project.path / "run.sh").write_text("#!/bin/sh\n")
    (project.path / "run.sh").chmod(0o755)
    (project.path / "way-out").symlink_to("../../../../etc/passwd")
    project.change()
    done = project.gatecheck("run", "--verbose")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert "9 changed paths" in done.stdout


def test_a_very_large_file_is_judged_in_little_memory(project):
    project.git("config", "core.compression", "1")
    project.git("config", "core.bigFileThreshold", "1m")
    project.main(FILES, policy=POLICY)
    with (project.path / "large").open("wb") as stream:
        for _ in range(256):
            stream.write(b"0123456789abcde\n" * 65_536)
    project.change()
    (project.path / "large").unlink()
    told, peak = peak_memory(project, "run", "--output-format", "json")
    (large,) = json.loads(told)["change"]["paths"]["items"]
    assert large["lines"] == [[1, 256 * 65_536]]
    assert peak < 80 * 1024, f"{peak} KiB for a file of 256 MiB"


def peak_memory(project, *words):
    """Run the program and return what it printed, and the most memory in KiB that its own process had."""
    with subprocess.Popen(
        [project.program, *words], cwd=project.path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        peak = 0
        status = Path(f"/proc/{child.pid}/status")
        if not status.exists():
            pytest.skip("the peak of a process is read from /proc")
        while child.poll() is None:
            found = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
            peak = max([peak, *(int(line.split()[1]) for line in found)])
            time.sleep(0.02)
        return child.stdout.read(), peak


# --- objects named by sha256 ---


@pytest.fixture
def sha256(tmp_path, make_project):
    """A repository with sha256 objects and a change that merges."""
    project = make_project("unused")
    top, remote = tmp_path / "sha256", tmp_path / "sha256.git"
    for words in (["--bare", remote], [top]):
        subprocess.run(["git", "init", "--quiet", "--object-format=sha256", "-b", "main", *words], check=True)
    made = type(project)(top, remote)
    made.git("remote", "add", "origin", str(remote))
    begin(made)
    return made


def test_a_sha256_repository_is_judged_like_any_other(sha256):
    sha256.main({"other.txt": "from main\n", "sub/deep/file": "x\n"})
    done = sha256.gatecheck("run", "--output-format", "json")
    assert done.returncode == 0, done.stderr
    change = json.loads(done.stdout)["change"]
    assert len(change["tree"]) == 64
    assert [(path["path"], path["lines"]) for path in change["paths"]["items"]] == [("code.txt", [[1, 1]])]
    sha256.git("switch", "--quiet", "--detach", "main")
    sha256.git("merge", "--quiet", "--no-ff", "-m", "m", "change")
    assert sha256.git("rev-parse", "HEAD^{tree}") == change["tree"]
    sha256.git("switch", "--quiet", "change")
    assert "recalled" in sha256.gatecheck("run").stdout
    sha256.change({"look.sh": "echo looked\nexit 1\n"})
    assert sha256.gatecheck("run").returncode == 1


def test_a_sha256_repository_in_the_place_of_a_sha1_one_is_judged(project, sha256):
    begin(project)
    assert project.gatecheck("run").returncode == 0
    project.path.rename(project.path.with_name("gone"))
    sha256.path.rename(project.path)
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("what", ["HEAD:code.txt", "HEAD^{tree}", "main:look.sh"])
def test_a_damaged_sha256_object_is_noticed(sha256, what):
    found, other = sha256.git("rev-parse", what), sha256.git("rev-parse", "main:.gatecheck.yaml")
    folder = sha256.path / ".git/objects"
    path = folder / found[:2] / found[2:]
    path.chmod(0o644)
    path.write_bytes((folder / other[:2] / other[2:]).read_bytes())
    done = sha256.gatecheck("run")
    assert done.returncode == 4, done.stdout
    assert "git fsck" in done.stdout + done.stderr


def test_a_large_file_of_a_sha256_repository_is_judged(sha256):
    sha256.change({"large": b"line\n" * 4_000_000})
    done = sha256.gatecheck("run")
    assert done.returncode == 0, done.stderr
