"""What a commit that lands says: whence it came, and in its trailers which evidence and which approvals it rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gatecheck.model import Commit

EVIDENCE = "Gatecheck-Evidence"
"""The sha256 of the envelope, as `gatecheck evidence show` names it."""
APPROVAL = "Gatecheck-Approval"
"""An approval's nonce."""
_TRAILER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*: \S.*")
_HEADS = "refs/heads/"


def branch_name(head: str, refs: Sequence[str]) -> str:
    """Return what the branch that lands is called: the name asked for if it is a branch's, else a branch at that commit, else a short id."""
    return next((ref.removeprefix(_HEADS) for ref in refs if ref.startswith(_HEADS)), head[:12])


def merge_message(name: str, target: str) -> str:
    """Return the message of a merge, as git would say it."""
    return f"Merge branch '{name}' into {target}\n"


def squash_message(name: str, commits: Sequence[Commit]) -> str:
    """Return the message of a squash: that of the only commit, or the branch's name over the subjects of all."""
    if len(commits) == 1:
        return commits[0].message
    subjects = (commit.message.partition("\n")[0] for commit in commits)
    return "\n".join([f"{name} ({len(commits)} commits)", "", *(f"* {subject}" for subject in subjects), ""])


def with_trailers(message: str, trailers: Sequence[tuple[str, str]]) -> str:
    """Return a message with trailers at its end, beside those that stand there. Source: git-interpret-trailers(1)."""
    said = message.rstrip("\n")
    lines = [f"{key}: {value}" for key, value in trailers]
    if not lines:
        return f"{said}\n"
    _, gap, last = said.rpartition("\n\n")
    joined = "\n" if gap and all(map(_TRAILER.fullmatch, last.split("\n"))) else "\n\n"
    return said + joined + "\n".join(lines) + "\n"
