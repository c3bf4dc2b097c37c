"""An agent's clone, a human's clone, and a server between them that takes nothing on to main without proof."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from gatecheck.sign import APPROVAL, EVIDENCE

POLICY = """\
version: 1
repository: https://example.org/house
protect: [main]
gates:
  size: {}
  approval: {required-when: {paths: ["/guarded/**"]}}
"""


@pytest.fixture
def served(served, server, keys):
    """The server's first law is another one here: a runner is believed, and two people approve."""
    listed = keys.allowed(EVIDENCE, "ci") + keys.allowed(APPROVAL, "jo", "al")
    law = served.commit({".gatecheck.yaml": POLICY, ".gatecheck/approvers": listed}, "The law")
    server.by_hand("refs/heads/main", law)
    served.git("fetch", "--quiet", "origin")
    return served


def work(project, branch: str, path: str) -> str:
    """Do a piece of work on a branch off the remote's main."""
    project.git("fetch", "--quiet", "origin")
    project.git("switch", "--quiet", "--create", branch, "origin/main")
    return project.commit({path: f"{branch}\n"}, f"Work on {path}")


def judged(project, keys, code: int = 0) -> str:
    """Have a runner judge what is checked out, and sign it; return the ref of the evidence."""
    done = project.gatecheck("run", "--sign", str(keys("ci")))
    assert done.returncode == code, done.stdout + done.stderr
    return f"refs/gatecheck/evidence/{project.git('rev-parse', 'HEAD^{tree}')}"


def clone(project, name: str):
    """Clone the server's repository for somebody else."""
    path = project.path.parent / name
    subprocess.run(["git", "clone", "--quiet", project.git("remote", "get-url", "origin"), path], check=True)
    return type(project)(path, project.remote)


def test_work_enters_over_ssh_once_it_is_judged_and_a_human_said_yes(served, server, sshd, keys, monkeypatch):
    for who in ("agent", "jo"):
        sshd.allow(keys(who))
    served.git("remote", "set-url", "origin", sshd.url(server.path))
    monkeypatch.setenv("GIT_SSH_COMMAND", sshd.command(keys("agent")))
    agent, human = served, clone(served, "human")

    work(agent, "topic", "guarded/vault.txt")
    agent.git("push", "--quiet", "origin", "topic")
    told = server.refuses("origin", "topic:main")
    assert "no evidence" in told
    assert "gatecheck run --sign" in told
    judged(agent, keys, code=3)
    assert agent.gatecheck("evidence", "push").returncode == 0
    told = server.refuses("origin", "topic:main")
    assert "approval" in told
    assert "gatecheck approve" in told
    assert agent.gatecheck("merge", "--push").returncode == 3
    agent.gatecheck("approve", "--key", str(keys("agent")), "--push")
    assert "approval" in server.refuses("origin", "topic:main")

    as_human = {"GIT_SSH_COMMAND": sshd.command(keys("jo"))}
    human.git("fetch", "--quiet", "origin")
    assert human.gatecheck("evidence", "fetch", env=as_human).returncode == 0
    review = human.gatecheck("review", "origin/topic")
    assert "guarded/vault.txt" in review.stdout, review.stdout + review.stderr
    assert human.gatecheck("run", "--head", "origin/topic").returncode == 3
    done = human.gatecheck("approve", "origin/topic", "--key", str(keys("jo")), "--push", env=as_human)
    assert done.returncode == 0, done.stdout + done.stderr

    told = server.refuses("origin", "topic:main", env=as_human)
    assert (
        "push" in told.partition("gatecheck: main")[2].partition("fix:")[0]
    )  # whoever pushes does not approve
    done = agent.gatecheck("merge", "--push")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list(Path(server.path, "objects").glob("tmp_*"))
    human.git("fetch", "--quiet", "origin")
    assert human.gatecheck("evidence", "fetch", env=as_human).returncode == 0
    assert human.gatecheck("verify", "origin/main").returncode == 0
    audit = human.gatecheck("audit", "origin/main", "--json")
    assert json.loads(audit.stdout)["looked_at"] >= 1, audit.stderr


