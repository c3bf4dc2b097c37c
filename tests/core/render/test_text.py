from __future__ import annotations

import dataclasses
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatecheck.model import Effect, Examined, Finding, Outcome, Result, Step, Verdict, Waiver
from gatecheck.render import ink
from gatecheck.render.ink import Span
from gatecheck.render.text import text

SGR = re.compile(r"\x1b\[[0-9;]*m")


def shown(report, **more):
    return text(report, color=False, **more)


def many(report, amount, *, effect=Effect.BLOCK, log="/logs/tests.log"):
    findings = tuple(Finding("failed", f"test_{n} fails", "Mend it.", effect=effect) for n in range(amount))
    result = Result(
        "tests", "tests", Verdict.FAIL, outcome=Outcome(Examined(amount, "tests"), findings), log=log
    )
    return dataclasses.replace(report, results=(result,), verdict=Verdict.FAIL)


def test_the_heading_says_what_was_judged_how_it_was_chosen_and_by_which_law(reports):
    first, second, third, *_ = shown(reports["pass"]).splitlines()

    assert "3f9a1c22" in first
    assert "origin/main" in first
    assert "77ab01cd" in first
    assert "target: origin/HEAD" in second
    assert ".gatecheck.yaml of origin/main" in third


def test_without_a_policy_the_first_line_names_the_preset(reports):
    assert shown(reports["bootstrap"]).startswith("bootstrap: preset python (found pyproject.toml)\n")


def test_a_change_to_the_policy_is_said(reports):
    assert "judged by the base's" in shown(reports["fail"])
    assert "judged by the base's" not in shown(reports["pass"])


def test_there_is_one_aligned_line_a_gate(reports):
    rows = [line for line in shown(reports["fail"]).splitlines() if re.match(r"  [✓✗!…-]  ", line)]

    assert [row.split()[1:3] for row in rows] == [
        ["tests", "fail"],
        ["coverage", "pass"],
        ["types", "error"],
        ["docs", "not-applicable"],
    ]
    assert (
        len({row.index(word) for row, word in zip(rows, ["fail", "pass", "error", "not-"], strict=True)}) == 1
    )
    assert len({len(row) for row in rows[:3]}) == 1
    assert rows[1].endswith("recalled")
    assert "no changed path matches" in rows[3]


def test_a_finding_has_its_place_message_and_fix_together(reports):
    lines = shown(reports["fail"]).splitlines()
    place = next(n for n, line in enumerate(lines) if "tests/test_tax.py:41" in line)

    assert "tests/failed" in lines[place]
    assert "assert Decimal('12.10')" in lines[place + 1]
    assert lines[place + 4].strip() == "fix: python -m pytest tests/test_tax.py::test_total"


def test_what_the_base_has_too_is_one_count_unless_asked_for(reports):
    report = reports["fail"]
    one = dataclasses.replace(report.results[0].outcome, findings=report.results[0].outcome.findings[3:4])
    alone = dataclasses.replace(report, results=(dataclasses.replace(report.results[0], outcome=one),))

    assert "2 old findings" in shown(report)
    assert "1 old finding on the base too: it blocks nothing" in shown(alone)
    assert "tests/test_old.py:9" not in shown(report)
    assert "tests/test_old.py:9" in shown(report, verbose=True)
    assert "old finding" not in shown(report, verbose=True)


def test_a_waiver_is_shown_with_its_reason_even_where_it_covers_nothing(reports):
    assert shown(reports["fail"]).count("ftp was dropped") == 2
    assert "until 2026-03-01  ann-marie  not reachable" in shown(reports["fail"])


def test_an_error_has_its_reason_fix_crash_file_and_log(reports):
    block = shown(reports["fail"]).split("types: error\n")[1].split("\n\n")[0]

    for part in ("mypy is not installed", "fix: Add mypy", "crash-1.txt", "types.log"):
        assert part in block


def test_a_log_is_named_only_where_it_helps(reports):
    assert "tests.log" not in shown(reports["pass"])
    assert "tests.log" in shown(reports["pass"], verbose=True)
    assert "tests.log" in shown(reports["fail"])


