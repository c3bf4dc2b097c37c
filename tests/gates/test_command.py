"""The command gate over real folders and processes: what is new counts, and nothing that contradicts itself is believed."""

import dataclasses
import json

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import Effect, Examined, Gate, Outcome
from gatecheck_gates.command import Command

# A linter in a few lines: every TODO in a .txt file is a result, `# fine` suppresses it, and it says what it looked at.
LINT = """
import json, pathlib, sys
results, files = [], sorted(pathlib.Path(".").rglob("*.txt"))
for file in files:
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if "TODO" in line:
            place = {"artifactLocation": {"uri": file.resolve().as_uri()}, "region": {"startLine": number}}
            result = {"ruleId": "todo", "message": {"text": f"{file.resolve()}: do it"},
                      "locations": [{"physicalLocation": place}], "level": "note" if "later" in line else "warning"}
            results.append(result | ({"suppressions": [{"kind": "inSource"}]} if "# fine" in line else {}))
artifacts = [{"location": {"uri": file.as_posix()}} for file in files]
run = {"tool": {"driver": {"name": "todo"}}, "results": results, "artifacts": artifacts}
report = json.dumps({"version": "2.1.0", "runs": [run]})
print("looked at", len(files), "files")
if sys.argv[1:]:
    pathlib.Path(sys.argv[1]).write_text(report)
else:
    print(report)
sys.exit(any("suppressions" not in result for result in results))
"""
LINTER = Command(run=("python", "lint.py", "{scratch}/r.sarif"), sarif="{scratch}/r.sarif")

# A test runner in a few lines: each line of cases.txt is a case and its outcome.
SUITE = """
import pathlib, sys
rows = [line.split() for line in pathlib.Path("cases.txt").read_text().splitlines()]
def case(name, outcome):
    inner = {"bad": "<failure message='1 is not 2'/>", "skip": "<skipped/>"}.get(outcome, "")
    return f"<testcase classname='T' name='{name}' file='{pathlib.Path('cases.txt').resolve()}' line='3'>{inner}</testcase>"
pathlib.Path(sys.argv[1]).write_text("<testsuite>" + "".join(case(*row) for row in rows) + "</testsuite>")
sys.exit(int((sys.argv[2:] or [any(row[1] == "bad" for row in rows)])[0]))
"""
SUITE_GATE = Command(run=("python", "suite.py", "{scratch}/r.xml"), junit="{scratch}/r.xml")


def told(outcome):
    return [(finding.rule, finding.path, finding.line, finding.introduced) for finding in outcome.findings]


def script(text, **options):
    """A gate that runs a shell script given as text."""
    return Command(run=("sh", "-c", text), **options)


def test_it_is_a_gate_that_says_what_it_runs_and_applies_to_any_change(room):
    assert isinstance(LINTER, Gate)
    assert (LINTER.programs, LINTER.needs) == (("python",), ())
    assert LINTER.applies(room({"a": "1"}, {"a": "2"}).change)
    assert not LINTER.applies(room({"a": "1"}, {}).change)


# SARIF


def test_a_clean_report_counts_the_files_and_never_asks_the_base(room):
    workspace = room({"lint.py": LINT, "a.txt": "TODO\n"}, {"a.txt": "done\n", "b.txt": ""})
    assert LINTER.check(workspace) == Outcome(Examined(2, "files"))
    assert [side for side, _ in workspace.ran] == ["merge"]


def test_a_new_result_is_found_and_an_old_one_that_moved_is_not_new(room):
    workspace = room(
        {"lint.py": LINT, "a.txt": "TODO  one\n"}, {"a.txt": "new first line\n  TODO one\nTODO two\n"}
    )
    outcome = LINTER.check(workspace)
    assert told(outcome) == [("found", "a.txt", 2, False), ("found", "a.txt", 3, True)]
    assert outcome.findings[1].message == "todo: a.txt: do it"
    assert "python lint.py /tmp/r.sarif" in outcome.findings[1].fix
    assert workspace.said


def test_a_second_result_of_the_same_text_behind_an_old_one_is_new(room):
    workspace = room({"lint.py": LINT, "a.txt": "TODO\n"}, {"a.txt": "TODO\nTODO\n"})
    assert [finding.introduced for finding in LINTER.check(workspace).findings] == [False, True]


def test_a_result_in_a_renamed_file_is_not_new(room):
    workspace = room(
        {"lint.py": LINT, "a.txt": "TODO\n"}, {"a.txt": None, "b.txt": "TODO\n"}, renames={"a.txt": "b.txt"}
    )
    assert told(LINTER.check(workspace)) == [("found", "b.txt", 1, False)]


