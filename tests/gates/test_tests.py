"""The tests gate over real little projects and real pytest."""

from __future__ import annotations

import dataclasses

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import Effect, Workspace
from gatecheck_gates.tests import Tests

ADD = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"
TEST_ADD = "from shop import add\n\n\ndef test_add():\n    assert add(2, 2) == 4\n"
SHOP = {
    "shop.py": ADD,
    "tests/test_shop.py": TEST_ADD,
    "pyproject.toml": "[tool.coverage.run]\nsource = ['.']\n",
}


def rules(outcome):
    return [(finding.rule, finding.introduced) for finding in outcome.findings]


def test_the_workspace_of_these_tests_is_one(room):
    assert isinstance(room(SHOP, {}), Workspace)


def test_an_innocent_change_passes_and_its_coverage_is_kept(room):
    workspace = room(SHOP, {"shop.py": ADD + "\n\nPRICE = 3\n"})
    outcome = Tests().check(workspace)
    assert str(outcome.examined) == "1 test"
    assert outcome.findings == ()
    assert outcome.repeatable
    assert set(workspace.saved) == {"coverage", "coverage-settings"}
    assert workspace.saved["coverage"].read_bytes().startswith(b"SQLite")
    assert any("No run of the base's tests" in note for note in outcome.notes)
    assert workspace.commands("base") == []


def test_a_new_failure_blocks_with_its_place_and_the_narrowest_command(room):
    workspace = room(SHOP, {"shop.py": WRONG})
    outcome = Tests(measure=False, retries=1).check(workspace)
    (finding,) = outcome.findings
    assert finding.rule == "failed"
    assert finding.introduced
    assert finding.path == "tests/test_shop.py"
    assert finding.line == 5
    assert "assert 0 == 4" in finding.message
    assert "python -m pytest tests/test_shop.py::test_add" in finding.fix
    assert str(workspace.merge) not in finding.message
    assert len(workspace.commands("merge")) == 4
    assert len(workspace.commands("base")) == 4


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("refs/remotes/origin/main", "origin/main"),
        ("refs/heads/release/1.2", "release/1.2"),
        ("0123456789abcdef" * 4, "0123456789ab"),
        ("89abcdef" * 5, "89abcdef89ab"),
    ],
)
def test_a_branch_behind_its_target_must_merge_it_to_see_the_failure(room, target, name):
    workspace = room(SHOP, {"shop.py": WRONG})
    workspace.change = dataclasses.replace(workspace.change, target=target, merge_base="m")
    (finding,) = Tests(measure=False, retries=0).check(workspace).findings
    assert finding.fix == (
        f"Merge {name} into your branch (`git merge {name}`), mend it, and see with "
        "`python -m pytest tests/test_shop.py::test_add`."
    )


def test_a_red_base_does_not_lock_the_repository(room):
    red = {**SHOP, "shop.py": WRONG}
    outcome = Tests(measure=False).check(room(red, {"readme.txt": "hello\n"}))
    assert rules(outcome) == [("failed", False)]
    assert outcome.repeatable


def test_a_change_that_makes_red_green_passes(room):
    outcome = Tests(measure=False).check(room({**SHOP, "shop.py": WRONG}, {"shop.py": ADD}))
    assert outcome.findings == ()


def test_failures_with_one_cause_are_one_finding_that_names_five(room):
    tests = "import pytest\nimport shop\n\n\n@pytest.mark.parametrize('n', range(7))\ndef test_n(n):\n    shop.add(n)\n"
    base = {"shop.py": "def add(n):\n    return n\n", "test_shop.py": tests}
    workspace = room(base, {"shop.py": "def add(n):\n    raise ValueError('no')\n"})
    (finding,) = Tests(measure=False, retries=0).check(workspace).findings
    assert (finding.path, finding.line) == ("shop.py", 2)
    assert "test_shop.py::test_n[4] and 2 more fail: ValueError: no" in finding.message
    assert len(workspace.commands("merge")) == 1


FLAKY = """
import pathlib

COUNT = pathlib.Path({count!r})


def test_now_and_then():
    n = int(COUNT.read_text()) if COUNT.exists() else 0
    COUNT.write_text(str(n + 1))
    assert {passes}


def test_steady():
    pass
"""


