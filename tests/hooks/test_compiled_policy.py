"""The policy that hooks read: written whole, bound to a commit, renewed when it moves; and what is missing or foreign never allows."""

from __future__ import annotations

import dataclasses
import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatecheck.errors import PolicyError
from gatecheck.install import Compiled, Source, compiled, from_text, to_text
from gatecheck.model import Policy
from gatecheck.model.boundary import Agents, Commits, Hooks, Push

SOURCE = Source("0.1", "refs/remotes/origin/main", "1" * 40, "2" * 40, "origin")
POLICY = Policy(
    source="here",
    digest="",
    protect=("main", "release/*"),
    agents=Agents(authors=("*[bot]*", ""), environment=("AGENT",), trailers=("Agent",)),
    commits=Commits(subject="[A-Z] ", subject_length=72, body=True),
    push=Push(snapshot="make", require_evidence=True),
    hooks=Hooks(strict=True, secrets=False),
)
TEXT = f"""\
gatecheck-policy 1
version 0.1
ref refs/remotes/origin/main
tip {"1" * 40}
blob {"2" * 40}
remote origin
protect main
protect release/*
strict yes
secrets no
push-snapshot make
push-evidence yes
agent-author *[bot]*
agent-variable AGENT
agent-trailer Agent
commit-trailer Agent
commit-trailer Task
commit-trailer Goal
commit-trailer Co-authored-by
commit-subject [A-Z]\x20
commit-subject-length 72
commit-body yes
end
"""


def test_it_is_a_key_and_a_value_a_line():
    assert to_text(compiled(POLICY, SOURCE)) == TEXT


def test_what_is_not_there_is_none():
    text = to_text(compiled(Policy("", ""), Source("0.1", "refs/heads/main")))
    assert "tip none\nblob none\nremote none\n" in text
    assert "commit-subject " not in text


@settings(deadline=None)
@given(
    st.builds(
        Compiled,
        version=st.just("1"),
        ref=st.just("refs/heads/main"),
        tip=st.sampled_from(["", "1" * 40]),
        blob=st.just(""),
        remote=st.just(""),
        protect=st.lists(st.text(st.characters(exclude_characters="\n"))).map(tuple),
        strict=st.booleans(),
        secrets=st.booleans(),
        push_snapshot=st.sampled_from(["off", "require", "make"]),
        push_evidence=st.booleans(),
        agent_author=st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1)).map(tuple),
        agent_variable=st.just(()),
        agent_trailer=st.just(()),
        commit_trailer=st.just(()),
        commit_subject=st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1), max_size=1).map(
            tuple
        ),
        commit_subject_length=st.integers(min_value=0),
        commit_body=st.booleans(),
    )
)
def test_what_was_written_is_read_back(law):
    law = dataclasses.replace(law, protect=tuple(filter(None, law.protect)))
    assert from_text(to_text(law)) == law


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gatecheck-policy 2\n" + TEXT.partition("\n")[2],
        TEXT.removesuffix("end\n"),
        TEXT[:200],
        TEXT.replace("strict yes", "strict maybe"),
        TEXT.replace("commit-subject-length 72", "commit-subject-length many"),
        TEXT.replace("ref refs/remotes/origin/main\n", ""),
        TEXT.replace("strict yes\n", "strict yes\nstrict no\n"),
    ],
)
def test_a_torn_or_foreign_one_is_none(text):
    assert from_text(text) is None


@pytest.mark.parametrize(
    ("policy", "about"),
    [
        (dataclasses.replace(POLICY, agents=Agents(authors=("a\nprotect x",))), "control character"),
        (dataclasses.replace(POLICY, agents=Agents(trailers=("A\rB",))), "control character"),
        (dataclasses.replace(POLICY, commits=Commits(subject="a\x1bb")), "control character"),
        (dataclasses.replace(POLICY, agents=Agents(environment=("A; touch x",))), "name of a variable"),
        (dataclasses.replace(POLICY, protect=("main", "[^a]")), "read in another way"),
        (dataclasses.replace(POLICY, protect=("m\\ain",)), "read in another way"),
        (dataclasses.replace(POLICY, protect=("[a",)), "read in another way"),
        (dataclasses.replace(POLICY, protect=("[[:alpha:]]*",)), "read in another way"),
        (dataclasses.replace(POLICY, protect=("[]a]",)), "read in another way"),
        (dataclasses.replace(POLICY, protect=(" main",)), "read in another way"),
        (dataclasses.replace(POLICY, protect=("",)), "read in another way"),
    ],
)
def test_what_hooks_would_misread_is_refused(policy, about):
    with pytest.raises(PolicyError, match=about) as refused:
        compiled(policy, SOURCE)
    assert refused.value.problems[0].startswith("here: ")
    assert refused.value.fix