def test_a_suppression_that_the_change_adds_needs_approval_and_an_old_one_does_not(room):
    workspace = room(
        {"lint.py": LINT, "a.txt": "TODO\nTODO old # fine\n"}, {"a.txt": "TODO # fine\nTODO old # fine\n"}
    )
    assert told(LINTER.check(workspace)) == [
        ("suppressed", "a.txt", 1, True),
        ("suppressed", "a.txt", 2, False),
    ]
    assert next(rule.effect for rule in Command.rules if rule.name == "suppressed") is Effect.APPROVAL


def test_a_result_that_the_tool_calls_a_note_is_one(room):
    workspace = room({"lint.py": LINT, "a.txt": ""}, {"a.txt": "TODO later\nTODO now\n"})
    assert [finding.effect for finding in LINTER.check(workspace).findings] == [Effect.NOTE, None]


def test_a_report_in_the_output_is_found_between_other_lines(room):
    workspace = room({"lint.py": LINT, "a.txt": "TODO\n"}, {"b.txt": "TODO\n"})
    outcome = Command(run=("python", "lint.py"), sarif="-", unit="texts").check(workspace)
    assert told(outcome) == [("found", "a.txt", 1, False), ("found", "b.txt", 1, True)]
    assert outcome.examined == Examined(2, "texts")


def test_count_says_what_was_examined_for_a_tool_whose_report_does_not(room):
    workspace = room({"lint.py": LINT, "a.txt": "x\n"}, {"a.txt": "y\n"})
    gate = Command(run=LINTER.run, sarif=LINTER.sarif, count=r"^looked at (\d+)")
    assert gate.check(workspace).examined == Examined(1, "files")


def test_the_bases_answer_is_remembered_and_not_asked_for_twice(room):
    workspace = room({"lint.py": LINT, "a.txt": "TODO\n"}, {"a.txt": "TODO\nTODO 2\n"})
    first = LINTER.check(workspace)
    assert LINTER.check(workspace) == first
    assert [side for side, _ in workspace.ran] == ["merge", "base", "merge"]


def test_a_tool_that_runs_in_a_folder_of_the_tree_writes_paths_that_are_found_again(room):
    relative = LINT.replace("file.resolve().as_uri()", "file.as_posix()")
    base = {"web/lint.py": relative, "web/a.txt": "x\n", "web/sub/b.txt": "x\n", "sub/b.txt": ""}
    workspace = room(base, {"web/a.txt": "TODO\n", "web/sub/b.txt": "TODO\n"}, cwd="web")
    paths = {finding.path for finding in LINTER.check(workspace).findings}
    assert paths == {
        "web/a.txt",
        "sub/b.txt",
    }  # the second exists in both places: what the tool wrote is taken as it is


def test_places_that_are_outside_the_tree_or_nowhere_are_compared_by_what_is_said(room):
    results = [
        {
            "ruleId": "out",
            "message": {"text": "m"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "file:///x/y.c"}}}],
        },
        {"ruleId": "none", "message": {"text": "m"}},
        {
            "ruleId": "beyond",
            "message": {"text": "m"},
            "locations": [
                {"physicalLocation": {"artifactLocation": {"uri": "n"}, "region": {"startLine": 9}}}
            ],
        },
        {
            "ruleId": "gone",
            "message": {"text": "m"},
            "locations": [
                {"physicalLocation": {"artifactLocation": {"uri": "made.c"}, "region": {"startLine": 9}}}
            ],
        },
    ]
    report = {"version": "2.1.0", "runs": [{"results": results[1:]}]}
    more = {"version": "2.1.0", "runs": [{"results": results}]}
    workspace = room({"n": json.dumps(report)}, {"n": json.dumps(more)})
    findings = Command(run=("cat", "n"), sarif="-").check(workspace).findings
    assert [(f.message, f.path, f.introduced) for f in findings] == [
        ("none: m", None, False),
        ("out: m (/x/y.c)", None, True),
        ("gone: m", "made.c", False),
        ("beyond: m", "n", False),
    ]


def test_an_exit_code_that_says_found_with_no_result_is_a_contradiction(room):
    workspace = room(
        {"lint.py": LINT.replace("sys.exit(", "sys.exit(1 or "), "a.txt": ""}, {"a.txt": "TODO # fine\n"}
    )
    with pytest.raises(ToolError, match="contradict"):
        LINTER.check(workspace)


def test_a_tool_that_breaks_on_the_base_cannot_tell_what_is_new(room):
    workspace = room({"lint.py": "raise SystemExit(7)", "a.txt": ""}, {"lint.py": LINT, "a.txt": "TODO\n"})
    with pytest.raises(ToolError, match=r"base was asked.*exit code 7"):
        LINTER.check(workspace)