def flaky(tmp_path, passes):
    return FLAKY.format(count=str(tmp_path / "count"), passes=passes)


def test_a_flaky_test_that_the_change_does_not_touch_is_a_note_and_nothing_is_stored(room, tmp_path):
    # Runs 0 and 2 are the merge result's, 1 and 3 the base's, 4 passes here; 5 and 6 are the base's again.
    base = {**SHOP, "tests/test_flaky.py": flaky(tmp_path, "n not in (0, 2, 6)")}
    workspace = room(base, {"shop.py": ADD + "\n\nPRICE = 3\n"})
    outcome = Tests(measure=False).check(workspace)
    (finding,) = outcome.findings
    assert (finding.rule, finding.effect) == ("flaky", Effect.NOTE)
    assert finding.path == "tests/test_flaky.py"
    assert not outcome.repeatable
    assert workspace.memory == {}


def test_a_flaky_test_in_a_file_of_the_change_needs_a_human(room, tmp_path):
    outcome = Tests(measure=False).check(room(SHOP, {"tests/test_flaky.py": flaky(tmp_path, "n != 0")}))
    assert [(f.rule, f.effect) for f in outcome.findings] == [("flaky", None)]


def test_a_flaky_test_that_runs_changed_code_needs_a_human(room, tmp_path):
    text = flaky(tmp_path, "n not in (0, 2) and add(1, 1) == 2").replace(
        "import pathlib", "import pathlib\nfrom shop import add"
    )
    base = {**SHOP, "tests/test_flaky.py": text.replace("    assert", "    add(1, 2)\n    assert")}
    outcome = Tests().check(room(base, {"shop.py": "def add(a, b):\n    return b + a\n"}))
    assert [(f.rule, f.effect) for f in outcome.findings] == [("flaky", None)]


def test_a_test_that_is_flaky_on_the_base_too_does_not_block(room, tmp_path):
    # The 1st run is the merge result's, the 2nd the base's; from then on every merge run fails and base runs alternate.
    base = {**SHOP, "tests/test_flaky.py": flaky(tmp_path, "'base' in __file__ and n != 3")}
    outcome = Tests(measure=False, retries=1).check(room(base, {"shop.py": ADD + "\n\nPRICE = 3\n"}))
    assert [(f.rule, f.effect) for f in outcome.findings] == [("flaky", Effect.NOTE)]


def test_a_failure_that_an_earlier_test_causes_is_no_flaky_test(room):
    leak = "import shop\n\n\ndef test_a():\n    shop.STATE.append(1)\n"
    victim = "import shop\n\n\ndef test_b():\n    assert shop.STATE == []\n"
    base = {"shop.py": "STATE = []\n", "test_b.py": victim}
    outcome = Tests(measure=False, retries=1).check(room(base, {"test_a.py": leak}))
    (finding,) = outcome.findings
    assert (finding.rule, finding.effect) == ("failed", None)
    assert "not alone" in finding.message


def test_a_steady_failure_is_not_talked_green_by_a_broken_repetition(room, tmp_path):
    mark = tmp_path / "mark"
    text = f"import os, pathlib\n\n\ndef test_x():\n    p = pathlib.Path({str(mark)!r})\n    if p.exists():\n        os._exit(0)\n    p.touch()\n    assert 0\n"
    outcome = Tests(measure=False).check(room(SHOP, {"test_x.py": text}))
    assert ("failed", True) in rules(outcome)
    assert any("could not be judged" in note for note in outcome.notes)
    assert not outcome.repeatable


def test_more_than_fifty_failures_are_steady_without_another_run(room):
    tests = "import pytest\nimport shop\n\n\n@pytest.mark.parametrize('n', range(51))\ndef test_n(n):\n    assert shop.OK\n"
    workspace = room({"shop.py": "OK = 1\n", "test_n.py": tests}, {"shop.py": "OK = 0\n"})
    outcome = Tests(measure=False).check(workspace)
    assert rules(outcome) == [("failed", True)]
    assert len(workspace.commands("merge")) == 1
    assert any("51 tests fail" in note for note in outcome.notes)


