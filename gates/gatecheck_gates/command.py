"""Asks whether a command of your choice, in any language, finds anything new in the merge result.

The command's own report (JUnit, SARIF, a number in JSON, a number in its output) says what was examined: a green exit code
alone does not. What it finds is compared with what the same command finds on the base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import (
    Change,
    Completed,
    Effect,
    Examined,
    Finding,
    Outcome,
    Rule,
    Side,
    Workspace,
    option,
)
from gatecheck_gates.commands.codes import findings_codes, shown
from gatecheck_gates.commands.marks import Mark, Places, dump, load, new_ones
from gatecheck_gates.commands.options import problems
from gatecheck_gates.commands.report import SCRATCH, STDOUT, report_file
from gatecheck_gates.commands.text import as_typed, how_it_ended, last_lines
from gatecheck_gates.commands.ways import Count, ExitCode, Json, JUnit, Ran, Sarif, Seen, Way

_QUESTION = "what the command finds (1)"


@dataclass(frozen=True)
class Command:
    """Runs one command over the merge result, and over the base when something was found."""

    kind: ClassVar[str] = "command"
    primary: ClassVar[str] = "run"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "failed",
            Effect.BLOCK,
            "A test, or the command as a whole, fails on the merge result and not on the base.",
        ),
        Rule("found", Effect.BLOCK, "The command's SARIF report has a result that the base's has not."),
        Rule("suppressed", Effect.APPROVAL, "The change suppresses a result that the command would report."),
    )

    run: tuple[str, ...] = option(
        form="argv",
        doc="The command line. `{scratch}` is an empty folder outside the tree, for its report.",
    )
    junit: str | None = option(
        None,
        form="path",
        doc="The JUnit report that it writes: its test cases that ran are counted and compared.",
    )
    sarif: str | None = option(
        None,
        form="path",
        doc="The SARIF report that it writes (`-`: in its output): results are compared, files counted; `count` may be "
        "given too, for tools that do not list the files.",
    )
    json: str | None = option(
        None, form="path", doc="The JSON report that it writes (`-`: in its output), with `pointer`."
    )
    pointer: str | None = option(
        None,
        doc="Where in the JSON report the count stands (RFC 6901): a whole number, or an array or object whose length it is.",
    )
    count: str | None = option(
        None,
        form="regex",
        doc="A regular expression, searched in the whole output, `^` and `$` at every line: the sum of its first group, "
        "or without one the number of matches.",
    )
    exit_code_only: bool = option(
        default=False,
        doc="Look at nothing but the exit code; the report says so.",
    )
    findings_exit: tuple[int, ...] | None = option(
        None,
        doc="Exit codes that mean `I found something`; any other but 0 means that the command broke. Default: 1, and with "
        "`exit-code-only` 1 to 125.",
    )
    unit: str | None = option(
        None, doc="What is counted, in the plural. Default: tests (JUnit), files (SARIF), things (otherwise)."
    )

    def __post_init__(self) -> None:
        if found := tuple(problems(self)):
            raise ValueError("; ".join(found))

    @property
    def needs(self) -> tuple[str, ...]:
        """No other gate's artefacts."""
        return ()

    @property
    def programs(self) -> tuple[str, ...]:
        """The command's program."""
        return (self.run[0],)

    def applies(self, change: Change) -> bool:
        """Tell whether anything changed; `paths` says what counts."""
        return bool(change.paths)

    def check(self, workspace: Workspace) -> Outcome:
        """Run over the merge result; where something was found, run over the base; tell what is new.

        Raises ToolError when the command broke, took too long or contradicts its report, and CannotTell when it fails
        on both sides and lists nothing that could be compared.
        """
        way = self._way()
        ran, seen = self._look(workspace, "merge", way)
        examined = Examined(seen.count, self.unit or way.unit)
        if isinstance(way, JUnit | Sarif):
            self._keep(workspace, "merge", way, seen)
            return Outcome(examined, findings=self._compared(workspace, way, seen))
        note = (
            f"only the exit code was looked at: what `{as_typed(self.run)}` examined, if anything, is not known; with `junit` "
            "its tests are counted"
        )
        if not ran.failed:
            self._keep(workspace, "merge", way, seen)
        elif seen.count == 0:
            said = last_lines(ran.completed, ran.places.tree)
            message = (
                f"`{as_typed(self.run)}` ended with {how_it_ended(ran.completed)} and examined nothing.{said}"
            )
            raise ToolError(message, fix="Run it yourself, and mend what stops it.")
        return Outcome(
            examined,
            findings=(self._failure(workspace, ran),) if ran.failed else (),
            notes=(note,) if isinstance(way, ExitCode) else (),
        )

    def _compared(self, workspace: Workspace, way: JUnit | Sarif, seen: Seen) -> tuple[Finding, ...]:
        if not seen.marks:
            return ()
        kept = workspace.recall(_QUESTION, side="base")
        if kept is not None:
            there = load(kept.payload)
        else:
            workspace.say(f"running `{as_typed(self.run)}` on the base, to tell what is new")
            with _on_the_base():
                _, base = self._look(workspace, "base", way)
            self._keep(workspace, "base", way, base)
            there = base.marks
        renamed = {path.old_path: path.path for path in workspace.change.paths if path.old_path}
        return tuple(self._finding(mark, new=new) for mark, new in new_ones(seen.marks, there, renamed))

    def _failure(self, workspace: Workspace, ran: Ran) -> Finding:
        command = as_typed(self.run)
        if workspace.recall(_QUESTION, side="base") is None:
            workspace.say(f"running `{command}` on the base, to tell whether it failed before")
            with _on_the_base():
                completed = self._start(workspace, "base")
            if completed.exit_code != 0:
                said = last_lines(completed, workspace.base())
                message = f"`{command}` fails on the base too, so it tells nothing about the change.{said}"
                fix = (
                    "Mend it on the target branch, let it write a report that can be compared (`junit`, `sarif`), or name "
                    "the command that checks this repository in `.gatecheck.yaml` (`gatecheck init` writes one)."
                )
                raise CannotTell(message, fix=fix)
        said = last_lines(ran.completed, ran.places.tree)
        return Finding(
            rule="failed",
            message=f"`{command}` fails with {how_it_ended(ran.completed)}, and passes on the base.{said}",
            fix=f"Merge the target into your branch, run `{command}` there, and mend what it reports.",
        )

    def _finding(self, mark: Mark, *, new: bool) -> Finding:
        command = as_typed(self.run)
        fixes = {
            "failed": f"Make it pass, and see it pass with `{command}`.",
            "found": f"Mend it, and see that `{command}` no longer reports it.",
            "suppressed": "Remove the suppression and mend what it hides, or ask a human to approve it.",
        }
        weak = Effect.NOTE if mark.weak and mark.rule == "found" else None
        return Finding(
            mark.rule, mark.message, fixes[mark.rule], mark.path, mark.line, introduced=new, effect=weak
        )

    def _look(self, workspace: Workspace, side: Side, way: Way) -> tuple[Ran, Seen]:
        places = Places(workspace, side)
        report = None
        if way.path not in {None, STDOUT}:
            left = partial(workspace.left, side=side)
            report = report_file(str(way.path), left=left, scratch=_scratch(workspace, side))
        ran = Ran(self._start(workspace, side), report, places)
        return ran, way.see(ran)

    def _start(self, workspace: Workspace, side: Side) -> Completed:
        scratch = str(_scratch(workspace, side))
        completed = workspace.run(tuple(word.replace(SCRATCH, scratch) for word in self.run), side=side)
        command = as_typed(self.run)
        said = last_lines(completed, workspace.merge if side == "merge" else workspace.base())
        if completed.timed_out:
            message = f"`{command}` did not end within its {completed.seconds:.0f} s.{said}"
            raise ToolError(
                message, fix="Make it quicker, or raise this gate's limit in the policy (`timeout: 1h`)."
            )
        codes = findings_codes(self.findings_exit, exit_code_only=self.exit_code_only)
        if completed.exit_code != 0 and completed.exit_code not in codes:
            ended = how_it_ended(completed)
            message = f"`{command}` broke: it ended with {ended} (findings-exit: {shown(codes)}).{said}"
            more = "" if self.exit_code_only else "; if that code means findings, add it to `findings-exit`"
            raise ToolError(message, fix=f"Run it yourself and mend what stops it{more}.")
        return completed

    def _keep(self, workspace: Workspace, side: Side, way: Way, seen: Seen) -> None:
        """Remember for later what would come out the same again: not a failing test, which may be a flaky one."""
        if not seen.marks or isinstance(way, Sarif):
            workspace.remember(_QUESTION, dump(seen.marks), {}, side=side)

    def _way(self) -> Way:
        count = None if self.count is None else Count(re.compile(self.count, re.MULTILINE))
        if self.junit is not None:
            return JUnit(self.junit)
        if self.sarif is not None:
            return Sarif(self.sarif, count)
        if self.json is not None and self.pointer is not None:
            return Json(self.json, self.pointer)
        return count or ExitCode()


def _scratch(workspace: Workspace, side: Side) -> Path:
    """Return a folder of one run's own: what the other side's run wrote must not be taken for this one's."""
    folder = workspace.scratch / side
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _on_the_base() -> Iterator[None]:
    try:
        yield
    except ToolError as error:
        raise ToolError(
            f"To tell what is new, the base was asked too: {error.message}", fix=error.fix
        ) from error
