from pathlib import Path

import pytest

from gatecheck.errors import CannotTell
from gatecheck.model import Effect, Workspace
from gatecheck.model.risk import Risk
from gatecheck_gates.plan import Plan

TOP = Path(__file__).resolve().parents[2]
NAME = ".gatecheck/plans/20260101T000000Z-raise-the-price.md"
GOOD = (TOP / "tests/examples/plan/pass/head" / NAME).read_text("utf-8")
SHOP = {"shop/prices.py": "PRICE = 1\n"}


@pytest.fixture
def asked(room):
    """Return what asks the gate: the rules and paths of its findings, and the outcome itself."""

    def ask(head, base=None, *, renames=None, gate=None):
        workspace = room({**SHOP, **(base or {})}, head, renames=renames, python_of=None)
        assert isinstance(workspace, Workspace)
        outcome = (gate or Plan()).check(workspace)
        assert all(finding.fix and finding.introduced for finding in outcome.findings)
        return [(finding.rule, finding.path) for finding in outcome.findings], outcome

    return ask


def test_a_change_that_keeps_to_its_plan_passes(asked):
    found, outcome = asked({"shop/prices.py": "PRICE = 2\n", "tests/t.py": "x\n", NAME: GOOD})
    assert found == []
    assert str(outcome.examined) == "15 sections"
    assert [(m.name, m.value) for m in outcome.measurements] == [("changed lines", 2), ("changed files", 2)]


def test_a_change_without_a_plan_is_told_the_command(asked):
    found, outcome = asked({"shop/prices.py": "PRICE = 2\n"})
    assert found == [("missing", None)]
    assert "gatecheck plan new" in outcome.findings[0].fix


def test_a_plan_that_was_there_before_is_another_changes(asked):
    assert asked({"shop/prices.py": "PRICE = 2\n"}, {NAME: GOOD})[0] == [("missing", None)]


def test_a_plan_that_is_edited_is_this_changes(asked):
    edited = GOOD.replace("since January", "since February")
    assert asked({"shop/prices.py": "PRICE = 2\n", NAME: edited}, {NAME: GOOD})[0] == []


@pytest.mark.parametrize("moved", [True, False])
def test_a_plan_that_is_only_moved_or_deleted_is_none(asked, moved):
    other = ".gatecheck/plans/other.md"
    head = {"shop/prices.py": "PRICE = 2\n", NAME: None, **({other: GOOD} if moved else {})}
    found, outcome = asked(head, {NAME: GOOD}, renames={NAME: other} if moved else None)
    assert found == [("missing", None)]
    assert "is only moved or deleted" in outcome.findings[0].message


def test_an_old_plan_may_go_while_a_new_one_comes(asked):
    assert (
        asked(
            {"shop/prices.py": "PRICE = 2\n", NAME: GOOD, ".gatecheck/plans/old.md": None},
            {".gatecheck/plans/old.md": "x"},
        )[0]
        == []
    )


def test_a_path_that_no_component_means_is_named(asked):
    found, _ = asked({"shop/prices.py": "PRICE = 2\n", "web/page.html": "x\n", NAME: GOOD})
    assert found == [("undeclared", "web/page.html")]


def test_a_renamed_file_is_declared_under_both_names(asked):
    found, _ = asked(
        {"old/a.py": None, "shop/a.py": "x\n", NAME: GOOD},
        {"old/a.py": "x\n"},
        renames={"old/a.py": "shop/a.py"},
    )
    assert found == [("undeclared", "old/a.py")]
    found, _ = asked(
        {"old/a.py": "x\n", "shop/a.py": None, NAME: GOOD},
        {"shop/a.py": "x\n"},
        renames={"shop/a.py": "old/a.py"},
    )
    assert found == [("undeclared", "old/a.py")]


def test_a_deleted_file_must_be_declared_too(asked):
    assert asked({"web/page.html": None, NAME: GOOD}, {"web/page.html": "x\n"})[0] == [
        ("undeclared", "web/page.html")
    ]


def test_several_plans_together_declare_what_changes(asked):
    other = GOOD.replace('{shop: ["/shop/**"], tests: ["/tests/**"]}', '{web: ["/web/**"]}')
    head = {
        "shop/prices.py": "PRICE = 2\n",
        "web/page.html": "x\n",
        NAME: GOOD,
        ".gatecheck/plans/other.md": other,
    }
    found, outcome = asked(head)
    assert found == []
    assert outcome.examined.count == 30
    assert asked({**head, "else.py": "x\n"})[0] == [("undeclared", "else.py")]


def test_of_several_plans_each_must_be_good(asked):
    head = {
        "shop/prices.py": "PRICE = 2\n",
        NAME: GOOD,
        ".gatecheck/plans/other.md": GOOD.replace("## Migration", "## x"),
    }
    assert asked(head)[0] == [("section", ".gatecheck/plans/other.md")]


