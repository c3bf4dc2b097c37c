"""Every hook fired once, the way git would do it, with something that it must refuse.

A hook that is there, executable and ours may still let everything through. So each is started on a git directory of our own, which
stands for a work tree with a protected branch checked out and has everything else from the user's repository; nothing is committed,
pushed or moved. Source: gitrepository-layout(5), `commondir`; githooks(5) for what git gives to each hook.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gatecheck.doctor.symptom import Status, Symptom
from gatecheck.errors import ToolError
from gatecheck.install import Compiled
from gatecheck.process import ask

LIMIT = 30.0
"""Seconds that a hook may take to refuse."""
_ZERO, _SOME = "0" * 40, "1" * 40
_MARK = b"gatecheck:"
"""How a refusal of ours begins; another hook's refusal proves nothing."""
_AGAIN = "Run: gatecheck install. If it stays so, read what the hook says above."


@dataclass(frozen=True, slots=True)
class Shot:
    """What git would give to a hook, of which it must refuse every bit."""

    args: tuple[str, ...] = ()
    stdin: str = ""
    what: str = ""
    """What must be refused, for people."""
    branch: str = "gatecheck-doctor"
    """The branch that is checked out."""
    variables: Mapping[str, str] | None = None


def shots(law: Compiled, message: Path) -> dict[str, Shot]:
    """Return what to fire at each hook; none where the law gives it nothing to refuse. `message` is a commit message's file."""
    branch = next((name for name in law.protect if not set("*?[") & set(name)), "")
    found = {}
    if branch:
        commit = f"a commit on {branch}"
        found = {
            "pre-commit": Shot(what=commit, branch=branch),
            "prepare-commit-msg": Shot((str(message), "message"), what=commit, branch=branch),
            "pre-merge-commit": Shot(what=f"a merge into {branch}", branch=branch),
            "pre-rebase": Shot(("upstream",), what=f"a rebase of {branch}", branch=branch),
            "pre-push": Shot(
                ("gatecheck-doctor", "gatecheck-doctor:"),
                f"refs/heads/{branch} {_SOME} refs/heads/{branch} {'2' * 40}\n",
                f"a push to {branch}",
            ),
            "reference-transaction": Shot(
                ("prepared",), f"{_ZERO} {_SOME} refs/heads/{branch}\n", f"a move of {branch}"
            ),
        }
    if law.agent_variable and law.commit_trailer:
        agent = {law.agent_variable[0]: "1"}
        what = "an agent's commit without trailers"
        found["commit-msg"] = Shot((str(message),), what=what, variables=agent)
    return found


def fire(common: Path, folder: Path, law: Compiled, hooks: tuple[str, ...]) -> tuple[Symptom, ...]:
    """Fire at the hooks of a folder that are named, and say which of them refused."""
    with tempfile.TemporaryDirectory(prefix="gatecheck-doctor-") as scratch:
        git_dir = Path(scratch, "git")
        git_dir.mkdir()
        (git_dir / "commondir").write_text(f"{common}\n", encoding="utf-8", errors="surrogateescape")
        message = Path(scratch, "message")
        found = []
        for name, shot in shots(law, message).items():
            if name in hooks:
                (git_dir / "HEAD").write_text(f"ref: refs/heads/{shot.branch}\n", encoding="utf-8")
                message.write_text("Try whether the hook is on\n", encoding="utf-8")
                found.append(_fire(folder / name, shot, scratch, git_dir))
    return tuple(found)


def _fire(path: Path, shot: Shot, cwd: str, git_dir: Path) -> Symptom:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= {
        "GIT_DIR": str(git_dir),
        "GIT_AUTHOR_NAME": "gatecheck",
        "GIT_AUTHOR_EMAIL": "gatecheck@localhost",
    }
    env |= {"GIT_COMMITTER_NAME": "gatecheck", "GIT_COMMITTER_EMAIL": "gatecheck@localhost"}
    env |= shot.variables or {}
    name = f"{path.name} fired"
    try:
        code, _, err = ask([str(path), *shot.args], env=env, stdin=shot.stdin.encode(), cwd=cwd, limit=LIMIT)
    except ToolError as error:
        return Symptom(name, Status.OFF, f"it cannot be fired: {error.message}", _AGAIN)
    if code and err.startswith(_MARK):
        return Symptom(name, Status.ON, f"it refused {shot.what}")
    if code:
        said = err.decode("utf-8", "replace").strip().splitlines()
        return Symptom(
            name,
            Status.OFF,
            f"it ended with {code} and no refusal of ours: {said[-1] if said else ''}",
            _AGAIN,
        )
    return Symptom(name, Status.OFF, f"it let {shot.what} through", _AGAIN)
