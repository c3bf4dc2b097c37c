"""Repositories in which the checks stand as git's own hooks, by a policy that a test writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gatecheck_hooks

PACKAGE = Path(gatecheck_hooks.__file__).parent
ALWAYS = (
    "version 0",
    "ref refs/remotes/origin/main",
    "tip {tip}",
    "blob none",
    "remote origin",
    "protect main",
    "strict no",
    "secrets yes",
    "push-snapshot off",
    "push-evidence no",
)
AGENT = (
    "agent-variable WORKS_FOR_ITSELF",
    "agent-trailer Agent",
    "commit-trailer Agent",
    "commit-trailer Task",
    "commit-trailer Goal",
    "commit-trailer Co-authored-by",
)
HOOK = """\
#!/bin/sh
GC_HOOK={name} GC_PYTHON={python} GC_HOME={package}
. "$GC_HOME/sh/common.sh"
. "$GC_HOME/sh/commit-message.sh"
. "$GC_HOME/sh/secrets.sh"
gc_start && gc_law || exit 1
{check}
"""


@pytest.fixture
def hooked(project):
    """Give a repository on a branch, with both checks as hooks, and a way to say what the compiled policy has."""
    project.main({"README.md": "A shop.\n"})
    project.change()
    for name, check in (("commit-msg", 'commit_message "$1"'), ("pre-commit", "secrets")):
        hook = project.path / ".git/hooks" / name
        text = HOOK.format(name=name, python=sys.executable, package=PACKAGE, check=check)
        hook.write_text(text, encoding="utf-8")
        hook.chmod(0o755)
    compile_policy(project, *AGENT)
    return project


def compile_policy(project, *lines):
    folder = project.path / ".git/gatecheck"
    folder.mkdir(exist_ok=True)
    tip = project.git("rev-parse", "refs/remotes/origin/main")
    text = "\n".join(["gatecheck-policy 1", *ALWAYS, *lines, "end", ""]).replace("{tip}", tip)
    (folder / "policy").write_text(text, encoding="utf-8", errors="surrogateescape")


@pytest.fixture
def law(hooked):
    """Write the compiled policy's lines about agents and commits anew."""
    return lambda *lines: compile_policy(hooked, *lines)


@pytest.fixture
def attempt(hooked):
    """Run git in the hooked repository, and return what came of it."""

    def attempt(*words, cwd=None, **env):

        return subprocess.run(
            ["git", *words],
            cwd=cwd or hooked.path,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )

    return attempt
