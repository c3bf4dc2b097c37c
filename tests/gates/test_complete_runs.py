"""When a run is taken for complete: process, recorder and JUnit report must agree, and measuring must have worked."""

from __future__ import annotations

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import Completed
from gatecheck_gates.coverage import Coverage
from gatecheck_gates.coverages.data import combine, lines_inside_tests
from gatecheck_gates.suites.flaky import Trial
from gatecheck_gates.suites.nearness import Nearness
from gatecheck_gates.suites.pytest_suite import complete
from gatecheck_gates.suites.recording import Recording
from gatecheck_gates.suites.settings import changed_settings
from gatecheck_gates.suites.sides import Sides
from gatecheck_gates.suites.suite import Suite, Test, of
from gatecheck_gates.tests import Tests

PASSED = "<testsuite><testcase classname='t' name='a'/></testsuite>"
FAILED = "<testsuite><testcase classname='t' name='a'><failure message='x'/></testcase></testsuite>"


@pytest.mark.parametrize(
    ("status", "announced", "code", "report", "error"),
    [
        ("passed", 0, 1, PASSED, "announced exit code 0 and left with 1"),
        ("failed", 0, 0, FAILED, "1 failing tests were seen"),
        ("passed", 1, 1, PASSED, "0 failing tests were seen"),
        ("passed", 0, 0, None, "JUnit report is missing"),
        ("passed", 0, 0, PASSED[:-10], "cannot be used"),
        ("passed", 0, 0, FAILED, "has 1 failures, and 0 were seen"),
        ("failed", 1, 1, PASSED, "has 0 failures, and 1 were seen"),
        ("passed", 0, 0, "<testsuite></testsuite>", "the JUnit report"),
        ("passed", 77, 77, PASSED, "broke (exit code 77)"),
    ],
)
def test_reports_that_disagree_are_an_error(tmp_path, status, announced, code, report, error):
    junit = tmp_path / "junit.xml"
    if report is not None:
        junit.write_text(report)
    record = Recording("/x", of([Test("t::a", status)]), 1, "t::a", (), announced, "")
    completed = Completed(("pytest",), code, "the output\n", 1.0, timed_out=False, log=tmp_path / "log")
    with pytest.raises(CannotTell) as raised:
        complete(completed, record, junit)
    assert error in raised.value.message
    assert "the output" in raised.value.message


def test_fewer_cases_in_the_report_than_tests_that_ran_are_an_error(tmp_path):
    junit = tmp_path / "junit.xml"
    junit.write_text(PASSED)
    record = Recording("/x", of([Test("t::a", "passed"), Test("t::b", "passed")]), 2, "", (), 0, "")
    with pytest.raises(ToolError, match="has 1 tests, and 2 were seen"):
        complete(Completed(("pytest",), 0, "", 1.0, timed_out=False, log=tmp_path / "log"), record, junit)


def test_a_name_that_two_tests_share_stands_for_the_worse_end():
    tests = [Test("a", "passed"), Test("a", "failed"), Test("a", "skipped")]
    assert of(tests)["a"].status == "failed"
    suite = Suite(of(tests), "stopped", ("note",))
    assert Suite.load(suite.dump()) == suite


def test_data_that_cannot_be_joined_is_an_error_and_no_data_is_none(room):
    workspace = room({"a.py": "\n"}, {"a.py": "x\n"})
    folder = workspace.scratch / "run" / "data"
    folder.mkdir(parents=True)
    assert combine(workspace, "merge", folder) is None
    (folder / "coverage.1").write_bytes(b"no database")
    with pytest.raises(ToolError, match="cannot be joined"):
        combine(workspace, "merge", folder)
    with pytest.raises(ToolError, match="single test"):
        lines_inside_tests(workspace, folder / "coverage.1")


class Broken:
    """A runner whose measuring run cannot be judged."""

    def lines_inside(self, workspace, name):
        raise CannotTell(f"{name} hung in {workspace.cwd}", fix="Mend it.")


def test_a_change_is_taken_to_be_near_when_nobody_can_tell(room):
    workspace = room({"a.py": "\n"}, {"a.py": "x\n"})
    test = Test("t.py::a", "failed", "t.py")
    sides = Sides(workspace, Broken(), "suite")
    near = Nearness(workspace, sides, measured=True, merge=Suite({}), trial=Trial(set()))
    assert near.touches(test)
    assert not Nearness(workspace, sides, measured=False, merge=Suite({}), trial=Trial(set())).touches(test)


def test_settings_that_move_or_cannot_be_parsed_are_settings_that_change(room):
    moved = room(
        {"pytest.ini": "[pytest]\naddopts = -q\n"},
        {"pytest.ini": None, "old.ini": "[pytest]\naddopts = -q\n"},
        renames={"pytest.ini": "old.ini"},
    )
    assert [finding.path for finding in changed_settings(moved)] == ["pytest.ini"]
    broken = room({"tox.ini": "[pytest]\n"}, {"tox.ini": "no section\n", "pyproject.toml": "[[\n"})
    assert len(changed_settings(broken)) == 2
    elsewhere = room({"tox.ini": "[tox]\n"}, {"tox.ini": "[tox]\nenvlist = py\n"})
    assert changed_settings(elsewhere) == ()


def test_both_gates_say_what_they_need_and_when_they_apply(room):
    change = room({"a": "1\n"}, {"a": "2\n"}).change
    nothing = room({"a": "1\n"}, {}).change
    assert (Tests().needs, Tests().programs) == ((), ("python",))
    assert (Coverage(tests="unit").needs, Coverage().programs) == (("unit",), ("python",))
    for gate in (Tests(), Coverage()):
        assert gate.applies(change)
        assert not gate.applies(nothing)


def test_a_suite_whose_warnings_are_errors_is_not_disturbed(room):
    base = {"test_a.py": "def test_a():\n    pass\n", "pytest.ini": "[pytest]\nfilterwarnings = error\n"}
    assert Tests(measure=False).check(room(base, {"a.txt": "a\n"})).findings == ()
