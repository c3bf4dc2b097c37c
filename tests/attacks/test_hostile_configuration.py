"""Every way of `.git/config` to name a program, times `gatecheck run` and `gatecheck run --worktree`: none is ever started."""

import os

import pytest

PARTIAL = "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = evil\n"
KINDS = {
    "fsmonitor program": "[core]\n\tfsmonitor = {canary}\n",
    "fsmonitor daemon": "[core]\n\tfsmonitor = true\n\tuseBuiltinFSMonitor = true\n\tfsmonitorHookVersion = 2\n",
    "hooks elsewhere": "[core]\n\thooksPath = {folder}\n",
    "clean filter": '[filter "evil"]\n\tclean = {canary}\n\trequired = true\n',
    "smudge filter": '[filter "evil"]\n\tsmudge = {canary}\n\trequired = true\n',
    "process filter": '[filter "evil"]\n\tprocess = {canary}\n\trequired = true\n',
    "textconv": '[diff "evil"]\n\ttextconv = {canary}\n\tcachetextconv = true\n',
    "diff driver": '[diff "evil"]\n\tcommand = {canary}\n',
    "external diff": "[diff]\n\texternal = {canary}\n",
    "merge driver": '[merge "evil"]\n\tdriver = {canary} %O %A %B\n',
    "default merge driver": '[merge]\n\tdefault = evil\n[merge "evil"]\n\tdriver = {canary} %O %A %B\n',
    "aliases": "[alias]\n\trev-parse = !{canary}\n\tsymbolic-ref = !{canary}\n\tfor-each-ref = !{canary}\n\tls-files = !{canary}\n",
    "ssh command": "[core]\n\tsshCommand = {canary}\n"
    + PARTIAL
    + '[remote "evil"]\n\turl = ssh://x/y\n\tpromisor = true\n',
    "promisor's upload pack": PARTIAL
    + '[remote "evil"]\n\turl = {folder}\n\tpromisor = true\n\tuploadpack = {canary}\n',
    "promisor behind a program": PARTIAL
    + '[remote "evil"]\n\turl = ext::{canary}\n\tpromisor = true\n[protocol "ext"]\n\tallow = always\n',
    "rewritten address": PARTIAL
    + '[remote "evil"]\n\turl = https://x/y\n\tpromisor = true\n[url "ext::{canary} "]\n\tinsteadOf = https://x/\n[protocol "ext"]\n\tallow = always\n',
    "git proxy": "[core]\n\tgitProxy = {canary}\n"
    + PARTIAL
    + '[remote "evil"]\n\turl = git://x/y\n\tpromisor = true\n',
    "credential helper": "[credential]\n\thelper = !{canary}\n[core]\n\taskPass = {canary}\n",
    "gpg program": '[gpg]\n\tprogram = {canary}\n[gpg "ssh"]\n\tprogram = {canary}\n[commit]\n\tgpgSign = true\n[log]\n\tshowSignature = true\n',
    "pagers": "[core]\n\tpager = {canary}\n[pager]\n\tfor-each-ref = {canary}\n\tdiff-tree = {canary}\n\trev-parse = {canary}\n",
    "editors": "[core]\n\teditor = {canary}\n[sequence]\n\teditor = {canary}\n",
    "alternate refs command": "[core]\n\talternateRefsCommand = {canary}\n",
    "pack hook": "[uploadpack]\n\tpackObjectsHook = {canary}\n",
    "submodule update command": '[submodule]\n\trecurse = true\n[submodule "sub"]\n\tupdate = !{canary}\n\tactive = true\n\turl = ext::{canary}\n',
    "trailer and tar commands": '[trailer "x"]\n\tcommand = {canary}\n\tcmd = {canary}\n[tar "tgz"]\n\tcommand = {canary}\n[tar "tar"]\n\tcommand = {canary}\n',
    "included file": "[include]\n\tpath = {folder}/included\n",
    "conditionally included file": '[includeIf "gitdir:/**"]\n\tpath = {folder}/included\n',
    "configuration of the work tree": "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tworktreeConfig = true\n",
    "another work tree": "[core]\n\tworktree = {folder}\n\tfsmonitor = {canary}\n\tattributesFile = {folder}/attributes\n",
}
EVERYTHING = "".join(
    KINDS[name]
    for name in (
        "fsmonitor program",
        "hooks elsewhere",
        "clean filter",
        "textconv",
        "merge driver",
        "aliases",
    )
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_starts_nothing_that_the_configuration_names(project, tmp_path, kind):
    folder = tmp_path / "evil"
    folder.mkdir()
    for name in (
        "canary",
        "pre-commit",
        "post-index-change",
        "reference-transaction",
        "post-checkout",
        "fsmonitor-watchman",
    ):
        (folder / name).write_text(f"#!/bin/sh\ntouch {folder}/made\ncat\n")
        (folder / name).chmod(0o755)
    names = {"folder": folder, "canary": folder / "canary"}
    (folder / "included").write_text(EVERYTHING.format(**names))
    (folder / "attributes").write_text("* filter=evil diff=evil merge=evil\n")
    policy = "version: 1\ngates: {look: {uses: command, run: [sh, -c, 'git status && git diff HEAD && echo looked'], count: '^looked'}}\n"
    attributes = "*.txt filter=evil diff=evil merge=evil\n*.md diff=evil merge=evil\n"
    project.main({"a.txt": "one\ntwo\n", "b.md": "b\n", ".gitattributes": attributes}, policy=policy)
    project.change({"a.txt": "one\ntwo\nthree\n"})
    project.main({"a.txt": "zero\none\ntwo\n"})
    git = project.path / ".git"
    (git / "config").write_text((git / "config").read_text() + KINDS[kind].format(**names))
    (git / "config.worktree").write_text(EVERYTHING.format(**names))
    (git / "hooks").mkdir(exist_ok=True)
    for name in ("post-index-change", "reference-transaction", "pre-commit"):
        os.symlink(folder / name, git / "hooks" / name)
    done = project.gatecheck("run")
    assert not (folder / "made").exists()
    assert done.returncode == 0, done.stdout + done.stderr
    project.write({"b.md": "bb\n", "c.md": "c\n"})
    done = project.gatecheck("run", "--worktree")
    assert not (folder / "made").exists()
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_canary_sings_for_git_itself(project, tmp_path):
    """Else none of the above would show anything."""
    (tmp_path / "canary").write_text(f"#!/bin/sh\ntouch {tmp_path}/made\n")
    (tmp_path / "canary").chmod(0o755)
    project.main({"a.txt": "one\n"})
    config = project.path / ".git" / "config"
    config.write_text(config.read_text() + KINDS["fsmonitor program"].format(canary=tmp_path / "canary"))
    project.git("status", check=False)
    assert (tmp_path / "made").exists()