def test_a_deleted_test_needs_approval(room):
    workspace = room(SHOP, {"tests/test_shop.py": None, "tests/test_new.py": "def test_new():\n    pass\n"})
    outcome = Tests().check(workspace)
    (finding,) = outcome.findings
    assert finding.rule == "missing"
    assert "tests/test_shop.py::test_add" in finding.message
    assert set(workspace.saved) == {"coverage", "coverage-settings", "base-coverage"}


@pytest.mark.parametrize(
    "head",
    [
        {
            "tests/test_shop.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_add():\n    pass\n\n\ndef test_x():\n    pass\n"
        },
        {"tests/test_x.py": "def test_x():\n    pass\n", "pytest.ini": "[pytest]\naddopts = -k test_x\n"},
        {
            "tests/test_x.py": "def test_x():\n    pass\n",
            "tests/conftest.py": "collect_ignore = ['test_shop.py']\n",
        },
    ],
    ids=["skipped", "deselected", "ignored"],
)
def test_a_test_that_no_longer_runs_needs_approval_however_it_went(room, head):
    outcome = Tests(measure=False).check(room(SHOP, head))
    assert "missing" in [finding.rule for finding in outcome.findings]


def test_renamed_parameters_and_a_renamed_file_lose_no_test(room):
    many = "import pytest\n\n\n@pytest.mark.parametrize('n', ['a', 'b'])\ndef test_n(n):\n    pass\n"
    workspace = room(
        {"tests/test_old.py": many},
        {"tests/test_old.py": None, "tests/test_new.py": many.replace("'a', 'b'", "'x', 'y', 'z'")},
        renames={"tests/test_old.py": "tests/test_new.py"},
    )
    assert Tests(measure=False).check(workspace).findings == ()


def test_a_test_that_moved_to_another_class_or_file_is_not_lost(room):
    workspace = room(
        {"test_a.py": "class TestOld:\n    def test_x(self):\n        pass\n\n\ndef test_y():\n    pass\n"},
        {
            "test_a.py": "class TestNew:\n    def test_x(self):\n        pass\n",
            "test_b.py": "def test_y():\n    pass\n",
        },
    )
    assert Tests(measure=False).check(workspace).findings == ()


CONTRACT = (
    "class Contract:\n    def test_same(self):\n        pass\n\n    def test_more(self):\n        pass\n"
)
INHERITS = (
    "from contract import Contract\n\n\nclass TestA(Contract):\n    pass\n\n\ndef test_own():\n    pass\n"
)


def missing(outcome):
    return [finding.message.split(" ran ")[0] for finding in outcome.findings if finding.rule == "missing"]


def test_tests_that_are_gone_with_a_file_that_cannot_be_collected_are_not_called_missing(room):
    base = {"contract.py": CONTRACT, "test_a.py": INHERITS, "test_b.py": "def test_b():\n    pass\n"}
    outcome = Tests(measure=False, retries=0).check(
        room(base, {"contract.py": "import nothing_of_this_name\n"})
    )
    assert rules(outcome) == [("failed", True)]
    # What goes missing without any change of its own file is told when all can be collected.
    head = {"conftest.py": "collect_ignore = ['test_a.py']\n", "test_b.py": "def test_x():\n    pass\n"}
    told = Tests(measure=False, retries=0).check(room(base, head))
    assert missing(told) == ["2 tests of contract.py", "1 test of test_a.py", "1 test of test_b.py"]
    broken = {**head, "test_new.py": "import nothing_of_this_name\n"}
    told = Tests(measure=False, retries=0).check(room(base, broken))
    assert ("failed", True) in rules(told)
    assert missing(told) == ["1 test of test_b.py"]


def test_a_file_that_could_not_be_collected_before_either_hides_no_loss(room):
    base = {**SHOP, "test_red.py": "import nothing_of_this_name\n", "test_a.py": "def test_a():\n    pass\n"}
    outcome = Tests(measure=False).check(room(base, {"conftest.py": "collect_ignore = ['test_a.py']\n"}))
    assert ("missing", True) in rules(outcome)


