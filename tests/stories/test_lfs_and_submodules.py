"""Content of Git LFS and submodules: what is here is looked at, and what is not stops only the gate that reads it."""

from __future__ import annotations

import hashlib
import shutil

import pytest

FILE = ("-c", "protocol.file.allow=always")
CONTENT = b"looked\0" * 10
POLICY = """\
    version: 1
    exempt: ["docs/**"]
    gates:
      look: {uses: command, run: [sh, look.sh], count: '^looked'%s}
"""


def policy(extra=""):
    return POLICY.replace("    version", "version").replace("\n    ", "\n") % extra


def pointer(content):
    oid = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"


def fetch(project, content, *, module=""):
    """Do to the local store what `git lfs fetch` does."""
    oid = hashlib.sha256(content).hexdigest()
    place = project.path / ".git" / module / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    place.parent.mkdir(parents=True)
    place.write_bytes(content)


@pytest.fixture
def large(project):
    """A repository with a file of Git LFS, and a change that reads it."""
    files = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "data/x.bin": pointer(CONTENT)}
    project.main(
        {**files, "look.sh": "tr '\\0' '\\n' < data/x.bin | grep looked\n", "a.txt": "a\n"}, policy=policy()
    )
    project.change({"a.txt": "b\n"})
    return project


@pytest.fixture
def joined(project, make_project):
    """A repository with a submodule, and a change that moves it."""
    module = make_project("lib")
    module.main({"f": "one\n"})
    project.main({"look.sh": "grep -q two vendor/lib/f && echo looked\n", "a.txt": "a\n"}, policy=policy())
    project.git(*FILE, "submodule", "--quiet", "add", str(module.path), "vendor/lib")
    project.main()
    commit = module.main({"f": "two\n"})
    project.git("switch", "--quiet", "--create", "change")
    project.git("-C", "vendor/lib", "fetch", "--quiet")
    project.git("-C", "vendor/lib", "checkout", "--quiet", commit)
    project.commit({"a.txt": "b\n"})
    return project


# --- what is here ---


def test_a_gate_sees_content_of_git_lfs(large):
    fetch(large, CONTENT)
    done = large.gatecheck("run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "look  pass" in done.stdout


def test_a_gate_sees_a_submodules_files_at_the_changes_commit(joined):
    done = joined.gatecheck("run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "look  pass" in done.stdout
    assert joined.git("status", "--porcelain") == ""


@pytest.mark.parametrize("inputs", ["vendor/**", "*"])
def test_a_gate_with_inputs_sees_a_submodules_files_and_is_asked_again_when_they_move(joined, inputs):
    joined.main(policy=policy(f", inputs: [look.sh, '{inputs}']"))
    joined.git("rebase", "--quiet", "main")
    done = joined.gatecheck("run")
    assert done.returncode == 0, done.stdout + done.stderr
    joined.git("-C", "vendor/lib", "checkout", "--quiet", "HEAD~1")
    joined.commit()
    done = joined.gatecheck("run")
    assert done.returncode == 4, "nothing was looked at"


# --- what is not here ---


def test_a_gate_that_reads_absent_content_cannot_tell_until_it_was_fetched(large):
    done = large.gatecheck("run")
    assert done.returncode == 4
    assert "the Git LFS content of 'data/x.bin' is not here, only its pointer" in done.stdout
    assert f"git lfs fetch origin {large.git('rev-parse', 'change')}" in done.stdout
    fetch(large, CONTENT)
    done = large.gatecheck("run")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_gate_that_reads_an_absent_submodule_cannot_tell_until_it_was_fetched(joined):
    aside = joined.path / ".git" / "aside"
    (joined.path / ".git" / "modules").rename(aside)
    done = joined.gatecheck("run")
    assert done.returncode == 4
    assert "the submodule 'vendor/lib' is not here" in done.stdout
    assert "git submodule update --init -- vendor/lib" in done.stdout
    aside.rename(joined.path / ".git" / "modules")
    done = joined.gatecheck("run")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (", paths: [/a.txt]", 0),
        (", inputs: [/a.txt, /look.sh]", 0),
        (", inputs: ['*.txt', /look.sh]", 4),
        (", inputs: ['*.txt', /look.sh, '!vendor/**', '!docs/**']", 0),
        (", paths: [vendor/, /a.txt]", 4),
    ],
)
def test_a_gate_that_does_not_read_what_is_absent_answers(joined, extra, code):
    joined.git("switch", "--quiet", "main")
    joined.main({"look.sh": "echo looked\n"}, policy=policy(extra))
    joined.change({"a.txt": "c\n"})
    shutil.rmtree(joined.path / ".git" / "modules")
    done = joined.gatecheck("run")
    assert done.returncode == code, done.stdout + done.stderr


def test_what_the_policy_exempts_may_be_absent(project):
    files = {
        ".gitattributes": "*.png filter=lfs\n",
        "docs/a.png": pointer(b"a"),
        "docs/b.png": pointer(b"b"),
        "look.sh": "echo looked\n",
    }
    project.main(files, policy=policy())
    project.change({"a.txt": "a\n"})
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stdout + done.stderr
    project.change({"c.png": pointer(b"c"), "d.png": pointer(b"d")})
    done = project.gatecheck("run")
    assert done.returncode == 4
    assert "'c.png' is not here, only its pointer, and 1 more like it" in " ".join(done.stdout.split())