# JUnit


def test_cases_that_ran_are_counted_and_those_that_fail_on_the_base_too_are_not_new(room):
    workspace = room(
        {"suite.py": SUITE, "cases.txt": "a bad\nb ok\n"}, {"cases.txt": "a bad\nb bad\nc ok\nd skip\n"}
    )
    outcome = SUITE_GATE.check(workspace)
    assert outcome.examined == Examined(3, "tests")
    assert told(outcome) == [("failed", "cases.txt", 3, False), ("failed", "cases.txt", 3, True)]
    assert outcome.findings[1].message == "T b: 1 is not 2"
    assert outcome.repeatable


def test_a_suite_of_skipped_tests_examined_nothing(room):
    workspace = room({"suite.py": SUITE, "cases.txt": ""}, {"cases.txt": "a skip\n"})
    assert SUITE_GATE.check(workspace).examined.count == 0


def test_failing_tests_of_the_base_are_not_remembered_because_they_may_be_flaky(room):
    workspace = room({"suite.py": SUITE, "cases.txt": "a bad\n"}, {"cases.txt": "a bad\nb bad\n"})
    SUITE_GATE.check(workspace)
    SUITE_GATE.check(workspace)
    assert [side for side, _ in workspace.ran] == ["merge", "base"] * 2


def test_a_failure_without_a_message_is_told_by_its_name(room):
    silent = SUITE.replace(" message='1 is not 2'", "")
    workspace = room({"suite.py": silent, "cases.txt": "a ok\n"}, {"cases.txt": "a bad\n"})
    assert SUITE_GATE.check(workspace).findings[0].message == "T a failed"


@pytest.mark.parametrize(("cases", "code"), [("a bad\n", "0"), ("a ok\n", "1")])
def test_a_junit_report_and_an_exit_code_that_contradict_each_other_are_not_believed(room, cases, code):
    gate = Command(run=(*SUITE_GATE.run, code), junit=SUITE_GATE.junit)
    with pytest.raises(ToolError, match="contradict") as caught:
        gate.check(room({"suite.py": SUITE, "cases.txt": ""}, {"cases.txt": cases}))
    assert caught.value.fix


# The report file


def test_a_report_that_stood_in_the_tree_and_was_not_written_again_is_not_believed(room):
    report = "<testsuite><testcase name='a'/></testsuite>"
    workspace = room({"r.xml": report}, {"a": "1"})
    with pytest.raises(ToolError, match="before the run") as caught:
        script("true", junit="r.xml").check(workspace)
    assert "{scratch}" in caught.value.fix
    assert script("cat r.xml > new && mv new r.xml", junit="r.xml").check(workspace).examined.count == 1


def test_a_report_behind_a_link_that_leads_out_is_not_read(room, tmp_path):
    gate = script(
        f"ln -s {tmp_path} {{scratch}}/d; echo '<testsuite/>' > {{scratch}}/d/r.xml",
        junit="{scratch}/d/r.xml",
    )
    with pytest.raises(ToolError, match="outside the scratch folder"):
        gate.check(room({"a": ""}, {"a": "1"}))


def test_what_a_run_over_the_merge_result_left_in_scratch_does_not_count_for_the_base(room):
    bad = "<testsuite><testcase name='a'><failure/></testcase></testsuite>"
    gate = script("test -e r.in && cp r.in {scratch}/r.xml; exit 1", junit="{scratch}/r.xml")
    with pytest.raises(ToolError, match=r"base was asked.*without writing"):
        gate.check(room({"a": ""}, {"r.in": bad}))


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("true", "without writing"),
        ("ln -s /etc/hostname r.xml", "without writing"),
        ("mkfifo r.xml", "no plain file"),
        ("mkdir r.xml", "no plain file"),
        ("truncate -s 65M r.xml", "no plain file"),
        (": > r.xml", "empty"),
    ],
)
def test_only_a_plain_file_that_the_run_wrote_is_read(room, does, says):
    with pytest.raises(ToolError, match=says) as caught:
        script(does, junit="r.xml").check(room({"a": "1"}, {"a": "2"}))
    assert caught.value.fix


def test_a_report_behind_a_link_out_of_the_tree_is_not_read(room, tmp_path):
    (tmp_path / "outside").mkdir()
    gate = script(f"ln -s {tmp_path}/outside out; echo '<testsuite/>' > out/r.xml", junit="out/r.xml")
    with pytest.raises(ToolError, match="behind a symbolic link"):
        gate.check(room({"a": "1"}, {"a": "2"}))


