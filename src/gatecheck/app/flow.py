"""The one flow: what would happen, under which law, looked at in a clean room, and what follows from it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from gatecheck import __version__
from gatecheck.app.law import FILE, Ruling, find_ruling
from gatecheck.app.steps import next_steps
from gatecheck.engine import Engine, Rules, overall
from gatecheck.errors import CannotTell, UsageError
from gatecheck.model import (
    Change,
    Effect,
    Examined,
    Finding,
    Isolation,
    Listener,
    Outcome,
    Report,
    Result,
    Said,
    Verdict,
    Waiver,
)
from gatecheck.process import Programs
from gatecheck.repo import Aim, Repository, commit_of_worktree, compute, find_aim
from gatecheck.room import look, moved, open_room
from gatecheck.store import Store
from gatecheck.upkeep import bound, tidy_when_due, using
from gatecheck.witness import Witness


@dataclass(frozen=True, slots=True)
class Question:
    """What `gatecheck run` was asked."""

    repo: str
    target: str | None = None
    head: str | None = None
    gates: tuple[str, ...] = ()
    jobs: int = 2
    use_cache: bool = True
    fail_fast: bool = False
    portable: bool = False
    """Without overlays, even where they are to be had."""
    worktree: bool = False
    """Judge what is in the work tree, committed or not, in the place of a head."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The report, and for how long the same question will have the same answer."""

    report: Report
    repository: Repository
    witnesses: tuple[Witness, ...] | None
    """What the answer depended on beside git's objects; None: it must not be recalled."""
    expires: float | None
    """Seconds since 1970 after which a waiver or an outcome no longer holds."""


def judge(question: Question, listen: Listener) -> Judgement:
    """Answer the question. Raises a GatecheckError when there is no report to give."""
    started = time.time()
    bound()  # a size that is none is told before anything is done
    repository = Repository.at(question.repo)
    cache = Path(repository.place.cache)
    with using(cache):
        judgement = _judge(question, repository, started, listen)
    tidy_when_due(cache, started, lambda text: listen(Said("", text)))
    return judgement


def _judge(question: Question, repository: Repository, started: float, listen: Listener) -> Judgement:
    begun = time.monotonic()
    aim, left_out = _aim(question, repository)
    # 1. what would happen: base, head, merge result
    change = compute(repository, aim)
    # 2. the law comes from the base; 3. names become gates
    ruling = find_ruling(repository, aim, change, question.gates)
    waivers = _holding(ruling.policy.waivers, started)
    # 4. a clean room; 5. ask, or recall
    rules = Rules(ruling.policy.exempt, waivers, aim.origin, ruling.protects, started)
    law = replace(ruling.law, waivers=waivers)
    seen = _look(question, repository, change, ruling, rules, listen)
    # 6. say it
    verdict, reason = overall(seen.results, change, ruling.policy.exempt)
    report = Report(
        version=__version__,
        change=change,
        chosen=aim.chosen,
        law=law,
        results=seen.results,
        verdict=verdict,
        started=int(started),
        seconds=time.monotonic() - begun,
        partial=bool(question.gates) and len(ruling.wanted) < len(ruling.policy.gates),
        stacked=ruling.stacked,
        notes=(*_notes(reason, ruling, waivers), *left_out),
        next=next_steps(seen.results, verdict, law, written=_has_policy(repository)),
        repository=repository.name,
        logs=seen.logs,
        room=seen.room,
    )
    return Judgement(report, repository, seen.witnesses, _expiry(waivers, seen.results))


def _aim(question: Question, repository: Repository) -> tuple[Aim, tuple[str, ...]]:
    """Return what is to be judged, and what the report must say about it."""
    if not question.worktree:
        return find_aim(repository, question.target, question.head), ()
    if question.head is not None:
        raise UsageError(
            "--worktree is a head of its own and does not go with --head",
            fix="Leave one of them away: --worktree judges what is in the work tree, --head what is committed.",
        )
    repository.never_recall()  # no witness stands for all files of a work tree
    snapshot = commit_of_worktree(repository)
    aim = find_aim(repository, question.target, "HEAD")
    target = aim.chosen.partition(", head ")[0]
    aim = replace(aim, head=snapshot.commit, chosen=f"{target}, head: {snapshot.says}", merge="")
    return aim, snapshot.notes


class _Seen(NamedTuple):
    """What a look at the change gave."""

    results: tuple[Result, ...]
    witnesses: tuple[Witness, ...] | None = None
    """What the results depended on; None: they may come out otherwise the next time."""
    logs: str = ""
    room: Isolation | None = None


