"""Ways to move a protected branch or a snapshot tag: each is stopped here, or is known not to be and stands in docs/threats.md."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TAG = "backup-20260102T030405Z"
RAW = "git rev-parse feature >.git/refs/heads/main\n"
"""Moves main where no hook looks: what a push then does with it is the question."""


class Way(NamedTuple):
    """What somebody types on the branch `feature`, which is ahead of main."""

    name: str
    script: str
    stopped_by: str
    """What says no; of those that nothing here stops: how docs/threats.md calls them, after `UNSTOPPED`."""


COMMIT, MOVES, PUSH, UNSTOPPED = "commit hooks", "reference-transaction", "pre-push", "nothing here: "
LOCAL = [
    Way("commit", "git switch -q main; git commit -m x --allow-empty", COMMIT),
    Way(
        "commit with what frameworks are skipped by",
        "git switch -q main; export SKIP=gatecheck-protect-branch,protect-branch LEFTHOOK=0 HUSKY=0 PRE_COMMIT_ALLOW_NO_CONFIG=1; git commit -m x --allow-empty",
        COMMIT,
    ),
    Way("commit of files", "git switch -q main; echo x >new; git add new; git commit -m x", COMMIT),
    Way("commit, skipping hooks", "git switch -q main; git commit --no-verify -m x --allow-empty", COMMIT),
    Way("amend", "git switch -q main; git commit --amend -m x", COMMIT),
    Way("amend, skipping hooks", "git switch -q main; git commit --amend --no-verify -m x", COMMIT),
    Way(
        "commit of a message from elsewhere",
        "git switch -q main; git commit -C feature --allow-empty",
        COMMIT,
    ),
    Way("merge", "git switch -q main; git merge --no-ff feature", COMMIT),
    Way("merge, skipping hooks", "git switch -q main; git merge --no-ff --no-verify feature", COMMIT),
    Way("squash", "git switch -q main; git merge --squash feature && git commit -m x", COMMIT),
    Way("cherry-pick", "git switch -q main; git cherry-pick feature", COMMIT),
    Way("revert", "git switch -q main; git revert --no-edit HEAD", COMMIT),
    Way("rebase", "git rebase feature main", COMMIT),
    Way("rebase of what is checked out", "git switch -q main; git rebase --force-rebase feature", COMMIT),
    Way("rebase, skipping hooks", "git switch -q main; git rebase --no-verify --onto feature HEAD", MOVES),
    Way(
        "commit with another index",
        "git switch -q main; GIT_INDEX_FILE=$PWD/.git/other git commit -m x --allow-empty",
        COMMIT,
    ),
    Way(
        "commit by GIT_DIR from elsewhere",
        "git switch -q main; cd /; git --git-dir=$P/.git --work-tree=$P commit -m x --allow-empty",
        COMMIT,
    ),
    Way(
        "commit in a linked work tree",
        "git worktree add -q ../linked main; cd ../linked; git commit -m x --allow-empty",
        COMMIT,
    ),
    Way("commit on a detached tip", "git switch -q --detach main; git commit -m x --allow-empty", COMMIT),
    Way(
        "commit on the remote's detached tip",
        "git switch -q --detach origin/main; git commit -m x --allow-empty",
        COMMIT,
    ),
    Way(
        "commit by another name",
        "git symbolic-ref refs/heads/alias refs/heads/main; git switch -q alias; git commit -m x --allow-empty",
        COMMIT,
    ),
    Way(
        "commit by another name, skipping hooks",
        "git symbolic-ref refs/heads/alias refs/heads/main; git switch -q alias; git commit -n -m x --allow-empty",
        COMMIT,
    ),
    Way(
        "commit after a raw deletion",
        "git switch -q main; rm .git/refs/heads/main; git commit -m x --allow-empty",
        COMMIT,
    ),
    Way(
        "am", "git format-patch -1 --stdout feature >.git/patch; git switch -q main; git am .git/patch", MOVES
    ),
    Way("merge --ff-only", "git switch -q main; git merge --ff-only feature", MOVES),
    Way("pull from here", "git switch -q main; git pull --ff-only . feature", MOVES),
    Way("pull --rebase from here", "git switch -q main; git pull --rebase . feature", MOVES),
    Way("reset --hard", "git switch -q main; git reset --hard feature", MOVES),
    Way("reset --soft", "git switch -q main; git reset --soft feature", MOVES),
    Way("reset backwards", "git switch -q main; git reset --hard main~1", MOVES),
    Way("branch -f", "git branch -f main feature", MOVES),
    Way(
        "branch -f to an upstream that is here",
        "git branch -q -u feature main; git branch -f main feature",
        MOVES,
    ),
    Way("branch -M", "git branch -M feature main", MOVES),
    Way(
        "branch -M of an orphan",
        "git switch -q --orphan other; git commit -m x --allow-empty; git branch -M other main",
        MOVES,
    ),
    Way("branch -m of main", "git branch -m main old", MOVES),
    Way("branch -D", "git branch -D main", MOVES),
    Way("branch -D, then -m", "git branch -D main && git branch -m feature main", MOVES),
    Way("branch -D of what is packed", "git pack-refs --all; git branch -D main", MOVES),
    Way("checkout -B", "git checkout -B main feature", MOVES),
    Way("switch -C", "git switch -C main feature", MOVES),
    Way("a new protected branch", "git branch release/1 feature", MOVES),
    Way("worktree add -B", "git worktree add -B main ../linked feature", MOVES),
    Way("update-ref", "git update-ref refs/heads/main feature", MOVES),
    Way("update-ref with the old value", "git update-ref refs/heads/main feature main", MOVES),
    Way("update-ref by HEAD", "git switch -q main; git update-ref HEAD feature", MOVES),
    Way(
        "update-ref --stdin",
        'echo "update refs/heads/main $(git rev-parse feature)" | git update-ref --stdin',
        MOVES,
    ),
    Way(
        "update-ref among others",
        'printf "create refs/heads/x feature\\nupdate refs/heads/main feature\\n" | git update-ref --stdin',
        MOVES,
    ),
    Way("update-ref -d", "git update-ref -d refs/heads/main", MOVES),
    Way("update-ref -d with the old value", "git update-ref -d refs/heads/main main", MOVES),
    Way(
        "update-ref -d of what is packed and loose",
        "git pack-refs --all --no-prune; git update-ref -d refs/heads/main main",
        MOVES,
    ),
    Way(
        "commit-tree and update-ref",
        "git update-ref refs/heads/main $(git commit-tree -p main -m x feature^{tree})",
        MOVES,
    ),
    Way("fetch from here", "git fetch . feature:main", MOVES),
    Way("fetch --force from here", "git fetch . +feature:main", MOVES),
    Way("fetch from a bundle", "git bundle create -q ../b feature; git fetch ../b feature:main", MOVES),
    Way("fetch from a new remote", "git remote add other . ; git fetch other feature:main", MOVES),
    Way(
        "fast-import",
        "printf 'reset refs/heads/main\\nfrom refs/heads/feature\\n\\n' | git fast-import --quiet",
        MOVES,
    ),
    Way(
        "fast-import of a commit",
        "printf 'commit refs/heads/main\\ncommitter A <a@b> 1 +0000\\ndata 1\\nx\\nfrom refs/heads/main^0\\n\\n' | git fast-import --quiet",
        MOVES,
    ),
    Way(
        "filter-branch",
        "FILTER_BRANCH_SQUELCH_WARNING=1 git filter-branch --msg-filter 'cat; echo x' main",
        MOVES,
    ),
    Way("rebase --update-refs", "git rebase --update-refs --force-rebase --root", MOVES),
    Way("push to here", "git push . feature:main", PUSH),
    Way("push to here, skipping hooks", "git push --no-verify . feature:main", MOVES),
    Way(
        "stand main for another, and commit",
        "git branch same main; git symbolic-ref refs/heads/main refs/heads/same; git switch -q same; git commit -m x --allow-empty",
        MOVES,
    ),
]
TAGS = [
    Way("tag -d", f"git tag -d {TAG}", MOVES),
    Way("tag -d of what is packed", f"git pack-refs --all; git tag -d {TAG}", MOVES),
    Way("tag -f", f"git tag -f -a -m x {TAG} feature", MOVES),
    Way("update-ref of the tag", f"git update-ref refs/tags/{TAG} feature", MOVES),
    Way("update-ref -d of the tag", f"git update-ref -d refs/tags/{TAG}", MOVES),
    Way("fetch over the tag", f"git fetch . +refs/heads/feature:refs/tags/{TAG}", MOVES),
    Way(
        "fetch --prune-tags",
        f"git -C ../project.git update-ref -d refs/tags/{TAG}; git fetch --prune --prune-tags origin",
        MOVES,
    ),
]
PUSHES = [
    Way("push", "git push origin feature:main", PUSH),
    Way("push of HEAD", "git push origin HEAD:main", PUSH),
    Way("push by its full name", "git push origin feature:refs/heads/main", PUSH),
    Way("push behind another", "git push origin feature feature:main", PUSH),
    Way("push behind a new one", "git branch aaa; git push origin aaa aaa:main", PUSH),
    Way("push of nothing", "git push origin :main", PUSH),
    Way("push --delete", "git push --delete origin main", PUSH),
    Way("push --force", "git push --force origin feature:main", PUSH),
    Way("push with a plus", "git push origin +feature:main", PUSH),
    Way("push --force-with-lease", "git push --force-with-lease origin feature:main", PUSH),
    Way("push --atomic", "git push --atomic origin feature feature:main", PUSH),
    Way("push to the address", "git push ../project.git feature:main", PUSH),
    Way(
        "push to another name of the address",
        "git remote add other ../project.git; git push other feature:main",
        PUSH,
    ),
    Way(
        "push backwards by another name of the address",
        "git remote add other ../project.git; git push -f other origin/main~1:main",
        PUSH,
    ),
    Way(
        "push of what was forged by another name of the address",
        "git update-ref refs/remotes/origin/main feature; git remote add other ../project.git; git push other feature:main",
        PUSH,
    ),
    Way(
        "push of what was forged by another name of the address for pushes",
        "git update-ref refs/remotes/origin/main feature; git config remote.origin.pushurl $P/../project.git; git remote add other $P/../project.git; git push other feature:main",
        PUSH,
    ),
    Way("push of a new protected branch", "git push origin feature:release/1", PUSH),
    Way("push by configuration", "git config remote.origin.push feature:main; git push", PUSH),
    Way("push of main", f"{RAW}git push origin main", PUSH),
    Way("push --all", f"{RAW}git push --all origin", PUSH),
    Way("push --mirror", f"{RAW}git push --mirror origin", PUSH),
    Way("push of matching branches", f"{RAW}git -c push.default=matching push origin", PUSH),
    Way("push of all branches by pattern", f"{RAW}git push origin 'refs/heads/*:refs/heads/*'", PUSH),
    Way("push of the tag's deletion", f"git push origin :refs/tags/{TAG}", PUSH),
    Way("push --delete of the tag", f"git push --delete origin {TAG}", PUSH),
    Way("push over the tag", f"git push origin +feature:refs/tags/{TAG}", PUSH),
    Way(
        "push --tags over the tag",
        f"git rev-parse feature >.git/refs/tags/{TAG}; git push --tags --force origin",
        PUSH,
    ),
    Way("push --prune of tags", f"rm .git/refs/tags/{TAG}; git push --prune origin 'refs/tags/*'", PUSH),
]
OPEN_LOCAL = [
    Way(
        "no hooks for one command",
        "git switch -q main; git -c core.hooksPath=/dev/null commit -q -m x --allow-empty",
        UNSTOPPED + "`-c core.hooksPath`",
    ),
    Way(
        "no hooks in the environment",
        "git switch -q main; GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/dev/null git commit -q -m x --allow-empty",
        UNSTOPPED + "`GIT_CONFIG_COUNT`",
    ),
    Way(
        "no hooks in the configuration",
        "git config core.hooksPath /dev/null; git branch -f main feature",
        UNSTOPPED + "`git config core.hooksPath`",
    ),
    Way(
        "no hooks in the global configuration",
        "printf '[core]\\n\\thooksPath = /dev/null\\n' >../g; GIT_CONFIG_GLOBAL=$P/../g git branch -f main feature",
        UNSTOPPED + "`git config core.hooksPath`",
    ),
    Way(
        "no hooks in a work tree's configuration",
        "git config extensions.worktreeConfig true; git worktree add -q ../linked --detach; cd ../linked; git config --worktree core.hooksPath /dev/null; git branch -f main feature",
        UNSTOPPED + "`git config core.hooksPath`",
    ),
    Way(
        "hooks that may not run",
        "chmod -x .git/hooks/*; git branch -f main feature",
        UNSTOPPED + "`chmod -x .git/hooks/*`",
    ),
    Way("hooks removed", "rm .git/hooks/*; git branch -f main feature", UNSTOPPED + "`rm .git/hooks/*`"),
    Way("a raw ref", RAW, UNSTOPPED + "a raw write to `.git/refs`"),
    Way(
        "a raw packed ref",
        'git pack-refs --all; old=$(git rev-parse main); new=$(git rev-parse feature); sed -i "s/$old refs.heads.main/$new refs\\/heads\\/main/" .git/packed-refs',
        UNSTOPPED + "a raw write to `.git/refs`",
    ),
    Way(
        "pygit2 moves the ref",
        f"{sys.executable} -c \"import pygit2; r = pygit2.Repository('.'); r.references['refs/heads/main'].set_target(r.head.target)\"",
        UNSTOPPED + "libgit2",
    ),
    Way(
        "pygit2 commits",
        f"{sys.executable} -c \"import pygit2; r = pygit2.Repository('.'); s = pygit2.Signature('A', 'a@b'); m = r.references['refs/heads/main']; r.create_commit('refs/heads/main', s, s, 'x', r.head.peel().tree.id, [m.target])\"",
        UNSTOPPED + "libgit2",
    ),
    Way("branch -C", "git branch -C feature main", UNSTOPPED + "`git branch -C`"),
    Way(
        "stand main for another",
        "git symbolic-ref refs/heads/main refs/heads/feature",
        UNSTOPPED + "`git symbolic-ref refs/heads/main`",
    ),
    Way(
        "a forged remote-tracking branch",
        "git update-ref refs/remotes/origin/main feature; git branch -f main feature",
        UNSTOPPED + "a forged `refs/remotes/origin/main`",
    ),
    Way(
        "another upstream",
        "git remote add other . ; git fetch -q other feature:refs/remotes/other/main; git branch -q -u other/main main; git branch -f main other/main",
        UNSTOPPED + "another upstream",
    ),
    Way(
        "a forged announcement",
        'echo "$(git rev-parse main) $(git rev-parse feature) refs/heads/main" >.git/gatecheck/moves; git branch -f main feature',
        UNSTOPPED + "a raw write to `.git/gatecheck`",
    ),
    Way(
        "a forged policy",
        "sed -i /^protect/d .git/gatecheck/policy; git branch -f main feature",
        UNSTOPPED + "a raw write to `.git/gatecheck`",
    ),
]
OPEN_REMOTE = [
    Way(
        "push, skipping hooks",
        "git push -q --no-verify origin feature:main",
        UNSTOPPED + "`git push --no-verify`",
    ),
    Way(
        "push without hooks",
        "git -c core.hooksPath=/dev/null push -q origin feature:main",
        UNSTOPPED + "`-c core.hooksPath`",
    ),
    Way("send-pack", "git send-pack ../project.git feature:refs/heads/main", UNSTOPPED + "`git send-pack`"),
    Way(
        "push of what was forged by another spelling of the address",
        "git update-ref refs/remotes/origin/main feature; git push -q ../project.git/ feature:main",
        UNSTOPPED + "a forged `refs/remotes/origin/main`",
    ),
    Way(
        "push to another name on the server",
        "git -C ../project.git symbolic-ref refs/heads/alias refs/heads/main; git push -q origin feature:alias",
        UNSTOPPED + "a symbolic ref on the server",
    ),
    Way(
        "push of the tag's deletion, skipping hooks",
        f"git push -q --no-verify origin :refs/tags/{TAG}",
        UNSTOPPED + "`git push --no-verify`",
    ),
]
THEIR_OWN_DOING = {
    "commit after a raw deletion": "project",
    "push --tags over the tag": "project",
    "push --prune of tags": "project",
    "fetch --prune-tags": "project.git",
}
"""Where the script itself has moved something by a raw write, before the move that is stopped."""


def params(ways):
    return pytest.mark.parametrize("way", ways, ids=[way.name.replace(" ", "-") for way in ways])


def refs(project):
    """Return what must not move: protected branches and snapshots, here and on the remote."""
    seen = {}
    for where in (project.path, project.remote):
        for ref in ("refs/heads/main", "refs/heads/release", f"refs/tags/{TAG}"):
            words = ["git", "for-each-ref", "--format=%(refname) %(objectname)", ref]
            out = subprocess.run(words, cwd=where, capture_output=True, text=True, check=True).stdout
            seen[where.name, ref] = out
    return seen


def type_in(project, script):
    return subprocess.run(
        ["sh", "-c", f"P=$PWD\n{script}"], cwd=project.path, capture_output=True, text=True, check=False
    )


@params([*LOCAL, *TAGS, *PUSHES])
def test_what_is_stopped(guarded, way):
    before = refs(guarded)
    if way.script.startswith(RAW):
        type_in(guarded, RAW)
        before = refs(guarded)
    done = type_in(guarded, way.script)
    assert done.returncode != 0, done.stdout + done.stderr
    assert way.name == "filter-branch" or ("gatecheck: " in done.stderr and "  fix: " in done.stderr)
    after = refs(guarded)
    touched = THEIR_OWN_DOING.get(way.name)
    assert {key: said for key, said in after.items() if key[0] != touched} == {
        key: said for key, said in before.items() if key[0] != touched
    }


@params([way for way in LOCAL if way.stopped_by == COMMIT])
def test_what_the_hooks_of_a_commit_stop_without_the_strict_one(guarded, way):
    (guarded.path / ".git/hooks/reference-transaction").unlink()
    before = refs(guarded)
    done = type_in(guarded, way.script)
    assert done.returncode != 0, done.stdout + done.stderr
    assert "  fix: " in done.stderr
    touched = THEIR_OWN_DOING.get(way.name)
    assert all(said == before[key] for key, said in refs(guarded).items() if key[0] != touched)


@params([way for way in LOCAL if way.stopped_by == MOVES])
def test_what_only_the_strict_hook_stops(guarded, way):
    (guarded.path / ".git/hooks/reference-transaction").unlink()
    before = refs(guarded)
    type_in(guarded, way.script)
    assert refs(guarded) != before, "the hooks of a commit stop it already: say so here"


@params([*OPEN_LOCAL, *OPEN_REMOTE])
def test_what_is_not_stopped_here_is_known(guarded, way):
    before = refs(guarded)
    done = type_in(guarded, way.script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert refs(guarded) != before, "it is stopped after all: say so in docs/threats.md, and move it up"
    row = way.stopped_by.removeprefix(UNSTOPPED)
    assert any(row in cell for cell in threats())


def threats():
    """Return the first cells of the table of what hooks cannot stop."""
    text = (ROOT / "docs/threats.md").read_text(encoding="utf-8")
    table = text.partition("<!-- not stopped by hooks -->")[2].partition("<!-- /not stopped by hooks -->")[0]
    return [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]


HOOKS_ARE_GONE = {
    "no hooks in the configuration",
    "hooks that may not run",
    "hooks removed",
    "a forged policy",
}


@params([way for way in OPEN_LOCAL if way.name not in HOOKS_ARE_GONE])
def test_what_went_past_the_hooks_here_is_not_pushed_by_them(guarded, way):
    was = guarded.git("rev-parse", "origin/main")
    type_in(guarded, way.script)
    done = type_in(guarded, "git push origin main")
    assert guarded.git("-C", str(guarded.remote), "rev-parse", "main") == was
    if way.name == "stand main for another":  # git then pushes that other branch, under its own name
        assert done.stderr == "Everything up-to-date\n"
    else:
        assert done.returncode != 0, done.stdout + done.stderr
        assert "main is a protected branch" in done.stderr


def test_a_masked_main_is_named_at_the_next_move_and_mended_by_the_command_that_is_told(guarded):
    was = guarded.git("rev-parse", "main")
    guarded.git("symbolic-ref", "refs/heads/main", "refs/heads/feature")
    done = type_in(guarded, "git commit -m x --allow-empty")
    assert done.returncode != 0
    told = next(line for line in done.stderr.splitlines() if "git update-ref" in line)
    command = told.partition("had: ")[2]
    assert type_in(guarded, command.replace(was, "feature")).returncode != 0
    assert type_in(guarded, command).returncode == 0
    assert guarded.git("rev-parse", "main") == was
    assert guarded.git("symbolic-ref", "--quiet", "refs/heads/main", check=False) == ""
    assert type_in(guarded, "git commit -m x --allow-empty").returncode == 0


def test_there_are_at_least_forty_ways():
    ways = [*LOCAL, *TAGS, *PUSHES, *OPEN_LOCAL, *OPEN_REMOTE]
    assert len({way.script for way in ways}) == len(ways) >= 40
