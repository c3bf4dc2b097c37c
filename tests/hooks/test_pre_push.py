"""The hook for pushes: every line is read, snapshots are on the remote, and a green report is known where the policy wants one."""

from __future__ import annotations

import os
import subprocess
import textwrap
from pathlib import Path

import pytest

TAG = "backup-20260102T030405Z"
STUB = """\
    #!/bin/sh
    # Stands where gatecheck's interpreter does; the command for snapshots is answered here.
    case "$*" in
    "-I -m gatecheck snapshot --for-push="*)
        remote=${5#--for-push=} branch=${6#--branch=}
        echo "$remote $branch" >>"$ASKED"
        test -z "$BROKEN" || exit 4
        git tag -a -m snapshot backup-20270101T000000Z
        git push -q "$remote" backup-20270101T000000Z
        mkdir -p .git/gatecheck/snapshots
        id=$(git rev-parse backup-20270101T000000Z)
        echo "backup-20270101T000000Z $id $(git rev-parse HEAD)" >".git/gatecheck/snapshots/$branch"
        ;;
    *) exec {python} "$@" ;;
    esac
    """


def type_in(folder, script, **env):
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def law(project, keys):
    """Give the remote's main a policy with more keys, as a merge there would, and fetch it."""
    off = ("-c", "core.hooksPath=/dev/null")
    project.git(*off, "switch", "--quiet", "main")
    project.write(
        {
            ".gatecheck.yaml": "version: 1\nprotect: [main]\n"
            + (keys if "gates:" in keys else "extends: python\n" + keys)
        }
    )
    project.git(*off, "commit", "--quiet", "--all", "-m", "policy")
    project.git(*off, "push", "--quiet", "origin", "main")
    project.git(*off, "switch", "--quiet", "feature")


@pytest.fixture
def asked(guarded, tmp_path):
    """Put a stub in the interpreter's place, and return the file that it writes down in what it was asked."""
    hook = guarded.path / ".git/hooks/pre-push"
    text = hook.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("GC_PYTHON="))
    stub = tmp_path / "stub"
    stub.write_text(textwrap.dedent(STUB).replace("{python}", line.partition("=")[2]), encoding="utf-8")
    stub.chmod(0o755)
    hook.write_text(text.replace(line, f"GC_PYTHON={stub}"), encoding="utf-8")
    return tmp_path / "asked"


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """Count how often remotes are asked: git itself is put behind a script."""
    real = subprocess.run(
        ["sh", "-c", "command -v git"], capture_output=True, text=True, check=True
    ).stdout.strip()
    calls, script = tmp_path / "calls", tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\necho "$1" >>{calls}\nexec {real} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    # git puts the folder of its own programs first on PATH for hooks
    monkeypatch.setenv("GIT_EXEC_PATH", str(tmp_path / "exec"))
    exec_path = subprocess.run(
        [real, "--exec-path"], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    ).stdout.strip()
    (tmp_path / "exec").mkdir()
    for program in Path(exec_path).iterdir():
        if program.name != "git":
            (tmp_path / "exec" / program.name).symlink_to(program)
    (tmp_path / "exec" / "git").symlink_to(script)
    return calls


def test_a_branch_with_its_snapshot_on_the_remote_is_pushed_after_one_question(guarded, counted):
    law(guarded, "push: {snapshot: require}\n")
    guarded.git("commit", "--quiet", "--allow-empty", "-m", "x")
    guarded.gatecheck("refresh-hooks")
    done = type_in(guarded.path, "git push origin feature")
    assert done.returncode == 0, done.stderr
    assert "gatecheck" not in done.stderr
    assert counted.read_text(encoding="utf-8").splitlines().count("ls-remote") == 1


