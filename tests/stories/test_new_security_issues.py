"""Security in real repositories: each verdict, the second finding behind an old one, and what is scanned only once."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

POLICY = "version: 1\nprotect: [main]\ngates: {security: {}}\n"
OLD = """\
import subprocess


def order(words):
    subprocess.call(words, shell=True)
"""
CALL = "    subprocess.call(words, shell=True)\n"


def judged(project, *words):
    """Run gatecheck; return its exit code and what the gate said."""
    done = project.gatecheck("run", *words, "--output-format", "json")
    assert done.stdout, done.stderr
    (gate,) = json.loads(done.stdout)["gates"]
    return done.returncode, gate


def standings(gate) -> list[tuple[str, str, int]]:
    groups = gate["outcome"]["findings"]
    return [(group["rule"], item["standing"], item["line"]) for group in groups for item in group["items"]]


@pytest.fixture
def shop(project):
    """A project with an insecure call of old."""
    project.main({"shop.py": OLD, "README.md": "Shop\n"}, policy=POLICY)
    return project


def test_a_clean_change_passes(shop):
    shop.change({"basket.py": "x = 1\n"})
    code, gate = judged(shop)
    assert (code, gate["verdict"]) == (0, "pass")
    assert gate["outcome"]["examined"] == {"count": 1, "kind": "Python files"}


def test_the_second_call_that_bandits_own_baseline_hides_is_found(shop, tmp_path):
    bandit = [sys.executable, "-I", "-m", "bandit", "-q", "-f", "json"]
    subprocess.run([*bandit, "-o", tmp_path / "old.json", "shop.py"], cwd=shop.path, check=False)
    shop.change({"shop.py": OLD + CALL + CALL})
    stock = subprocess.run(
        [*bandit, "-b", tmp_path / "old.json", "shop.py"], cwd=shop.path, capture_output=True, check=False
    )
    assert stock.returncode == 0, "what this gate is for"
    code, gate = judged(shop)
    assert (code, gate["verdict"]) == (1, "fail")
    assert standings(gate) == [
        ("security/B602", "blocks", 6),
        ("security/B602", "blocks", 7),
        ("security/B602", "old", 5),
    ]


def test_what_came_to_main_meanwhile_is_old(shop):
    shop.change({"basket.py": "x = 1\n"})
    shop.main({"shop.py": OLD + CALL})
    code, gate = judged(shop)
    assert (code, standings(gate)) == (0, [])


def test_moved_and_formatted_code_passes(shop):
    shop.change(
        {"shop.py": None, "orders/shell.py": '"""Orders."""\n' + OLD.replace("(words, ", "(\n  words,\n  ")}
    )
    code, gate = judged(shop)
    assert (code, standings(gate)) == (0, [("security/B602", "old", 8)])


def test_what_a_nosec_hides_waits_for_a_human(shop):
    shop.change({"shop.py": OLD.replace("True)", "True)  # nosec")})
    code, gate = judged(shop)
    assert (code, gate["verdict"]) == (3, "waiting")
    assert standings(gate) == [("security/suppressed", "approval", 5)]
    (item,) = gate["outcome"]["findings"][0]["items"]
    assert "B602" in item["message"]


def test_a_waiver_in_the_bases_policy_lets_a_test_or_a_suppression_stand(shop):
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    waiver = "  - {{rule: security/{}, paths: [{}], reason: ours, owner: jo, expires: {}}}\n"
    named = waiver.format("B602", "new.py", until) + waiver.format("suppressed", "shop.py", until)
    shop.main(policy=f"{POLICY}waivers:\n{named}")
    shop.change({"new.py": "import os\n" + OLD.replace("order", "pay") + "    eval(words)\n"})
    shop.change({"shop.py": OLD.replace("True)", "True)  # nosec")})
    code, gate = judged(shop)
    assert code == 1
    assert [one for one in standings(gate) if one[1] not in {"note", "old"}] == [
        ("security/B307", "blocks", 7),
        ("security/B602", "waived", 6),
        ("security/suppressed", "waived", 5),
    ]


def test_the_policy_says_what_all_tests_do(shop):
    shop.main(policy=POLICY.replace("{security: {}}", "{security: {effect: {found: approval}}}"))
    shop.change({"shop.py": OLD + CALL})
    assert judged(shop)[0] == 3


def test_a_file_that_cannot_be_scanned_is_an_error_with_what_to_do(shop):
    shop.change({"broken.py": "x = (\n", "shop.py": OLD + CALL})
    code, gate = judged(shop)
    assert (code, gate["verdict"], gate["outcome"]) == (4, "error", None)
    assert "broken.py: line 1" in gate["reason"]
    assert "Mend broken.py" in gate["fix"]


def test_a_change_without_python_is_not_its_matter(shop):
    shop.change({"README.md": "The shop\n"})
    code, gate = judged(shop)
    assert (code, gate["verdict"]) == (4, "not-applicable")
    shop.main(policy=POLICY + "exempt: ['*.md']\n")
    assert judged(shop)[0] == 0


# --- what is scanned ---


def scanned(project) -> list[int]:
    """How many files each run of bandit was given, by its logs, oldest first."""
    logs = sorted((project.cache / "logs").glob("*/security.log"), key=lambda log: int(log.parent.name))
    return [int(found[1]) for log in logs for found in re.finditer(r"bandit: (\d+) files", log.read_text())]


def test_of_a_change_of_ten_files_ten_are_scanned_and_the_next_time_only_what_is_new(project):
    many = {f"m{number}.py": f"x = {number}\n" for number in range(200)}
    project.main(many, policy=POLICY)
    project.change({f"m{number}.py": f"x = {number}\neval(x)\n" for number in range(10)})
    code, gate = judged(project)
    assert (code, len(standings(gate))) == (1, 10)
    assert scanned(project) == [20], "ten files, before and after"
    project.change({"m3.py": "x = 3\n", "m4.py": "x = 44\n"})
    code, gate = judged(project)
    assert (code, len(standings(gate))) == (1, 8)
    assert scanned(project) == [20, 1]
    project.main({"m150.py": "x = 'moved on'\n"})
    code, gate = judged(project)
    assert (code, gate["log"], gate["recalled"]) == (1, None, False), "no tool was started"
    code, gate = judged(project)
    assert (code, gate["log"]) == (1, None)
    assert scanned(project) == [20, 1]


def test_without_the_cache_everything_that_changed_is_scanned(shop):
    shop.change({"shop.py": OLD + CALL})
    judged(shop)
    assert judged(shop, "--no-cache")[0] == 1
    assert scanned(shop) == [2, 2]


def test_nothing_of_the_project_is_needed_neither_its_files_nor_its_environment(shop):
    broken = 'environment: {create: ["false"], key: [shop.py]}\n'
    shop.main(policy=POLICY + broken)
    shop.change({"shop.py": OLD + CALL})
    for words in ((), ("--portable", "--no-cache")):
        code, gate = judged(shop, *words)
        assert (code, gate["verdict"]) == (1, "fail")
    assert not (shop.cache / "slots" / "merge" / "tree").exists(), "no tree was written"


def test_both_kinds_of_room_say_the_same(shop):
    shop.change({"shop.py": OLD + CALL})
    said = [judged(shop, *words, "--no-cache")[1]["outcome"] for words in ((), ("--portable",))]
    assert said[0] == said[1]
    assert Path(shop.path, "shop.py").read_text() == OLD + CALL
