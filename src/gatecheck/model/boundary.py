"""What a policy says about the boundaries before the merge: who is an agent, what a commit message and a push must be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from gatecheck.model.gate import option

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
"""A trailer's name. Source: git-interpret-trailers(1)."""


@dataclass(frozen=True)
class Agents:
    """By what an agent is known. Names are free text: they can only ask for more of a commit, never grant anything."""

    authors: tuple[str, ...] = option(
        (), doc="Patterns for `Name <mail>` of an author or committer; `*` stands for any text: `*[bot]*`."
    )
    environment: tuple[str, ...] = option(
        ("GATECHECK_AGENT", "CLAUDECODE", "CODEX_SANDBOX", "CURSOR_AGENT", "GEMINI_CLI"),
        doc="Variables that are set, and not empty, where an agent works.",
    )
    trailers: tuple[str, ...] = option(("Agent",), doc="A commit with one of these trailers is an agent's.")


@dataclass(frozen=True)
class Commits:
    """What the hook for commit messages asks. Of people nothing is asked unless the policy says so."""

    subject: str | None = option(None, doc="What the subject must match, from its beginning.", form="regex")
    subject_length: int = option(0, doc="The most characters of a subject; 0: any number.", minimum=0)
    body: bool = option(default=False, doc="Whether a commit needs a body below an empty line.")
    agent_trailers: tuple[str, ...] = option(
        ("Agent", "Task", "Goal", "Co-authored-by"), doc="Trailers that a commit by an agent must have."
    )

    def __post_init__(self) -> None:
        for name in self.agent_trailers:
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"{name!r} is not the name of a trailer: use letters, digits and dashes")


@dataclass(frozen=True)
class Hooks:
    """What `gatecheck install` sets up."""

    strict: bool = option(
        default=False,
        doc="Also guard every local move of a protected branch and of snapshot tags (reference-transaction).",
    )
    secrets: bool = option(default=True, doc="Look for secrets in what is about to be committed.")


@dataclass(frozen=True)
class Push:
    """What the hook for pushes asks of a branch."""

    snapshot: Literal["off", "require", "make"] = option(
        "off",
        doc="The branch's snapshot tag must be on the remote: `make` makes and pushes a missing one first, `require` refuses.",
    )
    require_evidence: bool = option(
        default=False, doc="A green report for exactly what is pushed must be known here."
    )
