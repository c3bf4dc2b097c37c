"""What a run has to say, and what it says while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gatecheck.model.answer import Outcome, Verdict
from gatecheck.model.change import Change, Globs


@dataclass(frozen=True, slots=True)
class Result:
    """One gate's verdict, with all that it rests on."""

    name: str
    kind: str
    verdict: Verdict
    reason: str = ""
    """Why it is not applicable, or what stopped it (`error`)."""
    fix: str = ""
    """What to do about an `error`."""
    outcome: Outcome | None = None
    """None when the gate did not get that far. Its findings carry their effects."""
    seconds: float = 0.0
    recalled: bool = False
    log: str | None = None
    """Path of the full output of the programs it ran."""
    crash: str | None = None
    """Path of the crash file, when the gate itself broke."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that must happen next: who must do what, and with which command."""

    who: Literal["author", "approver", "operator"]
    what: str
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """An entry in the base's policy that takes the effect from a rule's findings until a day has passed."""

    rule: str
    """In full: `tests/missing`, or `dependencies/PYSEC-2024-1`."""
    reason: str
    owner: str
    expires: str
    """The last day on which it holds, `YYYY-MM-DD`, in UTC."""
    paths: Globs | None = None


@dataclass(frozen=True, slots=True)
class Law:
    """Which policy judged, and where it came from."""

    source: str
    """For people: `.gatecheck.yaml of origin/main` or `preset python (found pyproject.toml)`."""
    digest: str
    """sha256 of everything that was read to make it (file and presets)."""
    bootstrap: bool = False
    """The base has no policy: the run decides, but can never count as evidence."""
    changed: bool = False
    """The change edits the policy; it was judged by the base's all the same."""
    waivers: tuple[Waiver, ...] = ()


@dataclass(frozen=True, slots=True)
class Isolation:
    """What keeps the programs of gates apart, from each other and from everything that they must not write to."""

    mode: Literal["overlay", "portable"]
    """In `overlay`, each works over a private copy; in `portable`, by turns over the same files, which are looked at afterwards."""
    detail: str = ""
    """Which namespaces, or why there are none."""
    users: bool = False
    pids: bool = False

    def __str__(self) -> str:
        return f"{self.mode} ({self.detail})" if self.detail else self.mode


@dataclass(frozen=True)
class Report:
    """Everything a run has to say; every output format is a pure function of it."""

    version: str
    """gatecheck's own."""
    change: Change
    chosen: str
    """How target and head were found, in a few words: `target: origin/HEAD, head: HEAD (feature)`."""
    law: Law
    results: tuple[Result, ...]
    verdict: Verdict
    started: int
    """Seconds since 1970-01-01 UTC; the run's only look at the clock."""
    seconds: float
    partial: bool = False
    """Only some of the policy's gates were asked."""
    stacked: bool = False
    """The target is not a protected branch, so the answer does not count for one."""
    room: Isolation | None = None
    """Which kind of room it was; None when there was none, since git could not merge."""
    notes: tuple[str, ...] = ()
    next: tuple[Step, ...] = ()
    recalled: bool = False
    """The whole report was known already; nothing was run."""
    repository: str = ""
    logs: str = ""
    """The folder that holds the gates' logs."""

    @property
    def exit_code(self) -> int:
        """The verdict's; nothing changes it."""
        return self.verdict.exit_code


@dataclass(frozen=True, slots=True)
class Begun:
    """A gate's work has begun."""

    gate: str


@dataclass(frozen=True, slots=True)
class Said:
    """A gate (or the room, with an empty name) says what it is doing."""

    gate: str
    message: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A gate's verdict is known."""

    result: Result


Event = Begun | Said | Ended
Listener = Callable[[Event], None]
"""Called from any thread, one call at a time."""
