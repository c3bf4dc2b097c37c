"""Everyday git, with every hook installed, works as it does without: nothing is refused, and nothing is said."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

WORK = [
    "echo x >new; git add new; git commit -q -m x",
    "echo x >file.txt; git commit -q -a -m x",
    "mkdir -p a/b; cd a/b; echo x >new; git add new; git commit -q -m x",
    "git commit -q --amend -m x",
    "git commit -q --allow-empty --no-verify -m x",
    "echo x | git commit -q --allow-empty -F -",
    "GIT_EDITOR='echo x >' git commit -q --allow-empty",
    "git commit -q --allow-empty -m 'fixup! x'; git -c sequence.editor=: rebase -q -i --autosquash main",
    # as git gui and many IDEs: with an index of their own, or by plumbing
    "cp .git/index .git/theirs; export GIT_INDEX_FILE=.git/theirs; echo x >new; git add new; git commit -q -m x; unset GIT_INDEX_FILE; git reset -q",
    "c=$(git commit-tree -p HEAD -m x $(git write-tree)); git update-ref -m commit HEAD $c",
    "git worktree add -q ../linked -b linked; cd ../linked; echo x >new; git add new; git commit -q -m x",
    "git worktree add -q --detach ../linked feature; cd ../linked; git commit -q --allow-empty -m x",
    "git --git-dir=.git --work-tree=. commit -q --allow-empty -m x",
    "(cd / && git -C $P commit -q --allow-empty -m x)",
    "(cd / && GIT_DIR=$P/.git GIT_WORK_TREE=$P git commit -q --allow-empty -m x)",
    "git rebase -q --force-rebase main",
    "git rebase -q --apply --force-rebase main",
    "git rebase -q --onto main~1 main",
    "git rebase -q --force-rebase main feature",
    "git switch -q -c side main~1; git commit -q --allow-empty -m x; git rebase -q main; git switch -q feature",
    "git -c sequence.editor='sed -i 1s/pick/edit/' rebase -q -i main 2>/dev/null; git commit -q --amend -m y; git rebase --continue >/dev/null 2>&1",
    "git -c sequence.editor='sed -i 1s/pick/edit/' rebase -q -i main 2>/dev/null; git rebase --abort",
    "git switch -q --detach main; git branch -q side; git switch -q side; git commit -q --allow-empty -m x",
    "git switch -q --detach main~1; git commit -q --allow-empty -m x",
    "git switch -q --detach feature; git rebase -q --force-rebase main",
    "git switch -q -c side main; echo x >new; git add new; git commit -q -m x; git switch -q feature; git cherry-pick side >/dev/null",
    "git revert --no-edit HEAD >/dev/null",
    "git switch -q -c side main; git commit -q --allow-empty -m x; git switch -q feature; git merge -q --no-ff -m x side",
    "git merge -q --no-ff --no-commit main~1; git merge -q -m x main",
    "git switch -q -c side main; echo x >new; git add new; git commit -q -m x; git switch -q feature; git merge -q --squash side >/dev/null; git commit -q -m x",
    "git switch -q -c side main; git merge -q --ff-only feature",
    "git format-patch -q -1 -o .git/patches; git switch -q -c side main; git am -q .git/patches/*",
    "git pull -q --rebase origin main",
    "git pull -q --no-rebase origin main",
    "git reset -q --hard HEAD~1; git reset -q --soft HEAD@{1}; git reset -q HEAD",
    "echo x >file.txt; git stash -q; git stash pop -q",
    "git switch -q main; echo x >file.txt; git stash -q; git stash apply -q; git stash drop -q",
    "echo x >file.txt; git stash -q; git stash branch side >/dev/null 2>&1",
    "git bisect start feature main~1 >/dev/null; git bisect run true >/dev/null; git bisect reset >/dev/null 2>&1",
    "git bisect start feature main~1 >/dev/null; git diff --quiet HEAD main; git commit -q --allow-empty -m 'mend what hides it'; git bisect reset >/dev/null 2>&1",
    "git filter-branch --msg-filter 'cat; echo x' main..feature >/dev/null 2>&1",
    "git notes add -m x; git notes remove",
    "git replace feature main; git replace -d feature >/dev/null",
    "git submodule --quiet add $S sub; git commit -q -m x; git submodule --quiet update --init; (cd sub; git commit -q --allow-empty -m x)",
]
MAIN = [
    "git switch -q main; git switch -q -",
    "git checkout -q main; git checkout -q feature",
    "git switch -q main; git reset -q --hard",
    "git switch -q main; git reset -q --hard origin/main",
    "git switch -q main; git merge -q --ff-only origin/main",
    "git switch -q main; git branch -q -u origin/main; git pull -q --ff-only",
    "git switch -q main; git branch -q -u origin/main; git pull -q --rebase",
    "git switch -q main; git rebase -q --no-verify origin/main",
    "git branch -q -f main origin/main",
    "git checkout -q -B main origin/main",
    "git worktree add -q ../linked main; git worktree remove ../linked",
    "git worktree add -q ../linked -B side main; git worktree prune",
    "git clone -q . ../clone; cd ../clone; git commit -q --allow-empty -m x",
    "git clone -q --reference . $R ../clone; cd ../clone; git switch -q -c side; git commit -q --allow-empty -m x",
    "git clone -q --bare . ../clone.git",
    "git gc -q; git commit -q --allow-empty -m x",
    "git gc -q --prune=now --aggressive",
    "git pack-refs --all; git pack-refs --all",
    "git switch -q main; git pack-refs --all; git gc -q; git reflog expire --all --expire=now",
    "git maintenance run --quiet",
    "git repack -q -a -d; git fsck --no-progress 2>/dev/null",
    "git branch side; git branch -m side other; git branch -M other third; git branch -C third side; git branch -D third side >/dev/null",
    "git pack-refs --all; git branch side; git branch -q -D side",
    "git branch -f side main; git branch -f side feature; git update-ref -d refs/heads/side",
    "git tag v1; git tag -f -a -m x v1 main >/dev/null; git tag -d v1 >/dev/null",
    "git tag -a -m x backup-20990101T000000Z",
    "git remote rename origin upstream 2>/dev/null; git commit -q --allow-empty -m x; git remote rename upstream origin 2>/dev/null; git commit -q --allow-empty -m x",
    "printf 'commit refs/heads/side\\ncommitter A <a@b> 1 +0000\\ndata 1\\nx\\n\\n' | git fast-import --quiet",
    "git symbolic-ref refs/heads/alias refs/heads/feature; git switch -q alias; git commit -q --allow-empty -m x",
]
REMOTE = [
    "git push -q origin feature",
    "git push -q -u origin feature; git commit -q --allow-empty -m x; git push -q",
    "git push -q origin HEAD:side; git push -q origin :side",
    "git commit -q --amend -m x; git push -q --force-with-lease origin feature",
    "git push -q origin main",
    "git push -q --all origin",
    "git push -q --delete origin feature",
    "git tag v1; git push -q origin v1; git tag -f v1 main >/dev/null; git push -q -f origin v1; git push -q origin :v1",
    "git tag -a -m x backup-20990101T000000Z; git push -q origin backup-20990101T000000Z",
    "git push -q --tags origin",
    "git push -q --mirror origin",
    "git fetch -q origin; git fetch -q --prune --all; git fetch -q --tags --force",
    "git init -q --bare ../new.git; git remote add new ../new.git; git push -q new main feature",
    "git init -q --bare ../new.git; git push -q ../new.git --all",
    "git clone -q --bare $R ../fork.git; git -C ../fork.git update-ref refs/heads/main main~1; git remote add fork ../fork.git; git push -q fork main",
    "git clone -q --bare $R ../fork.git; git -C ../fork.git update-ref -d refs/heads/main; git remote add fork ../fork.git; git push -q fork origin/main:refs/heads/main",
]


def type_in(folder, script, **env):
    return subprocess.run(
        ["sh", "-c", f"set -e\nP=$PWD\n{script}"],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def quiet(done):
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gatecheck" not in done.stdout + done.stderr
    assert "ref updates aborted" not in done.stderr


@pytest.fixture
def elsewhere(guarded, tmp_path):
    """Another clone, from which the remote's main moves on by a merge."""
    clone = tmp_path / "elsewhere"
    subprocess.run(["git", "clone", "-q", guarded.remote, clone], check=True)
    return clone


