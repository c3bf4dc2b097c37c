"""What a change may try so that a test it breaks counts for nothing: excuse it, lose it, or call it chance."""

from __future__ import annotations

import pytest

from gatecheck.model import Effect
from gatecheck_gates.tests import Tests

ONE = "def test_a():\n    assert True\n"
OTHER = "def test_z():\n    pass\n"
XFAIL = "import pytest\n\n\n@pytest.mark.xfail{strict}\n"
BROKEN = "def test_a():\n    assert False\n"
COUNTED = """
import pathlib

COUNT = pathlib.Path({count!r})


def test_a():
    n = int(COUNT.read_text()) if COUNT.exists() else 0
    COUNT.write_text(str(n + 1))
    assert {passes}
"""


def counted(tmp_path, passes):
    return COUNTED.format(count=str(tmp_path / "count"), passes=passes)


def judge(workspace):
    return Tests(measure=False, retries=1).check(workspace)


def findings(outcome):
    return [(finding.rule, finding.effect, finding.introduced) for finding in outcome.findings]


MISSING = [("missing", None, True)]


@pytest.mark.parametrize("strict", ["", "(strict=True)"])
def test_a_test_that_passed_and_is_expected_to_fail_now_needs_approval(room, strict):
    broken = XFAIL.format(strict=strict) + BROKEN
    outcome = judge(room({"test_a.py": ONE, "test_z.py": OTHER}, {"test_a.py": broken}))
    assert findings(outcome) == MISSING
    assert (
        outcome.findings[0].message
        == "1 test of test_a.py passed on the base and is expected to fail now: test_a.py::test_a."
    )


def test_an_expected_failure_excuses_no_test_that_moved(room):
    moved = {"test_a.py": None, "test_b.py": XFAIL.format(strict="") + BROKEN}
    assert findings(judge(room({"test_a.py": ONE, "test_z.py": OTHER}, moved))) == MISSING


def test_a_test_that_was_red_or_expected_to_fail_before_may_be_expected_to_fail(room):
    excused = XFAIL.format(strict="") + BROKEN
    for before in (BROKEN, excused):
        outcome = judge(room({"test_a.py": before, "test_z.py": OTHER}, {"test_a.py": excused + "\n"}))
        assert outcome.findings == ()


def test_product_code_that_makes_its_tests_skip_themselves_loses_them(room):
    for test in (
        "import shop\n\n\ndef test_a():\n    shop.f()\n",
        "import shop\n\nshop.f()\n\n\ndef test_a():\n    pass\n",
    ):
        base = {"shop.py": "def f():\n    pass\n", "test_a.py": test, "test_z.py": OTHER}
        skip = "import unittest\n\n\ndef f():\n    raise unittest.SkipTest('x')\n"
        assert findings(judge(room(base, {"shop.py": skip}))) == MISSING


def test_a_deleted_file_of_tests_by_any_name_loses_them(room):
    base = {
        "pytest.ini": "[pytest]\npython_files = check_*.py\n",
        "checks/check_a.py": ONE,
        "checks/check_b.py": OTHER,
    }
    assert findings(judge(room(base, {"checks/check_b.py": None}))) == MISSING


@pytest.mark.parametrize(
    "path",
    [
        "sitecustomize.py",
        "lib/usercustomize.py",
        "a.pth",
        "x.egg-info/entry_points.txt",
        "x.dist-info/entry_points.txt",
    ],
)
def test_a_file_that_loads_by_itself_needs_approval_like_a_conftest(room, path):
    (finding,) = judge(room({"test_z.py": OTHER}, {path: "\n"})).findings
    assert (finding.rule, finding.path) == ("settings", path)


def test_a_base_run_with_failures_is_never_remembered(room):
    workspace = room({"test_a.py": BROKEN, "test_z.py": OTHER}, {"shop.py": "X = 1\n"})
    assert findings(judge(workspace)) == [("failed", None, False)]
    assert workspace.memory == {}


def test_a_failure_by_chance_on_the_base_does_not_excuse_a_steady_one(room, tmp_path):
    # The base's first run is run 1; on the merge result the test always fails.
    base = {"shop.py": "OK = True\n", "test_a.py": "import shop\n" + counted(tmp_path, "shop.OK and n != 1")}
    outcome = judge(room(base, {"shop.py": "OK = False\n"}))
    assert findings(outcome) == [("failed", None, True)]


def test_what_fails_among_others_on_both_sides_and_passes_alone_is_old(room):
    base = {
        "shop.py": "STATE = []\n",
        "test_a.py": "import shop\n\n\ndef test_a():\n    shop.STATE.append(1)\n",
        "test_b.py": "import shop\n\n\ndef test_b():\n    assert shop.STATE == []\n",
    }
    assert findings(judge(room(base, {"a.txt": "a\n"}))) == [("failed", None, False)]


def test_an_old_failure_that_cannot_be_run_again_stays_old_and_is_told(room, tmp_path):
    # Runs 0 and 1 are the whole suites; the third, on the base again, leaves early.
    leaves = counted(tmp_path, "False").replace(
        "    assert", "    if n > 1:\n        os._exit(0)\n    assert"
    )
    outcome = judge(room({"test_a.py": "import os\n" + leaves}, {"a.txt": "a\n"}))
    assert findings(outcome) == [("failed", None, False)]
    assert any("could not be run again" in note for note in outcome.notes)


def test_a_test_that_is_flaky_on_the_merge_result_alone_needs_a_human(room, tmp_path):
    # No coverage tells that the change is the cause: only that the base never fails.
    base = {"shop.py": "BAD = ()\n", "test_a.py": "import shop\n" + counted(tmp_path, "n not in shop.BAD")}
    outcome = judge(room(base, {"shop.py": "BAD = (0, 2)\n"}))
    assert findings(outcome) == [("flaky", None, True)]
    assert "it never failed on the base" in outcome.findings[0].message


def test_a_flaky_test_whose_base_cannot_be_run_again_needs_a_human(room, tmp_path):
    leaves = counted(tmp_path, "n not in (0, 2)").replace(
        "    assert", "    if n > 4:\n        os._exit(0)\n    assert"
    )
    outcome = judge(room({"test_a.py": "import os\n" + leaves}, {"shop.py": "X = 1\n"}))
    assert findings(outcome) == [("flaky", None, True)]


@pytest.mark.parametrize("path", ["readme.md", "test_z.py"])
def test_prose_and_other_tests_make_no_test_flaky(room, tmp_path, path):
    base = {"test_a.py": counted(tmp_path, "n not in (0, 2)"), "test_z.py": OTHER}
    outcome = judge(room(base, {path: OTHER + "\n"}))
    assert findings(outcome) == [("flaky", Effect.NOTE, True)]
