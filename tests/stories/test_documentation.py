"""Documentation follows the code: the docs gate in real repositories, each outcome once, and pages that others need not look at."""

from __future__ import annotations

import json

import pytest

POLICY = """\
version: 1
protect: [main]
exempt: ["/*.md", "/docs/**/*.md"]
gates:
  docs: {}
"""
BASE = {
    "shop/__init__.py": "",
    "shop/core.py": "def add(a, b):\n    return a + b\n",
    "README.md": "# Shop\n\nCall `add(1, 2)`.\n",
    "docs/usage.md": "# Usage\n\nText.\n",
    "tests/test_core.py": "x = 1\n",
    "Makefile": "all:\n",
}
NEW = "\n\ndef subtract(a, b):\n    return a - b\n"


@pytest.fixture
def shop(project):
    """Give a repository with pages, and a way to judge a change under a policy."""

    def judged(files, policy=POLICY, base=BASE):
        project.main(base, policy=policy)
        project.change(files)
        done = project.gatecheck("run", "--output-format", "json")
        report = json.loads(done.stdout)
        return report, done.returncode

    return judged


def gate(report):
    (only,) = report["gates"]
    return only


def found(report):
    groups = gate(report)["outcome"]["findings"]
    return [(group["rule"], item["standing"]) for group in groups for item in group["items"]]


def test_an_undocumented_name_blocks_and_blank_lines_do_not_help(shop):
    report, code = shop(
        {"shop/core.py": BASE["shop/core.py"] + NEW, "README.md": BASE["README.md"] + "\n\n\n"}
    )
    assert code == 1
    assert found(report) == [("docs/undocumented", "blocks")]


def test_a_documented_name_passes_and_what_was_examined_is_counted(shop):
    head = {
        "shop/core.py": BASE["shop/core.py"] + NEW,
        "docs/usage.md": "# Usage\n\n`subtract` takes away.\n",
    }
    report, code = shop(head)
    assert (code, gate(report)["verdict"], found(report)) == (0, "pass", [])
    assert gate(report)["outcome"]["examined"] == {"count": 2, "kind": "files"}


def test_code_that_changes_without_its_pages_passes_with_a_note(shop):
    report, code = shop({"shop/core.py": BASE["shop/core.py"].replace("a + b", "b + a")})
    assert (code, found(report)) == (0, [("docs/untouched", "note")])


def test_a_page_that_others_need_not_look_at_is_judged_here(shop):
    report, code = shop({"README.md": "# Shop\n"})
    assert (code, found(report)) == (1, [("docs/deleted", "blocks")])


def test_a_change_of_pages_alone_passes(shop):
    report, code = shop({"docs/usage.md": "# Usage\n\nOther text.\n"})
    assert (code, gate(report)["verdict"]) == (0, "pass")


def test_a_page_of_what_is_gone_blocks(shop):
    report, code = shop(
        {"shop/core.py": "def plus(*n):\n    return sum(n)\n", "docs/usage.md": "# Usage\n\nCall `plus`.\n"}
    )
    assert (code, found(report)) == (1, [("docs/stale", "blocks")])


@pytest.mark.parametrize("files", [{"tests/test_core.py": "x = 2\n"}, {"Makefile": "all: x\n"}])
def test_what_is_neither_code_nor_a_page_is_not_its_business(shop, files):
    report, _ = shop(files)
    assert gate(report)["verdict"] == "not-applicable"


def test_a_broken_file_is_no_pass(shop):
    report, code = shop({"shop/core.py": "def add(:\n"})
    assert (code, gate(report)["verdict"]) == (4, "error")
    assert "shop/core.py" in gate(report)["reason"]
    assert "`ignore`" in gate(report)["fix"]


def test_the_plain_rule_blocks_code_without_a_touched_page(shop):
    report, code = shop({"shop/core.py": BASE["shop/core.py"] + NEW}, POLICY.replace("{}", "touched"))
    assert (code, found(report)) == (1, [("docs/untouched", "blocks")])


def test_the_changelog_is_asked_for_where_the_policy_says_so(shop):
    policy = POLICY.replace("{}", "{changelog: CHANGELOG.md}")
    base = {**BASE, "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n- Old.\n"}
    report, code = shop({"shop/core.py": BASE["shop/core.py"].replace("a + b", "b + a")}, policy, base)
    assert (code, found(report)) == (1, [("docs/changelog", "blocks"), ("docs/untouched", "note")])


def test_links_and_examples_are_looked_at_where_the_policy_says_so(shop):
    text = "# Usage\n\n[gone](gone.md)\n\n```json\n{'a': 1}\n```\n"
    report, code = shop({"docs/usage.md": text}, POLICY.replace("{}", "{links: true, examples: true}"))
    assert (code, found(report)) == (1, [("docs/link", "blocks"), ("docs/example", "blocks")])


def test_the_policy_maps_code_to_pages_and_says_what_a_finding_does(shop):
    policy = POLICY.replace("{}", '{map: {"shop/**": [docs/usage.md]}, effect: {undocumented: approval}}')
    report, code = shop(
        {"shop/core.py": BASE["shop/core.py"] + NEW, "README.md": BASE["README.md"] + "subtract\n"}, policy
    )
    assert (code, found(report)) == (3, [("docs/undocumented", "approval")])


@pytest.mark.parametrize(
    "options",
    ['{map: {"": [x]}}', '{map: {"!x": [y]}}', "{require: nothing}", "{map: [x]}", '{pages: ["#"]}'],
)
def test_options_that_mean_nothing_are_refused(project, options):
    project.main(BASE, policy=POLICY.replace("{}", options))
    project.change({"shop/core.py": NEW})
    done = project.gatecheck("run")
    assert done.returncode == 2, done.stdout
    assert ".gatecheck.yaml:5" in done.stdout + done.stderr


def test_files_that_are_no_files_are_no_code_and_no_pages(project):
    project.main(BASE, policy=POLICY)
    project.change({})
    (project.path / "shop/link.py").symlink_to("core.py")
    (project.path / "docs/link.md").symlink_to("../README.md")
    project.change({"shop/core.py": BASE["shop/core.py"] + NEW})
    done = project.gatecheck("run", "--output-format", "json")
    assert done.returncode == 1
    assert found(json.loads(done.stdout)) == [("docs/undocumented", "blocks")]


def test_names_that_mean_something_to_a_terminal_do_not_reach_it(project):
    project.main(BASE, policy=POLICY)
    project.change({"shop/\x1b[31m.py": "def red(): ...\n", "docs/\x1b[32m.md": "x\n"})
    done = project.gatecheck("run")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    assert "red" in done.stdout