@pytest.mark.parametrize("script", [*WORK, *MAIN, *REMOTE])
def test_it_works_as_without_hooks(guarded, tmp_path, script):
    sub = tmp_path / "sub"
    subprocess.run(["git", "init", "-q", "-b", "main", sub], check=True)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "x"], cwd=sub, check=True)
    env = {
        "S": str(sub),
        "R": str(guarded.remote),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "protocol.file.allow",
        "GIT_CONFIG_VALUE_0": "always",
        "FILTER_BRANCH_SQUELCH_WARNING": "1",
    }
    quiet(type_in(guarded.path, script, **env))


@pytest.mark.parametrize(
    "script",
    [
        "git pull -q --ff-only",
        "git pull -q",
        "git pull -q --rebase",
        "git fetch -q; git merge -q --ff-only",
        "git fetch -q; git merge -q --ff-only @{upstream}",
        "git fetch -q; git reset -q --hard origin/main",
        "git fetch -q; git rebase -q --no-verify origin/main",
        "git switch -q feature; git fetch -q; git fetch -q origin main:main",
        "git switch -q feature; git fetch -q; git branch -f main origin/main",
        "git switch -q feature; git pull -q --rebase origin main",
        "git switch -q feature; git fetch -q; git fetch -q . origin/main:main; git rebase -q main",
        "git gc -q; git pull -q --ff-only; git gc -q",
        "git remote update >/dev/null; git pull -q --ff-only",
    ],
)
def test_main_follows_its_remote(guarded, elsewhere, script):
    quiet(type_in(elsewhere, "git commit -q --allow-empty -m 'merged there'; git push -q"))
    guarded.git("switch", "--quiet", "main")
    guarded.git("branch", "--quiet", "--set-upstream-to", "origin/main")
    done = type_in(guarded.path, script)
    quiet(done)
    assert guarded.git("rev-parse", "origin/main") == guarded.git("ls-remote", "origin", "main").split()[0]
    if "pull -q --rebase origin main" not in script:
        assert guarded.git("rev-parse", "main") == guarded.git("rev-parse", "origin/main")


