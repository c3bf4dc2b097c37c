"""What bandit sees in each changed file: from memory where the same file was scanned before, else from one run over all the others."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import Completed, Workspace
from gatecheck_gates.commands.text import how_it_ended, last_lines
from gatecheck_gates.scans.files import File
from gatecheck_gates.scans.reports import Reports, Spot
from gatecheck_gates.scans.settings import Settings

_DRIVER = "gatecheck_gates.scans.driver"
_SIDES = ("base", "merge")
_MARK = b"nosec"
_AT_ONCE = 1_000
"""Files of one run of bandit: what it found is kept before the next, and no report grows beyond what can be read."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What is known of some files: their issues, or why there is no answer."""

    spots: Mapping[File, tuple[Spot, ...]]
    unread: Mapping[File, str]
    unknown: tuple[str, ...] = ()
    """Tests that are asked for, or to be skipped, and that bandit does not have."""


def look(workspace: Workspace, files: Sequence[File], settings: Settings) -> Scanned:
    """Return what bandit sees in each file. Raises ToolError when it did not do what it is there for."""
    questions = _questions(files, settings)
    spots: dict[File, tuple[Spot, ...]] = {}
    for file, question in questions.items():
        kept = workspace.recall(question, side=None)
        if kept:
            spots[file] = _load(kept.payload)
    todo = [file for file in files if file not in spots]
    if not todo:
        return Scanned(spots, {})
    workspace.say(f"scanning {len(todo):,} of {len(files):,} versions of Python files; the others are known")
    unread: dict[File, str] = {}
    unknown: tuple[str, ...] = ()
    for start in range(0, len(todo), _AT_ONCE):
        found = _scan(workspace, todo[start : start + _AT_ONCE], settings)
        for file, seen in found.spots.items():
            workspace.remember(questions[file], _dump(seen), {}, side=None)
        spots.update(found.spots)
        unread.update(found.unread)
        unknown = found.unknown  # the same in every run
    return Scanned(spots, unread, unknown)


def _questions(files: Iterable[File], settings: Settings) -> dict[File, str]:
    """Return what the answer about each file depends on: its content, its name (settings may look at it) and the settings."""
    same = [settings.options(), settings.config(_SIDES).decode()]
    return {file: json.dumps(["bandit", file.blob, file.path, *same]) for file in files}


def _dump(spots: Iterable[Spot]) -> bytes:
    return json.dumps([astuple(spot) for spot in spots]).encode()


def _load(payload: bytes) -> tuple[Spot, ...]:
    return tuple(Spot(*row) for row in json.loads(payload))


def _scan(workspace: Workspace, todo: Sequence[File], settings: Settings) -> Scanned:
    folder = workspace.scratch
    marked = [file for file in todo if lay(folder, file, workspace.read(file.path, side=file.side) or b"")]
    request: dict[str, Any] = {name: str(folder / f"{name}.json") for name in ("all", "shown", "answer")}
    request["options"] = ["-c", str(folder / "settings.yaml"), *settings.options()]
    request["targets"] = [file.place for file in todo]
    request["marked"] = [file.place for file in marked]
    (folder / "settings.yaml").write_bytes(settings.config(_SIDES))
    (folder / "request.json").write_text(json.dumps(request), encoding="ascii")
    argv = (sys.executable, "-I", "-B", "-m", _DRIVER, str(folder / "request.json"))
    completed = workspace.run(argv, side=None, cwd=folder)
    _refuse_failure(completed, folder)
    reports = Reports(folder, marked=bool(marked))
    unread = {file: reason for file in todo if (reason := reports.trouble(file))}
    spots = {file: reports.spots(file) for file in todo if file not in unread}
    return Scanned(spots, unread, reports.unknown)


def lay(folder: Path, file: File, data: bytes) -> bool:
    """Write a file for bandit; tell whether it has the word by which one hides issues."""
    if not {"", ".", ".."}.isdisjoint(file.place.split("/")):
        fix = "Rewrite the branch without this tree: git fsck names it."
        raise CannotTell(f"{file.path!r} is no path that a file could have", fix=fix)
    place = folder / PurePosixPath(file.place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    except OSError as error:
        fix = "Free some disk space; if the name is the cause, rename the file."
        raise CannotTell(f"{file.path!r} cannot be written for a scan: {error.strerror}", fix=fix) from error
    return _MARK in data


def _refuse_failure(completed: Completed, folder: Path) -> None:
    """Raise ToolError when the run has no answer."""
    said = last_lines(completed, folder)
    if completed.timed_out:
        fix = "Raise this gate's limit in the policy (`timeout: 1h`), or leave out what is generated with `paths`."
        raise ToolError(f"bandit did not end within its {completed.seconds:.0f} s.{said}", fix=fix)
    if completed.exit_code != 0 or not (folder / "answer.json").is_file():
        fix = f"Look at {completed.log}; see that bandit is installed beside gatecheck: {sys.executable} -m bandit --version"
        raise ToolError(f"bandit broke: it ended with {how_it_ended(completed)}.{said}", fix=fix)
