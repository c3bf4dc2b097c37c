"""The report for people: what was judged, one line a gate, what was found with its fix, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from gatecheck.model import Finding, Report, Result, Verdict
from gatecheck.render import escape, words
from gatecheck.render.ink import Line, Span, columns, paint, prose
from gatecheck.render.words import Standing

MARKS = {
    Verdict.PASS: ("✓", "good"),
    Verdict.NOT_APPLICABLE: ("-", "quiet"),
    Verdict.WAITING: ("…", "warn"),
    Verdict.ERROR: ("!", "bad"),
    Verdict.FAIL: ("✗", "bad"),
}
_TONES = {
    Standing.BLOCKS: "bad",
    Standing.APPROVAL: "warn",
    Standing.NOTE: "strong",
    Standing.WAIVED: "quiet",
    Standing.OLD: "quiet",
}
_TALLIED = {
    Standing.BLOCKS: "blocking",
    Standing.APPROVAL: "for approval",
    Standing.NOTE: "to note",
    Standing.WAIVED: "waived",
    Standing.OLD: "old",
}
FINDINGS_OF_A_GATE = 50
NAMES_OF_A_LIST = 20
_LONGEST_WORD = max(len(standing) for standing in Standing)
_MESSAGE = "  " + " " * _LONGEST_WORD + "  "


def text(report: Report, *, color: bool, verbose: bool = False, width: int = 100) -> str:
    """Return the report as text that ends with a newline; `width` bounds sentences, never paths or commands."""
    page = _Page(report, verbose=verbose, width=width)
    sections = (
        page.heading(),
        page.gates(),
        page.details(),
        page.waivers(),
        page.notes(),
        page.steps(),
        page.closing(),
    )
    shown = [
        "\n".join(paint(line, color=color) for line in section) for section in map(list, sections) if section
    ]
    return "\n\n".join(shown) + "\n"


class _Page:
    """The sections of one report, each a list of lines; an empty one is left out."""

    def __init__(self, report: Report, *, verbose: bool, width: int) -> None:
        self.report = report
        self.verbose = verbose
        self.width = max(width, 40)

    def heading(self) -> Iterator[Line]:
        report, change = self.report, self.report.change
        if report.law.bootstrap:
            yield (Span(f"bootstrap: {report.law.source}", "strong"),)
        into = f"{words.oid(change.head)} into {words.ref(change.target)} ({words.oid(change.base)})"
        merged = f"merge result {words.oid(change.tree)}, {words.count(len(change.paths), 'changed path')}"
        yield _labelled("judged", f"{into}: {merged if change.tree else 'no merge result'}")
        yield _labelled("chosen", report.chosen)
        if not report.law.bootstrap:
            yield _labelled("policy", report.law.source)
        if report.law.changed and not report.law.bootstrap:
            yield _labelled("", "the change edits the policy; it is judged by the base's", "warn")
        if self.verbose:
            yield _labelled("room", f"{report.room or 'none'}, gatecheck {report.version}")
        for path in change.conflicts[:NAMES_OF_A_LIST]:
            yield _labelled("conflict", path, "bad")
        if len(change.conflicts) > NAMES_OF_A_LIST:
            yield _labelled("", f"and {len(change.conflicts) - NAMES_OF_A_LIST:,} more")

    def gates(self) -> list[Line]:
        times = [
            "recalled" if result.recalled else words.duration(result.seconds)
            for result in self.report.results
        ]
        room = max(map(len, times), default=0)
        rows = [
            _row(result, time.rjust(room)) for result, time in zip(self.report.results, times, strict=True)
        ]
        if rows and self.report.recalled:
            rows.append(
                [
                    Span(""),
                    Span(
                        "nothing ran: this very question was answered before (only commits are looked at)",
                        "quiet",
                    ),
                ]
            )
        return columns(rows)

    def details(self) -> list[Line]:
        parts = [list(self._detail(result)) for result in self.report.results]
        return [line for part in parts if part for line in ((), *part)][1:]

    def _detail(self, result: Result) -> Iterator[Line]:
        lines = [*self._trouble(result), *self._findings(result), *self._facts(result)]
        if result.log and (self.verbose or result.verdict in {Verdict.FAIL, Verdict.ERROR}):
            lines.append((Span("  log: ", "quiet"), Span(result.log, "quiet")))
        if lines:
            yield Span(result.name, "strong"), Span(f": {self._tally(result)}")
            yield from lines

    def _tally(self, result: Result) -> str:
        """What a gate's block is about, in a few words: `2 blocking, 1 note`; without findings its verdict."""
        standings = [words.standing(finding) for finding in result.outcome.findings] if result.outcome else []
        said = [f"{standings.count(one):,} {_TALLIED[one]}" for one in Standing if one in standings]
        return ", ".join(said) if said else str(result.verdict)

    def _trouble(self, result: Result) -> Iterator[Line]:
        if result.verdict is not Verdict.NOT_APPLICABLE:
            for line in prose(result.reason, columns=self.width - 2) if result.reason else []:
                yield Span("  "), Span(line)
        if result.fix:
            yield Span("  fix: ", "good"), Span(result.fix)
        if result.crash:
            yield Span("  crash file: "), Span(result.crash)

    def _findings(self, result: Result) -> Iterator[Line]:
        found = words.ranked(result.outcome.findings) if result.outcome else []
        wanted = [one for one in found if self.verbose or words.standing(one) is not Standing.OLD]
        for finding in wanted[:FINDINGS_OF_A_GATE]:
            yield from self._finding(result, finding)
        if len(wanted) > FINDINGS_OF_A_GATE:
            where = f"see {result.log} or --report json=FILE" if result.log else "see --report json=FILE"
            yield (Span(f"  and {len(wanted) - FINDINGS_OF_A_GATE:,} more: {where}"),)
        hidden = len(found) - len(wanted)
        if hidden:
            who = "it blocks nothing" if hidden == 1 else "they block nothing"
            yield (
                Span(
                    f"  {words.count(hidden, 'old finding')} on the base too: {who} (shown with -v)", "quiet"
                ),
            )

    def _finding(self, result: Result, finding: Finding) -> Iterator[Line]:
        standing = words.standing(finding)
        place = finding.path or ""
        if place and finding.line is not None:
            place = f"{place}:{finding.line}"
        head = [Span(f"  {standing:<{_LONGEST_WORD}}  ", _TONES[standing])]
        if place:
            head += [Span(place, "strong"), Span("  ")]
        yield *head, Span(words.rule(result, finding), "quiet")
        for line in prose(finding.message, columns=self.width - len(_MESSAGE)):
            yield Span(_MESSAGE), Span(line)
        if finding.waiver is not None:
            yield Span(f"{_MESSAGE}waived: "), Span(finding.waiver)
        elif finding.fix:
            yield Span(f"{_MESSAGE}fix: ", "good"), Span(finding.fix)

    def _facts(self, result: Result) -> Iterator[Line]:
        if result.outcome is None:
            return
        if self.verbose:
            for measured in result.outcome.measurements:
                yield (Span(f"  {words.measurement(measured)}"),)
        for note in result.outcome.notes[:NAMES_OF_A_LIST]:
            yield from self._noted(note, indent="  ")
        if len(result.outcome.notes) > NAMES_OF_A_LIST:
            yield (Span(f"  and {len(result.outcome.notes) - NAMES_OF_A_LIST:,} more notes"),)

    def _noted(self, note: str, *, indent: str) -> Iterator[Line]:
        for place, line in enumerate(prose(note, columns=self.width - len(indent) - 6)):
            yield Span(f"{indent}note: " if place == 0 else f"{indent}      ", "quiet"), Span(line)

    def waivers(self) -> Iterator[Line]:
        waivers = self.report.law.waivers
        if waivers:
            yield (Span("waivers in the policy:", "strong"),)
        yield from columns(
            [
                [Span(one.rule), Span(f"until {one.expires}"), Span(one.owner), Span(one.reason)]
                for one in waivers[:NAMES_OF_A_LIST]
            ]
        )
        if len(waivers) > NAMES_OF_A_LIST:
            yield (Span(f"  and {len(waivers) - NAMES_OF_A_LIST:,} more"),)

    def notes(self) -> Iterator[Line]:
        for note in self.report.notes[:NAMES_OF_A_LIST]:
            yield from self._noted(note, indent="")
        if len(self.report.notes) > NAMES_OF_A_LIST:
            yield (Span(f"and {len(self.report.notes) - NAMES_OF_A_LIST:,} more notes"),)

    def steps(self) -> Iterator[Line]:
        if self.report.next:
            yield (Span("next:", "strong"),)
        for step in self.report.next[:NAMES_OF_A_LIST]:
            yield Span(f"  {step.who:<8}  ", "quiet"), Span(step.what)
            if step.command is not None:
                yield Span(" " * 14), Span(step.command, "strong")
        if len(self.report.next) > NAMES_OF_A_LIST:
            yield (Span(f"  and {len(self.report.next) - NAMES_OF_A_LIST:,} more steps"),)

    def closing(self) -> Iterator[Line]:
        said = words.closing(self.report)
        verdict, rest = said.split(" ", 1)
        _, tone = MARKS[Verdict.PASS if self.report.exit_code == 0 else self.report.verdict]
        yield Span(verdict, tone), Span(f" {rest}")


def _labelled(label: str, text: str, tone: str = "") -> Line:
    return Span(f"{label:<8}  ", "strong"), Span(text, tone)


def _row(result: Result, time: str) -> list[Span]:
    mark, tone = MARKS[result.verdict]
    start = [Span(mark, tone), Span(result.name, "strong"), Span(str(result.verdict), tone)]
    if result.verdict is Verdict.NOT_APPLICABLE:
        return [*start, Span(escape.cut(result.reason, 200), "quiet")]
    examined = f"{result.outcome.examined}" if result.outcome else "nothing examined"
    measurements = result.outcome.measurements if result.outcome else ()
    measured = words.measurement(measurements[0]) if measurements else ""
    return [*start, Span(examined), Span(measured), Span(time, "quiet")]
