"""Ways past the security gate: files that bandit skips in silence, files and variables that would steer it, and names that hide."""

from __future__ import annotations

import json

import pytest

POLICY = "version: 1\nprotect: [main]\ngates: {security: {}}\n"
EVIL = "import subprocess\nsubprocess.call(x, shell=True)\n"


def verdict(project, **more):
    done = project.gatecheck("run", "--output-format", "json", **more)
    (gate,) = json.loads(done.stdout)["gates"]
    found = gate["outcome"]["findings"] if gate["outcome"] else []
    blocking = {group["rule"] for group in found for item in group["items"] if item["standing"] == "blocks"}
    return done.returncode, gate["verdict"], blocking


BLOCKED = (1, "fail", {"security/B602"})


@pytest.fixture
def main(project):
    project.main({"a.py": "x = 1\n"}, policy=POLICY)
    return project


@pytest.mark.parametrize(
    "trailer",
    [
        "x = (\n",
        "x = 1\0\n",
        "x = " + "(" * 500 + ")" * 500 + "\n",
        "x = " + "-" * 5_000 + "1\n",
        "x = " + " + ".join(["y"] * 20_000) + "\n",
        b"x = '\xff'\n",
    ],
    ids=["syntax error", "NUL", "deep nesting", "deeper nesting", "20k terms", "not UTF-8"],
)
def test_a_file_that_bandit_skips_with_exit_code_0_is_an_error(main, trailer):
    data = trailer if isinstance(trailer, bytes) else trailer.encode()
    main.change({"a.py": EVIL.encode() + data})
    assert verdict(main) == (4, "error", set())


@pytest.mark.parametrize(
    "files",
    [
        {"bandit.py": "raise SystemExit(0)\n"},
        {"bandit/__init__.py": "", "bandit/__main__.py": "raise SystemExit(0)\n"},
        {"sitecustomize.py": "import os; os._exit(0)\n", "json.py": "raise SystemExit(0)\n"},
        {".bandit": "[bandit]\nskips: B602\nexclude: a.py\n"},
        {"pyproject.toml": "[tool.bandit]\nskips = ['B602']\nexclude_dirs = ['a.py']\n"},
        {"setup.cfg": "[bandit]\nskips: B602\n"},
        {"bandit.yaml": "skips: [B602]\n"},
        {".gatecheck.yaml": POLICY.replace("{}", "{skips: [B602]}")},
        {".gatecheck.yaml": POLICY.replace("gates: {", "exempt: ['*.py']\ngates: {")},
    ],
    ids=lambda files: next(iter(files)),
)
def test_no_file_of_the_change_steers_the_scan(main, files):
    main.change({"a.py": EVIL, **files})
    code, said, blocking = verdict(main)
    assert (code, said) == (1, "fail")
    assert "security/B602" in blocking


def test_no_variable_steers_the_scan(main, tmp_path):
    (tmp_path / "bandit.py").write_text("raise SystemExit(0)\n")
    main.change({"a.py": EVIL})
    env = {"PYTHONPATH": str(tmp_path), "PYTHONSTARTUP": str(tmp_path / "bandit.py")}
    assert verdict(main, env=env) == BLOCKED


@pytest.mark.parametrize(
    "path", [".github/a.py", ".git-tools/a.py", "x.egg/a.py", "__pycache__/a.py", ".tox/a.py", "-r.py", "run"]
)
def test_no_place_that_bandit_leaves_out_by_itself_is_left_out(main, path):
    main.change({path: "#!/usr/bin/env python3\n" + EVIL})
    assert verdict(main) == BLOCKED


def test_a_name_that_is_not_text_hides_nothing(main):
    main.change({b"caf\xe9.py".decode("utf-8", "surrogateescape"): EVIL})
    assert verdict(main) == BLOCKED


def test_a_rename_out_of_the_tests_hides_nothing(main):
    main.main({"tests/helper.py": EVIL + "# a comment that makes it alike\n" * 20})
    main.git("switch", "--quiet", "--create", "change")
    main.git("mv", "tests/helper.py", "helper.py")
    main.commit()
    assert verdict(main) == BLOCKED


def test_an_issue_that_is_taken_from_one_place_pays_for_one_only(main):
    main.main({"old.py": EVIL})
    main.change({"old.py": None, "a.py": EVIL, "b.py": EVIL})
    assert verdict(main) == BLOCKED


def test_a_scan_runs_none_of_the_code_that_it_looks_at(main):
    main.change({"a.py": "print('it' + ' ran')\n", "conftest.py": "print('it' + ' ran')\n"})
    assert verdict(main)[0] == 0
    (log,) = (main.cache / "logs").glob("*/security.log")
    assert "it ran" not in log.read_text()