def test_what_ran_on_the_base_is_named_as_the_base_has_it(room):
    both = "def test_x():\n    pass\n\n\ndef test_y():\n    pass\n"
    workspace = room(
        {"test_old.py": both},
        {"test_old.py": None, "test_new.py": "def test_x():\n    pass\n"},
        renames={"test_old.py": "test_new.py"},
    )
    (finding,) = Tests(measure=False).check(workspace).findings
    assert (
        finding.message == "1 test of test_old.py ran on the base and does not run here: test_old.py::test_y."
    )
    assert finding.path == "test_new.py"


def test_one_new_test_does_not_stand_for_two_that_are_gone(room):
    twice = "class TestA:\n    def test_x(self):\n        pass\n\n\nclass TestB:\n    def test_x(self):\n        pass\n"
    workspace = room({"test_a.py": twice}, {"test_a.py": "def test_x():\n    pass\n"})
    (finding,) = Tests(measure=False).check(workspace).findings
    assert finding.message.startswith("1 test of test_a.py")


def test_settings_that_only_move_to_another_file_are_no_edit(room):
    workspace = room(
        {**SHOP, "setup.cfg": "[tool:pytest]\ntestpaths = tests\nxfail_strict = true\n"},
        {
            "setup.cfg": None,
            "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\nxfail_strict = true\n',
        },
    )
    assert Tests(measure=False).check(workspace).findings == ()


def test_a_lost_case_of_a_parametrised_test_needs_approval(room):
    many = "import pytest\n\n\n@pytest.mark.parametrize('n', ['a', 'b'])\ndef test_n(n):\n    pass\n"
    (finding,) = (
        Tests(measure=False)
        .check(room({"test_n.py": many}, {"test_n.py": many.replace(", 'b'", "")}))
        .findings
    )
    assert "test_n.py::test_n (1 of 2 cases)" in finding.message


def test_a_remembered_base_run_decides_without_being_run_again(room):
    workspace = room(
        SHOP, {"shop.py": ADD + "\n\nPRICE = 3\n", "tests/test_more.py": "def test_more():\n    pass\n"}
    )
    Tests(measure=False).check(workspace)
    assert len(workspace.commands("base")) == 1
    again = room(SHOP, {"shop.py": WRONG}, memory=workspace.memory)
    outcome = Tests(measure=False, retries=0).check(again)
    assert again.commands("base") == []
    assert rules(outcome) == [("failed", True)]


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ({"tests/conftest.py": "X = 1\n"}, "conftest.py"),
        ({"pytest.ini": "[pytest]\naddopts = -q\n"}, "addopts"),
        ({"tox.ini": "[pytest]\nxfail_strict = true\n"}, "xfail_strict"),
        ({"setup.cfg": "[tool:pytest]\ntestpaths = tests\n"}, "testpaths"),
        ({"pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-q'\n"}, "addopts"),
    ],
)
def test_an_edit_of_the_test_settings_needs_approval(room, head, named):
    outcome = Tests(measure=False).check(room(SHOP, head))
    assert [finding.rule for finding in outcome.findings] == ["settings"]
    assert named in outcome.findings[0].message


def test_a_file_that_cannot_be_imported_any_more_is_a_failing_test_and_hides_no_other(room):
    workspace = room(
        SHOP,
        {
            "tests/test_shop.py": "import nothing_of_this_name\n",
            "tests/test_x.py": "def test_x():\n    assert 0\n",
        },
    )
    outcome = Tests(measure=False, retries=0).check(workspace)
    assert rules(outcome) == [("failed", True), ("failed", True)]
    first = outcome.findings[0]
    assert first.path == "tests/test_shop.py"
    assert "No module named 'nothing_of_this_name'" in first.message


def test_a_file_that_cannot_be_imported_on_either_side_blocks_nothing(room):
    broken = {**SHOP, "tests/test_broken.py": "import nothing_of_this_name\n"}
    assert rules(Tests(measure=False).check(room(broken, {"a.txt": "a\n"}))) == [("failed", False)]