def test_without_that_policy_the_remote_is_not_asked_at_all(guarded, counted):
    guarded.git("commit", "--quiet", "--allow-empty", "-m", "x")
    assert type_in(guarded.path, "git push origin feature").returncode == 0
    assert "ls-remote" not in (counted.read_text(encoding="utf-8") if counted.exists() else "")


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("rm .git/gatecheck/snapshots/feature", "the branch feature has no snapshot"),
        (": >.git/gatecheck/snapshots/feature", "the branch feature has no snapshot"),
        ("echo 'main 1 2' >.git/gatecheck/snapshots/feature", "the branch feature has no snapshot"),
        (f"git -C ../project.git update-ref -d refs/tags/{TAG}", f"the snapshot {TAG} is not on origin"),
        (
            f"git -C ../project.git update-ref refs/tags/{TAG} main",
            f"the snapshot {TAG} on origin is not the one",
        ),
        (
            f"git -C ../project.git tag {TAG}x {TAG}; git -C ../project.git update-ref -d refs/tags/{TAG}",
            "is not on origin",
        ),
        ("git switch -q -c other", "the branch other has no snapshot"),
        (
            "git remote set-url --push origin ../copy.git; git init -q --bare ../copy.git",
            "is not on ../copy.git",
        ),
    ],
)
def test_a_branch_without_its_snapshot_is_not_pushed(guarded, script, says):
    law(guarded, "push: {snapshot: require}\n")
    assert type_in(guarded.path, f"git commit -q --allow-empty -m x; {script}").returncode == 0
    done = type_in(guarded.path, "git push origin HEAD")
    assert done.returncode != 0
    assert says in done.stderr
    assert "fix: Make and push a snapshot, then push again: gatecheck snapshot" in done.stderr


def test_the_snapshot_may_come_with_the_very_push(guarded):
    law(guarded, "push: {snapshot: require}\n")
    guarded.git("commit", "--quiet", "--allow-empty", "-m", "x")
    assert type_in(guarded.path, f"git -C ../project.git update-ref -d refs/tags/{TAG}").returncode == 0
    done = type_in(guarded.path, f"git push origin feature {TAG}")
    assert done.returncode == 0, done.stderr


def test_a_deletion_and_a_push_of_tags_need_no_snapshot(guarded):
    law(guarded, "push: {snapshot: require}\n")
    (guarded.path / ".git/gatecheck/snapshots/feature").unlink()
    done = type_in(guarded.path, "git push origin :feature && git tag v1 && git push origin v1")
    assert done.returncode == 0, done.stderr


def test_a_missing_snapshot_is_made_first_where_the_policy_says_so(guarded, asked):
    law(guarded, "push: {snapshot: make}\n")
    (guarded.path / ".git/gatecheck/snapshots/feature").unlink()
    done = type_in(
        guarded.path, "git commit -q --allow-empty -m x; git push origin feature", ASKED=str(asked)
    )
    assert done.returncode == 0, done.stderr
    assert (
        "has no snapshot of the state before it; so the branch as it is now is kept, and the push goes on"
        in done.stderr
    )
    assert asked.read_text(encoding="utf-8") == "origin feature\n"
    assert "backup-20270101T000000Z" in guarded.git("ls-remote", "origin")
    assert guarded.git("rev-parse", "origin/feature") == guarded.git("rev-parse", "feature")
    done = type_in(
        guarded.path, "git commit -q --allow-empty -m y; git push origin feature", ASKED=str(asked)
    )
    assert done.returncode == 0, done.stderr
    assert asked.read_text(encoding="utf-8") == "origin feature\n"


def test_a_push_is_refused_when_the_snapshot_cannot_be_made(guarded, asked):
    law(guarded, "push: {snapshot: make}\n")
    (guarded.path / ".git/gatecheck/snapshots/feature").unlink()
    type_in(guarded.path, "git commit -q --allow-empty -m x")
    done = type_in(guarded.path, "git push origin feature", ASKED=str(asked), BROKEN="1")
    assert done.returncode != 0
    assert "the snapshot of feature could not be made" in done.stderr


def test_each_branch_of_a_push_is_asked_for_by_its_own_name(guarded, asked):
    law(guarded, "push: {snapshot: make}\n")
    done = type_in(guarded.path, "git branch other; git push origin other feature:third", ASKED=str(asked))
    assert done.returncode == 0, done.stderr
    assert asked.read_text(encoding="utf-8") == "origin other\norigin feature\n"