# --- in a repository ---


def type_in(folder, script):
    return subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False)


def commit_on_main(project):
    project.git("symbolic-ref", "HEAD", "refs/heads/main")
    return type_in(project.path, "git commit -q --allow-empty -m x")


@pytest.mark.parametrize(
    "damage",
    [
        "rm .git/gatecheck/policy",
        "rm -r .git/gatecheck",
        ": >.git/gatecheck/policy",
        "sed -i '$d' .git/gatecheck/policy",
        "sed -i '1s/1/2/' .git/gatecheck/policy",
        "echo '#!/bin/sh' >.git/gatecheck/policy",
        "rm .git/gatecheck/policy; ln -s /nowhere .git/gatecheck/policy",
        "sed -i '/^protect/d; s/^tip .*/tip 1/' .git/gatecheck/policy",
        "printf 'gatecheck-policy 1\\nend\\n' >.git/gatecheck/policy",
        "git pack-refs --all; printf 'gatecheck-policy 1\\nend\\n' >.git/gatecheck/policy",
    ],
)
def test_a_missing_or_damaged_one_is_written_anew_and_holds(guarded, damage):
    before = (guarded.path / ".git/gatecheck/policy").read_bytes()
    assert type_in(guarded.path, damage).returncode == 0
    done = commit_on_main(guarded)
    assert done.returncode != 0
    assert "no commits on main" in done.stderr
    assert (guarded.path / ".git/gatecheck/policy").read_bytes() == before


@pytest.mark.parametrize("packed", [False, True])
def test_it_follows_the_branch_that_it_was_read_from(guarded, packed):
    move(guarded, 'version: 1\nextends: python\nprotect: ["fea*"]\n')
    if packed:
        guarded.git("-c", "core.hooksPath=/dev/null", "pack-refs", "--all")
    done = type_in(guarded.path, "git commit -q --allow-empty -m x")
    assert "no commits on feature" in done.stderr
    assert done.returncode != 0


def move(project, policy):
    """Let the remote's main have a policy; nothing here runs a hook."""
    off = ("-c", "core.hooksPath=/dev/null")
    here = project.git("symbolic-ref", "--short", "HEAD")
    project.git(*off, "switch", "--quiet", "main")
    project.write({".gatecheck.yaml": policy})
    project.git(*off, "commit", "--quiet", "--all", "-m", "policy")
    project.git(*off, "push", "--quiet", "origin", "main")
    project.git(*off, "switch", "--quiet", here)


def test_it_is_not_written_anew_without_need(guarded):
    path = guarded.path / ".git/gatecheck/policy"
    for packed in (False, True):
        if packed:
            guarded.git("pack-refs", "--all")
            type_in(guarded.path, "git commit -q --allow-empty -m x")
        before = path.stat()
        assert type_in(guarded.path, "git commit -q --allow-empty -m x").returncode == 0
        assert path.stat().st_ino == before.st_ino


def test_what_is_packed_while_it_is_read_counts_as_newer(guarded):
    """Its time is when reading began; the file beside it is written after that."""
    assert guarded.gatecheck("refresh-hooks").returncode == 0
    policy, python = (guarded.path / ".git/gatecheck" / name for name in ("policy", "python"))
    assert policy.stat().st_mtime_ns < python.stat().st_mtime_ns


def test_another_default_branch_brings_its_policy(guarded):
    guarded.git("update-ref", "refs/remotes/origin/trunk", "origin/main")
    guarded.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert type_in(guarded.path, "git commit -q --allow-empty -m x").returncode == 0
    assert "ref refs/remotes/origin/trunk\n" in (guarded.path / ".git/gatecheck/policy").read_text(
        encoding="utf-8"
    )


def test_a_broken_policy_leaves_the_last_good_one_in_force_and_says_so(guarded):
    move(guarded, "version: 1\nprotect: 3\nnonsense: [\n")
    done = type_in(guarded.path, "git commit -q --allow-empty -m x")
    assert done.returncode == 0
    assert "hooks keep to the last policy that was good" in done.stderr
    done = commit_on_main(guarded)
    assert "no commits on main" in done.stderr
    assert done.returncode != 0


def test_a_broken_policy_and_no_good_one_refuse(guarded):
    move(guarded, "version: 1\nprotect: 3\n")
    (guarded.path / ".git/gatecheck/policy").unlink()
    done = type_in(guarded.path, "git commit -q --allow-empty -m x")
    assert done.returncode != 0
    assert "is missing, damaged or old, and could not be written anew" in done.stderr
    assert ".gatecheck.yaml" in done.stderr


