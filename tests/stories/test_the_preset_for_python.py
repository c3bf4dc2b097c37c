"""What a Python project gets that says `extends: python` and nothing else, on a machine without a network."""

from __future__ import annotations

import json
import random
import string
from datetime import UTC, datetime

import pytest

POLICY = """\
version: 1
extends: python
protect: [main]
environment: {pass: [HTTPS_PROXY]}
"""
SHOP = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n[tool.pytest.ini_options]\npythonpath = ["."]\n',
    "requirements.txt": "click==8.0\n",
    "README.md": "# Shop\n",
    "shop.py": "def price():\n    return 3\n",
    "tests/test_shop.py": "from shop import price\n\n\ndef test_price():\n    assert price() == 3\n",
}
NEW = "def price():\n    return 1 + 2\n"


@pytest.fixture
def shop(project, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")  # nobody is there
    project.main(SHOP, policy=POLICY)
    return project


def judged(project):
    """Run, and return the exit code, the gates of the report by name, and the findings with what they do."""
    done = project.gatecheck("run", "--output-format", "json")
    gates = {gate["name"]: gate for gate in json.loads(done.stdout)["gates"]}
    found = {
        (item.get("rule", group["rule"]), item["standing"])
        for gate in gates.values()
        for group in (gate["outcome"] or {"findings": ()})["findings"]
        for item in group["items"]
    }
    return done.returncode, gates, found


def verdicts(gates):
    return {name: gate["verdict"] for name, gate in gates.items()}


def test_without_a_network_everything_but_new_dependencies_is_judged(shop):
    bumped = SHOP["pyproject.toml"].replace('"1"', '"2"')
    shop.change({"shop.py": NEW, "pyproject.toml": bumped})
    code, gates, found = judged(shop)
    assert (code, found) == (0, {("docs/untouched", "note")})
    assert verdicts(gates) == {
        "tests": "pass",
        "coverage": "pass",
        "security": "pass",
        "secrets": "pass",
        "dependencies": "not-applicable",
        "docs": "pass",
        "size": "pass",
    }


def test_a_new_dependency_is_an_error_that_says_the_command_until_there_are_advisories(shop, tmp_path):
    shop.change({"requirements.txt": "click==8.0\nflask==1.0\n"})
    code, gates, _ = judged(shop)
    assert code == 4
    assert [name for name, gate in gates.items() if gate["verdict"] == "error"] == ["dependencies"]
    assert "PyPI cannot be reached" in gates["dependencies"]["reason"]
    assert "gatecheck advisories import FILE" in gates["dependencies"]["fix"]
    affected = {"package": {"name": "flask", "ecosystem": "PyPI"}, "versions": ["1.0"]}
    record = {"id": "PYSEC-1", "modified": datetime.now(UTC).isoformat(), "affected": [affected]}
    (tmp_path / "export.json").write_text(json.dumps([record]))
    assert shop.gatecheck("advisories", "import", str(tmp_path / "export.json")).returncode == 0
    code, _, found = judged(shop)
    assert (code, found) == (1, {("dependencies/PYSEC-1", "blocks")})


def test_what_harms_blocks_and_what_is_a_matter_of_taste_is_said(shop):
    value = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=24))
    lines = "".join(f"LINE_{number} = {number}\n" for number in range(500))
    run = "import subprocess\n\n\ndef ask(words):\n    return subprocess.run(words, shell=True)\n"
    shop.change({"shop.py": f'{NEW}\n\n{run}\n\nPASSWORD = "7{value}Qz4"\n', "lines.py": lines})
    code, _, found = judged(shop)
    assert code == 1
    assert {rule for rule, standing in found if standing == "blocks"} == {"security/B602", "secrets/leaked"}
    assert {"size/large", "docs/undocumented"} <= {rule for rule, standing in found if standing == "note"}


def test_a_change_of_documentation_needs_no_test_and_no_tool(shop):
    shop.change({"README.md": "# Shop\n\nSells tea.\n"})
    code, gates, found = judged(shop)
    assert (code, found) == (0, set())
    assert {name for name, verdict in verdicts(gates).items() if verdict == "pass"} == {"docs", "secrets"}