@pytest.mark.parametrize(("word", "code"), [("fine", 0), ("broken", 1)])
def test_what_is_pushed_must_be_green_where_the_policy_says_so(guarded, word, code):
    """Judged in a linked work tree, with tests that make repositories: git's variables do not lead them to ours."""
    check = """\
        import os, subprocess, sys, tempfile
        with tempfile.TemporaryDirectory() as folder:
            for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "fixture"]):
                who = ["-c", "user.name=A", "-c", "user.email=a@b"]
                subprocess.run(["git", *who, *words], cwd=folder, check=True)
        print("looked at 1 thing")
        sys.exit("broken" in open("feature.txt").read())
        """
    gate = "gates:\n  tests: {uses: command, run: [python, check.py], count: 'looked at (\\d+) thing'}\n"
    law(guarded, f"push: {{require-evidence: true}}\n{gate}")
    before = {name: guarded.git("config", "--get", name, check=False) for name in ("core.bare", "user.name")}
    assert type_in(guarded.path, "git worktree add -q ../linked -b linked feature").returncode == 0
    linked = guarded.path.parent / "linked"
    (linked / "check.py").write_text(textwrap.dedent(check), encoding="utf-8")
    (linked / "feature.txt").write_text(word + "\n", encoding="utf-8")
    assert type_in(linked, "git rebase -q --autostash main; git add -A; git commit -q -m x").returncode == 0
    head = guarded.git("rev-parse", "linked")
    done = type_in(linked, "git push origin linked")
    assert (done.returncode != 0) == code, done.stdout + done.stderr
    assert ("is not green at" in done.stderr) == code
    assert guarded.git("rev-parse", "linked") == head
    assert before == {name: guarded.git("config", "--get", name, check=False) for name in before}


def test_an_announced_move_of_a_snapshot_is_let_through_and_no_other(guarded):
    id_ = guarded.git("rev-parse", TAG)
    moves = guarded.path / ".git/gatecheck/moves"
    moves.write_text(
        f"{id_} {'0' * 40} refs/tags/{TAG}x\n{'1' * 40} {'0' * 40} refs/tags/{TAG}\n", encoding="utf-8"
    )
    assert type_in(guarded.path, f"git push origin :refs/tags/{TAG}").returncode != 0
    assert type_in(guarded.path, f"git tag -d {TAG}").returncode != 0
    moves.write_text(f"{id_} {'0' * 40} refs/tags/{TAG}\n", encoding="utf-8")
    assert type_in(guarded.path, f"git push origin :refs/tags/{TAG}").returncode == 0
    assert type_in(guarded.path, f"git tag -d {TAG}").returncode == 0


def test_a_remote_that_does_not_answer_is_no_new_remote(guarded, tmp_path):
    """git asks it too, and has its answer: an empty one is what the first push needs, and not a broken question."""
    hook = guarded.path / ".git/hooks/pre-push"
    line = f"refs/heads/feature {guarded.git('rev-parse', 'feature')} refs/heads/main {'0' * 40}\n"
    done = subprocess.run(
        [hook, "gone", str(tmp_path / "gone.git")],
        cwd=guarded.path,
        input=line,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "main is a protected branch" in done.stderr


def test_another_remote_is_not_turned_back(guarded, tmp_path):
    subprocess.run(["git", "clone", "-q", "--bare", guarded.remote, tmp_path / "fork.git"], check=True)
    guarded.git("remote", "add", "fork", str(tmp_path / "fork.git"))
    off = ("-c", "core.hooksPath=/dev/null")
    guarded.git(*off, "push", "--quiet", "fork", "feature:main")
    done = type_in(guarded.path, "git push --force fork origin/main:refs/heads/main")
    assert done.returncode != 0
    assert "main is a protected branch" in done.stderr


def test_a_token_in_an_address_is_not_shown(guarded):
    hook = guarded.path / ".git/hooks/pre-push"
    line = f"refs/heads/main {'0' * 40} refs/heads/main {'1' * 40}\n"
    for address, shown in (
        ("https://me:secret@example.org/a@b.git", "https://example.org/a@b.git"),
        ("https://example.org/a@b.git", "https://example.org/a@b.git"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
    ):
        done = subprocess.run(
            [hook, address, address],
            cwd=guarded.path,
            input=line,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert f"on {shown}\n" in done.stderr
        assert "secret" not in done.stderr