def test_flaws_are_findings_at_their_lines(asked):
    text = GOOD.replace("n/a: a constant costs nothing.", "n/a").replace("needs: [raise]", "needs: [rise]")
    _, outcome = asked({"shop/prices.py": "PRICE = 2\n", NAME: text})
    lines = text.split("\n")
    assert [(f.rule, lines[f.line - 1]) for f in outcome.findings] == [
        ("step", "    needs: [rise]"),
        ("section", "### Performance tests"),
    ]


def test_a_plan_that_cannot_be_read_says_nothing_about_the_paths(asked):
    found, _ = asked(
        {"shop/prices.py": "PRICE = 2\n", "web/page.html": "x\n", NAME: GOOD.replace("risk: low", "risk: [")}
    )
    assert {rule for rule, _ in found} == {"front-matter"}


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_plan_is_nothing_to_look_at(asked, text):
    with pytest.raises(CannotTell, match="is empty") as caught:
        asked({"shop/prices.py": "PRICE = 2\n", NAME: text})
    assert "gatecheck plan new" in caught.value.fix


def test_a_plan_that_is_a_link_cannot_be_read(room):
    workspace = room(SHOP, {"shop/prices.py": "PRICE = 2\n", NAME: GOOD}, python_of=None)
    workspace.read = lambda _path, side="merge": None
    with pytest.raises(CannotTell, match="is no file") as caught:
        Plan().check(workspace)
    assert "regular file" in caught.value.fix


LONG = {"shop/long.py": "x\n" * 300}


def test_a_risk_above_the_declared_one_must_be_said(asked):
    found, outcome = asked({**LONG, NAME: GOOD})
    assert found == [("risk", NAME)]
    assert "the risk is low, and it is medium: it adds or edits 300 lines" in outcome.findings[0].message
    assert "risk: medium" in outcome.findings[0].fix
    assert asked({**LONG, NAME: GOOD.replace("risk: low", "risk: medium")})[0] == []
    assert asked({**LONG, NAME: GOOD.replace("risk: low", "risk: high")})[0] == []


def test_a_reason_makes_a_note_of_it(asked):
    text = GOOD.replace("risk: low", "risk: low\nrisk-reason: the lines are generated")
    found, outcome = asked({**LONG, NAME: text})
    assert found == [("risk-explained", NAME)]
    assert "the lines are generated" in outcome.findings[0].message
    assert {rule.name: rule.effect for rule in Plan.rules}["risk-explained"] is Effect.NOTE


def test_of_several_plans_the_boldest_risk_counts(asked):
    bold = GOOD.replace("risk: low", "risk: high")
    assert asked({**LONG, NAME: GOOD, ".gatecheck/plans/other.md": bold})[0] == []


@pytest.mark.parametrize(
    ("path", "risk"),
    [
        (".gatecheck.yaml", "high"),
        (".gatecheck/approvers", "high"),
        (".github/workflows/ci.yml", "high"),
        ("shop/migrations/0001.py", "high"),
        ("shop/schema.sql", "high"),
        ("pyproject.toml", "medium"),
        ("web/package.json", "medium"),
        ("uv.lock", "medium"),
        ("shop/prices.py", None),
    ],
)
def test_some_paths_are_a_risk_by_themselves(asked, path, risk):
    text = GOOD.replace(
        '["/shop/**"]', '["/*/**", "/.g*", "/*.toml", "/*.lock", "!/nothing/**", "!/anything-*/**"]'
    )
    found, outcome = asked({path: "x\n", NAME: text})
    assert found == ([("risk", NAME)] if risk else [])
    assert all(f"it is {risk}" in finding.message for finding in outcome.findings)


def test_the_policy_can_set_a_least_risk_and_its_own_scale(asked):
    found, outcome = asked({"shop/prices.py": "PRICE = 2\n", NAME: GOOD}, gate=Plan(risk=Risk.MEDIUM))
    assert found == [("risk", NAME)]
    assert "it is medium: the policy says so" in outcome.findings[0].message
    assert asked({**LONG, NAME: GOOD}, gate=Plan(medium_lines=0))[0] == []
    assert (
        asked({**LONG, NAME: GOOD}, gate=Plan(high_lines=300))[1]
        .findings[0]
        .message.endswith("it is high: it adds or edits 300 lines")
    )
    assert asked({"shop/a.py": "1\n", "shop/b.py": "1\n", NAME: GOOD}, gate=Plan(medium_files=2))[0] == [
        ("risk", NAME)
    ]


def test_a_plan_alone_needs_no_plan(room):
    change = room(SHOP, {NAME: GOOD}, python_of=None).change
    assert not Plan().applies(change)
    assert Plan().applies(room(SHOP, {NAME: GOOD, ".gatecheck/plans/x.py": "x"}, python_of=None).change)
    assert (Plan().needs, Plan().programs) == ((), ())
