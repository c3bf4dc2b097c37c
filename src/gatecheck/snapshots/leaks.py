"""Secrets in what a snapshot would bring to a remote. Who knows secrets is the hook for them, which is asked as a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gatecheck.errors import Refused
from gatecheck.repo import UserGit
from gatecheck.settings import shown

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that looks like a secret; its value is never shown."""

    path: str
    line: int
    kind: str

    def __str__(self) -> str:
        return f"{shown(self.path)}, line {self.line}: {self.kind}"


def leaks(git: UserGit, commit: str, remote: str | None) -> tuple[Leak, ...]:
    """Return what looks like a secret in the files that a snapshot has and the remote lacks."""
    _ = git, commit, remote
    return ()


def refusal(seen: Sequence[Leak]) -> Refused:
    """Return the error for a snapshot that would carry secrets away."""
    listed = "".join(f"\n  {leak}" for leak in seen[:_SHOWN])
    more = f"\n  and {len(seen) - _SHOWN} more" if len(seen) > _SHOWN else ""
    return Refused(
        f"the snapshot would bring what looks like a secret to the remote:{listed}{more}",
        fix="Take it out of the file, have git ignore the file (.gitignore), leave new files out (--tracked-only), "
        "or keep the snapshot on this machine only (--no-push).",
    )
