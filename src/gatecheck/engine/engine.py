"""Asking the gates: each one once, side by side where it can be, and none hides another's answer."""

from __future__ import annotations

import dataclasses
import os
import tempfile
import threading
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from gatecheck.engine.judge import settle, verdict
from gatecheck.engine.memory import holds, pack, unpack
from gatecheck.engine.rules import Rules
from gatecheck.engine.workspace import Artifacts, GateWorkspace
from gatecheck.errors import GatecheckError, Interrupted
from gatecheck.model import (
    Answer,
    Begun,
    Change,
    Ended,
    Event,
    Listener,
    NotApplicable,
    Result,
    Verdict,
    Wanted,
    looks_everywhere,
)
from gatecheck.room import Room
from gatecheck.store import Store
from gatecheck.witness import Witness

_PULSE = 0.2
"""Seconds between looks for a signal: one that another thread received does not wake the thread that must act on it."""


class Engine:
    """One run's questions. State: which gates have answered, and the files that they saved for others."""

    def __init__(self, room: Room, store: Store, rules: Rules, listen: Listener) -> None:
        self._room = room
        self._store = store
        self._rules = rules
        self._artifacts: Artifacts = {}
        self.witnesses: list[Witness] = []
        """What the answers depended on beside the trees and the tools."""
        self._listening = threading.Lock()
        self._listener = listen

    def run(self, wanted: Sequence[Wanted], *, jobs: int, fail_fast: bool) -> tuple[Result, ...]:
        """Return every gate's result, in the policy's order.

        A gate starts when those that it needs have ended. With `fail_fast` the gates that have not begun after the first failure
        are results of their own: error, since nobody asked them.
        """
        done: dict[str, Result] = {}
        waiting = list(wanted)
        running: dict[Future[Result], str] = {}
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            try:
                while waiting or running:
                    stop = fail_fast and any(
                        r.verdict in {Verdict.FAIL, Verdict.ERROR} for r in done.values()
                    )
                    ready = [gate for gate in waiting if set(gate.gate.needs) <= done.keys()]
                    for gate in waiting[:] if stop else ready[: jobs - len(running)]:
                        waiting.remove(gate)
                        if stop:
                            done[gate.name] = _not_asked(gate)
                        else:
                            running[pool.submit(self._one, gate)] = gate.name
                    for ended in wait(running, _PULSE, FIRST_COMPLETED).done if running else ():
                        done[running.pop(ended)] = ended.result()
            except BaseException:
                self._room.stop()
                pool.shutdown(cancel_futures=True)
                raise
        return tuple(done[gate.name] for gate in wanted)

    def _one(self, wanted: Wanted) -> Result:
        """Ask one gate, or recall what it said. Whatever goes wrong is this gate's result, except an interruption."""
        begun = time.monotonic()
        self._listen(Begun(wanted.name))
        try:
            result = self._answer(wanted)
        except Interrupted:
            raise
        except GatecheckError as error:
            result = Result(wanted.name, wanted.gate.kind, Verdict.ERROR, error.message, error.fix)
        except BaseException:  # noqa: BLE001 -- one broken gate never hides another, not even one that calls sys.exit(0)
            result = self._crashed(wanted)
        log = self._room.logs / f"{wanted.name}.log"
        result = dataclasses.replace(
            result, seconds=time.monotonic() - begun, log=str(log) if log.exists() else None
        )
        self._listen(Ended(result))
        return result

    def _answer(self, wanted: Wanted) -> Result:
        change = self._seen_by(wanted)
        if not change.paths or not wanted.gate.applies(change):
            return _nothing_of_its_kind(wanted)
        workspace = GateWorkspace(
            wanted,
            change,
            room=self._room,
            store=self._store,
            artifacts=self._artifacts,
            listen=self._listen,
            rules=self._rules,
        )
        try:
            key = workspace.key()
            self.witnesses += workspace.witnesses()
            memory = self._store.get(key)
            known = memory and unpack(memory.payload)
            if memory and known and holds(known, self._rules.now):
                self._artifacts[wanted.name] = dict(memory.files)
                return self._judge(wanted, known, recalled=True)
            answer = wanted.gate.check(workspace)
            result = self._judge(wanted, answer, recalled=False)
            storable = (
                result.verdict in {Verdict.PASS, Verdict.FAIL}
                and result.outcome
                and result.outcome.repeatable
                and workspace.lasts
            )
            self._artifacts[wanted.name] = (
                self._store.put(key, pack(answer), workspace.saved)
                if storable
                else self._store.keep(workspace.saved)
            )
            return result
        finally:
            workspace.close()

    def _seen_by(self, wanted: Wanted) -> Change:
        """Return the change at the paths that this gate is for: its own `paths`, else all that are not exempt."""
        change = self._room.change
        if wanted.paths is not None:
            return change.within(wanted.paths)
        return change if looks_everywhere(wanted.gate) else change.beyond(self._rules.exempt)

    def _judge(self, wanted: Wanted, answer: Answer, *, recalled: bool) -> Result:
        kind = wanted.gate.kind
        if isinstance(answer, NotApplicable):
            return Result(wanted.name, kind, Verdict.NOT_APPLICABLE, answer.reason, recalled=recalled)
        outcome = settle(wanted, answer, self._rules.waivers)
        found = verdict(outcome)
        if found is Verdict.ERROR:
            reason = f"nothing was examined: it looked at 0 {outcome.examined.kind}"
            fix = f"See what the gate ran, and correct {wanted.name!r} in the policy so that it has something to look at."
            return Result(wanted.name, kind, found, reason, fix, outcome, recalled=recalled)
        return Result(wanted.name, kind, found, outcome=outcome, recalled=recalled)

    def _crashed(self, wanted: Wanted) -> Result:
        path = crash_file(Path(self._room.repository.place.cache), f"gate {wanted.name}")
        return Result(
            wanted.name,
            wanted.gate.kind,
            Verdict.ERROR,
            reason="the gate crashed; that is a fault of the gate, not of the change",
            fix=f"Report it with the crash file {path}",
            crash=str(path),
        )

    def _listen(self, event: Event) -> None:
        with self._listening:
            self._listener(event)


def crash_file(cache: Path, where: str) -> Path:
    """Write down the exception that is being handled, and return the file; where the cache takes none, a temporary one."""
    folder = cache / "crashes"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix="crash-", suffix=".txt")
    except OSError:
        descriptor, name = tempfile.mkstemp(prefix="gatecheck-crash-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(f"gatecheck crashed in {where}\n\n{traceback.format_exc()}")
    return Path(name)


def _not_asked(wanted: Wanted) -> Result:
    return Result(
        wanted.name,
        wanted.gate.kind,
        Verdict.ERROR,
        "not asked: another gate failed first, and --fail-fast was given",
        "Run again without --fail-fast for every gate's answer.",
    )


def _nothing_of_its_kind(wanted: Wanted) -> Result:
    what = f"matches {', '.join(wanted.paths.patterns)}" if wanted.paths else "is one that it looks at"
    return Result(wanted.name, wanted.gate.kind, Verdict.NOT_APPLICABLE, f"no changed path {what}")