def test_evidence_comes_in_the_same_push_or_before_it_and_a_branch_never_moves_without_it(
    served, server, keys
):
    work(served, "one", "one.txt")
    ref = judged(served, keys)
    assert "no evidence" in server.refuses("origin", "one:main")
    told = server.refuses("origin", "one:main", f"{ref}:{ref}")
    assert "git push --atomic" in told
    server.takes("--atomic", "origin", "one:main", f"{ref}:{ref}")
    assert not list(Path(server.path, "gatecheck/pushes").glob("*.new"))

    two = work(served, "two", "two.txt")
    ref = judged(served, keys)
    server.takes("origin", f"{ref}:{ref}")
    told = server.refuses(
        "origin", "one~1:main", env=None
    )  # a rewrite, of a tree for which there is evidence
    assert "rewrite" in told or "non-fast-forward" in told
    assert "rewrite" in server.refuses("--force", "origin", "one~1:main")
    work_on_top = served.commit({"more.txt": "nobody judged this\n"})
    assert "no evidence" in server.refuses("origin", f"{work_on_top}:refs/heads/main")
    hidden = served.git("commit-tree", f"{two}^{{tree}}", "-p", work_on_top, "-m", "the judged tree again")
    assert "evidence" in server.refuses("origin", f"{hidden}:refs/heads/main")
    server.takes("origin", f"{two}:refs/heads/main")

    work(served, "three", "three.txt")
    ref = judged(served, keys)
    forged = served.git("commit-tree", f"{ref}^{{tree}}", "-m", "the same, with another history")
    server.takes("--atomic", "origin", "three:main", f"{forged}:{ref}")


def test_of_two_pushes_from_one_base_exactly_one_lands_and_the_other_is_told_what_to_do(served, server, keys):
    names = ("left", "right")
    for name in names:
        work(served, name, f"{name}.txt")
        ref = judged(served, keys)
        server.takes("origin", f"{ref}:{ref}")
    running = [
        subprocess.Popen(
            ["git", "push", "origin", f"{name}:main"], cwd=served.path, stderr=subprocess.PIPE, text=True
        )
        for name in names
    ]
    told = {name: each.communicate(timeout=60)[1] for name, each in zip(names, running, strict=True)}
    codes = {name: each.returncode for name, each in zip(names, running, strict=True)}
    (landed,) = [name for name, code in codes.items() if code == 0]
    (other,) = set(names) - {landed}
    assert server.git("rev-parse", "main").stdout.strip() == served.git("rev-parse", landed), told
    assert "cannot lock ref" in told[other] or "moved meanwhile" in told[other]
    served.git("fetch", "--quiet", "origin")
    served.git("switch", "--quiet", other)
    assert "rewrite" in server.refuses("--force", "origin", f"{other}:main")
    judged(served, keys)
    done = served.gatecheck("merge", "--push")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_killed_hook_lets_nothing_in_and_the_same_push_is_taken_afterwards(served, server, keys, tmp_path):
    work(served, "topic", "a.txt")
    ref = judged(served, keys)
    words = ("--atomic", "origin", "topic:main", f"{ref}:{ref}")
    hook = Path(server.path, "hooks", "pre-receive")
    text = hook.read_text(encoding="utf-8")
    python = next(line for line in text.splitlines() if line.startswith("GC_PYTHON="))
    for seconds in ("0.01", "0.05", "0.1", "0.2", "0.4"):
        killer = tmp_path / "killer"
        killer.write_text(
            f'#!/bin/sh\n{python}\n(sleep {seconds}; kill -9 $$) &\nexec "$GC_PYTHON" "$@"\n', "utf-8"
        )
        killer.chmod(0o755)
        hook.write_text(text.replace(python, f"GC_PYTHON={killer}"), encoding="utf-8")
        before = server.refs()
        if server.push(*words).returncode == 0:
            break
        assert server.refs() == before, seconds
    hook.write_text(text, encoding="utf-8")
    server.git("prune", "--expire=now")
    if server.git("rev-parse", "main").stdout.strip() != served.git("rev-parse", "topic"):
        server.takes(*words)
    assert ref in server.refs()
    assert server.git("rev-parse", "main").stdout.strip() == served.git("rev-parse", "topic")
