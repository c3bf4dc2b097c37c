"""A bare repository that judges every push: how it begins, what nobody may do there, and how it gets out again."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from gatecheck import __version__

POLICY = 'version: 1\nprotect: [main, "release/*"]\ngates:\n  size: {}\n'
APPROVERS = ".gatecheck/approvers"


def test_the_first_push_to_an_empty_repository_brings_the_law_that_was_pinned(project, server):
    project.commit({".gatecheck.yaml": POLICY, APPROVERS: "# nobody yet\n"}, "first")
    right = server.digest()
    by_hand = subprocess.run(
        "sha256sum .gatecheck.yaml .gatecheck/approvers | sha256sum",
        shell=True, cwd=project.path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert by_hand.stdout.split()[0] == right
    done = project.gatecheck("server", "install", str(project.remote))
    assert (done.returncode, "gatecheck server digest" in done.stderr) == (2, True)
    done = project.gatecheck("server", "install", str(project.remote), "--bootstrap", right)
    assert (done.returncode, right in done.stdout) == (0, True), done.stderr

    project.git("switch", "--quiet", "--create", "other")
    project.commit({APPROVERS: "# my key\n"})
    told = server.refuses("origin", "other:main")
    assert server.digest() in told
    assert right not in told
    assert "Push main first" in server.refuses("origin", "main:topic")
    project.commit({".gatecheck.yaml": None})
    assert "no policy yet" in server.refuses("origin", "other:main")
    project.commit({".gatecheck.yaml": "version: 2\n"})
    assert "none that can be used" in server.refuses("origin", "other:main")
    (project.path / ".gatecheck.yaml").unlink()
    (project.path / ".gatecheck.yaml").symlink_to("a.txt")
    project.commit()
    assert "is no file" in server.refuses("origin", "other:main")

    server.takes("--atomic", "origin", "main", "main:release/1", "main:topic")
    project.git("switch", "--quiet", "main")
    project.commit({"a.txt": "two\n"})
    server.refuses("origin", "main")


def test_the_pin_is_for_one_push_and_a_policy_that_broke_later_needs_a_new_one(served, server):
    law = served.git("rev-parse", "HEAD")
    server.by_hand("refs/heads/main", served.commit({".gatecheck.yaml": "version: broken\n"}))
    served.git("checkout", law, "--", ".gatecheck.yaml")
    served.commit()
    told = server.refuses("origin", "main")
    assert "cannot be used" in told
    done = served.gatecheck("server", "install", str(served.remote))
    assert (done.returncode, ".gatecheck.yaml:1" in done.stderr) == (2, True)
    server.install(bootstrap=server.digest())
    server.takes("origin", "main")


def test_work_branches_are_nobodys_business_and_protected_ones_only_go_forward_with_proof(served, server):
    first = served.git("rev-parse", "main")
    served.change({"b.txt": "one\n"}, branch="topic")
    server.takes("origin", "topic")
    served.git("commit", "--quiet", "--amend", "-m", "other words")
    server.takes("--force", "origin", "topic", "topic:refs/tags/v1")
    server.takes("origin", ":topic")
    server.refuses("origin", "topic:main")
    assert "is not deleted" in server.refuses("origin", ":main")
    other = served.git("commit-tree", "HEAD^{tree}", "-m", "no parent")
    assert "rewrite" in server.refuses("--force", "origin", f"{other}:refs/heads/main")
    server.takes("origin", f"{first}:refs/heads/main", "main:refs/heads/unrelated")

    assert "a commit that main has" in server.refuses("origin", "topic:refs/heads/release/1")
    server.takes("origin", "main:refs/heads/release/1")
    server.refuses("origin", "topic:refs/heads/release/1")
    server.install()
    assert "denying non-fast-forward" in server.refuses("--force", "origin", f"{other}:refs/heads/unrelated")
    assert "denying ref deletion" in server.refuses("origin", ":unrelated")


def test_a_protected_branch_does_not_begin_under_an_older_law(served, server):
    before = served.git("rev-parse", "main")
    after = served.commit({APPROVERS: "# other approvers\n"})
    server.by_hand("refs/heads/main", after)
    assert "are not those of main" in server.refuses("origin", f"{before}:refs/heads/release/1")
    server.takes("origin", f"{after}:refs/heads/release/1")


def test_a_protected_branch_that_has_no_policy_of_its_own_is_left_to_whoever_runs_the_server(served, server):
    tree = subprocess.run(["git", "mktree"], cwd=served.path, input=b"", capture_output=True, check=True)
    root = served.git("commit-tree", tree.stdout.decode().strip(), "-m", "before all policies")
    server.takes("origin", f"{root}:refs/heads/work")
    server.by_hand("refs/heads/release/0", root)
    child = served.git("commit-tree", f"{root}^{{tree}}", "-p", root, "-m", "more")
    assert "has none itself" in server.refuses("origin", f"{child}:refs/heads/release/0")


def test_the_push_that_was_overtaken_is_told_to_judge_again(served, server):
    served.commit({"a.txt": "two\n"})
    line = f"{'1' * 40} {served.git('rev-parse', 'HEAD')} refs/heads/main\n"
    done = subprocess.run(
        [served.remote / "hooks" / "pre-receive"], cwd=served.remote, input=line, capture_output=True, text=True,
        env={**os.environ, "GIT_DIR": "."}, check=False,
    )  # fmt: skip
    assert (done.returncode, "moved meanwhile" in done.stderr, "gatecheck run" in done.stderr) == (
        1,
        True,
        True,
    )


def test_hooks_that_stood_there_are_run_too_and_everything_is_given_back(served, server, tmp_path):
    assert served.gatecheck("server", "uninstall", str(served.remote)).returncode == 0
    assert "nothing of gatecheck" in served.gatecheck("server", "uninstall", str(served.remote)).stdout
    hooks, config = Path(served.remote, "hooks"), Path(served.remote, "config")
    seen = tmp_path / "seen"
    for name in ("pre-receive", "reference-transaction"):
        text = f'#!/bin/sh\n[ "$1" = committed ] || cat >>{seen}\n[ ! -e {tmp_path}/no ]\n'
        (hooks / name).write_text(text, encoding="utf-8")
        (hooks / name).chmod(0o755)
    server.git("config", "--add", "receive.hideRefs", "refs/private")
    server.git("config", "receive.denyDeletes", "false")
    before = {path.name: path.read_bytes() for path in (*hooks.iterdir(), config)}
    done = served.gatecheck("server", "install", str(served.remote))
    assert done.stdout.count("kept, and run too") == 2, done.stdout + done.stderr
    server.takes("origin", "main:topic")
    assert seen.read_text().count(" refs/heads/topic\n") == 2
    (tmp_path / "no").touch()
    server.refuses("origin", "main:second")
    (tmp_path / "no").unlink()
    server.refuses("origin", ":main")
    done = served.gatecheck("server", "install", str(served.remote), "--allow-rewrites")
    assert server.git("config", "--get", "receive.denyDeletes").stdout.strip() == "false"
    assert "note" not in done.stdout
    theirs = hooks / "pre-receive"
    theirs.unlink()
    theirs.write_bytes(before["pre-receive"] + b"# written over ours\n")
    theirs.chmod(0o755)
    assert "note: an earlier pre-receive" in served.gatecheck("server", "install", str(served.remote)).stdout
    theirs.unlink()
    theirs.write_bytes(before["pre-receive"])
    theirs.chmod(0o755)
    assert (
        "note: an earlier pre-receive" in served.gatecheck("server", "uninstall", str(served.remote)).stdout
    )
    for path in hooks.glob("*.replaced*"):
        path.unlink()
    after = {path.name: path.read_bytes() for path in (*hooks.iterdir(), config)}
    assert set(after) == set(before)
    assert {name for name in before if after[name] != before[name]} <= {"config"}
    for key in ("receive.hideRefs", "receive.denyDeletes", "receive.fsckObjects"):
        said = server.git("config", "--get-all", key).stdout.split()
        assert said == {"receive.hideRefs": ["refs/private"], "receive.denyDeletes": ["false"]}.get(key, [])
    assert not Path(served.remote, "gatecheck").exists()
    assert not Path(served.remote, "gatecheck-chained").exists()


DISPATCHER = """\
#!/usr/bin/env bash
data=$(cat)
exitcodes=""
hookname=$(basename $0)
GIT_DIR=${GIT_DIR:-$(dirname $0)/..}

