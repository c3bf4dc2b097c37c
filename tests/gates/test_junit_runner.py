"""The tests gate over runners that are not pytest, told by the JUnit file that they write."""

from __future__ import annotations

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import Effect
from gatecheck_gates.tests import Tests

RUNNER = """
import pathlib, sys

cases = pathlib.Path("cases.txt").read_text().split()
count = pathlib.Path(__file__).parent / "count"
n = int(count.read_text()) if count.exists() else 0
count.write_text(str(n + 1))
broken = [c for c in cases if c.startswith("bad") or c.startswith("now") and n % 2 == 0]
rows = "".join(
    f'<testcase file="{{here}}/spec.js" classname="Suite" name="{c}">{"<failure message=%s/>" % repr("boo") if c in broken else ""}</testcase>'.replace("{here}", str(pathlib.Path.cwd()))
    for c in cases
)
pathlib.Path("out.xml").write_text(f"<testsuite>{rows}</testsuite>")
pathlib.Path("lcov.info").write_text("SF:spec.js\\nDA:1,1\\nend_of_record\\n")
sys.exit(bool(broken))
"""
RUN = ("python", "run.py")
BASE = {"run.py": RUNNER, "cases.txt": "one two", "spec.js": "x\n"}


def judge(workspace, **options):
    return Tests(
        **{"run": RUN, "junit": "out.xml", "coverage_report": "lcov.info", "retries": 1, **options}
    ).check(workspace)


def test_every_case_is_examined_and_the_named_report_is_kept(room):
    workspace = room(BASE, {"spec.js": "y\n"})
    outcome = judge(workspace)
    assert str(outcome.examined) == "2 tests"
    assert outcome.findings == ()
    assert workspace.saved["coverage"].read_text().startswith("SF:")


def test_a_new_failure_blocks_and_the_command_is_the_way_to_see_it(room):
    (finding,) = judge(room(BASE, {"cases.txt": "one two bad"})).findings
    assert (finding.rule, finding.path, finding.introduced) == ("failed", "spec.js", True)
    assert "spec.js::Suite::bad fails: boo" in finding.message
    assert "`python run.py`" in finding.fix


def test_mixed_answers_of_whole_runs_are_flaky(room):
    outcome = judge(room(BASE, {"cases.txt": "one two now", "spec.js": "y\n"}))
    assert [(f.rule, f.effect) for f in outcome.findings] == [("flaky", None)]
    outcome = judge(room(BASE, {"cases.txt": "one two now"}))
    assert [(f.rule, f.effect) for f in outcome.findings] == [("flaky", Effect.NOTE)]


def test_a_lost_test_needs_approval(room):
    (finding,) = judge(room(BASE, {"cases.txt": "one", "spec.js": "y\n"})).findings
    assert finding.rule == "missing"
    assert "Suite::two" in finding.message


@pytest.mark.parametrize(
    ("head", "options", "error"),
    [
        ({"run.py": "print('hello')\n"}, {}, "did not write out.xml"),
        (
            {"run.py": RUNNER.replace("sys.exit(bool(broken))", "sys.exit(3)")},
            {},
            "contradicts itself: exit code 3",
        ),
        ({"run.py": RUNNER.replace("sys.exit(bool(broken))", "pass"), "cases.txt": "bad"}, {}, "1 failing"),
        (
            {"run.py": "import pathlib\npathlib.Path('out.xml').write_text('<testsuite>')\n"},
            {"coverage_report": None},
            "cannot be used",
        ),
        ({"run.py": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n"}, {}, "killed by a signal"),
        ({"out.xml": "<testsuite/>"}, {}, "a file of the repository"),
        ({"run.py": "import time\ntime.sleep(60)\n"}, {}, "stopped after"),
    ],
)
def test_a_report_that_is_missing_old_or_contradicted_is_an_error(room, head, options, error):
    with pytest.raises(CannotTell) as raised:
        judge(room(BASE, head, limit=2.0), **options)
    assert error in raised.value.message
    assert raised.value.fix


def test_a_report_that_lay_there_before_proves_nothing(room):
    workspace = room(BASE, {"run.py": "print('hello')\n"})
    (workspace.merge / "out.xml").write_text("<testsuite><testcase name='a'/></testsuite>")
    with pytest.raises(ToolError, match=r"did not write out\.xml"):
        judge(workspace)


def test_a_runner_without_a_report_is_refused_when_the_policy_is_read():
    with pytest.raises(ValueError, match="name the JUnit file"):
        Tests(run=("npm", "test"))
    with pytest.raises(ValueError, match="not understood"):
        Tests(run=("coverage", "run", "-m", "nose"))


def test_pytest_may_write_its_own_coverage_report(room):
    base = {
        "test_a.py": "import pathlib\n\n\ndef test_a():\n    pathlib.Path('lcov.info').write_text('SF:a.js\\nDA:1,1\\nend_of_record\\n')\n"
    }
    workspace = room(base, {"a.js": "x\n"})
    outcome = Tests(coverage_report="lcov.info").check(workspace)
    assert workspace.saved["coverage"].read_text().startswith("SF:a.js")
    assert all("not measured" not in note for note in outcome.notes)


def test_a_case_without_a_file_is_known_by_its_names(room):
    write = "import pathlib\npathlib.Path('out.xml').write_text('<testsuite><testcase classname=\"A\" name=\"b\"/></testsuite>')\n"
    workspace = room({"run.py": write}, {"a.txt": "a\n"})
    judge(workspace, coverage_report=None)
    (memory,) = workspace.memory.values()
    assert b'"A::b"' in memory.payload
