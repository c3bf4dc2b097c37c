"""Whether the remote answers, and would take a snapshot."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gatecheck.doctor.symptom import Status, Symptom
from gatecheck.errors import ToolError
from gatecheck.install import Compiled
from gatecheck.repo import UserGit

LIMIT = 30.0
"""Seconds that a remote gets to answer."""
_TAG = "refs/tags/backup-gatecheck-doctor"


def look(git: UserGit, law: Compiled) -> Iterator[Symptom]:
    """Ask the remote once, and try a push of a snapshot without doing it."""
    required = law.push_snapshot != "off"
    if not law.remote:
        status = Status.OFF if required else Status.NOTE
        yield Symptom("remote", status, "there is no remote", "Add one: git remote add origin URL")
        return
    code, said = _quietly(git, "ls-remote", law.remote, "HEAD")
    if code:
        status = Status.UNKNOWN if required else Status.NOTE
        fix = f"See what is wrong with: git ls-remote {law.remote}"
        yield Symptom("remote", status, f"{law.remote} does not answer: {said}", fix)
        return
    yield Symptom("remote", Status.ON, f"{law.remote} answers")
    if not required:
        return
    code, said = _quietly(git, "push", "--dry-run", "--no-verify", law.remote, f"HEAD:{_TAG}")
    if code:
        fix = f"Ask for the right to push tags `backup-*` to {law.remote}."
        yield Symptom("snapshot", Status.OFF, f"{law.remote} would not take a snapshot: {said}", fix)
    else:
        yield Symptom(
            "snapshot", Status.ON, f"a snapshot can be pushed to {law.remote} (tried without doing it)"
        )


def _quietly(git: UserGit, *args: str) -> tuple[int, str]:
    """Run git without asking anybody for a password; return its exit code and its last complaint."""
    env = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "SSH_ASKPASS": "true", "LC_ALL": "C"}
    if not {"GIT_SSH", "GIT_SSH_COMMAND"} & set(os.environ) and git.code("config", "core.sshCommand")[0]:
        env["GIT_SSH_COMMAND"] = f"ssh -o BatchMode=yes -o ConnectTimeout={LIMIT / 2:.0f}"
    try:
        code, _, err = git.code(*args, env=env, limit=LIMIT)
    except ToolError as error:
        return 1, error.message
    lines = err.decode("utf-8", "replace").strip().splitlines()
    return code, next(
        (line for line in lines if line.startswith(("fatal", "error"))), lines[-1] if lines else ""
    )
