"""What the recorder plugin wrote, read back: lines in, one record out; nothing is believed because it parses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gatecheck_gates.suites.suite import Status, Test, of


@dataclass(frozen=True)
class Recording:
    """The recorder's lines, sorted by kind."""

    rootdir: str | None
    """None: pytest never got as far as starting the plugin."""
    tests: dict[str, Test]
    collected: int
    last_begun: str
    """Id of the test that was begun last; empty when none was."""
    foreign: tuple[tuple[str, str, str], ...]
    """Modules that came from elsewhere: name, path, and `origin` or `shadow`."""
    exit_code: int | None
    """What pytest said it would exit with; None: it ended before it could say so."""
    interrupted: str


def read(path: Path, tree: Path) -> Recording:
    """Return the recording of a run over a tree. A missing file, or a torn last line, is an unfinished recording."""
    events: dict[str, list[dict[str, Any]]] = {}
    for event in _events(path):
        events.setdefault(event["kind"], []).append(event)
    session = events.get("session", [{}])[0]
    end = events.get("end", [{}])[-1]
    begun = events.get("begun", [{}])
    rootdir = session.get("rootdir")
    place = _Place(tree, Path(rootdir) if rootdir else tree)
    broken = [place.collect_error(event) for event in events.get("collect-error", [])]
    skipped = [
        Test(event["id"], "skipped", place.relative(event["id"].split("::", 1)[0]))
        for event in events.get("collect-skip", [])
    ]
    return Recording(
        rootdir=rootdir,
        tests=of([*broken, *skipped, *_tests(events.get("report", []), place)]),
        collected=sum(len(event["ids"]) for event in events.get("collected", [])),
        last_begun=begun[-1].get("id", ""),
        foreign=tuple((event["name"], event["path"], event["why"]) for event in events.get("module", [])),
        exit_code=end.get("exit"),
        interrupted=end.get("interrupted", ""),
    )


def _events(path: Path) -> Iterable[dict[str, Any]]:
    if not path.is_file():
        return
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            event = json.loads(line)
        except ValueError:
            return
        yield event


def _tests(reports: list[dict[str, Any]], place: _Place) -> Iterable[Test]:
    by_id: dict[str, list[dict[str, Any]]] = {}
    for report in reports:
        by_id.setdefault(report["id"], []).append(report)
    return [place.test(nodeid, phases) for nodeid, phases in by_id.items()]


def _status(phases: list[dict[str, Any]]) -> Status:
    """The end of one test from its phases. A repeated call phase (subtests) counts by its worst."""
    failed = {phase["when"] for phase in phases if phase["outcome"] == "failed"}
    if failed:
        return "failed" if "call" in failed else "error"
    calls = [phase for phase in phases if phase["when"] == "call" and phase["outcome"] != "rerun"]
    if any(call["xfail"] for call in calls):
        return "xfailed"
    if any(call["outcome"] == "passed" for call in calls):
        return "passed"
    return "skipped"


@dataclass(frozen=True)
class _Place:
    """Turns pytest's paths into paths of the tree."""

    tree: Path
    rootdir: Path

    def test(self, nodeid: str, phases: list[dict[str, Any]]) -> Test:
        broken = next((phase for phase in phases if phase["outcome"] == "failed"), None)
        crash = (broken or {}).get("crash") or {}
        return Test(
            id=nodeid,
            status=_status(phases),
            path=self.relative(phases[0]["path"]),
            line=phases[0]["line"],
            crash_path=self.relative(crash.get("path")),
            crash_line=crash.get("line"),
            message=self.shorten(crash.get("message", "")),
            seconds=sum(phase["seconds"] for phase in phases),
        )

    def collect_error(self, event: dict[str, Any]) -> Test:
        crash = event["crash"]
        told = [line[1:].strip() for line in crash["message"].split("\n") if line.startswith("E ")]
        return Test(
            id=event["id"],
            status="error",
            path=self.relative(event["id"].split("::", 1)[0]),
            crash_path=self.relative(crash["path"]),
            crash_line=crash["line"],
            message=self.shorten("\n".join(told[-3:]) or crash["message"]),
        )

    def relative(self, path: str | None) -> str | None:
        """Return a path as the tree has it; one from elsewhere stays as it is."""
        if path is None:
            return None
        return _relative(self.tree, self.rootdir, path)

    def shorten(self, message: str) -> str:
        """Take the tree's own place out of a message, so that it reads the same wherever the tree lies."""
        return message.replace(f"{self.tree}/", "").replace(f"{self.tree.resolve()}/", "")


@lru_cache(maxsize=10_000)
def _relative(tree: Path, rootdir: Path, path: str) -> str:
    """Return a path as the tree has it; asked of each test, and of few files."""
    full, tree = (rootdir / path).resolve(), tree.resolve()
    return full.relative_to(tree).as_posix() if full.is_relative_to(tree) else path
