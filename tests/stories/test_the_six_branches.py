"""The six branches of the demonstration, each judged by the installed program in a repository with real tests."""

from __future__ import annotations

import json
import textwrap

import pytest

pytestmark = pytest.mark.long

_FILES = {
    "pyproject.toml": """\
        [project]
        name = "shop"
        version = "1"
        [tool.pytest.ini_options]
        pythonpath = ["src"]
        testpaths = ["tests"]
        [tool.coverage.run]
        source = ["src"]
        """,
    "src/shop.py": """\
        def price(item):
            return {"tea": 3, "cake": 5}[item]


        def total(items):
            return sum(price(item) for item in items)
        """,
    "tests/test_shop.py": """\
        from shop import price, total


        def test_the_price_of_tea():
            assert price("tea") == 3


        def test_the_total_of_two_things():
            assert total(["tea", "cake"]) == 8
        """,
}
SHOP = {path: textwrap.dedent(text) for path, text in _FILES.items()}
POLICY = """\
    version: 1
    gates:
      tests: {run: [python, -m, pytest]}
      coverage: 90
    """


@pytest.fixture
def shop(project):
    project.main(SHOP, policy=POLICY)
    return project


def test_an_innocent_change_passes(shop):
    shop.change(
        {
            "src/shop.py": SHOP["src/shop.py"] + "\n\ndef is_free(item):\n    return price(item) == 0\n",
            "tests/test_free.py": "from shop import is_free\n\n\ndef test_tea_is_not_free():\n    assert not is_free('tea')\n",
        }
    )
    done = shop.gatecheck("run")
    assert done.returncode == 0, done.stdout
    assert "3 tests" in done.stdout


def test_a_failing_test_fails_and_is_named_with_a_fix(shop):
    shop.change({"src/shop.py": SHOP["src/shop.py"].replace('"tea": 3', '"tea": 4')})
    done = shop.gatecheck("run", "--output-format", "json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    (tests,) = [gate for gate in report["gates"] if gate["name"] == "tests"]
    assert tests["verdict"] == "fail"
    found = [item for group in tests["outcome"]["findings"] for item in group["items"]]
    assert "test_the_price_of_tea" in json.dumps(found)
    assert all(item["fix"] for item in found)
    assert report["next"][0]["who"] == "author"


def test_new_code_that_no_test_runs_fails_and_its_lines_are_named(shop):
    lines = "\n".join(f"    print({n})" for n in range(20))
    shop.change({"src/shop.py": SHOP["src/shop.py"] + f"\n\ndef unused():\n{lines}\n"})
    done = shop.gatecheck("run")
    assert done.returncode == 1, done.stdout
    assert "src/shop.py:10" in done.stdout, done.stdout
    assert "✓  tests" in done.stdout


def test_both_sides_are_green_but_the_result_of_the_merge_is_red(shop):
    renamed = SHOP["src/shop.py"].replace("price", "price_of")
    shop.change(
        {
            "src/cart.py": "from shop import price\n\n\ndef dearest(items):\n    return max(map(price, items))\n"
        }
        | {
            "tests/test_cart.py": "from cart import dearest\n\n\ndef test_dearest():\n    assert dearest(['tea', 'cake']) == 5\n"
        }
    )
    assert shop.gatecheck("run").returncode == 0, "the change is green where it forked from"
    shop.main(
        {
            "src/shop.py": renamed,
            "tests/test_shop.py": SHOP["tests/test_shop.py"].replace("price", "price_of"),
        }
    )
    done = shop.gatecheck("run")
    assert done.returncode == 1, done.stdout
    assert "test_cart" in done.stdout


def test_a_textual_conflict_is_a_verdict_that_names_the_path(shop):
    shop.change({"src/shop.py": SHOP["src/shop.py"].replace('"tea": 3', '"tea": 4')})
    shop.main({"src/shop.py": SHOP["src/shop.py"].replace('"tea": 3', '"tea": 5')})
    done = shop.gatecheck("run")
    assert done.returncode == 1
    assert "src/shop.py" in done.stdout
    assert "git merge origin/main" in done.stdout


def test_a_change_that_edits_the_policy_to_help_itself_is_judged_by_the_policy_of_the_base(shop):
    shop.change(
        {
            ".gatecheck.yaml": "version: 1\ngates: {tests: {uses: command, run: 'true', exit-code-only: true}}\n",
            "src/shop.py": SHOP["src/shop.py"].replace('"tea": 3', '"tea": 4'),
        }
    )
    done = shop.gatecheck("run")
    assert done.returncode == 1
    assert "test_the_price_of_tea" in done.stdout
    assert "judged by the policy of the base" in " ".join(done.stdout.split())
