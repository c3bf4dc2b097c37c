"""Ways round the hook of the server that holds main, tried with real pushes."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def served(served):
    """A clone on a branch that nobody judged, and its server with a main that has a policy."""
    served.change({"a.txt": "two\n"}, branch="evil")
    return served


WAYS = {
    "--no-verify": "git push --no-verify origin evil:main",
    "--force": "git push --force origin evil:main",
    "send-pack": "git send-pack {server} evil:refs/heads/main",
    "a fresh clone": "git clone --quiet {server} ../fresh && cd ../fresh && git pull --quiet {clone} evil && git push origin HEAD:main",
    "alternates": "git init --quiet ../other && echo {clone}/.git/objects >../other/.git/objects/info/alternates"
    " && git -C ../other push {server} $(git rev-parse evil):refs/heads/main",
    "GIT_DIR": "cd / && GIT_DIR={clone}/.git git push {server} evil:main",
    "--mirror": "git branch -f main evil && git push --mirror {server}",
    "-c core.hooksPath": "git -c core.hooksPath=/dev/null push origin evil:main",
    "GIT_CONFIG_COUNT here": "git config core.hooksPath /dev/null && git push origin evil:main",
    "two names": "git push origin evil evil:main",
    "push options": "git -c push.pushOption=x push origin evil:main",
    "a branch below": "git push origin evil:main/x",
}


def test_no_way_of_pushing_brings_main_what_is_not_proven(served, server):
    for way in WAYS:
        _try(served, server, way)


def _try(served, server, way):
    main = server.git("rev-parse", "main").stdout
    script = WAYS[way].format(server=server.path, clone=served.path)
    done = subprocess.run(["sh", "-c", script], cwd=served.path, capture_output=True, text=True, check=False)
    assert done.returncode, done.stderr
    assert server.git("rev-parse", "main").stdout == main
    assert "gatecheck: main: " in done.stderr or way in {"a branch below", "push options"}, done.stderr


def test_a_name_that_stands_for_main_is_judged_as_main(served, server):
    server.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    server.git("symbolic-ref", "refs/heads/again", "refs/heads/alias")
    Path(server.path, "refs/heads/folder").symlink_to(".")
    Path(server.path, "refs/heads/link").symlink_to("refs/heads/main")
    for name in ("alias", "again", "link"):
        told = server.refuses("origin", f"evil:refs/heads/{name}")
        assert f"gatecheck: {name} (which stands for main): " in told, told
        assert "is not deleted" in server.refuses("origin", f":refs/heads/{name}")
    assert "no ref" in server.refuses("origin", "evil:refs/heads/folder/main")
    assert "two names" in server.refuses("origin", "evil:refs/heads/alias", "evil:refs/heads/again")


def test_nobody_replaces_an_object_for_the_judge_or_takes_the_servers_own_refs(served, server):
    first = served.git("rev-parse", "main")
    for ref in (f"refs/replace/{first}", "refs/gatecheck/server/pin", "refs/gatecheck/server"):
        assert "the server's own" in server.refuses("origin", f"evil:{ref}")
    server.git("config", "--unset-all", "receive.hideRefs")
    assert "the server's own" in server.refuses("origin", f"evil:refs/replace/{first}")
    evil = served.git("rev-parse", "evil")
    server.git("fetch", "--quiet", str(served.path), "evil")
    server.git("-c", "core.hooksPath=/dev/null", "update-ref", f"refs/replace/{evil}", first)
    assert "gatecheck: main: " in server.refuses("origin", "evil:main")


def test_what_proves_something_is_only_ever_added_to(served, server):
    def kept(parent: str | None, **files: str) -> str:
        index = {"GIT_INDEX_FILE": str(served.path / ".git" / "proofs")}
        (served.path / ".git" / "proofs").unlink(missing_ok=True)
        for name, text in files.items():
            (served.path / "blob").write_text(text)
            blob = served.git("hash-object", "-w", "blob")
            line = f"100644,{blob},{name}"
            subprocess.run(
                ["git", "update-index", "--add", "--cacheinfo", line],
                cwd=served.path,
                env={**os.environ, **index},
                check=True,
            )
        tree = subprocess.run(
            ["git", "write-tree"],
            cwd=served.path,
            env={**os.environ, **index},
            capture_output=True,
            text=True,
            check=True,
        )
        return served.git("commit-tree", tree.stdout.strip(), *(("-p", parent) if parent else ()), "-m", "x")

    tree = "1" * 40
    one = kept(None, a="1")
    both, other, gone, edited = (
        kept(one, a="1", b="2"),
        kept(None, a="1", b="2"),
        kept(one, b="2"),
        kept(one, a="2"),
    )
    for ref in (f"refs/gatecheck/evidence/{tree}", f"refs/gatecheck/approvals/{'2' * 64}/{'3' * 64}"):
        server.takes("origin", f"{one}:{ref}")
        server.takes("origin", f"{one}:{ref}", f"{one}:refs/heads/same")
        for commit, why in ((other, "meanwhile"), (gone, "take away"), (edited, "take away")):
            assert why in server.refuses("--force", "origin", f"{commit}:{ref}")
        assert "not deleted" in server.refuses("origin", f":{ref}")
        server.takes("origin", f"{both}:{ref}")
    server.takes("origin", f"{one}:refs/gatecheck/log")
    server.takes("origin", f"{gone}:refs/gatecheck/log")
    assert "meanwhile" in server.refuses("--force", "origin", f"{other}:refs/gatecheck/log")
    for ref in ("evidence/x", f"approvals/{tree}", "log/1", "other", f"evidence/{tree}/x"):
        assert "no name" in server.refuses("origin", f"{one}:refs/gatecheck/{ref}")
    blob = served.git("rev-parse", "HEAD:a.txt")
    assert "no commit" in server.refuses("origin", f"{blob}:refs/gatecheck/evidence/{'4' * 40}")


def test_a_snapshot_tag_stays_where_it_is(served, server):
    server.takes("origin", "main:refs/tags/backup-1")
    server.takes("origin", "main:refs/tags/backup-1", "main:refs/heads/same")
    assert "never moved" in server.refuses("--force", "origin", "evil:refs/tags/backup-1")
    assert "never deleted" in server.refuses("origin", ":refs/tags/backup-1")


def test_over_git_shell_nobody_starts_git_without_its_hooks(served, server, sshd, keys):
    """With a whole shell it works, which is why `server check` says so."""
    sshd.allow(keys("agent"))
    main, url = server.git("rev-parse", "main").stdout, sshd.url(server.path)
    words = ("--receive-pack=git -c core.hooksPath=/nowhere receive-pack", url, "evil:main")
    assert "unrecognized command" in server.refuses(
        *words, env={"GIT_SSH_COMMAND": sshd.command(keys("agent"))}
    )
    assert "gatecheck: main: " in server.refuses(
        *words[1:], env={"GIT_SSH_COMMAND": sshd.command(keys("agent"))}
    )
    sshd.allow(keys("shell"), git_only=False)
    server.takes(*words, env={"GIT_SSH_COMMAND": sshd.command(keys("shell"))})
    assert server.git("rev-parse", "main").stdout != main
    assert "whole shell" in Path(__file__).parent.parent.parent.joinpath("docs/server.md").read_text(
        encoding="utf-8"
    )


def test_over_a_local_path_the_one_who_pushes_may_turn_hooks_off(served, server):
    """Nothing stops it there: docs/server.md says so, and `server check` names who can write."""
    words = ("--receive-pack=git -c core.hooksPath=/nowhere receive-pack", "origin", "evil:main")
    server.takes(*words)


def test_a_pre_receive_that_lost_its_run_bit_lets_nothing_through(served, server):
    hooks = Path(server.path, "hooks")
    (hooks / "pre-receive").chmod(0o644)
    before = server.refs()
    told = server.push("origin", "evil:main").stderr
    assert "a push that was judged" in told
    server.is_as(before)
    check = served.gatecheck("server", "check", str(server.path))
    assert (check.returncode, "not executable" in check.stdout) == (1, True)
    (hooks / "reference-transaction").chmod(0o644)
    server.takes("origin", "evil:main")  # git ignores both, with a hint: what is left is the check


@pytest.mark.parametrize("chained", [False, True])
@pytest.mark.parametrize(
    "end", ["missing", "killed at once", "killed at its end", "crashed", "told a lie by git"]
)
def test_a_hook_that_does_not_come_to_its_end_is_a_no(served, server, tmp_path, end, chained):
    if chained:
        (Path(server.path) / "hooks" / "pre-receive").rename(tmp_path / "ours")
        (Path(server.path) / "hooks" / "pre-receive").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
        (Path(server.path) / "hooks" / "pre-receive").chmod(0o755)
        server.install()
        assert (Path(server.path) / "gatecheck-chained" / "pre-receive").exists()
    python = tmp_path / "python"
    ends = {
        "killed at once": "kill -9 $$",
        "killed at its end": f'"{sys.executable}" "$@"; kill -9 $$',
        "crashed": "exit 1",
        "told a lie by git": f'cat >/dev/null; echo 1 2 3 | "{sys.executable}" "$@"',
    }
    if end in ends:
        python.write_text(f"#!/bin/sh\n{ends[end]}\n", encoding="utf-8")
        python.chmod(0o755)
    hook = Path(server.path, "hooks", "pre-receive")
    text = hook.read_text(encoding="utf-8")
    broken = re.sub(r"^GC_PYTHON=.*$", f"GC_PYTHON={shlex.quote(str(python))}", text, flags=re.MULTILINE)
    assert broken != text
    hook.write_text(broken, encoding="utf-8")
    before = server.refs()
    told = server.push("origin", "evil").stderr
    assert "pre-receive hook declined" in told
    assert server.refs() == before
    hook.write_text(text, encoding="utf-8")
    server.takes("origin", "evil")
    server.git("prune", "--expire=now")
    server.is_as(server.refs())


def test_what_a_killed_hook_leaves_on_the_disk_goes_with_gc(served, server):
    left = Path(server.path, "objects", "tmp_gatecheck-left")
    (left / "objects" / "info").mkdir(parents=True)
    server.git("prune", "--expire=now")
    assert not left.exists()


def test_refs_do_not_move_from_inside_the_hook(served, server):
    """git refuses it while GIT_QUARANTINE_PATH is set, so that is never taken from any child."""
    server.git("-c", "core.hooksPath=/dev/null", "config", "receive.denyDeletes", "false")
    hook = Path(server.path, "hooks", "pre-receive")
    hook.unlink()
    hook.write_text(
        "#!/bin/sh\nread -r old new ref\ngit update-ref refs/heads/inside $new && exit 0\n", encoding="utf-8"
    )
    hook.chmod(0o755)
    server.install(rewrites=True)
    assert "quarantine" in server.refuses("origin", "evil")
    assert "commit" not in server.git("cat-file", "-t", served.git("rev-parse", "evil")).stdout


BAD_TREES = {
    "a .git": [("40000", ".git", "tree")],
    "a parent": [("40000", "..", "tree")],
    "a slash": [("100644", "../x", "blob")],
    "GIT~1": [("40000", "GIT~1", "tree")],
    "HFS": [("40000", ".g\u200cit", "tree")],
    "a name twice": [("100644", "a", "blob"), ("100644", "a", "blob")],
    "a link and a folder": [("120000", "a", "blob"), ("40000", "a", "tree")],
}


def test_trees_that_would_write_elsewhere_are_not_taken(served, server):
    for what in BAD_TREES:
        _push_tree(served, server, what)


def _push_tree(served, server, what):
    ids = {"blob": served.git("rev-parse", "evil:a.txt"), "tree": served.git("rev-parse", "evil:.gatecheck")}
    raw = b"".join(
        f"{mode} {name}\0".encode() + bytes.fromhex(ids[kind]) for mode, name, kind in BAD_TREES[what]
    )
    words = ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"]
    made = subprocess.run(words, cwd=served.path, input=raw, capture_output=True, check=True)
    commit = served.git("commit-tree", made.stdout.decode().strip(), "-m", "bad")
    assert "fsck" in server.refuses("origin", f"{commit}:refs/heads/bad")
