"""What the base's policy decides: which paths nobody needs to look at, which findings may stand and until when, what is asked."""

from __future__ import annotations

import datetime as dt
import json

import pytest

LOOK = "look: {uses: command, run: [sh, look.sh], count: '^looked'}"


def policy(gates: str = LOOK, more: str = "") -> str:
    return f"version: 1\n{more}gates:\n  {gates}\n"


GREEN = {"look.sh": "echo looked\n", "code.txt": "one\n", "docs/a.md": "a\n"}


def test_a_change_to_documentation_alone_passes_as_exempt(project):
    project.main(GREEN, policy=policy(more='exempt: ["docs/**"]\n'))
    project.change({"docs/a.md": "b\n"})
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stdout
    assert "every changed path is exempt" in done.stdout
    assert "look  not-applicable" in done.stdout


def test_a_path_that_no_gate_looks_at_is_an_error(project):
    project.main(
        GREEN, policy=policy(LOOK.replace("count:", 'paths: ["code.txt"], count:'), 'exempt: ["docs/**"]\n')
    )
    project.change({"stray.txt": "x\n", "other.txt": "x\n", "docs/a.md": "b\n"})
    done = project.gatecheck("run")
    assert done.returncode == 4
    assert "no gate looks at 'other.txt' and 1 more" in done.stdout


def test_one_path_that_no_gate_looks_at_is_named_alone(project):
    project.main(GREEN, policy=policy(LOOK.replace("count:", 'paths: ["code.txt"], count:')))
    project.change({"stray.txt": "x\n"})
    assert "no gate looks at 'stray.txt'\n" in project.gatecheck("run").stdout


def test_a_report_may_be_written_beside_the_sources(project):
    gate = "look: {uses: command, run: [sh, look.sh], junit: out/report.xml}"
    report = "<testsuite><testcase classname='a' name='b'/></testsuite>"
    project.main(
        {"look.sh": f'mkdir out; echo "{report}" > out/report.xml\n', "code.txt": "one\n"},
        policy=policy(gate),
    )
    project.change({"code.txt": "two\n"})
    for words in ((), ("--portable",)):
        done = project.gatecheck("run", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 test" in done.stdout


def test_a_policy_without_gates_examines_nothing(project):
    project.main(GREEN, policy="version: 1\ngates: {}\n")
    project.change({"code.txt": "two\n"})
    done = project.gatecheck("run")
    assert done.returncode == 4
    assert "no gate is configured" in done.stdout


def test_a_merge_that_changes_nothing_examines_nothing(project):
    project.main(GREEN, policy=policy())
    project.change({})
    done = project.gatecheck("run")
    assert done.returncode == 4
    assert "the merge would change no file" in done.stdout


FAILING = {"look.sh": "test -e stop && exit 1; echo looked\n", "code.txt": "one\n"}


def waiver(expires: dt.date, more: str = "") -> str:
    return f"waivers:\n  - {{rule: look/failed, reason: known, owner: jo, expires: {expires}{more}}}\n"


def test_a_waiver_lets_a_finding_stand_and_is_shown(project):
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    project.main(FAILING, policy=policy(more=waiver(tomorrow)))
    project.change({"stop": "looked\n"})
    project.write({})
    done = project.gatecheck("run", "-v")
    assert done.returncode in {0, 4}, done.stdout
    assert "known" in done.stdout


def test_a_waiver_whose_last_day_is_over_does_not(project):
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    project.main(
        {**FAILING, "look.sh": "echo looked; test ! -e stop\n"}, policy=policy(more=waiver(yesterday))
    )
    project.change({"stop": ""})
    done = project.gatecheck("run")
    assert done.returncode == 1, done.stdout


def test_a_waived_failure_of_a_gate_that_looked_is_a_pass(project):
    today = dt.datetime.now(dt.UTC).date()
    project.main({**FAILING, "look.sh": "echo looked; test ! -e stop\n"}, policy=policy(more=waiver(today)))
    project.change({"stop": ""})
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stdout
    assert "known" in done.stdout


def test_a_waiver_for_other_files_covers_nothing(project):
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    more = waiver(tomorrow, ', paths: ["elsewhere/**"]')
    project.main({**FAILING, "look.sh": "echo looked; test ! -e stop\n"}, policy=policy(more=more))
    project.change({"stop": ""})
    assert project.gatecheck("run").returncode == 1


TWO = """\
    version: 1
    gates:
      first: {uses: command, run: [sh, -c, "echo looked; exit 1"], count: '^looked'}
      second: {uses: command, run: [sh, -c, "echo looked"], count: '^looked'}
    """


@pytest.fixture
def two(project):
    project.main({**GREEN, "flag": ""}, policy=TWO.replace("exit 1", "test -e flag"))
    project.change({"flag": None})
    return project


def test_by_default_every_gate_gets_its_verdict(two):
    done = two.gatecheck("run", "--output-format", "json", "--jobs", "1")
    assert [gate["verdict"] for gate in json.loads(done.stdout)["gates"]] == ["fail", "pass"]
    assert done.returncode == 1


def test_fail_fast_begins_no_more_gates_and_says_which_were_not_asked(two):
    done = two.gatecheck("run", "--output-format", "json", "--jobs", "1", "--fail-fast")
    gates = json.loads(done.stdout)["gates"]
    assert [gate["name"] for gate in gates] == ["first", "second"]
    assert [gate["verdict"] for gate in gates] == ["fail", "error"]
    assert "not asked" in gates[1]["reason"]
    assert done.returncode == 1


def test_only_some_gates_is_a_partial_run_that_says_so(two):
    done = two.gatecheck("run", "second", "--output-format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["partial"] is True
    assert report["never_evidence"]
    assert [gate["name"] for gate in report["gates"]] == ["second"]


def test_all_gates_by_name_are_not_a_partial_run(two):
    assert (
        json.loads(two.gatecheck("run", "second", "first", "--output-format", "json").stdout)["partial"]
        is False
    )


def test_a_gate_that_the_policy_has_not_is_a_usage_error_with_a_suggestion(two):
    done = two.gatecheck("run", "secnd")
    assert done.returncode == 2
    assert "second" in done.stderr


def test_a_stacked_change_is_judged_by_the_protected_branchs_policy_and_never_counts(project):
    project.main(GREEN, policy=policy())
    project.change(
        {"a.txt": "1\n", ".gatecheck.yaml": policy(LOOK.replace("look.sh", "none.sh"))}, branch="first"
    )
    project.git("switch", "--quiet", "--create", "second")
    project.commit({"b.txt": "2\n"})
    done = project.gatecheck("run", "--target", "first", "--output-format", "json")
    report = json.loads(done.stdout)
    assert report["stacked"] is True
    assert report["never_evidence"]
    assert report["change"]["paths"]["count"] == 1
    assert done.returncode == 0, done.stdout
