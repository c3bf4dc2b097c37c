"""Verdicts are made in one place: what was seen, the policy's word on it, and nothing that could be green by accident."""

from __future__ import annotations

import dataclasses

import pytest

from gatecheck.engine import overall
from gatecheck.engine.judge import settle, verdict
from gatecheck.engine.memory import holds, pack, unpack
from gatecheck.model import (
    Change,
    ChangedPath,
    Effect,
    Examined,
    Finding,
    Globs,
    Measurement,
    NotApplicable,
    Outcome,
    Result,
    Rule,
    Verdict,
    Waiver,
    Wanted,
)

BLOCK, APPROVAL, NOTE = Effect.BLOCK, Effect.APPROVAL, Effect.NOTE


class Look:
    kind = "look"
    rules = (Rule("bad", BLOCK, "Bad."), Rule("odd", APPROVAL, "Odd."))


def found(rule: str = "bad", **more) -> Finding:
    return Finding(rule, "message", "Mend it.", **more)


def outcome(*findings: Finding, examined: int = 1) -> Outcome:
    return Outcome(Examined(examined, "things"), findings)


def effect_of(finding: Finding, **policy: Effect) -> Effect | None:
    wanted = Wanted("look", Look(), effect=policy.get("policy", {}))
    return settle(wanted, outcome(finding), ()).findings[0].effect


@pytest.mark.parametrize(
    ("finding", "policy", "effect"),
    [
        (found("bad"), {}, BLOCK),
        (found("odd"), {}, APPROVAL),
        (found("a rule that nobody declared"), {}, BLOCK),
        (found("odd", effect=BLOCK), {}, BLOCK),
        (found("bad"), {"bad": NOTE}, NOTE),
        (found("bad"), {"*": APPROVAL}, APPROVAL),
        (found("bad"), {"*": NOTE, "bad": BLOCK}, BLOCK),
        (found("bad", effect=NOTE), {"*": BLOCK}, NOTE),
        (found("B602", names=("odd",)), {}, APPROVAL),
        (found("B602", names=("odd",)), {"odd": NOTE}, NOTE),
        (found("B602", names=("odd",), effect=NOTE), {"odd": BLOCK}, NOTE),
    ],
)
def test_the_effect_is_the_policys_else_the_gates_else_the_rules(finding, policy, effect):
    assert effect_of(finding, policy=policy) is effect


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (outcome(), Verdict.PASS),
        (outcome(examined=0), Verdict.ERROR),
        (outcome(found(effect=NOTE)), Verdict.PASS),
        (outcome(found(effect=BLOCK)), Verdict.FAIL),
        (outcome(found(effect=BLOCK), examined=0), Verdict.FAIL),
        (outcome(found(effect=APPROVAL)), Verdict.WAITING),
        (outcome(found(effect=APPROVAL), examined=0), Verdict.ERROR),
        (outcome(found(effect=APPROVAL), found(effect=BLOCK)), Verdict.FAIL),
        (outcome(found(effect=BLOCK, introduced=False)), Verdict.PASS),
        (outcome(found(effect=BLOCK, waiver="known")), Verdict.PASS),
    ],
)
def test_a_verdict_follows_from_what_was_seen(seen, expected):
    assert verdict(seen) is expected


@pytest.mark.parametrize(
    ("rule", "paths", "covered"),
    [
        ("look/bad", None, True),
        ("look/odd", None, False),
        ("other/bad", None, False),
        ("look/bad", ("src/**",), True),
        ("look/bad", ("docs/**",), False),
    ],
)
def test_a_waiver_covers_its_rule_in_its_files(rule, paths, covered):
    waiver = Waiver(rule, "known", "jo", "2999-01-01", Globs(paths) if paths else None)
    (settled,) = settle(Wanted("look", Look()), outcome(found(path="src/a.py")), (waiver,)).findings
    assert settled.waiver == ("known" if covered else None)


@pytest.mark.parametrize(
    ("rule", "covered"), [("look/B602", True), ("look/bad", True), ("look/B603", False), ("look/odd", False)]
)
def test_a_waiver_names_a_finding_or_the_rule_that_it_is_under(rule, covered):
    waiver = Waiver(rule, "known", "jo", "2999-01-01")
    (settled,) = settle(Wanted("look", Look()), outcome(found("B602", names=("bad",))), (waiver,)).findings
    assert (settled.waiver is not None) is covered
    assert unpack(pack(outcome(settled))).findings == (settled,)