@pytest.mark.parametrize(
    ("head", "error"),
    [
        ({"tests/conftest.py": "import os\nos._exit(0)\n"}, "before it began"),
        (
            {"tests/conftest.py": "import os\n\n\ndef pytest_sessionfinish():\n    os._exit(0)\n"},
            "before it ended",
        ),
        ({"tests/test_shop.py": "import os\n\n\ndef test_add():\n    os._exit(0)\n"}, "test_add"),
        ({"pytest.ini": "[pytest]\naddopts = --collect-only\n"}, "No test was executed"),
        ({"pytest.ini": "[pytest]\naddopts = --no-such-option\n"}, "exit code 4"),
        ({"pytest.ini": "[pytest]\naddopts = --help\n"}, "no full report"),
        (
            {"tests/test_shop.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_add():\n    pass\n"},
            "1 skipped",
        ),
        ({"tests/test_shop.py": "x = 1\n"}, "No test was executed"),
        (
            {"tests/conftest.py": "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n"},
            "contradicts itself",
        ),
        (
            {
                "tests/test_shop.py": "import os, signal\n\n\ndef test_add():\n    os.kill(os.getpid(), signal.SIGKILL)\n"
            },
            "signal 9",
        ),
        ({"tests/test_shop.py": "def test_add():\n    raise KeyboardInterrupt\n"}, "interrupted"),
        (
            {"tests/conftest.py": "def pytest_runtest_protocol():\n    raise RuntimeError('boo')\n"},
            "internal error",
        ),
        (
            {
                "tests/conftest.py": "def pytest_unconfigure():\n    import glob, os\n    os.remove(os.environ['JUNIT'])\n"
            },
            "missing",
        ),
    ],
)
def test_a_run_that_is_not_complete_is_an_error_and_never_green(room, head, error):
    junit = "import os, pathlib\nADDED = os.environ.get('PYTEST_ADDOPTS', '')\n"
    if "tests/conftest.py" in head and "JUNIT" in head["tests/conftest.py"]:
        head = {
            "tests/conftest.py": f"{junit}os.environ['JUNIT'] = ADDED.split('--junitxml=')[1].split()[0]\n{head['tests/conftest.py']}"
        }
    with pytest.raises(CannotTell) as raised:
        Tests(measure=False, retries=0).check(room(SHOP, head))
    assert error in raised.value.message
    assert raised.value.fix


def test_what_broke_is_to_be_seen_with_the_command_that_a_person_would_type(room):
    with pytest.raises(CannotTell) as raised:
        Tests(retries=0).check(room(SHOP, {"pytest.ini": "[pytest]\naddopts = --no-such-option\n"}))
    assert raised.value.fix.startswith("Run `python -m pytest` and mend what it says")


def test_a_suite_that_hangs_names_the_test_that_ran(room):
    workspace = room(
        SHOP, {"tests/test_shop.py": "import time\n\n\ndef test_add():\n    time.sleep(60)\n"}, limit=4.0
    )
    with pytest.raises(CannotTell, match=r"while tests/test_shop.py::test_add ran"):
        Tests(measure=False).check(workspace)


def test_addopts_with_cov_are_measured_by_us_alone(room, plugins):
    base = {**SHOP, "pytest.ini": "[pytest]\naddopts = --cov=shop --cov-fail-under=100 -q\n"}
    workspace = room(base, {"shop.py": ADD + "\n\nPRICE = 3\n"}, python_of=plugins, environment={})
    assert Tests().check(workspace).findings == ()
    assert "coverage" in workspace.saved


def test_xdist_in_addopts_is_recorded_by_the_controller_alone(room):
    base = {**SHOP, "pytest.ini": "[pytest]\naddopts = -n 2\n"}
    workspace = room(base, {"shop.py": WRONG}, environment={})
    outcome = Tests(retries=0).check(workspace)
    assert rules(outcome) == [("failed", True)]
    assert "coverage" in workspace.saved
    assert str(outcome.examined) == "1 test"


def test_a_runner_that_stops_at_the_first_failure_has_not_seen_the_others(room):
    red = {**SHOP, "tests/test_a.py": "def test_a():\n    assert 0\n"}
    with pytest.raises(CannotTell, match="before the last one"):
        Tests(measure=False, run=("pytest", "-x")).check(room(red, {"a.txt": "a\n"}))
    outcome = Tests(measure=False, run=("pytest", "-x"), retries=0).check(room(SHOP, {"shop.py": WRONG}))
    assert rules(outcome) == [("failed", True)]