# JSON, count, exit code


def test_a_number_in_a_json_report_is_the_count(room):
    workspace = room({"a": "1"}, {"a": "2"})
    report = '{"stats": {"files": [1, 2, 3]}}'
    told_by_file = script(
        f"echo '{report}' > {{scratch}}/r.json", json="{scratch}/r.json", pointer="/stats/files"
    )
    told_by_output = script(
        f"echo hello; echo '{report}'", json="-", pointer="/stats/files/1", unit="modules"
    )
    assert told_by_file.check(workspace).examined == Examined(3, "things")
    assert told_by_output.check(workspace).examined == Examined(2, "modules")


@pytest.mark.parametrize(
    ("pattern", "count"),
    [(r"^ok \d+$", 3), (r"^ok (\d+)$", 1242), (r"checked ([\d,]+) and", 1234567), ("never", 0)],
)
def test_a_regular_expression_counts_matches_or_adds_up_its_group(room, pattern, count):
    gate = script("printf 'ok 1\\nok 1234\\nok 7\\nchecked 1,234,567 and left\\n'", count=pattern)
    assert gate.check(room({"a": "1"}, {"a": "2"})) == Outcome(Examined(count, "things"))


def test_a_line_without_end_is_not_searched_since_an_honest_expression_could_take_hours(room):
    gate = script("head -c 3000000 /dev/zero | tr '\\0' 1; echo; echo 7 files", count=r"(\d+) files")
    assert gate.check(room({"a": "1"}, {"a": "2"})).examined.count == 7


@pytest.mark.parametrize("pattern", ["ran (.*)", "ran( x)?"])
def test_a_group_that_is_no_number_is_an_error(room, pattern):
    with pytest.raises(ToolError, match="not a whole number"):
        script("echo ran many", count=pattern).check(room({"a": "1"}, {"a": "2"}))


def test_a_look_at_the_exit_code_alone_is_said_aloud(room):
    outcome = script("true", exit_code_only=True).check(room({"a": "1"}, {"a": "2"}))
    assert outcome.examined == Examined(1, "exit code")
    assert "only the exit code" in outcome.notes[0]
    assert "examined, if anything, is not known" in outcome.notes[0]
    assert "`junit`" in outcome.notes[0]


MAKE = Command(run=("make", "test"), exit_code_only=True)
GOOD = "test:\n\t@echo tested; exit 0\n"
TEST_A = "echo checks: 1; grep -q good a || { printf '\\033[31ma is not good\\033[0m in %s/a\\n----\\n' $PWD; exit 1; }"


@pytest.mark.parametrize("way", [{"exit_code_only": True}, {"count": r"checks: (\d+)"}])
def test_a_command_that_fails_on_the_merge_result_alone_is_a_finding_with_its_last_lines(room, way):
    workspace = room({"a": "good"}, {"a": "bad"})
    outcome = script(TEST_A, **way).check(workspace)
    (finding,) = outcome.findings
    assert (finding.rule, finding.introduced, outcome.examined.count) == ("failed", True, 1)
    assert finding.message.splitlines()[1:] == ["  checks: 1", "  a is not good in a"]
    assert "sh -c " in finding.fix


def test_a_command_that_fails_on_both_sides_tells_nothing(room):
    with pytest.raises(CannotTell, match="on the base too") as caught:
        script(TEST_A, exit_code_only=True).check(room({"a": "bad"}, {"a": "bad", "b": ""}))
    assert "junit" in caught.value.fix
    assert caught.value.message.splitlines()[-1] == "  a is not good in a"


def test_a_failing_recipe_of_make_is_a_finding_though_make_ends_with_2(room):
    outcome = MAKE.check(room({"Makefile": GOOD}, {"Makefile": GOOD.replace("exit 0", "exit 7")}))
    (finding,) = outcome.findings
    assert "`make test` fails with exit code 2, and passes on the base" in finding.message
    assert "Error 7" in finding.message


@pytest.mark.parametrize(
    ("files", "says"),
    [({"Makefile": "all:\n"}, "No rule to make target"), ({"notes": ""}, "No rule to make")],
)
def test_a_repository_without_such_a_target_is_told_to_name_its_command(room, files, says):
    with pytest.raises(CannotTell, match="on the base too") as caught:
        MAKE.check(room(files, {"a": "1"}))
    assert says in caught.value.message
    assert "findings-exit" not in caught.value.fix
    assert (
        "name the command that checks this repository in `.gatecheck.yaml` (`gatecheck init`"
        in caught.value.fix
    )


