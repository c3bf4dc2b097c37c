"""When the approval gate asks for people, and with which words."""

from __future__ import annotations

import pytest

from gatecheck.model import Finding, NotApplicable
from gatecheck.model.risk import Risk
from gatecheck_gates.approval import Approval, RequiredWhen

ODD = Finding("odd", "an odd thing", "Look at it.")
PLAN = """\
---
title: t
branch: b
risk: {risk}
components: {{all: ["/**/*.py"]}}
steps: {{one: {{does: it, rollback: git revert}}}}
---
"""


def asked(room, head, when=None, **more):
    """Return what the gate says: its one message, or None where it is not applicable."""
    workspace = room({"a.py": "1\n"}, head, others={"look": (ODD,), "quiet": ()})
    gate = Approval(required_when=when, **more)
    assert gate.applies(workspace.change)
    answer = gate.check(workspace)
    if isinstance(answer, NotApplicable):
        return None
    (finding,) = answer.findings
    assert (finding.rule, answer.examined.count) == ("required", len(workspace.change.paths))
    return finding.message


def test_without_conditions_it_asks_always(room):
    assert "the policy asks for it always" in asked(room, {"README.md": "x\n"})
    assert asked(room, {"README.md": "x\n"}, quorum=3).startswith("3 people who are not its authors")


@pytest.mark.parametrize(
    ("when", "head", "reason"),
    [
        (RequiredWhen(risk=Risk.HIGH), {"a.sql": "x\n"}, "its risk is high, since it touches a.sql"),
        (RequiredWhen(risk=Risk.MEDIUM), {"a.sql": "x\n"}, "its risk is high"),
        (RequiredWhen(risk=Risk.LOW), {"a.py": "2\n"}, "its risk is low"),
        (RequiredWhen(risk=Risk.HIGH), {".gatecheck/plans/p.md": PLAN.format(risk="high"), "a.py": "2\n"}, "since the plan .gatecheck/plans/p.md says so"),
        (RequiredWhen(paths=("/b/**",)), {"b/1": "", "b/2": ""}, "it touches b/1 and 1 more"),
        (RequiredWhen(gates=("quiet", "look")), {"a.py": "2\n"}, "look found something: an odd thing"),
        (RequiredWhen(loosening=True), {".github/workflows/ci.yml": "x\n"}, "it edits what decides how changes are judged: .github"),
        (RequiredWhen(risk=Risk.HIGH, paths=("a.*",)), {"a.py": "2\n"}, "it touches a.py"),
    ],
)  # fmt: skip
def test_one_condition_is_enough(room, when, head, reason):
    assert reason in asked(room, head, when)


@pytest.mark.parametrize(
    ("when", "head"),
    [
        (RequiredWhen(risk=Risk.MEDIUM), {"a.py": "2\n"}),
        (RequiredWhen(risk=Risk.HIGH), {".gatecheck/plans/p.md": PLAN.format(risk="low"), "a.py": "2\n"}),
        (RequiredWhen(paths=("/b/**",), gates=("quiet",)), {"a.py": "2\n"}),
        (RequiredWhen(loosening=True), {".gatecheck/plans/p.md": "x\n"}),
    ],
)
def test_without_any_it_is_not_applicable(room, when, head):
    assert asked(room, head, when) is None


def test_no_condition_at_all_is_a_slip():
    with pytest.raises(ValueError, match="no condition is named"):
        RequiredWhen()


def test_it_needs_the_gates_that_it_asks_about_and_starts_nothing():
    gate = Approval(required_when=RequiredWhen(gates=("look",)))
    assert (gate.needs, gate.programs, Approval().needs) == (("look",), (), ())
