"""The tests gate over real little projects and real pytest."""

from __future__ import annotations

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import Effect, Workspace
from gatecheck_gates.tests import Tests

ADD = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"
TEST_ADD = "from shop import add\n\n\ndef test_add():\n    assert add(2, 2) == 4\n"
SHOP = {"shop.py": ADD, "tests/test_shop.py": TEST_ADD, "pyproject.toml": "[tool.coverage.run]\nsource = ['.']\n"}


def rules(outcome):
    return [(finding.rule, finding.introduced) for finding in outcome.findings]


def test_the_workspace_of_these_tests_is_one(room):
    assert isinstance(room(SHOP, {}), Workspace)


def test_an_innocent_change_passes_and_its_coverage_is_kept(room):
    workspace = room(SHOP, {"shop.py": ADD + "\n\nPRICE = 3\n"})
    outcome = Tests().check(workspace)
    assert str(outcome.examined) == "1 tests"
    assert outcome.findings == ()
    assert outcome.repeatable
    assert set(workspace.saved) == {"coverage", "coverage-settings"}
    assert workspace.saved["coverage"].read_bytes().startswith(b"SQLite")
    assert any("No run of the base's tests" in note for note in outcome.notes)
    assert workspace.commands("base") == []


def test_a_new_failure_blocks_with_its_place_and_the_narrowest_command(room):
    workspace = room(SHOP, {"shop.py": WRONG})
    outcome = Tests(retries=1).check(workspace)
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
