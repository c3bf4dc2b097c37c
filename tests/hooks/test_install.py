"""Installing hooks over what is there, and taking them away: nothing of anybody else's is lost, and nothing is left."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gatecheck.app import boundaries
from gatecheck.cli import main
from gatecheck.install import files, installing, record

HOOKS = ["commit-msg", "pre-commit", "pre-merge-commit", "pre-push", "pre-rebase", "prepare-commit-msg"]
PRE_COMMIT = Path(sys.executable).parent / "pre-commit"


def ask(project, *words):
    """Run gatecheck in this process, since starting one takes most of a test's time; what is told by it is returned."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*words, "--repo", str(project.path)])
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def type_in(folder, script, **env):
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def everything(project, *, but=()):
    """Return every file of the git directory with mode and content, but for objects and what is named."""
    found = {}
    top = project.path / ".git"
    for path in sorted(top.rglob("*")):
        name = path.relative_to(top).as_posix()
        if name.startswith(("objects", *but)):
            continue
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()))
        else:
            found[name] = (mode, path.read_bytes() if path.is_file() else "folder")
    return found


@pytest.fixture
def clone(project):
    """A repository with a main on a remote, checked out on a branch, with no hooks but git's samples."""
    project.main({"file.txt": "one\n"})
    project.change({"feature.txt": "new\n"}, branch="feature")
    return project