def _look(
    question: Question, repository: Repository, change: Change, ruling: Ruling, rules: Rules, listen: Listener
) -> _Seen:
    """Ask the gates in a clean room."""
    if change.conflicts:
        return _Seen((_conflict(change),))
    before = look(repository)
    store = Store(Path(repository.place.cache) / "store", recall=question.use_cache)
    with (
        _stopping(Programs()) as programs,
        open_room(
            repository, change, programs, lambda text: listen(Said("", text)), portable=question.portable
        ) as room,
    ):
        _refuse_less(ruling, room.isolation)
        engine = Engine(room, store, rules, listen)
        results = engine.run(ruling.wanted, jobs=question.jobs, fail_fast=question.fail_fast)
        witnesses = (*room.witnesses(), *engine.witnesses)
    gone = moved(before, look(repository))
    if gone:
        results, witnesses = (*results, _disturbed(gone)), ()
    known = repository.witnesses
    lasting = known is not None and all(map(_is_settled, results))
    return _Seen(results, (*known, *witnesses) if lasting and known else None, str(room.logs), room.isolation)


def _refuse_less(ruling: Ruling, isolation: Isolation) -> None:
    """Raise CannotTell when the policy asks for more than this machine gives."""
    if ruling.policy.room == "overlay" and isolation.mode != "overlay":
        raise CannotTell(
            f"the policy asks for `room: overlay`, and the room is {isolation}",
            fix="Run where user namespaces are allowed (docs/ci.md says how), or change `room` on the target branch.",
        )


@contextmanager
def _stopping(programs: Programs) -> Iterator[Programs]:
    try:
        yield programs
    finally:
        programs.stop()


def _is_settled(result: Result) -> bool:
    """Tell whether a result would come out the same again."""
    if result.verdict is Verdict.NOT_APPLICABLE:
        return True
    repeatable = result.outcome is not None and result.outcome.repeatable
    return repeatable and result.verdict in {Verdict.PASS, Verdict.FAIL}


def _conflict(change: Change) -> Result:
    """Return the verdict on a change that cannot be merged: no gate has anything to look at."""
    findings = tuple(
        Finding(
            "conflict",
            "both sides changed it in ways that git cannot merge",
            "Merge the target into the branch and resolve it: git merge "
            + change.target.removeprefix("refs/remotes/").removeprefix("refs/heads/"),
            path=path,
            effect=Effect.BLOCK,
        )
        for path in change.conflicts
    )
    return Result("merge", "merge", Verdict.FAIL, outcome=Outcome(Examined(1, "merge"), findings))


def _disturbed(what: tuple[str, ...]) -> Result:
    return Result(
        "repository",
        "repository",
        Verdict.ERROR,
        f"{', '.join(what)} of your repository changed while the gates ran",
        "If you did that yourself, run again and leave the repository alone meanwhile; if not, a gate's program reached it.",
    )


def _holding(waivers: tuple[Waiver, ...], now: float) -> tuple[Waiver, ...]:
    today = datetime.fromtimestamp(now, UTC).date().isoformat()
    return tuple(waiver for waiver in waivers if today <= waiver.expires)


def _expiry(waivers: tuple[Waiver, ...], results: tuple[Result, ...]) -> float | None:
    """Return when the first waiver will have ended (the midnight after its last day), or the first outcome no longer holds."""
    last_days = [datetime.fromisoformat(waiver.expires).replace(tzinfo=UTC) for waiver in waivers]
    untils = [result.outcome.until for result in results if result.outcome and result.outcome.until]
    return min([*(day.timestamp() + 86_400 for day in last_days), *untils], default=None)


def _has_policy(repository: Repository) -> bool:
    """Tell whether the user's work tree has a policy file, committed or not."""
    return repository.place.work_tree is not None and Path(repository.place.work_tree, FILE).exists()


def _notes(reason: str, ruling: Ruling, holding: tuple[Waiver, ...]) -> tuple[str, ...]:
    notes = [reason] if reason else []
    ended = [waiver for waiver in ruling.policy.waivers if waiver not in holding]
    notes += [
        f"the waiver for {waiver.rule} ended on {waiver.expires} and covers nothing now" for waiver in ended
    ]
    if ruling.law.changed and not ruling.law.bootstrap:
        notes.append(
            f"the change edits {FILE} or .gatecheck/; it was judged by the policy of the base all the same"
        )
    return tuple(notes)