def test_tests_that_import_an_installed_copy_do_not_count(room, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "shop.py").write_text(ADD)
    base = {"src/shop.py": ADD, "tests/test_shop.py": TEST_ADD}
    workspace = room(base, {"a.txt": "a\n"}, environment={"PYTHONPATH": str(tmp_path / "elsewhere")})
    with pytest.raises(ToolError, match=r"The tests imported shop from .*elsewhere.*an installed copy"):
        Tests(measure=False).check(workspace)
    origin = {"PYTHONPATH": str(tmp_path / "elsewhere"), "GATECHECK_ORIGIN": str(tmp_path / "elsewhere")}
    with pytest.raises(ToolError, match="your own checkout"):
        Tests(measure=False).check(room(base, {"a.txt": "a\n"}, environment=origin))


def test_what_the_interpreter_lacks_is_named_with_the_command_that_installs_it(room, interpreter):
    bare = type(interpreter)(interpreter.executable, "3.11", {})
    with pytest.raises(ToolError) as raised:
        Tests().check(room(SHOP, {"a.txt": "a\n"}, python_of=bare))
    assert "-m pip install pytest" in raised.value.fix
    without = type(interpreter)(interpreter.executable, "3.11", {"pytest": "9.2"})
    outcome = Tests().check(room(SHOP, {"a.txt": "a\n"}, python_of=without))
    assert any("coverage is not installed" in note for note in outcome.notes)
    old = type(interpreter)(
        interpreter.executable, "3.11", {**interpreter.distributions, "coverage": "7.6.1"}
    )
    workspace = room(SHOP, {"a.txt": "a\n"}, python_of=old)
    outcome = Tests().check(workspace)
    assert any("coverage 7.6.1 is older than 7.10" in note for note in outcome.notes)
    assert workspace.saved == {}


def test_a_base_whose_tests_cannot_be_judged_excuses_nothing(room):
    broken = {**SHOP, "conftest.py": "raise RuntimeError\n"}
    outcome = Tests(measure=False, retries=0).check(room(broken, {"conftest.py": "", "shop.py": WRONG}))
    assert ("failed", True) in rules(outcome)
    assert any("could not be judged" in note for note in outcome.notes)


def test_tests_below_the_policys_folder_are_named_from_the_root(room):
    base = {f"api/{path}": text for path, text in SHOP.items()}
    outcome = Tests(measure=False, retries=0).check(room(base, {"api/shop.py": WRONG}, cwd="api"))
    (finding,) = outcome.findings
    assert finding.path == "api/tests/test_shop.py"
    assert "cd api && python -m pytest tests/test_shop.py::test_add" in finding.fix


def test_a_pytest_that_a_test_starts_leaves_our_report_alone(room):
    inner = "import subprocess, sys\n\n\ndef test_x(tmp_path):\n    (tmp_path / 'test_i.py').write_text('def test_i():\\n    assert 0\\n')\n    assert subprocess.run([sys.executable, '-m', 'pytest', '-q'], cwd=tmp_path).returncode == 1\n"
    outcome = Tests().check(room(SHOP, {"tests/test_inner.py": inner}))
    assert outcome.findings == ()
    assert str(outcome.examined) == "2 tests"


def test_unreadable_settings_of_the_base_are_an_error_that_names_the_file(room):
    with pytest.raises(ToolError, match=r"\.coveragerc"):
        Tests().check(room({**SHOP, ".coveragerc": "run\n"}, {"a.txt": "a\n"}))


def test_a_suite_that_cannot_begin_on_either_side_is_not_green(room):
    base = {"shop.py": ADD, "tests/test_shop.py": "import nothing_of_this_name\n"}
    with pytest.raises(CannotTell, match="No test was executed: 1 could not even begin") as raised:
        Tests(measure=False).check(room(base, {"shop.py": WRONG}))
    assert "environment" in raised.value.fix