def test_a_policy_that_begins_to_ask_for_the_strict_hook_says_so_until_it_is_there(make_project):
    project = make_project("soft")
    project.main({"file.txt": "one\n"}, policy="version: 1\nextends: python\n")
    assert project.gatecheck("install").returncode == 0
    project.change({"new.txt": "new\n"}, branch="feature")
    move(project, "version: 1\nextends: python\nhooks: {strict: true}\n")
    done = type_in(project.path, "git commit -q --allow-empty -m x")
    assert done.returncode == 0
    assert "asks for the strict hook, which is not installed; run: gatecheck install" in done.stderr
    assert project.gatecheck("install").returncode == 0
    assert type_in(project.path, "git branch -f main feature").returncode != 0


def test_a_policy_that_cannot_be_told_to_hooks_is_refused_at_once(guarded):
    move(guarded, 'version: 1\nextends: python\nprotect: [main, "[^a]"]\n')
    done = guarded.gatecheck("install")
    assert done.returncode == 2
    assert ".gatecheck.yaml of origin/main: protect: '[^a]'" in done.stderr


def test_without_a_policy_the_default_branch_is_protected_whatever_its_name(make_project):
    project = make_project("bare")
    project.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    project.commit({"file.txt": "one\n"})
    project.git("push", "--quiet", "origin", "trunk")
    project.git("remote", "set-head", "origin", "trunk")
    done = project.gatecheck("install")
    assert done.returncode == 0
    assert "protected branches: main, master, trunk" in done.stdout
    assert "no commits on trunk" in type_in(project.path, "git commit --allow-empty -m x").stderr


def test_of_several_remotes_none_is_taken_by_guess(guarded):
    guarded.git("remote", "rename", "origin", "one")
    guarded.git("remote", "add", "two", str(guarded.remote))
    guarded.git("fetch", "--quiet", "two")
    done = guarded.gatecheck("install")
    assert done.returncode == 2
    assert "git remote rename NAME origin" in done.stderr


def test_a_remote_without_a_main_is_still_the_remote(make_project):
    project = make_project("odd")
    project.commit({"file.txt": "one\n"})
    project.git("push", "--quiet", "origin", "main:develop")
    assert project.gatecheck("install").returncode == 0
    text = (project.path / ".git/gatecheck/policy").read_text(encoding="utf-8")
    assert "ref refs/heads/main\n" in text
    assert "remote origin\n" in text


def test_refreshing_by_many_at_once_leaves_a_whole_one(guarded):
    before = (guarded.path / ".git/gatecheck/policy").read_bytes()
    words = [guarded.program, "refresh-hooks", "--repo", str(guarded.path / ".git")]
    running = [subprocess.Popen(words, env=os.environ) for _ in range(4)]
    assert [each.wait() for each in running] == [0] * 4
    assert (guarded.path / ".git/gatecheck/policy").read_bytes() == before
    assert not list((guarded.path / ".git/gatecheck").glob(".gatecheck-*"))


def test_in_a_partial_clone_the_policy_is_fetched_when_it_is_not_here(guarded, tmp_path):
    lazy = tmp_path / "lazy"
    subprocess.run(["git", "-C", guarded.remote, "config", "uploadpack.allowFilter", "true"], check=True)
    words = ["git", "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{guarded.remote}", lazy]
    subprocess.run(words, check=True)
    assert type_in(lazy, "gatecheck install").returncode == 0
    move(guarded, 'version: 1\nextends: python\nprotect: ["fea*"]\n')
    done = type_in(
        lazy, "git fetch -q; git symbolic-ref HEAD refs/heads/feature; git commit -q --allow-empty -m x"
    )
    assert done.returncode != 0
    assert "no commits on feature" in done.stderr


def test_it_works_with_sha256_and_in_a_submodule(tmp_path):
    top = tmp_path / "top"
    for folder, kind in ((tmp_path / "sub", "sha1"), (top, "sha1"), (tmp_path / "new", "sha256")):
        subprocess.run(["git", "init", "-q", "-b", "main", f"--object-format={kind}", folder], check=True)
        subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "x"], cwd=folder, check=True)
    assert (
        type_in(top, f"git -c protocol.file.allow=always submodule --quiet add {tmp_path}/sub sub").returncode
        == 0
    )
    for folder in (top / "sub", tmp_path / "new"):
        assert type_in(folder, "gatecheck install --strict").returncode == 0
        done = type_in(folder, "git commit --allow-empty -m x")
        assert "no commits on main" in done.stderr
        done = type_in(
            folder, "git switch -q -c side; git commit -q --allow-empty -m x; git branch -f main side"
        )
        assert "moves only to what its remote has" in done.stderr
        assert type_in(folder, "git commit -q --allow-empty -m x; git gc -q").returncode == 0
