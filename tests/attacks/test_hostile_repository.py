"""A repository whose configuration, attributes and objects were written by an enemy."""

import os
import subprocess
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, UsageError
from gatecheck.model import Environment, Globs
from gatecheck.process import Programs
from gatecheck.repo import Repository, commit_of_worktree, compute, find_aim
from gatecheck.room import Where, look, moved, open_room

HOSTILE = {
    "fsmonitor": "[core]\n\tfsmonitor = {canary}\n",
    "hooks": "[core]\n\thooksPath = {folder}\n",
    "filters": '[filter "evil"]\n\tclean = {canary}\n\tsmudge = {canary}\n\tprocess = {canary}\n\trequired = true\n',
    "textconv": '[diff "evil"]\n\ttextconv = {canary}\n\tcommand = {canary}\n[diff]\n\texternal = {canary}\n',
    "merge driver": '[merge "evil"]\n\tdriver = {canary} %O %A %B\n[merge]\n\tdefault = evil\n',
    "alias": "[alias]\n\trev-parse = !{canary}\n\tsymbolic-ref = !{canary}\n\tfor-each-ref = !{canary}\n",
    "ssh and promisor": "[core]\n\tsshCommand = {canary}\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = evil\n"
    '[remote "evil"]\n\turl = ssh://x/y\n\tpromisor = true\n\tpartialclonefilter = blob:none\n\tuploadpack = {canary}\n',
    "pager, editor and credentials": "[core]\n\tpager = {canary}\n\teditor = {canary}\n\taskPass = {canary}\n"
    "[credential]\n\thelper = !{canary}\n[gpg]\n\tprogram = {canary}\n[pager]\n\tfor-each-ref = {canary}\n",
    "alternate refs": "[core]\n\talternateRefsCommand = {canary}\n\tgitProxy = {canary}\n",
}


@pytest.fixture
def canary(tmp_path):
    folder = tmp_path / "evil"
    folder.mkdir()
    made = folder / "made"
    names = [
        "canary",
        "reference-transaction",
        "post-checkout",
        "post-index-change",
        "fsmonitor-watchman",
        "pre-commit",
    ]
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\ntouch {made}\ncat\n")
        (folder / name).chmod(0o755)
    return folder


def judged(project, gate=("git", "status", "--porcelain")):
    """Go the whole way below the gates: aim, change, both slots, a program over each, restore."""
    repo = Repository.at(str(project.path))
    change = compute(repo, find_aim(repo, "origin/main", "change"))
    before = look(repo)
    with open_room(repo, change, Programs(), lambda text: None) as room:
        out = []
        for side in ("base", "merge"):
            stage = room.stage("gate", side, Environment())
            tools = room.tools(Environment(), side)
            done = room.run("gate", gate, Where(stage, stage.tree, tools), {}, 60.0)
            out.append(done.output)
        narrow = room.stage("narrow", "merge", Environment(), Globs(("*.txt",))).tree
        out.append(sorted(path.name for path in narrow.iterdir()))
    assert moved(before, look(repo)) == ()
    return out


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_configuration_runs_nothing_and_changes_no_byte(project, canary, kind):
    project.main(
        {"a.txt": "one\ntwo\n", "b.txt": "b\n", ".gitattributes": "*.txt filter=evil diff=evil merge=evil\n"}
    )
    project.change({"a.txt": "one\ntwo\nthree\n"})
    project.main({"a.txt": "zero\none\ntwo\n"})
    config = project.path / ".git" / "config"
    text = HOSTILE[kind].format(folder=canary, canary=canary / "canary")
    config.write_text(config.read_text() + text)
    for name in ("post-index-change", "reference-transaction"):
        hook = project.path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_bytes((canary / name).read_bytes())
        hook.chmod(0o755)
    try:
        assert judged(project) == ["", "", ["a.txt", "b.txt"]]
    finally:
        assert not (canary / "made").exists()


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_is_run_for_uncommitted_work_either(project, canary, kind):
    attributes = "*.txt filter=evil diff=evil merge=evil\n*.md diff=evil merge=evil\n"
    project.main({"a.txt": "one\n", "b.md": "b\n", ".gitattributes": attributes})
    project.change({"b.md": "bb\n"})
    config = project.path / ".git" / "config"
    config.write_text(config.read_text() + HOSTILE[kind].format(folder=canary, canary=canary / "canary"))
    for name in ("post-index-change", "pre-commit"):
        hook = project.path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_bytes((canary / name).read_bytes())
        hook.chmod(0o755)
    project.write({"b.md": "bbb\n", "c.md": "new\n"})
    repo = Repository.at(str(project.path))
    before = look(repo)
    assert commit_of_worktree(repo).changed == 2
    project.write({"a.txt": "two\n"})
    with pytest.raises(UsageError, match="filter=evil"):
        commit_of_worktree(repo)
    assert moved(before, look(repo)) == ()
    assert not (canary / "made").exists()


