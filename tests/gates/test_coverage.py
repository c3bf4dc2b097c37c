"""The coverage gate, on data that real runs of the tests gate left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import Effect, NotApplicable
from gatecheck_gates.coverage import Coverage
from gatecheck_gates.tests import Tests

SOURCE = "[run]\nsource = .\nomit = tests/*\n"
BRANCH = "[run]\nbranch = true\nsource = .\nomit = tests/*\n"
SHOP = "def add(a, b):\n    return a + b\n"
TEST = "from shop import add\n\n\ndef test_add():\n    assert add(2, 2) == 4\n"
BASE = {"shop.py": SHOP, "tests/test_shop.py": TEST, ".coveragerc": SOURCE}


def unused(lines):
    """Return a function that no test calls, with so many statements in it."""
    return "\n\ndef unused(x):\n" + "".join(f"    x = {n}\n" for n in range(lines - 1)) + "    return x\n"


@pytest.fixture
def judge(room):
    """Run the tests gate over a change, then the coverage gate over what it saved."""

    def check(base, head, gate=None, **more):
        workspace = room(base, head, **more)
        Tests(retries=0).check(workspace)
        workspace.artifacts = {("tests", name): path for name, path in workspace.saved.items()}
        (workspace.scratch / "coverage-gate").mkdir()
        workspace.scratch = workspace.scratch / "coverage-gate"
        return (gate or Coverage()).check(workspace)

    return check


def test_uncovered_changed_lines_block_and_are_named_as_ranges(judge):
    outcome = judge(BASE, {"shop.py": SHOP + unused(6)})
    (finding,) = outcome.findings
    assert (finding.rule, finding.effect, finding.path, finding.line) == ("uncovered", None, "shop.py", 6)
    assert "6-11" in finding.message
    assert str(outcome.examined) == "9 statements"
    assert outcome.measurements[0].value == pytest.approx(100 / 7, abs=0.01)


def test_a_small_change_has_an_allowance_and_its_lines_are_noted(judge):
    outcome = judge(BASE, {"shop.py": SHOP + unused(3)})
    assert [finding.effect for finding in outcome.findings] == [Effect.NOTE]
    assert any("total was not compared" in note for note in outcome.notes)


def test_covered_changed_lines_pass(judge):
    head = {
        "shop.py": SHOP + "\n\ndef double(a):\n    return add(a, a)\n",
        "tests/test_d.py": "from shop import double\n\n\ndef test_d():\n    assert double(2) == 4\n",
    }
    outcome = judge(BASE, head)
    assert outcome.findings == ()
    assert [m.name for m in outcome.measurements] == ["changed lines covered", "total coverage"]


@pytest.mark.parametrize(
    "marker", ["# pragma: no cover", "#pragma:no cover", "# pragma: no cover - a reason"]
)
def test_a_marker_that_the_change_adds_excludes_nothing(judge, marker):
    outcome = judge(BASE, {"shop.py": SHOP + unused(6).replace("unused(x):", f"unused(x):  {marker}")})
    assert [finding.effect for finding in outcome.findings] == [None]


@pytest.mark.parametrize(
    "text",
    [
        SHOP + unused(6).replace("unused(x):", "unused(x, y='# pragma: no cover'):"),
        "def unused(x):  # coding: utf-8 pragma: no cover\n" + unused(6).split("\n", 3)[3] + SHOP,
    ],
    ids=["in a string", "beside what looks like an encoding"],
)
def test_a_marker_excludes_nothing_wherever_it_hides(judge, text):
    assert [finding.effect for finding in judge(BASE, {"shop.py": text}).findings] == [None]


def test_a_marker_that_the_base_has_still_excludes_what_is_added_below_it(judge):
    old = SHOP + unused(2).replace("unused(x):", "unused(x):  # pragma: no cover")
    new = SHOP + unused(8).replace("unused(x):", "unused(x, y):  # pragma: no cover") + "\n\nPRICE = 3\n"
    assert judge({**BASE, "shop.py": old}, {"shop.py": new}).findings == ()


def test_a_loosened_setting_of_the_change_counts_for_nothing(judge):
    outcome = judge(BASE, {"shop.py": SHOP + unused(6), ".coveragerc": "[run]\nomit = *\n"})
    assert [finding.effect for finding in outcome.findings] == [None]


def test_a_branch_never_taken_makes_a_changed_line_partial(judge):
    head = SHOP.replace("    return", "    if a:\n        b += 0\n    if b:\n        a += 0\n    return")
    outcome = judge({**BASE, ".coveragerc": BRANCH}, {"shop.py": head}, Coverage(minimum=100, allowance=0))
    (finding,) = outcome.findings
    assert "only some branches taken: 2, 4" in finding.message
    # 4 changed lines and 4 branches of them, of which 2 are never taken.
    assert outcome.measurements[0].value == pytest.approx(75)


def test_a_line_inside_a_long_statement_belongs_to_the_statement(judge):
    old = SHOP + "\n\ndef unused():\n    return add(\n        1,\n        2,\n    )\n"
    outcome = judge(
        {**BASE, "shop.py": old}, {"shop.py": old.replace("        2,", "        3,")}, Coverage(allowance=0)
    )
    assert [(finding.line, finding.effect) for finding in outcome.findings] == [(6, None)]


def test_a_new_file_that_no_test_imports_is_uncovered(judge):
    outcome = judge(BASE, {"new/deep.py": unused(6)})
    assert [(finding.path, finding.effect) for finding in outcome.findings] == [("new/deep.py", None)]


@pytest.mark.parametrize(
    "head",
    [
        {"tests/test_more.py": "def test_m():\n    pass\n"},
        {"readme.txt": "x\n"},
        {"shop.py": None, "tests/test_shop.py": "def test_x():\n    pass\n"},
    ],
)
def test_a_change_without_measured_files_is_not_applicable_with_the_reason(judge, head):
    answer = judge(BASE, head, Coverage(max_drop=None))
    assert isinstance(answer, NotApplicable)
    assert "No changed file is measured" in answer.reason


def test_a_change_that_touches_no_statement_of_a_measured_file_has_no_percentage(judge):
    outcome = judge(BASE, {"shop.py": SHOP + "# a comment\n"})
    assert str(outcome.examined) == "2 statements"
    assert (outcome.findings, outcome.measurements) == ((), ())


def test_a_changed_file_without_statements_is_not_applicable(judge):
    answer = judge(BASE, {"empty.py": "# nothing to run\n"})
    assert isinstance(answer, NotApplicable)
    assert "no statement" in answer.reason


def test_without_settings_tests_and_setup_files_are_no_product_code(judge):
    base = {"shop.py": SHOP, "tests/test_shop.py": TEST}
    head = {
        "tests/test_more.py": "def test_m():\n    pass\n\n\ndef unused():\n    a = 1\n    b = 2\n    c = 3\n    return a\n"
    }
    answer = judge(base, {**head, "setup.py": unused(6), "docs/conf.py": unused(6)}, Coverage(max_drop=None))
    assert isinstance(answer, NotApplicable)
    assert "docs/conf.py, setup.py, tests/test_more.py (taken for no product code" in answer.reason
    assert "name no `source`" in answer.reason


def test_a_drop_of_the_total_is_seen_when_a_run_of_the_base_is_at_hand(judge):
    answer = judge(
        BASE,
        {
            "shop.py": SHOP + "\n\nPRICE = 3\n",
            "tests/test_shop.py": None,
            "tests/test_x.py": "import shop\n\n\ndef test_x():\n    assert shop\n",
        },
    )
    (finding,) = answer.findings
    assert finding.rule == "dropped"
    assert "from 100.00 % to 66.67 %" in finding.message
    assert str(answer.examined) == "3 statements"


MISTAKEN = {"src/pkg/encoding.py": SHOP, "tests/test_t.py": "def test_t():\n    pass\n"}


@pytest.mark.parametrize("max_drop", [1.0, None], ids=["with a base run", "without"])
@pytest.mark.parametrize(
    ("file", "text", "setting"),
    [
        ("pyproject.toml", '[tool.coverage.run]\nsource = ["jinja2", "tests"]\n', "source"),
        (".coveragerc", "[run]\ninclude = tests/*\n", "include"),
        (".coveragerc", "[report]\ninclude = tests/*\n", "include"),
        (".coveragerc", "[run]\nomit = src/*\n", "omit"),
        (".coveragerc", "[run]\nsource = .\n[report]\nomit = src/*\n", "omit"),
    ],
)
def test_settings_that_leave_out_what_changed_are_named_whatever_is_remembered(
    judge, file, text, setting, max_drop
):
    # A new test setting lets the tests gate run the base, so that both sides' data are at hand.
    head = {"src/pkg/encoding.py": SHOP + unused(6), "tox.ini": "[pytest]\n"}
    answer = judge({**MISTAKEN, file: text}, head, Coverage(max_drop=max_drop))
    assert isinstance(answer, NotApplicable)
    assert f"src/pkg/encoding.py (left out by `{setting}` in {file})" in answer.reason


def test_changed_files_that_are_not_measured_beside_some_that_are_get_a_note(judge):
    base = {
        "lib/shop.py": SHOP,
        "tests/test_t.py": "import lib.shop\n\n\ndef test_t():\n    lib.shop.add(1, 2)\n",
    }
    more = {f"tools/t{n}.py": "X = 1\n" for n in range(6)}
    head = {"lib/shop.py": SHOP + "\n\nPRICE = 3\n", "tests/test_u.py": "def test_u():\n    pass\n", **more}
    outcome = judge({**base, ".coveragerc": "[run]\nsource = lib\n"}, head)
    assert str(outcome.examined) == "3 statements"
    (note,) = outcome.notes
    assert "tools/t4.py and 1 more (left out by `source` in .coveragerc)" in note
    assert "tests" not in note


def test_a_changed_file_that_does_not_parse_is_an_error_that_names_it(judge):
    with pytest.raises(ToolError, match=r"new\.py cannot be analysed"):
        judge(BASE, {"new.py": "def (:\n"})


def test_data_of_another_checkout_is_an_error(judge, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thing.py").write_text("X = 1\n")
    base = {
        "shop.py": SHOP,
        "test_x.py": "import thing\n\n\ndef test_x():\n    assert thing.X\n",
        ".coveragerc": f"[run]\nsource = {tmp_path}/other\n",
    }
    environment = {"PYTHONPATH": str(tmp_path / "other"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with pytest.raises(CannotTell, match="another checkout"):
        judge(base, {"shop.py": SHOP + unused(6)}, environment=environment)


def test_missing_data_names_what_to_install_or_to_set(room, interpreter):
    workspace = room(BASE, {"shop.py": SHOP + unused(1)})
    with pytest.raises(ToolError, match="The gate `tests` gave no coverage data") as raised:
        Coverage().check(workspace)
    assert raised.value.fix.startswith("Mend what `tests` says first")
    workspace.python_of = type(interpreter)(interpreter.executable, "3.11", {})
    with pytest.raises(ToolError, match="gave no coverage data: coverage is not installed") as raised:
        Coverage().check(workspace)
    assert "pip install 'coverage" in raised.value.fix
    assert "`coverage: false`" in raised.value.fix
    workspace.python_of = type(interpreter)(interpreter.executable, "3.11", {"coverage": "7.6.1"})
    with pytest.raises(ToolError, match=r"coverage 7\.6\.1 is older than 7\.10"):
        Coverage().check(workspace)


def test_what_a_built_environment_lacks_is_for_the_policy_to_add(room, interpreter):
    built = Path(f"/c/gatecheck/environments/{'0a' * 10}-merge/env/bin/python")
    workspace = room(BASE, {"shop.py": SHOP + unused(1)}, python_of=type(interpreter)(built, "3.11", {}))
    for gate, name in ((Tests(), "pytest"), (Coverage(), "coverage>=7.10")):
        with pytest.raises(ToolError) as raised:
            gate.check(workspace)
        assert raised.value.fix.startswith(f"Add {name} to `environment: {{create: ...}}` of the policy.")
        assert "pip" not in raised.value.fix


def test_subprocesses_that_went_elsewhere_are_measured(judge):
    text = "import pathlib, subprocess, sys\n\n\ndef test_x(tmp_path):\n    here = pathlib.Path(__file__).resolve().parents[1]\n    code = f'import sys; sys.path.insert(0, {str(here)!r}); import shop; shop.unused(1)'\n    subprocess.run([sys.executable, '-c', code], cwd=tmp_path, check=True)\n"
    assert judge(BASE, {"shop.py": SHOP + unused(6), "tests/test_sub.py": text}).findings == ()


def test_src_layout_below_a_folder_of_the_policy_is_found(judge):
    base = {f"api/{path}".replace("api/shop", "api/src/shop"): text for path, text in BASE.items()}
    base["api/.coveragerc"] = "[run]\nsource = src\n"
    base["api/pytest.ini"] = "[pytest]\npythonpath = src\n"
    outcome = judge(base, {"api/src/shop.py": SHOP + unused(6), "api/src/new.py": unused(6)}, cwd="api")
    assert [finding.path for finding in outcome.findings] == ["api/src/new.py", "api/src/shop.py"]


LCOV = "SF:shop.js\nDA:1,1\nDA:2,0\nDA:3,0\nDA:4,0\nDA:5,0\nend_of_record\n"


@pytest.mark.parametrize("path", ["shop.js", "{tree}/shop.js"])
def test_a_report_of_another_tool_is_read(room, tmp_path, path):
    workspace = room({"shop.js": "1\n"}, {"shop.js": "1\n2\n3\n4\n5\n", "other.js": "1\n"})
    report = tmp_path / "lcov.info"
    report.write_text(LCOV.replace("shop.js", path.format(tree=workspace.merge)))
    workspace.artifacts = {("tests", "coverage"): report, ("tests", "base-coverage"): report}
    outcome = Coverage().check(workspace)
    assert [(finding.line, finding.effect) for finding in outcome.findings] == [(2, None)]
    assert outcome.measurements[1].value == outcome.measurements[1].base == 20


def test_changed_python_files_that_a_report_does_not_name_are_named(room, tmp_path):
    report = tmp_path / "lcov.info"
    report.write_text(LCOV)
    workspace = room(
        {"shop.js": "1\n", "old.py": "X = 1\nY = 1\n"}, {"app.py": "X = 1\n", "old.py": "X = 1\n"}
    )
    workspace.artifacts = {("tests", "coverage"): report}
    answer = Coverage().check(workspace)
    assert answer == NotApplicable("No changed file is measured: app.py (not in the coverage report).")


def test_a_report_of_another_tree_is_an_error(room, tmp_path):
    workspace = room({"shop.js": "1\n"}, {"shop.js": "1\n2\n"})
    report = tmp_path / "lcov.info"
    report.write_text(LCOV.replace("shop.js", "/elsewhere/shop.js"))
    workspace.artifacts = {("tests", "coverage"): report}
    with pytest.raises(CannotTell, match="another checkout"):
        Coverage().check(workspace)


def test_data_that_no_coverage_can_read_is_an_error(room, tmp_path):
    workspace = room(BASE, {"shop.py": SHOP + unused(6)})
    torn = tmp_path / "coverage"
    torn.write_bytes(b"SQLite format 3\0 and no more")
    workspace.artifacts = {("tests", "coverage"): torn}
    with pytest.raises(ToolError, match="cannot be read"):
        Coverage().check(workspace)
    good = room({"shop.js": "1\n"}, {"shop.js": "1\n2\n"})
    good.artifacts = {("tests", "coverage"): tmp_path / "lcov", ("tests", "base-coverage"): torn}
    (tmp_path / "lcov").write_text(LCOV)
    with pytest.raises(ToolError, match="total coverage of the base side"):
        Coverage().check(good)


def test_a_run_that_measured_nothing_at_all_is_an_error(judge):
    with pytest.raises(CannotTell, match="another checkout"):
        judge({**BASE, "tests/test_shop.py": "def test_x():\n    pass\n"}, {"shop.py": SHOP + unused(6)})


def test_a_changed_file_of_another_kind_is_not_asked_for(judge):
    outcome = judge(
        BASE,
        {"shop.py": SHOP + "\n\nPRICE = 3\n", "notes.txt": "x\n", "docs/x.py": "x = 1\n", "tests/y.py": "\n"},
    )
    assert [finding.path for finding in outcome.findings] == ["docs/x.py"]