for hook in ${GIT_DIR}/hooks/${hookname}.d/*; do
  test -x "${hook}" && test -f "${hook}" || continue
  echo "${data}" | "${hook}"
  exitcodes="${exitcodes} $?"
done

for i in ${exitcodes}; do
  [ ${i} -eq 0 ] || exit ${i}
done
"""
"""What Gitea and Forgejo write as hooks/pre-receive of a repository (modules/repository/hooks.go)."""


def test_in_a_forges_folder_of_hooks_ours_is_one_more(served, server):
    hooks = Path(served.remote, "hooks")
    folder = hooks / "pre-receive.d"
    folder.mkdir()
    server.install(into=str(folder))
    assert not (hooks / "reference-transaction").exists()
    (hooks / "pre-receive").write_text(DISPATCHER, encoding="utf-8")
    (hooks / "pre-receive").chmod(0o755)
    server.takes("origin", "main:topic")
    assert "refs/gatecheck" not in server.refs()
    assert "is not deleted" in server.refuses("origin", ":main")
    done = served.gatecheck("server", "check", str(served.remote))
    assert "tripwire" in done.stdout
    assert "refused a push of refs/replace" in done.stdout
    assert served.gatecheck("server", "uninstall", str(served.remote)).returncode == 0
    assert not list(folder.iterdir())
    assert (hooks / "pre-receive").read_text() == DISPATCHER


def test_what_whoever_runs_the_server_does_is_let_be_unless_a_protected_branch_would_move(served, server):
    server.takes("origin", "main:topic", "main:refs/tags/backup-1", "main:refs/tags/backup-2")
    for words in (
        ("gc", "--quiet"),
        ("pack-refs", "--all"),
        ("branch", "other", "topic"),
        ("branch", "-D", "topic"),
        ("update-ref", "refs/heads/main", "main"),
        ("tag", "backup-3", "main"),
        ("fetch", "--quiet", str(served.path), "+refs/heads/*:refs/heads/copy/*"),
    ):
        done = server.git(*words)
        assert done.returncode == 0, (words, done.stderr)
    before = server.refs()
    main = served.git("rev-parse", "main")
    child = served.git("commit-tree", "main^{tree}", "-p", "main", "-m", "more")
    server.git("fetch", "--quiet", str(served.path), child)
    served.git("push", "--quiet", "origin", f"{child}:refs/heads/copy/child")
    before = server.refs()
    for words in (
        ("update-ref", "refs/heads/main", child),
        ("update-ref", "-d", "refs/heads/main"),
        ("branch", "release/1", child),
        ("tag", "-d", "backup-1"),
        ("tag", "-f", "backup-2", child),
        ("update-ref", "refs/gatecheck/log", child),
        ("update-ref", f"refs/replace/{main}", child),
    ):
        done = server.git(*words)
        assert done.returncode, words
        assert "a push that was judged" in done.stderr, (words, done.stderr)
    assert server.refs() == before


def test_the_check_names_everything_by_which_a_push_goes_unjudged(served, server):
    def off() -> set[str]:
        done = served.gatecheck("server", "check", str(served.remote))
        assert done.returncode == 1
        return {
            line.split()[1].rstrip(":") for line in done.stdout.splitlines() if line.startswith("OFF")
        } - {"login"}

    hooks = Path(served.remote, "hooks")
    assert off() == set()
    (hooks / "pre-receive").chmod(0o644)
    assert off() == {"pre-receive"}
    (hooks / "pre-receive").chmod(0o755)
    whole = (hooks / "pre-receive").read_text(encoding="utf-8")
    (hooks / "pre-receive").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    assert off() == {"pre-receive"}
    (hooks / "pre-receive").write_text("#!/no/such/shell\n", encoding="utf-8")
    assert off() == {"pre-receive"}
    (hooks / "pre-receive").write_text(whole, encoding="utf-8")
    (hooks / "reference-transaction").unlink()
    assert off() == {"reference-transaction"}
    server.install()
    for key, value, named in (
        ("receive.fsckObjects", "false", "receive.fsckObjects"),
        ("receive.fsck.hasDotgit", "ignore", "receive.fsck"),
        ("core.hooksPath", "/nowhere", "reached"),
    ):
        server.git("config", key, value)
        assert named in off()
        server.git("config", "--unset", key)
        server.install()
    server.git("symbolic-ref", "HEAD", "refs/heads/empty")
    assert off() == {"policy"}
    server.install(bootstrap="0" * 64)
    assert off() == set()
    server.git("symbolic-ref", "HEAD", "refs/heads/main")
    record = Path(served.remote, "gatecheck", "server")
    record.write_text(record.read_text().replace(sys.executable, "/no/python"), encoding="utf-8")
    assert off() == {"interpreter"}
    record.write_text(
        record.read_text().replace("/no/python", sys.executable).replace(__version__, "0"), "utf-8"
    )
    assert off() == {"interpreter"}
    record.write_text("{}", encoding="utf-8")
    assert off() == {"installed"}


def test_where_hooks_cannot_judge_none_are_installed(served, server, tmp_path):
    def says(*words: str) -> str:
        done = served.gatecheck("server", *words)
        assert done.returncode == 2, done.stdout + done.stderr
        return done.stderr

    remote = str(served.remote)
    assert "work tree" in says("install", str(served.path))
    assert "no digest" in says("install", remote, "--bootstrap", "abc")
    assert "no folder" in says("install", remote, "--into", str(tmp_path / "absent"))
    assert "no commit" in says("digest", "absent")
    served.git("switch", "--quiet", "--orphan", "empty")
    served.commit({"b.txt": ""})
    assert "no policy" in says("digest")
    server.git("config", "core.hooksPath", "/nowhere")
    assert "core.hooksPath" in says("install", remote)
    server.git("config", "--unset", "core.hooksPath")
    Path(served.remote, "gatecheck", "installed").touch()
    assert "hooks of a clone" in says("install", remote)
    if not os.geteuid():
        os.chown(served.remote, 4711, -1)
        assert "another account" in says("check", remote)


def test_without_approvers_nobody_is_believed(project, server):
    project.commit({".gatecheck.yaml": POLICY})
    server.begin()
    assert "nobody is believed" in project.gatecheck("server", "check", str(server.path)).stdout
    modes = [stat.S_IMODE(Path(server.path, name).stat().st_mode) for name in ("objects", "gatecheck/pushes")]
    assert modes[0] == modes[1]
