"""Asks whether a commit of the branch brings a secret: in a file, in a message, or by a file's name.

Every commit is looked at, not only the last one: what was added and taken away again stays in the history.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from gatecheck.formats.credentials.names import named
from gatecheck.model import (
    Added,
    Change,
    Effect,
    Examined,
    Finding,
    Globs,
    Measurement,
    Outcome,
    Rule,
    Workspace,
    option,
    over,
)
from gatecheck_gates.leaks import words
from gatecheck_gates.leaks.allowed import DIGITS, Allowed
from gatecheck_gates.leaks.blobs import Blobs
from gatecheck_gates.leaks.report import findings
from gatecheck_gates.leaks.trail import Trail, follow


@dataclass(frozen=True)
class Secrets:
    """Looks into what the commits bring; starts no program, and asks nobody."""

    kind: ClassVar[str] = "secrets"
    primary: ClassVar[str] = "largest"
    everywhere: ClassVar[bool] = True
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("leaked", Effect.BLOCK, "A commit of the branch brings a secret, and the merge result has it."),
        Rule(
            "buried",
            Effect.BLOCK,
            "A commit of the branch brought a secret that a later one took away: it stays in the history.",
        ),
        Rule("message", Effect.BLOCK, "The message of a commit has a secret in it."),
        Rule("file", Effect.BLOCK, "A commit adds a file which by its name should never be in a repository."),
        Rule("lookalike", Effect.NOTE, "Something has the form of a token, and a wrong checksum."),
        Rule("unread", Effect.NOTE, "A file was not looked into, or not into all of it."),
    )

    largest: int = option(10_000_000, minimum=1, doc="Bytes up to which a file is looked into.")
    files: tuple[str, ...] = option(
        (),
        form="globs",
        doc="More files that should never be there, beside those that are known by their names.",
    )
    allow: tuple[Allowed, ...] = option(
        (), doc="Values that may be known: `sha256`, `reason`, `owner` and `expires` of each."
    )

    @property
    def needs(self) -> tuple[str, ...]:
        """No other gate's artefacts."""
        return ()

    @property
    def programs(self) -> tuple[str, ...]:
        """It starts none."""
        return ()

    def applies(self, change: Change) -> bool:
        """Whatever changes, commits bring it; exempt paths and changes that change nothing in the end count too."""
        del change
        return True

    def check(self, workspace: Workspace) -> Outcome:
        """Look into every blob that a commit brings, once, and into the messages; then ask what of it the base has.

        Raises CannotTell where the clone does not have all of the branch's commits.
        """
        commits = workspace.history.commits()
        added = tuple(file for file in workspace.history.added() if workspace.covers(file.path))
        blobs = Blobs(workspace, self.largest)
        trail = follow(workspace, commits, added, blobs)
        allowed = self._allowed(workspace, trail)
        found = [
            *findings(workspace, trail, blobs, allowed, self.largest),
            *self._files(workspace, added),
            *(_unread(path, why) for path, why in sorted(trail.hidden.items())),
        ]
        blobs.keep()
        looked = {file.blob for file in added if blobs.seen(file.blob, file.path).looked}
        return Outcome(
            Examined(len(looked), "files") if added else Examined(len(commits), "commit messages"),
            tuple(found),
            (Measurement("commits", len(commits), ""),),
            tuple(self._notes(workspace, allowed)),
            until=min((over(entry.expires) for entry in allowed.values()), default=None),
        )

    def _allowed(self, workspace: Workspace, trail: Trail) -> dict[str, Allowed]:
        """Return what may be known of what was found, by its digest, for as long as that holds."""
        holding = [entry for entry in self.allow if workspace.now < over(entry.expires)]
        found = (*trail.files, *trail.result, *trail.messages)
        return {each: entry for entry in holding for each in found if entry.is_for(each)}

    def _files(self, workspace: Workspace, added: Iterable[Added]) -> Iterator[Finding]:
        """Yield a finding for each new file that should never be there; an empty one has nothing to hide."""
        more = Globs(self.files)
        told = set()
        for file in added:
            what = named(os.fsencode(file.path)) or (
                "on the policy's list" if more.match(file.path) else None
            )
            new = not any(file.before) and file.path not in told
            if what and new and workspace.history.size(file.blob):
                told.add(file.path)
                yield words.named(workspace, file, what)

    def _notes(self, workspace: Workspace, allowed: Mapping[str, Allowed]) -> Iterator[str]:
        for each, entry in sorted(allowed.items()):
            yield f"the secret with sha256 {each} may be known until {entry.expires}: {entry.reason} ({entry.owner})"
        for entry in self.allow:
            if workspace.now >= over(entry.expires):
                yield f"the allowance for the secret with sha256 {entry.sha256[:DIGITS]} ended on {entry.expires}"


def _unread(path: str, why: str) -> Finding:
    fix = "Look into it yourself; what is in it is not known to this gate."
    return Finding("unread", f"not looked into, or not into all of it: {why}", fix, path)
