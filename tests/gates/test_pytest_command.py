"""Which command lines are pytest's."""

from __future__ import annotations

import pytest

from gatecheck.errors import ToolError
from gatecheck_gates.suites.pytest_command import parse


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("pytest -q", "python -m pytest -q"),
        ("py.test", "python -m pytest"),
        ("/opt/bin/pytest tests", "python -m pytest tests"),
        ("python -m pytest -k x", "python -m pytest -k x"),
        ("python3 -m pytest", "python3 -m pytest"),
        ("python3.12 -m py.test", "python3.12 -m pytest"),
        (
            "/usr/bin/python -X dev -W error -Wdefault -b -m pytest",
            "/usr/bin/python -X dev -W error -Wdefault -b -m pytest",
        ),
        ("coverage run -m pytest -x", "python -m pytest -x"),
        ("python -m coverage run --branch --source=a,b -m pytest tests", "python -m pytest tests"),
        ("pytest --junitxml=a.xml --junit-xml b.xml -q", "python -m pytest -q"),
        ("pytest -q --junitxml a.xml", "python -m pytest -q"),
    ],
)
def test_pytest_is_known_however_it_is_started(line, plain):
    command = parse(tuple(line.split()))
    assert command
    assert command.plain() == tuple(plain.split())


def test_a_measured_command_starts_coverage_with_our_settings_once():
    command = parse(("coverage", "run", "--branch", "-m", "pytest", "-q"))
    assert command
    assert command.measured("/s") == ("python", "-m", "coverage", "run", "--rcfile=/s", "-m", "pytest", "-q")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "npm test",
        "python",
        "python -m",
        "python test.py",
        "python -m unittest",
        "tox -e py",
        "coverage",
        "coverage report",
        "python -m coverage",
    ],
)
def test_other_runners_are_not_taken_for_pytest(line):
    assert parse(tuple(line.split())) is None


@pytest.mark.parametrize(
    "line",
    [
        "coverage run",
        "coverage run -m",
        "coverage run -m unittest",
        "coverage run --weird -m pytest",
        "coverage run test.py",
    ],
)
def test_a_coverage_run_that_is_not_understood_is_an_error_with_a_fix(line):
    with pytest.raises(ToolError) as raised:
        parse(tuple(line.split()))
    assert "run: [python, -m, pytest" in raised.value.fix