def test_a_fetch_straight_into_main_works_once_the_remote_is_known(guarded, elsewhere):
    """git moves main first and what it remembers of the remote second, so the first try is refused; it says what to do."""
    quiet(type_in(elsewhere, "git commit -q --allow-empty -m 'merged there'; git push -q"))
    done = type_in(guarded.path, "git fetch origin main:main")
    assert done.returncode != 0
    assert "git fetch origin" in done.stderr
    quiet(type_in(guarded.path, "git fetch -q origin; git fetch -q origin main:main"))
    assert guarded.git("rev-parse", "main") == guarded.git("rev-parse", "origin/main")


def test_many_new_branches_are_fetched(guarded, elsewhere):
    lines = "".join(f"create refs/heads/many/{number} HEAD\n" for number in range(200))
    subprocess.run(["git", "update-ref", "--stdin"], cwd=elsewhere, input=lines, text=True, check=True)
    quiet(type_in(elsewhere, "git push -q --all; git push -q --tags"))
    quiet(type_in(guarded.path, "git fetch -q"))
    assert len(guarded.git("for-each-ref", "refs/remotes/origin/many").splitlines()) == 200
    quiet(type_in(guarded.path, "git gc -q; git fetch -q --prune"))


def test_a_new_protected_branch_of_the_remote_is_checked_out(guarded, elsewhere):
    quiet(type_in(elsewhere, "git push -q origin HEAD:refs/heads/release/1"))
    quiet(type_in(guarded.path, "git fetch -q; git switch -q release/1"))
    assert guarded.git("symbolic-ref", "HEAD") == "refs/heads/release/1"


def test_a_conflict_is_resolved_in_a_rebase_and_in_a_merge(guarded):
    quiet(type_in(guarded.path, "git switch -q -c side main; echo a >file.txt; git commit -q -a -m a"))
    quiet(type_in(guarded.path, "git switch -q feature; echo b >file.txt; git commit -q -a -m b"))
    for start, end in (
        ("merge", "git commit -q -m merged"),
        ("rebase", "GIT_EDITOR=: git rebase --continue"),
    ):
        guarded.git("reset", "-q", "--hard", "feature")
        assert type_in(guarded.path, f"git {start} side").returncode != 0
        quiet(type_in(guarded.path, f"echo c >file.txt; git add file.txt; {end} >/dev/null"))
        guarded.git("reset", "-q", "--hard", "feature@{1}")


def test_the_first_commit_of_an_empty_repository_is_allowed(make_project):
    project = make_project("fresh")
    assert project.gatecheck("install", "--strict").returncode == 0
    project.write({"file.txt": "one\n"})
    quiet(type_in(project.path, "git add -A; git commit -q -m first; git push -q -u origin main"))
    done = type_in(project.path, "git commit -q --allow-empty -m second")
    assert done.returncode != 0
    assert "no commits on main" in done.stderr


def test_a_repository_without_a_remote_is_told_how_main_may_move(make_project):
    project = make_project("alone")
    project.git("remote", "remove", "origin")
    assert project.gatecheck("install", "--strict").returncode == 0
    quiet(
        type_in(
            project.path,
            "git commit -q --allow-empty -m first; git switch -q -c side; git commit -q --allow-empty -m x",
        )
    )
    done = type_in(project.path, "git branch -f main side")
    assert done.returncode != 0
    assert "has no remote" in done.stderr
    assert "git remote add origin URL && git push origin main" in done.stderr
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", project.remote], check=True)
    quiet(type_in(project.path, f"git remote add origin {project.remote}; git push -q origin main"))
    subprocess.run(["git", "fetch", "-q", project.path, "side:main"], cwd=project.remote, check=True)
    quiet(type_in(project.path, "git switch -q main; git pull -q --ff-only origin main"))
    assert project.git("rev-parse", "main") == project.git("rev-parse", "side")


def test_a_copied_and_a_moved_repository_keep_their_hooks(guarded, tmp_path):
    moved = tmp_path / "elsewhere" / "moved"
    shutil.copytree(guarded.path, moved, symlinks=True)
    done = type_in(moved, "git switch -q main; git commit -q --allow-empty -m x")
    assert done.returncode != 0
    assert "no commits on main" in done.stderr
    quiet(type_in(moved, "git switch -q feature; git commit -q --allow-empty -m x"))
