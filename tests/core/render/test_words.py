from __future__ import annotations

import dataclasses

import pytest

from gatecheck.model import Effect, Finding, Measurement, Result, Step, Verdict
from gatecheck.render import words
from gatecheck.render.words import Standing


def _finding(**more):
    return Finding("failed", "test_a fails", "Mend it.", **more)


def test_the_gravest_finding_comes_first_and_the_gates_order_is_kept_otherwise():
    old = _finding(introduced=False, effect=Effect.BLOCK)
    waived = _finding(waiver="known", effect=Effect.BLOCK)
    note, first, second = (
        _finding(effect=Effect.NOTE),
        _finding(path="b"),
        _finding(path="a", effect=Effect.BLOCK),
    )
    approval = _finding(effect=Effect.APPROVAL)

    ranked = words.ranked([old, waived, note, first, approval, second])

    assert ranked == [first, second, approval, note, waived, old]
    assert [words.standing(one) for one in ranked[1:]] == list(Standing)


def test_a_finding_whose_effect_nobody_named_is_never_shown_as_harmless():
    assert words.standing(_finding()) is Standing.BLOCKS


def test_a_rule_is_named_as_a_waiver_names_it():
    assert words.rule(Result("web-tests", "tests", Verdict.FAIL), _finding()) == "web-tests/failed"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("refs/heads/main", "main"),
        ("refs/remotes/origin/release/1", "origin/release/1"),
        ("refs/tags/v1", "v1"),
        ("refs/pull/7/head", "pull/7/head"),
        ("main", "main"),
        ("0123456789" * 4, "0123456789"),
        ("0" * 64, "0000000000"),
    ],
)
def test_a_ref_is_said_as_people_say_it(name, said):
    assert words.ref(name) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.01, "0 s"),
        (0.06, "0.1 s"),
        (59.4, "59.4 s"),
        (59.97, "1 min 0 s"),
        (150, "2 min 30 s"),
        (3599.9, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds, said):
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1915.0, "1,915"),
        (92.857, "92.86"),
        (90.5, "90.5"),
        (100, "100"),
        (0.01234, "0.0123"),
        (0, "0"),
        (-0.5, "-0.5"),
    ],
)
def test_a_number_is_said_without_noise(value, said):
    assert words.number(value) == said


def test_what_is_not_a_number_is_unknown():
    assert words.number(float("nan")) == words.number(float("inf")) == "unknown"


def test_a_measurement_is_compared_with_the_base_where_that_was_measured():
    assert words.measurement(Measurement("coverage", 91.2, "%")) == "coverage 91.2 %"
    assert words.measurement(Measurement("coverage", 91.2, "%", 90)) == "coverage 91.2 % (base 90 %)"
    assert words.measurement(Measurement("passed", 7, "", 8)) == "passed 7 (base 8)"


def test_counts_and_lists_are_english():
    assert (words.count(1, "path"), words.count(1200, "path")) == ("1 path", "1,200 paths")
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(list("abc")) == "a, b and c"
    assert words.listing(list("abcdefgh"), limit=3) == "a, b and 6 more"


@pytest.mark.parametrize(
    ("name", "start", "parts"),
    [
        ("pass", "pass (exit code 0)", ["may enter origin/main"]),
        (
            "fail",
            "fail (exit code 1)",
            ["must not enter", "tests", "Next: Mend the failing test: python -m pytest"],
        ),
        (
            "waiting",
            "waiting (exit code 3)",
            ["only a human", "never count as evidence", "stacked", "approver"],
        ),
        ("error", "error (exit code 4)", ["could not tell", "no gate looked", "exempt"]),
        ("nothing", "error (exit code 4)", ["no gate was asked"]),
        ("conflict", "fail (exit code 1)", ["1 path in conflict", "resolve"]),
        ("recalled", "pass (exit code 0)", ["may enter"]),
        ("partial", "pass (exit code 0)", ["never count as evidence", "partial", "Next: gatecheck run"]),
        ("bootstrap", "pass (exit code 0)", ["never count as evidence", "bootstrap", "Next: gatecheck init"]),
        ("exempt", "pass (exit code 0)", ["may enter"]),
    ],
)
def test_the_last_line_says_verdict_code_meaning_and_what_to_do(reports, name, start, parts):
    said = words.closing(reports[name])

    assert said.startswith(start)
    for part in parts:
        assert part in said
    assert ("evidence" in said) == (name in {"waiting", "partial", "bootstrap"})


def _with(report, **more):
    return dataclasses.replace(report, **more)


def test_a_failing_gate_without_a_name_or_a_step_still_gets_a_next_step(reports):
    failing = _with(reports["fail"], next=())

    assert "mend what blocks" in words.closing(failing)
    assert "must not enter origin/main." in words.closing(_with(failing, results=()))
    assert "only a human" in words.closing(_with(reports["waiting"], results=()))


def test_an_error_points_to_its_fix(reports):
    report = _with(reports["fail"], next=(), verdict=Verdict.ERROR)

    assert "because types gave no answer" in words.closing(report)
    assert "do what the fix says" in words.closing(report)


def test_a_step_without_a_command_is_said_whole(reports):
    report = _with(reports["pass"], next=(Step("operator", "Rebuild the runner."),))

    assert words.closing(report).endswith("Next: Rebuild the runner.")


def test_a_run_without_a_policy_ends_with_the_command_that_writes_one(reports):
    law = reports["bootstrap"].law

    assert words.closing(_with(reports["conflict"], law=law)).endswith("gatecheck init)")
    brings = dataclasses.replace(law, changed=True)
    assert words.closing(_with(reports["bootstrap"], law=brings)).endswith("it brings the policy.")