def write_tree(project, *entries):
    """Write a tree object that git's own commands would refuse."""
    body = b"".join(b"%s %s\0%s" % (mode, name, bytes.fromhex(id_)) for mode, name, id_ in entries)
    argv = ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
    done = subprocess.run(argv, cwd=project.path, input=body, capture_output=True, check=True)
    return done.stdout.decode().strip()


def forge(project, kind):
    blob = project.git("rev-parse", "main:a.txt")
    folder = write_tree(project, (b"100644", b"evil.txt", blob))
    up = write_tree(project, (b"100644", b"escaped.txt" if "name" not in kind else b"inside.txt", blob))
    link = (
        subprocess.run(
            ["git", "hash-object", "-w", "--stdin"],
            cwd=project.path,
            input=b"/tmp",
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    return {
        "git folder": lambda: write_tree(project, (b"40000", b".git", folder)),
        "git folder in capitals": lambda: write_tree(project, (b"40000", b".GIT", folder)),
        "nested git folder": lambda: write_tree(
            project, (b"40000", b"sub", write_tree(project, (b"40000", b".git", folder)))
        ),
        "parent": lambda: write_tree(project, (b"40000", b"..", up)),
        "grandparents": lambda: write_tree(
            project,
            (
                b"40000",
                b"x",
                write_tree(project, (b"40000", b"..", write_tree(project, (b"40000", b"..", up)))),
            ),
        ),
        "here": lambda: write_tree(project, (b"40000", b".", folder)),
        "slash in a name": lambda: write_tree(project, (b"100644", b"../escaped.txt", blob)),
        "short name of git": lambda: write_tree(project, (b"40000", b"GIT~1", folder)),
        "link and folder of one name": lambda: write_tree(
            project, (b"120000", b"d", link), (b"40000", b"d", up)
        ),
        "folder and link of one name": lambda: write_tree(
            project, (b"40000", b"d", up), (b"120000", b"d", link)
        ),
        "file and file of one name": lambda: write_tree(
            project, (b"100644", b"d", link), (b"100644", b"d", blob)
        ),
    }[kind]()


@pytest.mark.parametrize(
    "kind",
    [
        "git folder",
        "git folder in capitals",
        "nested git folder",
        "parent",
        "grandparents",
        "here",
        "slash in a name",
        "short name of git",
        "link and folder of one name",
        "folder and link of one name",
        "file and file of one name",
    ],
)
def test_a_tree_that_would_write_elsewhere_is_refused_and_nothing_is_written_there(project, isolated, kind):
    base = project.main({"a.txt": "x\n"})
    tree = forge(project, kind)
    head = project.git("commit-tree", tree, "-p", base, "-m", "evil")
    project.git("update-ref", "refs/heads/change", head)
    with pytest.raises(CannotTell):
        judged(project)
    assert not list(isolated.rglob("escaped.txt"))
    assert not list(isolated.rglob(".git/evil.txt"))
    assert not Path("/tmp/escaped.txt").exists()


def test_a_room_narrowed_to_inputs_refuses_such_a_tree_too(project, isolated):
    base = project.main({"a.txt": "x\n"})
    for kind in ("parent", "grandparents", "git folder", "slash in a name"):
        head = project.git("commit-tree", forge(project, kind), "-p", base, "-m", "evil")
        project.git("update-ref", "refs/heads/change", head)
        repo = Repository.at(str(project.path))
        change = compute(repo, find_aim(repo, "origin/main", "change"))
        with (
            open_room(repo, change, Programs(), lambda text: None) as room,
            pytest.raises(CannotTell, match="must not be written"),
        ):
            room.stage("narrow", "merge", Environment(), Globs(("*",)))
        assert not list(isolated.rglob("escaped.txt"))
        assert not list(isolated.rglob("evil.txt"))


def test_a_link_that_leads_out_is_a_link_and_is_never_followed(project, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("mine\n")
    project.main({"d/f": "1\n"})
    project.git("switch", "--quiet", "--create", "change")
    project.git("rm", "-r", "--quiet", "d")
    os.symlink(outside, project.path / "d")
    project.commit()
    assert judged(project)[:2] == ["", ""]
    project.change({"d2": "x"})
    project.git("rm", "--quiet", "d")
    project.commit({"d/f": "2\n", "d/precious": "3\n"})
    assert judged(project)[:2] == ["", ""]
    assert (outside / "precious").read_text() == "mine\n"
    assert [path.name for path in outside.iterdir()] == ["precious"]