def test_a_base_that_is_known_to_pass_is_not_run_again(room):
    gate = script(TEST_A, exit_code_only=True)
    first = room({"a": "bad"}, {"a": "good"})
    assert not gate.check(first).findings
    second = room({"a": "good"}, {"a": "bad"})
    second.memory = first.memory
    assert gate.check(second).findings[0].introduced
    assert [side for side, _ in second.ran] == ["merge"]


def test_a_command_that_fails_and_examined_nothing_broke(room):
    with pytest.raises(ToolError, match="examined nothing"):
        script("echo no config; exit 1", count="checks").check(room({"a": "1"}, {"a": "2"}))


# How a run may end


@pytest.mark.parametrize(
    ("does", "says"), [("exit 2", "exit code 2"), ("kill -SEGV $$", "SIGSEGV"), ("kill -40 $$", "signal 40")]
)
def test_a_command_that_ends_otherwise_than_declared_broke(room, does, says):
    with pytest.raises(ToolError, match=rf"{says} \(findings-exit: 1\)") as caught:
        script(f"echo last words; {does}", count="words").check(room({"a": "1"}, {"a": "2"}))
    assert "last words" in caught.value.message
    assert "findings-exit" in caught.value.fix


@pytest.mark.parametrize("code", [1, 2, 125])
def test_where_only_the_exit_code_is_known_any_that_a_program_chooses_says_no(room, code):
    gate = script(f"grep -q good a || exit {code}", exit_code_only=True)
    (finding,) = gate.check(room({"a": "good"}, {"a": "bad"})).findings
    assert f"fails with exit code {code}," in finding.message


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("./a", "exit code 126"),
        ("no-such-program", "exit code 127"),
        ("sh -c 'kill -TERM $$'; exit $?", "exit code 143"),
        ("kill -SEGV $$", "signal SIGSEGV"),
    ],
)
def test_a_command_that_could_not_be_run_is_an_error_also_where_only_the_exit_code_is_known(room, does, says):
    with pytest.raises(ToolError, match=rf"{says} \(findings-exit: 1 to 125\)") as caught:
        script(does, exit_code_only=True).check(room({"a": "1"}, {"a": "2"}))
    assert caught.value.fix == "Run it yourself and mend what stops it."


def test_other_exit_codes_can_be_declared_to_mean_findings(room):
    gate = script("grep -q good a || exit 101", exit_code_only=True, findings_exit=(101,))
    assert gate.check(room({"a": "good"}, {"a": "bad"})).findings
    with pytest.raises(ToolError, match="findings-exit: none"):
        script("exit 1", exit_code_only=True, findings_exit=()).check(room({"a": "1"}, {"a": "2"}))


def test_a_command_that_takes_too_long_is_an_error_that_names_the_option(room):
    with pytest.raises(ToolError, match="did not end") as caught:
        script("exec sleep 60", exit_code_only=True).check(room({"a": "1"}, {"a": "2"}, limit=0.2))
    assert "timeout:" in caught.value.fix


def test_a_missing_program_is_an_error(room):
    with pytest.raises(ToolError, match="cannot be started"):
        Command(run=("no-such-program",), exit_code_only=True).check(room({"a": "1"}, {"a": "2"}))


def shortened(workspace, *, before=b""):
    """Let the workspace give only a little of an output, and a log that holds `before` it what ran earlier."""
    inner = workspace.run

    def run(argv, **more):
        completed = inner(argv, **more)
        completed.log.write_bytes(before + completed.log.read_bytes())
        text = "check\n[gatecheck: 1,234 bytes left out]\nbye\n"
        return dataclasses.replace(completed, output=text, log_start=len(before))

    workspace.run = run
    return workspace


def test_a_long_output_is_read_from_this_runs_part_of_the_log(room):
    workspace = shortened(room({"a": "1"}, {"a": "2"}), before=b"check\ncheck\n")
    assert script("echo check; echo check; echo bye", count="check").check(workspace).examined.count == 2


def test_an_output_beyond_the_bound_is_not_counted(room, monkeypatch):
    monkeypatch.setattr("gatecheck_gates.commands.report.MAX_BYTES", 3)
    with pytest.raises(ToolError, match="printed more"):
        script("echo many", count="many").check(shortened(room({"a": "1"}, {"a": "2"})))


def test_a_path_is_found_when_the_tree_is_named_through_a_link(room):
    workspace = room({"lint.py": LINT, "a.txt": ""}, {"a.txt": "TODO\n"})
    link = workspace.merge.with_name("link")
    link.symlink_to(workspace.merge)
    workspace.merge = link
    assert told(LINTER.check(workspace)) == [("found", "a.txt", 1, True)]