def hook(project, name, text, mode=0o755, folder=".git/hooks"):
    path = project.path / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def install(project, *words, code=0):
    done = ask(project, "install", *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def uninstall(project):
    done = ask(project, "uninstall")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def is_on(project):
    done = ask(project, "install", "--check")
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode == 0


def refused_on_main(project, where=None):
    done = type_in(
        where or project.path, "git symbolic-ref HEAD refs/heads/main; git commit --allow-empty -m x"
    )
    type_in(where or project.path, "git symbolic-ref HEAD refs/heads/feature")
    return done.returncode != 0 and "no commits on main" in done.stderr


def ours(project, folder=".git/hooks"):
    return sorted(
        path.name
        for path in (project.path / folder).iterdir()
        if path.is_file() and b"# gatecheck-hook " in path.read_bytes()[:100]
    )


def test_it_installs_six_hooks_and_says_what_to_do_next(clone):
    done = install(clone)
    assert ours(clone) == HOOKS
    assert "policy of refs/remotes/origin/main; protected branches: main, master" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("next: ")
    assert refused_on_main(clone)
    assert is_on(clone)


def test_strict_adds_one_and_stays(clone):
    install(clone, "--strict")
    assert ours(clone) == sorted([*HOOKS, "reference-transaction"])
    install(clone)
    assert "reference-transaction" in ours(clone)
    assert type_in(clone.path, "git branch -f main feature").returncode != 0


def test_the_policy_can_ask_for_strict(clone):
    clone.main(policy="version: 1\nextends: python\nhooks: {strict: true}\n")
    install(clone)
    assert "reference-transaction" in ours(clone)


@pytest.mark.parametrize("words", [(), ("--strict",)])
@pytest.mark.parametrize("setting", ["", ".husky/_"])
def test_installing_again_changes_nothing_and_uninstalling_leaves_nothing(clone, words, setting):
    if setting:
        clone.git("config", "core.hooksPath", setting)
        hook(clone, "post-checkout", "#!/bin/sh\n", folder=setting)
    hook(clone, "pre-commit", "#!/bin/sh\n", 0o711)
    hook(clone, "common.sh", "# sourced by hooks\n", 0o644)
    before = everything(clone)
    install(clone, *words)
    first = everything(clone, but=("gatecheck/policy", "gatecheck/python"))
    install(clone, *words)
    assert everything(clone, but=("gatecheck/policy", "gatecheck/python")) == first
    assert is_on(clone)
    uninstall(clone)
    assert everything(clone) == before
    assert "nothing of gatecheck is installed" in uninstall(clone).stdout


def test_a_repository_without_a_folder_for_hooks_gets_one_and_loses_it_again(clone):
    shutil.rmtree(clone.path / ".git/hooks")
    before = everything(clone, but=("logs",))
    install(clone)
    assert refused_on_main(clone)
    uninstall(clone)
    assert everything(clone, but=("logs",)) == before


def test_snapshots_survive(clone):
    install(clone)
    clone.write({".git/gatecheck/snapshots/feature": "backup-x 1 2\n"})
    uninstall(clone)
    assert (clone.path / ".git/gatecheck/snapshots/feature").exists()
    assert sorted(path.name for path in (clone.path / ".git/gatecheck").iterdir()) == ["snapshots"]


# --- hooks that are there already ---


def test_hooks_that_are_there_are_run_with_arguments_input_and_exit_codes(clone, tmp_path):
    log = tmp_path / "log"
    for name in (*HOOKS, "reference-transaction"):
        reads = "cat" if name in {"pre-push", "reference-transaction"} else ":"
        hook(clone, name, f'#!/bin/sh\necho "{name} $#: $*" >>{log}\n{reads} >>{log}\n')
    install(clone, "--strict")
    assert is_on(clone)
    assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode == 0
    text = log.read_text(encoding="utf-8")
    names = [line.split()[0] for line in text.splitlines() if ": " in line and "-" in line.split()[0]]
    assert [name for name in names if name != "reference-transaction"] == [
        "pre-commit",
        "prepare-commit-msg",
        "commit-msg",
    ]
    assert "prepare-commit-msg 2: .git/COMMIT_EDITMSG message\n" in text
    assert "commit-msg 1: .git/COMMIT_EDITMSG\n" in text
    head, before = clone.git("rev-parse", "HEAD"), clone.git("rev-parse", "HEAD~1")
    assert (
        f"reference-transaction 1: prepared\n{before} {head} HEAD\n{before} {head} refs/heads/feature\n"
        in text
    )
    assert (
        f"reference-transaction 1: committed\n{before} {head} HEAD\n{before} {head} refs/heads/feature\n"
        in text
    )
    log.unlink()
    assert type_in(clone.path, "git push -q origin feature feature:other").returncode == 0
    zeros = "0" * 40
    assert log.read_text(encoding="utf-8").startswith(
        f"pre-push 2: origin {clone.remote}\nrefs/heads/feature {head} refs/heads/feature {zeros}\n"
        f"refs/heads/feature {head} refs/heads/other {zeros}\n"
    )


@pytest.mark.parametrize(
    "name",
    ["pre-commit", "prepare-commit-msg", "commit-msg", "pre-push", "pre-rebase", "reference-transaction"],
)
def test_a_refusal_of_theirs_is_one_with_its_own_code(clone, name):
    hook(clone, name, "#!/bin/sh\ncat >/dev/null\necho theirs >&2\nexit 7\n")
    install(clone, "--strict")
    where = clone.path / ".git/hooks" / name
    done = subprocess.run(
        [where, "prepared", "x"], cwd=clone.path, input="", capture_output=True, text=True, check=False
    )
    assert done.returncode == 7
    assert done.stderr == "theirs\n"


def test_ours_says_no_before_theirs_is_asked_and_the_message_is_looked_at_after(clone, tmp_path):
    hook(clone, "pre-commit", f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    hook(clone, "commit-msg", "#!/bin/sh\necho 'Written by theirs.' >\"$1\"\n")
    install(clone)
    assert refused_on_main(clone)
    assert not (tmp_path / "asked").exists()
    assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode == 0
    assert (tmp_path / "asked").exists()
    assert clone.git("log", "-1", "--format=%s") == "Written by theirs."


def test_a_hook_that_does_not_read_what_it_is_given_breaks_nothing(clone):
    hook(clone, "pre-push", "#!/bin/sh\nexit 0\n")
    install(clone)
    lines = "".join(f"create refs/heads/many/{number} HEAD\n" for number in range(2000))
    subprocess.run(["git", "update-ref", "--stdin"], cwd=clone.path, input=lines, text=True, check=True)
    done = type_in(clone.path, "git push -q --all origin")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_hook_of_many_kinds_is_run_as_git_would(clone, tmp_path):
    """Without a first line, a relative link, one that looks for files beside itself, and one that may not run."""
    log = tmp_path / "log"
    hook(clone, "pre-commit", f"echo bare >>{log}\n")
    hook(
        clone,
        "real",
        f'#!/bin/sh\n. "$(dirname "$0")/beside.sh"\necho "$(basename "$0") $WORD" >>{log}\n',
        folder="scripts",
    )
    (clone.path / ".git/hooks/prepare-commit-msg").symlink_to("../../scripts/real")
    hook(clone, "beside.sh", "WORD=found\n", 0o644)
    hook(
        clone,
        "commit-msg",
        f'#!/bin/sh\ncd "$(dirname "$0")/../.." && test -f file.txt && echo root >>{log}\n',
    )
    hook(clone, "pre-rebase", f"#!/bin/sh\necho never >>{log}\n", 0o644)
    before = everything(clone)
    install(clone)
    assert (
        type_in(
            clone.path, "git commit -q --allow-empty -m x; git rebase -q --force-rebase HEAD~1"
        ).returncode
        == 0
    )
    assert log.read_text(encoding="utf-8").splitlines()[:3] == ["bare", "prepare-commit-msg found", "root"]
    assert "never" not in log.read_text(encoding="utf-8")
    uninstall(clone)
    after = everything(clone)
    assert {name: after[name] for name in after if name.startswith("hooks")} == {
        name: before[name] for name in before if name.startswith("hooks")
    }


def test_linked_work_trees_are_covered_and_can_install(clone, tmp_path):
    linked = tmp_path / "linked"
    clone.git("worktree", "add", "--quiet", "-b", "linked", str(linked))
    hook(clone, "pre-commit", f'#!/bin/sh\necho "$PWD" >>{tmp_path}/log\n')
    assert type_in(linked, "gatecheck install").returncode == 0
    assert ours(clone) == HOOKS
    assert type_in(linked, "git commit -q --allow-empty -m x").returncode == 0
    assert (tmp_path / "log").read_text(encoding="utf-8") == f"{linked}\n"
    done = type_in(linked, "git symbolic-ref HEAD refs/heads/main; git commit -q --allow-empty -m x")
    assert "no commits on main" in done.stderr
    assert is_on(clone)
    assert type_in(linked, "gatecheck uninstall").returncode == 0
    assert ours(clone) == []


# --- pre-commit, with what it finds in its place ---


def framework(project, log):
    project.write(
        {
            ".pre-commit-config.yaml": f"""\
            repos:
              - repo: local
                hooks:
                  - {{id: say, name: say, language: system, entry: sh -c 'echo framework >>{log}', always_run: true, pass_filenames: false}}
            """
        }
    )
    project.git("add", ".pre-commit-config.yaml")


def pre_commit(project, *words):
    done = subprocess.run([PRE_COMMIT, *words], cwd=project.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("ours_first", [False, True])
@pytest.mark.parametrize("again", [False, True])
def test_pre_commit_and_a_teams_own_hook_and_ours_all_run(clone, tmp_path, ours_first, again):
    log = tmp_path / "log"
    hook(clone, "pre-commit", f"#!/bin/sh\necho team >>{log}\n")
    before = everything(clone)
    framework(clone, log)
    steps = [lambda: pre_commit(clone, "install"), lambda: install(clone)]
    for step in reversed(steps) if ours_first else steps:
        step()
    if again:
        install(clone)
        assert is_on(clone)
    done = type_in(clone.path, "git commit -q -m x")
    assert done.returncode == 0, done.stderr
    assert sorted(log.read_text(encoding="utf-8").split()) == ["framework", "team"]
    assert refused_on_main(clone)
    uninstall(clone)
    log.unlink()
    assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode == 0
    assert sorted(log.read_text(encoding="utf-8").split()) == ["framework", "team"]
    pre_commit(clone, "uninstall")
    after = everything(clone)
    assert {k: v for k, v in after.items() if k.startswith("hooks")} == {
        k: v for k, v in before.items() if k.startswith("hooks")
    }


def test_a_hook_written_over_ours_is_kept_and_the_earlier_one_too(clone):
    earlier = "#!/bin/sh\n# earlier\n"
    hook(clone, "pre-commit", earlier)
    install(clone)
    later = "#!/bin/sh\n# later\n"
    hook(clone, "pre-commit", later)
    assert not is_on(clone)
    done = uninstall(clone)
    assert (clone.path / ".git/hooks/pre-commit").read_text(encoding="utf-8") == later
    assert (clone.path / ".git/hooks/pre-commit.replaced").read_text(encoding="utf-8") == earlier
    assert "pre-commit.replaced" in done.stdout
    assert ours(clone) == []


def test_installing_again_chains_what_was_written_over_ours(clone, tmp_path):
    hook(clone, "pre-commit", "#!/bin/sh\n# earlier\n")
    install(clone)
    for number in (1, 2):
        hook(clone, "pre-commit", f"#!/bin/sh\necho later {number} >>{tmp_path}/log\n")
        done = install(clone)
        assert f"pre-commit.replaced{'-2' if number == 2 else ''}" in done.stdout
        assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode == 0
        assert (tmp_path / "log").read_text(encoding="utf-8").endswith(f"later {number}\n")
    assert is_on(clone)
    uninstall(clone)
    assert "later 2" in (clone.path / ".git/hooks/pre-commit").read_text(encoding="utf-8")


def test_a_hook_of_ours_that_somebody_edited_is_kept_as_a_copy(clone):
    install(clone)
    path = clone.path / ".git/hooks/pre-push"
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    assert not is_on(clone)
    done = uninstall(clone)
    assert "pre-push.edited" in done.stdout
    assert not path.exists()
    assert path.with_name("pre-push.edited").read_text(encoding="utf-8").endswith("# mine\n")


def test_a_hook_of_ours_that_somebody_deleted_gives_its_place_back(clone):
    hook(clone, "pre-commit", "#!/bin/sh\n# theirs\n")
    before = everything(clone)
    install(clone)
    (clone.path / ".git/hooks/pre-commit").unlink()
    assert not is_on(clone)
    uninstall(clone)
    assert everything(clone) == before


def test_a_folder_in_a_hooks_place_is_told(clone):
    (clone.path / ".git/hooks/pre-commit").mkdir()
    done = install(clone, code=2)
    assert "is a folder" in done.stderr
    uninstall(clone)
    assert ours(clone) == []


def test_a_record_that_is_lost_hinders_nobody(clone):
    hook(clone, "pre-commit", "#!/bin/sh\n# theirs\n")
    before = everything(clone)
    install(clone)
    for damage in (
        "rm .git/gatecheck/installed",
        "echo '{}' >.git/gatecheck/installed",
        "echo '[]' >.git/gatecheck/installed",
        'sed -i \'s/"format": 1/"format": 2/\' .git/gatecheck/installed',
    ):
        assert type_in(clone.path, damage).returncode == 0
        assert not is_on(clone)
        install(clone)
        assert is_on(clone)
    assert type_in(clone.path, "rm .git/gatecheck/installed").returncode == 0
    uninstall(clone)
    assert everything(clone) == before


# --- when something goes wrong ---


def test_a_bare_repository_and_no_repository_are_refused(clone, tmp_path):
    done = type_in(clone.remote, "gatecheck install")
    assert done.returncode == 2
    assert "bare repository" in done.stderr
    for command in ("install", "uninstall", "install --check", "refresh-hooks"):
        done = type_in(tmp_path, f"gatecheck {command}")
        assert done.returncode == 2
        assert "not in a git repository" in done.stderr


def test_what_cannot_be_written_is_named(clone):
    (clone.path / ".git/gatecheck").write_text("a file", encoding="utf-8")
    done = install(clone, code=4)
    assert ".git/gatecheck cannot be changed" in done.stderr
    assert "  fix: " in done.stderr


def test_gatecheck_gone_is_told_with_a_way_out_that_works(clone):
    theirs = hook(clone, "pre-commit", "#!/bin/sh\n# theirs\n")
    install(clone)
    for path in (clone.path / ".git/hooks").iterdir():
        if path.name in HOOKS:
            text = path.read_text(encoding="utf-8")
            path.write_text(
                text.replace(f"GC_PYTHON={sys.executable}", "GC_PYTHON=/gone/python"), encoding="utf-8"
            )
    done = type_in(clone.path, "git commit --allow-empty -m x")
    assert done.returncode != 0
    assert "gatecheck is gone: there is no interpreter /gone/python" in done.stderr
    command = done.stderr.partition("To do without it: ")[2].splitlines()[0]
    assert type_in(clone.path, command).returncode == 0
    assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode == 0
    assert theirs.read_text(encoding="utf-8") == "#!/bin/sh\n# theirs\n"
    assert ours(clone) == []


def test_gatecheck_gone_from_its_interpreter_is_told_when_it_is_needed(clone, tmp_path):
    install(clone)
    empty = tmp_path / "python"
    empty.write_text("#!/bin/sh\necho 'No module named gatecheck' >&2\nexit 1\n", encoding="utf-8")
    empty.chmod(0o755)
    path = clone.path / ".git/hooks/pre-commit"
    path.write_text(
        path.read_text(encoding="utf-8").replace(f"GC_PYTHON={sys.executable}", f"GC_PYTHON={empty}"),
        encoding="utf-8",
    )
    assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode == 0
    (clone.path / ".git/gatecheck/policy").unlink()
    done = type_in(clone.path, "git commit -q --allow-empty -m x")
    assert done.returncode != 0
    assert "could not be written anew" in done.stderr
    assert "install it again" in done.stderr


@pytest.mark.parametrize("setting", ["", ".githooks"])
@pytest.mark.parametrize("step", [0, 1, 2, 3, 4, 9])
def test_whatever_stops_it_in_its_middle_uninstalling_leaves_what_was_there(
    clone, monkeypatch, setting, step
):
    """Each write in turn is the last; what stood in force before stays in force."""
    hook(clone, "pre-commit", "#!/bin/sh\nexit 3\n")
    if setting:
        clone.git("config", "core.hooksPath", setting)
        hook(clone, "pre-commit", "#!/bin/sh\nexit 3\n", folder=setting)
    before = everything(clone)
    monkeypatch.chdir(clone.path)
    left = [step]
    put = files.put

    def fails(*args, **more):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        put(*args, **more)

    for module in (installing, record):
        monkeypatch.setattr(module, "put", fails)
    with contextlib.suppress(KeyboardInterrupt):
        boundaries.install(".", sys.executable, strict=True)
    monkeypatch.undo()
    assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode != 0
    uninstall(clone)
    assert everything(clone) == before


@pytest.mark.parametrize("step", [2, 3, 4])
def test_what_was_stopped_is_finished_by_installing_again(clone, monkeypatch, step):
    hook(clone, "pre-commit", "#!/bin/sh\nexit 3\n")
    before = everything(clone)
    put, left = files.put, [step]

    def fails(*args, **more):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        put(*args, **more)

    for module in (installing, record):
        monkeypatch.setattr(module, "put", fails)
    with contextlib.suppress(KeyboardInterrupt):
        boundaries.install(str(clone.path), sys.executable, strict=False)
    monkeypatch.undo()
    for folder in ("hooks", "gatecheck"):  # as somebody who was killed leaves them
        clone.write({f".git/{folder}/.gatecheck-abc": "half"})
    install(clone)
    assert is_on(clone)
    uninstall(clone)
    assert everything(clone) == before


def test_what_somebody_has_laid_beside_the_kept_hooks_stays(clone):
    hook(clone, "pre-commit", "#!/bin/sh\n")
    install(clone)
    clone.write({".git/gatecheck-chained/notes.txt": "mine"})
    uninstall(clone)
    assert [path.name for path in (clone.path / ".git/gatecheck-chained").iterdir()] == ["notes.txt"]


def test_a_kill_leaves_nothing_half(clone):
    hook(clone, "pre-commit", "#!/bin/sh\nexit 3\n")
    before = everything(clone)
    for number in range(6):
        running = subprocess.Popen(
            [clone.program, "install", "--strict"], cwd=clone.path, stdout=subprocess.DEVNULL
        )
        try:
            running.wait(timeout=0.1 * number)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
        assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode != 0
        uninstall(clone)
        assert everything(clone) == before


def test_several_at_once_take_turns(clone):
    hook(clone, "pre-commit", "#!/bin/sh\n# theirs\n")
    before = everything(clone)
    running = [
        subprocess.Popen([clone.program, "install"], cwd=clone.path, stdout=subprocess.DEVNULL)
        for _ in range(4)
    ]
    assert [each.wait() for each in running] == [0] * 4
    assert is_on(clone)
    running = [
        subprocess.Popen([clone.program, "uninstall"], cwd=clone.path, stdout=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [each.wait() for each in running] == [0] * 3
    assert everything(clone) == before


@pytest.mark.parametrize("where", ["", ".githooks"])
def test_a_full_disk_is_told_and_what_was_in_force_stays(clone, monkeypatch, where):
    """The system refuses to write the hooks, after all else was written."""
    hook(clone, "pre-commit", "#!/bin/sh\nexit 3\n")
    if where:
        clone.git("config", "core.hooksPath", where)
        hook(clone, "pre-commit", "#!/bin/sh\nexit 3\n", folder=where)
    before = everything(clone)
    written = []

    def full(handle):
        written.append(handle)
        if len(written) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    done = install(clone, code=4)
    assert "cannot be changed: No space left on device" in done.stderr
    monkeypatch.undo()
    assert not list((clone.path / ".git").rglob(".gatecheck-*"))
    assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode != 0
    uninstall(clone)
    assert everything(clone) == before


def test_a_disk_that_is_full_from_the_first_byte_on_leaves_nothing(clone, monkeypatch):
    before = everything(clone)

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    assert "No space left on device" in install(clone, code=4).stderr
    assert everything(clone) == before


def test_a_lock_that_was_taken_away_meanwhile_is_taken_again(clone, monkeypatch):
    """Who waits for somebody that uninstalls gets a lock that has no name any more."""
    locks = []

    def lock(handle, how):
        if not locks:
            (clone.path / ".git/gatecheck/lock").unlink()
        locks.append(how)

    monkeypatch.setattr(files.fcntl, "flock", lock)
    install(clone)
    assert len(locks) == 2
    assert (clone.path / ".git/gatecheck/lock").exists()


def test_an_interpreter_that_does_not_know_its_own_path_is_told(clone, monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    assert "does not know its own path" in install(clone, code=2).stderr


def test_a_hook_that_pre_commit_has_renamed_goes_where_none_stood_before(clone, tmp_path):
    framework(clone, tmp_path / "log")
    install(clone)
    pre_commit(clone, "install")
    assert (clone.path / ".git/hooks/pre-commit.legacy").exists()
    uninstall(clone)
    assert not (clone.path / ".git/hooks/pre-commit.legacy").exists()
    assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode == 0


def test_the_record_is_for_its_owner_only(clone):
    clone.git("config", "core.hooksPath", ".githooks")
    install(clone)
    path = clone.path / ".git/gatecheck/installed"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text(encoding="utf-8"))["previous"] == ".githooks"


def test_paths_with_hostile_names_are_only_names(make_project):
    project = make_project("it's $(touch oops) `touch oops`;\u202e")
    project.commit({"file.txt": "one\n"})
    project.git("config", "core.hooksPath", "the'ir $(touch oops)/hooks")
    hook(project, "commit-msg", "#!/bin/sh\necho theirs >&2; exit 3\n", folder="the'ir $(touch oops)/hooks")
    install(project, "--strict")
    assert is_on(project)
    done = type_in(project.path, "git switch -q -c feature; git commit -q --allow-empty -m x")
    assert done.returncode != 0
    assert "theirs" in done.stderr
    assert refused_on_main(project)
    assert not list(project.path.rglob("oops"))
    uninstall(project)
    assert project.git("config", "core.hooksPath") == "the'ir $(touch oops)/hooks"