def test_more_than_fifty_findings_are_counted_and_the_place_of_the_rest_is_named(reports):
    page = shown(many(reports["pass"], 62))

    assert page.count("fix: Mend it.") == 50
    assert "and 12 more: see /logs/tests.log or --report json=FILE" in page
    assert "and 12 more: see --report json=FILE" in shown(many(reports["pass"], 62, log=None))


def test_every_list_is_bounded(reports):
    report = reports["fail"]
    notes = tuple(f"note {n}" for n in range(23))
    result = dataclasses.replace(
        report.results[0], outcome=dataclasses.replace(report.results[0].outcome, notes=notes)
    )
    law = dataclasses.replace(
        report.law, waivers=(Waiver("tests/missing", "known", "jo", "2027-01-01"),) * 24
    )
    change = dataclasses.replace(report.change, conflicts=tuple(f"c{n}" for n in range(21)), tree="")
    steps = (Step("author", "Mend it"),) * 25
    page = shown(
        dataclasses.replace(report, results=(result,), law=law, change=change, notes=notes[:22], next=steps)
    )

    for said in (
        "and 3 more notes",
        "and 4 more\n",
        "          and 1 more\n",
        "and 2 more notes",
        "and 5 more steps",
    ):
        assert said in page


def test_a_message_of_a_thousand_lines_is_cut(reports):
    finding = Finding("failed", "\n\n".join(["x"] * 500), "", effect=Effect.BLOCK)
    page = shown(many(reports["pass"], 0))
    outcome = Outcome(Examined(1, "tests"), (finding,))
    long = shown(
        dataclasses.replace(
            many(reports["pass"], 0), results=(Result("t", "t", Verdict.FAIL, outcome=outcome),)
        )
    )

    assert "(470 more lines)" in long
    assert len(long.splitlines()) < len(page.splitlines()) + 40


def test_sentences_fit_the_width_and_commands_stay_whole(reports):
    page = shown(reports["fail"], width=60)
    told = page.split("AssertionError")[1].split("fix:")[0]

    assert all(len(line) <= 60 for line in told.splitlines())
    assert "python -m pytest tests/test_tax.py::test_total\n" in page


def test_colour_adds_nothing_but_colour(reports):
    for report in reports.values():
        coloured = text(report, color=True, verbose=True)
        assert "\x1b[" in coloured
        assert SGR.sub("", coloured) == shown(report, verbose=True)


def test_the_report_ends_with_its_verdict(reports):
    for name, report in reports.items():
        last = shown(report).splitlines()[-1]
        assert f"(exit code {report.exit_code})" in last, name


def test_a_recalled_run_says_that_nothing_ran(reports):
    assert "nothing ran" in shown(reports["recalled"])


def test_the_files_in_conflict_are_named(reports):
    assert "conflict  shop/tax.py" in shown(reports["conflict"])


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60, deadline=None)
@given(st.data())
def test_any_report_becomes_lines_without_a_blank_end_that_any_terminal_can_show(any_report, data):
    report = data.draw(any_report)
    for verbose in (False, True):
        page = shown(report, verbose=verbose, width=data.draw(st.integers(-1, 200)))
        page.encode()
        assert all(line.isprintable() and line == line.rstrip() for line in page.split("\n"))
        assert not re.search(r"^\s*::|##\w*\[", page, re.MULTILINE)
        assert "\n\n\n" not in page


def test_columns_align_wide_letters_and_leave_out_empty_columns():
    rows = [
        [Span("漢"), Span(""), Span("x")],
        [Span("abcd"), Span(""), Span("y")],
        [Span("e\u0301"), Span("z")],
    ]

    assert [ink.paint(line, color=False) for line in ink.columns(rows)] == [
        "  漢    x",
        "  abcd  y",
        "  e\u0301     z",
    ]


def test_a_message_or_fix_of_a_megabyte_is_cut(reports):
    finding = Finding("failed", "word " * 200_000, "y" * 1_000_000, "p" * 5000, effect=Effect.BLOCK)
    outcome = Outcome(Examined(1, "tests"), (finding,))
    page = shown(
        dataclasses.replace(
            many(reports["pass"], 0), results=(Result("t", "t", Verdict.FAIL, outcome=outcome),)
        )
    )

    assert page.count("more characters)") == 3
    assert len(page) < 20_000