CASE = found("PYSEC-2026-1", names=("bad", "CVE-2026-1"))
"""A finding whose rule no gate can declare, since others name it: a case of the rule `bad`."""


@pytest.mark.parametrize("name", ["PYSEC-2026-1", "CVE-2026-1", "bad"])
def test_a_waiver_may_call_a_rule_by_any_of_its_names(name):
    waiver = Waiver(f"look/{name}", "known", "jo", "2999-01-01")
    assert settle(Wanted("look", Look()), outcome(CASE), (waiver,)).findings[0].waiver == "known"
    other = Waiver("look/CVE-2026-2", "known", "jo", "2999-01-01")
    assert settle(Wanted("look", Look()), outcome(CASE), (other,)).findings[0].waiver is None


@pytest.mark.parametrize(
    ("rule", "policy", "effect"),
    [("bad", {}, BLOCK), ("odd", {}, APPROVAL), ("odd", {"odd": NOTE}, NOTE), ("bad", {"*": NOTE}, NOTE)],
)
def test_a_case_of_a_rule_has_the_rules_effect(rule, policy, effect):
    assert effect_of(found("PYSEC-2026-1", names=(rule,)), policy=policy) is effect


def test_a_waiver_for_files_does_not_cover_a_finding_without_one():
    waiver = Waiver("look/bad", "known", "jo", "2999-01-01", Globs(("**",)))
    assert settle(Wanted("look", Look()), outcome(found()), (waiver,)).findings[0].waiver is None


def change(*paths: str) -> Change:
    return Change(
        "refs/heads/main", "b", "h", "b", "t", "u", tuple(ChangedPath(p, "added", "1", None) for p in paths)
    )


def result(verdict_: Verdict) -> Result:
    return Result("look", "look", verdict_)


def test_no_result_at_all_is_an_error():
    assert overall([], change("a"), Globs(()))[0] is Verdict.ERROR


def test_the_worst_result_decides():
    results = [result(v) for v in (Verdict.PASS, Verdict.WAITING, Verdict.ERROR, Verdict.NOT_APPLICABLE)]
    assert overall(results, change("a"), Globs(()))[0] is Verdict.ERROR
    assert overall([*results, result(Verdict.FAIL)], change("a"), Globs(()))[0] is Verdict.FAIL


@pytest.mark.parametrize(
    ("paths", "expected", "word"),
    [
        (["docs/a.md"], Verdict.PASS, "exempt"),
        (["docs/a.md", "src/a.py"], Verdict.ERROR, "'src/a.py'"),
        (["x.py", "src/a.py"], Verdict.ERROR, "and 1 more"),
        ([], Verdict.ERROR, "no file"),
    ],
)
def test_when_no_gate_applies_every_path_must_be_exempt(paths, expected, word):
    decided, reason = overall([result(Verdict.NOT_APPLICABLE)], change(*paths), Globs(("docs/**",)))
    assert decided is expected
    assert word in reason


@pytest.mark.parametrize(
    "answer",
    [
        NotApplicable("nothing of its kind"),
        Outcome(
            Examined(2, "tests"),
            (found(effect=NOTE, path="a", line=3), found(introduced=False), CASE),
            (Measurement("covered", 1.5, "%", 2.0),),
            ("a note",),
            repeatable=False,
        ),
        Outcome(Examined(1, "tests"), until=12.5),
    ],
)
def test_what_was_packed_is_unpacked_as_it_was(answer):
    assert unpack(pack(answer)) == answer
    assert dataclasses.asdict(unpack(pack(answer))) == dataclasses.asdict(answer)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (NotApplicable("nothing"), True),
        (Outcome(Examined(1, "tests")), True),
        (Outcome(Examined(1, "tests"), until=101.0), True),
        (Outcome(Examined(1, "tests"), until=100.0), False),
    ],
)
def test_an_answer_holds_until_its_time(answer, expected):
    assert holds(answer, 100.0) is expected
