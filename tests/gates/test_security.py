"""The security gate: what is new, what is hidden, what counts, and what was scanned before."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import sys

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.model import Effect, NotApplicable, Outcome
from gatecheck_gates.scans import driver, scan
from gatecheck_gates.scans.files import File
from gatecheck_gates.scans.reports import Reports
from gatecheck_gates.security import Security

OLD = """\
import subprocess


def order(words):
    subprocess.call(words, shell=True)
"""


def look(workspace, **options) -> Outcome:
    answer = Security(**options).check(workspace)
    assert isinstance(answer, Outcome), answer
    return answer


def told(outcome: Outcome) -> list[tuple[str, str | None, int | None]]:
    """What has an effect: the findings that are new and more than notes."""
    return [
        (finding.rule, finding.path, finding.line)
        for finding in outcome.findings
        if finding.introduced and finding.effect is not Effect.NOTE
    ]


def noted(outcome: Outcome) -> list[str]:
    return [finding.rule for finding in outcome.findings if finding.effect is Effect.NOTE]


# --- what is new ---


def test_a_new_call_blocks_and_says_where_what_and_how_to_mend_it(room):
    outcome = look(room({"a.py": "x = 1\n"}, {"a.py": OLD}))
    assert str(outcome.examined) == "1 Python file"
    (finding,) = [f for f in outcome.findings if f.effect is None]
    assert (finding.rule, finding.names, finding.path, finding.line) == ("B602", ("found",), "a.py", 5)
    assert "shell=True" in finding.message
    assert "in order" in finding.message
    assert "as a list" in finding.fix
    assert "bandit.readthedocs.io" in finding.fix


def test_what_the_base_has_is_shown_as_old_and_blocks_nothing(room):
    outcome = look(room({"a.py": OLD}, {"a.py": OLD + "\n\nx = 1\n"}))
    assert told(outcome) == []
    assert [(f.rule, f.introduced) for f in outcome.findings] == [("B602", False)]


@pytest.mark.parametrize(
    "after",
    [
        {"a.py": "# a comment\n\n\n" + OLD},
        {"a.py": OLD.replace("words, shell=True", "\n        words,\n        shell=True,\n    ")},
        {"a.py": OLD.replace("    sub", "    found = sub")},
        {"a.py": OLD.replace("def order", "def handle")},
        {"a.py": OLD.replace("def order", "class Shop:\n  def order").replace("    sub", "      sub")},
        {"a.py": None, "b.py": OLD},
        {"a.py": "x = 1\n", "deep/er/b.py": "'''New.'''\n" + OLD},
    ],
    ids=["moved down", "formatted", "assigned", "renamed", "into a class", "another file", "out of a file"],
)
def test_moved_and_formatted_code_is_not_new(room, after):
    assert told(look(room({"a.py": OLD}, after))) == []


def test_a_renamed_file_keeps_what_it_had(room):
    renamed = {"a.py": "b.py"}
    outcome = look(room({"a.py": OLD}, {"a.py": None, "b.py": OLD + "x = 1\n"}, renames=renamed))
    assert told(outcome) == []
    assert "on the base it is in" not in outcome.findings[0].message


def test_what_was_moved_says_where_it_was(room):
    outcome = look(room({"a.py": OLD}, {"a.py": "x = 1\n", "b.py": OLD.replace("order", "handle")}))
    assert [f.introduced for f in outcome.findings if f.rule == "B602"] == [False]
    assert "on the base it is in order of a.py" in outcome.findings[0].message
    outcome = look(room({"a.py": "eval(x)\n"}, {"a.py": "x = 1\n", "b.py": "eval(x)\n"}))
    assert "on the base it is in a.py" in outcome.findings[0].message


CALL = "    subprocess.call(words, shell=True)\n"


def test_a_second_call_behind_an_old_one_is_new(room):
    outcome = look(room({"a.py": OLD}, {"a.py": OLD + CALL}))
    assert told(outcome) == [("B602", "a.py", 6)]


def test_the_new_call_is_the_one_that_is_named_wherever_it_stands(room):
    before = OLD.replace("def order", f"def another(words):\n{CALL}\n\ndef order")
    assert told(look(room({"a.py": OLD}, {"a.py": before}))) == [("B602", "a.py", 5)]
    assert told(look(room({"b.py": OLD}, {"a.py": OLD, "b.py": OLD + "x = 1\n"}))) == [("B602", "a.py", 5)]


def test_an_old_call_with_another_argument_is_new(room):
    assert told(look(room({"a.py": OLD}, {"a.py": OLD.replace("words, ", "f'cat {words}', ")}))) == [
        ("B602", "a.py", 5)
    ]


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ("f(0x10)", "f(16)", False),
        ("f(" + "0x" + "f" * 9_000 + ")", "f(" + "0x" + "F" * 9_000 + ")", False),
        ("f(1)", "f(True)", True),
        ("f('a' 'b')", 'f("ab")', False),
        ("f([a, b], c)", "f([a], b, c)", True),
        ("f(f'{x}')", "f(f'{x!r}')", True),
        ("f(lambda a: b)", "f(lambda b: a)", True),
    ],
)
def test_code_is_the_same_when_it_means_the_same(room, before, after, new):
    outcome = look(room({"a.py": f"eval({before})\n"}, {"a.py": f"x = 1\neval({after})\n"}))
    assert told(outcome) == ([("B307", "a.py", 2)] if new else [])


@pytest.mark.parametrize("module", [scan, driver, Security])
def test_code_that_is_written_out_anew_has_the_same_digest(module):
    tree = ast.parse(inspect.getsource(sys.modules[getattr(module, "__module__", module.__name__)]))
    again = ast.parse(ast.unparse(tree))
    for before, after in zip(ast.walk(tree), ast.walk(again), strict=True):
        assert driver.digest(before) == driver.digest(after)


def test_an_issue_of_a_definition_or_a_handler_is_about_its_head(room):
    code = "def f(password='x'):\n    try:\n        {}\n    except Exception:\n        pass\n"
    workspace = room({"a.py": code.format("x()")}, {"a.py": code.format("y()")})
    assert look(workspace, severity="low").findings != ()
    assert told(look(workspace, severity="low")) == []


BIDI = "\N{RIGHT-TO-LEFT OVERRIDE}"


def test_an_issue_of_no_place_in_the_code_is_known_by_its_line(room):
    base = {"a.py": f"x = 1\n# {BIDI} one\n"}
    assert told(look(room({}, base))) == [("B613", "a.py", 2)]
    assert told(look(room(base, {"a.py": f"x = 1\ny = 2\n#  {BIDI}   one\n"}))) == []
    assert told(look(room(base, {"a.py": f"x = 1\n# {BIDI} another\n"}))) == [("B613", "a.py", 2)]


QUERY = "def find(db, name):\n    return db.execute('select * from t where name = %s' % name)\n"


def test_what_is_put_into_a_query_is_part_of_it(room):
    assert told(look(room({}, {"a.py": QUERY}))) == [("B608", "a.py", 2)]
    assert told(look(room({"a.py": QUERY}, {"a.py": QUERY.replace("return ", "found = ")}))) == []
    assert told(look(room({"a.py": QUERY}, {"a.py": QUERY.replace("% name", "% name.x")}))) != []
    formatted = QUERY.replace("%s' % name", "{}'.format(name)")
    assert told(look(room({"a.py": formatted}, {"a.py": formatted.replace("name)", "x)")}))) != []


def test_code_that_comes_out_of_the_tests_counts_as_new(room):
    outcome = look(room({"tests/a.py": OLD}, {"tests/a.py": None, "a.py": OLD}))
    assert told(outcome) == [("B602", "a.py", 5)]


def test_what_is_gone_is_no_finding(room):
    assert look(room({"a.py": OLD}, {"a.py": "x = 1\n"})).findings == ()


# --- what is hidden ---

HIDDEN = OLD.replace("True)", "True)  # nosec")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("x = 1\n", HIDDEN, [("suppressed", "a.py", 5)]),
        (OLD, HIDDEN, [("suppressed", "a.py", 5)]),
        (OLD, OLD.replace("True)", "True)  # nosec B602"), [("suppressed", "a.py", 5)]),
        (OLD, OLD + CALL.rstrip() + "  # nosec: B602\n", [("suppressed", "a.py", 6)]),
        (HIDDEN, HIDDEN + CALL.rstrip() + "  # nosec\n", [("suppressed", "a.py", 6)]),
        (HIDDEN, HIDDEN + CALL, [("B602", "a.py", 6)]),
        (HIDDEN, HIDDEN + "x = 1\n", []),
        (HIDDEN, OLD, []),
        ("x = 1\n", OLD.replace("True)", "True)  # nosec B101"), [("B602", "a.py", 5)]),
        ("x = 1\n", OLD.replace("words, ", "words + ' # nosec', "), [("B602", "a.py", 5)]),
        ("x = 1\n", "x = 2  # nosec\n", []),
    ],
    ids=[
        "with a new issue",
        "on an old one",
        "on an old one, by name",
        "on the second",
        "copied",
        "beside a hidden one",
        "was there",
        "taken away",
        "of another test",
        "in a text",
        "hides nothing",
    ],
)
def test_a_nosec_that_the_change_adds_is_shown_with_what_it_hides(room, before, after, found):
    outcome = look(room({"a.py": before}, {"a.py": after}))
    assert told(outcome) == found
    for finding in outcome.findings:
        assert finding.rule != "suppressed" or "B602" in finding.message


def test_hiding_what_would_be_a_note_is_a_note(room):
    mild = "import subprocess  # nosec\n"
    assert noted(look(room({}, {"a.py": mild}))) == ["suppressed"]
    assert noted(look(room({}, {"tests/a.py": HIDDEN}))) == ["suppressed"]


# --- what counts ---


@pytest.mark.parametrize(
    ("code", "options", "expected"),
    [
        ("import subprocess\n", {}, []),
        ("import subprocess\n", {"severity": "low"}, ["B404"]),
        (OLD, {"severity": "high"}, ["B602"]),
        ("eval(x)\n", {"severity": "high"}, []),
        ("eval(x)\n", {}, ["B307"]),
        ("import requests\nrequests.get(x)\n", {}, []),
        ("import requests\nrequests.get(x)\n", {"confidence": "low"}, ["B113"]),
        (OLD, {"skips": ("B602",)}, []),
        (OLD + "eval(x)\n", {"tests": ("B307",)}, ["B307"]),
    ],
)
def test_severity_confidence_and_tests_are_the_policys(room, code, options, expected):
    assert [rule for rule, _, _ in told(look(room({}, {"a.py": code}), **options))] == expected


@pytest.mark.parametrize(
    "path", ["tests/a.py", "shop/test/a.py", "test_a.py", "x/a_test.py", "conftest.py", "docs/conf.py"]
)
def test_in_code_that_only_developers_run_what_counts_is_a_note_and_what_is_mild_is_nothing(room, path):
    outcome = look(room({}, {path: OLD + "assert x\n"}))
    assert noted(outcome) == ["B602"]
    assert told(outcome) == []
    assert told(look(room({}, {path: OLD}), relaxed=())) == [("B602", path, 5)]


def test_mild_issues_of_a_kind_are_one_note_for_a_file(room):
    outcome = look(room({}, {"a.py": "assert x\nassert y\n\nassert z\n", "b.py": "assert x\n"}))
    assert [(f.rule, f.path, f.line) for f in outcome.findings] == [("B101", "a.py", 1), ("B101", "b.py", 1)]
    assert "(lines 1-2, 4)" in outcome.findings[0].message


def test_a_test_that_bandit_does_not_have_is_named(room):
    outcome = look(room({}, {"a.py": OLD}), skips=("B999",))
    assert any("B999" in note for note in outcome.notes)


def test_every_known_test_has_a_page_and_the_common_ones_a_sentence_of_ours(room):
    code = "import telnetlib\nimport xml.sax\nxml.sax.parseString(x)\nimport hashlib\nhashlib.md5(x)\n"
    fixes = {f.rule: f.fix for f in look(room({}, {"a.py": code}), severity="low").findings}
    assert fixes["B317"].startswith("Parse it with defusedxml.")
    assert fixes["B324"].startswith("Use hashlib.sha256()")
    assert fixes["B401"].startswith("Write it as its page says.")
    assert all("https://bandit.readthedocs.io/" in fix for fix in fixes.values())


def test_a_password_is_never_repeated(room):
    code = "password = 'hunter2'\nconnect(password='hunter2')\n\n\ndef f(password='hunter2'): pass\n"
    outcome = look(room({}, {"a.py": code}))
    assert sorted(noted(outcome)) == ["B105", "B106", "B107"]
    assert "hunter2" not in str(outcome)


# --- which files ---


def test_scripts_without_a_suffix_are_python_when_their_first_line_says_so(room):
    bang = "#!/usr/bin/env python3\n" + OLD
    workspace = room({}, {"bin/run": bang, "LICENSE": "x\n", "bin/go": "#!/bin/sh\n", "a.pyw": OLD})
    outcome = look(workspace)
    assert told(outcome) == [("B602", "a.pyw", 5), ("B602", "bin/run", 6)]
    assert outcome.examined.count == 2
    moved = look(room({"bin/run": bang, "go": "#!/bin/sh\n"}, {"bin/run": None, "b.py": OLD, "go": None}))
    assert told(moved) == []


def test_without_any_python_it_does_not_apply(room):
    assert not Security().applies(room({}, {"a.txt": "x\n", "b.js": "x\n"}).change)
    assert not Security().applies(room({"a.py": "x\n"}, {"a.py": None}).change)
    workspace = room({}, {"Makefile": "x\n"})
    assert Security().applies(workspace.change)
    assert Security().check(workspace) == NotApplicable("no changed file is Python")
    assert workspace.ran == []


@pytest.mark.parametrize(
    "path",
    [
        "-x.py",
        "--help.py",
        ".github/scripts/x.py",
        "CVS/x.py",
        "a.egg/x.py",
        "with space.py",
        "new\nline.py",
        "at line 3: .py",
        "Übung.py",
        b"caf\xe9.py".decode("utf-8", "surrogateescape"),
        "@argfile.py",
        "a,b.py",
        "*.py",
    ],
)
def test_no_name_hides_a_file(room, path):
    outcome = look(room({}, {path: OLD}))
    assert told(outcome) == [("B602", path, 5)]


def test_an_empty_file_is_a_file(room):
    outcome = look(room({}, {"pkg/__init__.py": ""}))
    assert outcome.examined.count == 1
    assert outcome.findings == ()


# --- what was scanned before ---


def test_only_versions_that_nobody_has_scanned_are_scanned(room):
    base = {f"m{number}.py": f"x = {number}\n" for number in range(10)}
    head = {path: text + "eval(x)\n" for path, text in base.items()}
    first = room(base, head)
    look(first)
    assert first.said == [
        "scanning 20 of 20 versions of Python files; the others are known",
    ]
    again = room(base, head, memory=first.memory)
    outcome = look(again)
    assert again.ran == []
    assert len(told(outcome)) == 10
    one = room(base, {**head, "m3.py": "eval(y)\n"}, memory=first.memory)
    look(one)
    assert one.said[0].startswith("scanning 1 of 20 ")
    other = room(base, head, memory=first.memory)
    look(other, skips=("B307",))
    assert other.said[0].startswith("scanning 20 of 20 ")


def test_many_files_are_scanned_in_several_runs(room, monkeypatch):
    monkeypatch.setattr(scan, "_AT_ONCE", 2)
    workspace = room({}, {f"m{number}.py": OLD for number in range(3)})
    assert len(told(look(workspace))) == 3
    assert len(workspace.ran) == 2
    with pytest.raises(CannotTell, match=r"m0\.py"):
        look(room({}, {"m0.py": "x = (\n", "m1.py": OLD, "m2.py": OLD}))


def test_the_same_file_under_another_name_is_scanned_again(room):
    first = room({}, {"a.py": OLD})
    look(first)
    second = room({}, {"b.py": OLD}, memory=first.memory)
    look(second)
    assert len(second.ran) == 1, "settings may look at the name"


# --- the base's settings ---


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", "[tool.bandit]\nskips = ['B602']\n"),
        ("bandit.yaml", "skips: [B602]\n"),
        (".bandit.yml", "skips: [B602]\n"),
        (".bandit", "[bandit]\nskips = B602,B101\n"),
        (".bandit", "skips: ['B602']\n"),
        (".bandit", "[bandit]\ntests = B307\n"),
    ],
)
def test_the_bases_settings_count_and_the_changes_own_do_not(room, name, content):
    assert told(look(room({name: content}, {"a.py": OLD}))) == []
    assert told(look(room({}, {"a.py": OLD, name: content}))) == [("B602", "a.py", 5)]
    assert told(look(room({name: content}, {"a.py": OLD, name: None}))) == []


def test_a_file_that_only_the_policy_names_is_read_and_no_other(room):
    base = {"pyproject.toml": "[tool.bandit]\nskips = ['B602']\n", "ci/bandit.yaml": "skips: [B307]\n"}
    outcome = look(room(base, {"a.py": OLD + "eval(x)\n"}), config="ci/bandit.yaml")
    assert told(outcome) == [("B602", "a.py", 5)]
    with pytest.raises(ToolError, match=r"no file other\.yaml"):
        look(room(base, {"a.py": OLD}), config="other.yaml")


def test_the_first_file_that_has_any_counts_beside_bandits_own(room):
    base = {
        ".bandit": "[bandit]\nskips: B602\n",
        "bandit.yaml": "skips: [B307]\n",
        "pyproject.toml": "[tool.bandit]\nskips = ['B506']\n",
    }
    code = OLD + "eval(x)\nimport yaml\nyaml.load(x)\n"
    assert [rule for rule, _, _ in told(look(room(base, {"a.py": code})))] == ["B506"]


def test_settings_of_a_folder_count_for_a_gate_of_that_folder(room):
    base = {"web/bandit.yaml": "skips: [B602]\n"}
    assert told(look(room(base, {"web/a.py": OLD}, cwd="web"))) == []


@pytest.mark.parametrize("pattern", ["./gen/*", "gen/*", "*/gen/*", "gen", "/gen/"])
@pytest.mark.parametrize("form", ["[tool.bandit]\nexclude_dirs = ['{}']\n", "[bandit]\nexclude = {}\n"])
def test_what_the_bases_settings_exclude_is_left_out_and_named(room, pattern, form):
    name = "pyproject.toml" if "tool" in form else ".bandit"
    base = {name: form.format(pattern)}
    outcome = look(room(base, {"gen/a.py": OLD, "b.py": "x = 1\n"}))
    assert told(outcome) == []
    assert outcome.examined.count == 1
    assert outcome.notes == (f"Left out by the base's {name}: gen/a.py.",)
    answer = Security().check(room(base, {"gen/a.py": OLD}))
    assert answer == NotApplicable(f"the base's {name} leaves out every changed Python file: gen/a.py")


@pytest.mark.parametrize("pattern", ["./gen/*", "gen/*", "*/gen/*"])
def test_names_that_settings_of_a_test_look_at_are_the_trees_own(room, pattern):
    base = {"bandit.yaml": f"assert_used: {{skips: ['{pattern}']}}\n"}
    outcome = look(room(base, {"gen/a.py": "assert x\n", "b/gen2/a.py": "assert x\n"}))
    assert [(f.rule, f.path) for f in outcome.findings] == [("B101", "b/gen2/a.py")]


def test_settings_of_tests_are_handed_on(room):
    base = {"bandit.yaml": "hardcoded_tmp_directory: {tmp_dirs: [/spool]}\nassert_used: {}\n"}
    assert told(look(room(base, {"a.py": "x = '/tmp/a'\ny = '/spool/a'\n"}))) == [("B108", "a.py", 2)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", "[tool.bandit\n"),
        ("bandit.yaml", "skips: [B602\n"),
        ("bandit.yaml", "[" * 20_000),
        ("bandit.yaml", "- B602\n"),
        (".bandit", b"\xff"),
        ("pyproject.toml", "[tool]\nbandit = 3\n"),
    ],
)
def test_settings_that_cannot_be_read_are_an_error_that_names_the_file(room, name, content):
    with pytest.raises(ToolError, match=name.replace(".", r"\.")):
        look(room({name: content}, {"a.py": OLD}))


def test_settings_with_which_no_test_would_run_are_an_error(room):
    with pytest.raises(ToolError, match="No tests would be run"):
        look(room({}, {"a.py": OLD}), tests=("B999",))


# --- when it cannot tell ---

DEEP = "x = " + "(" * 300 + ")" * 300 + "\n"
TERMS = "x = " + " + ".join(["y"] * 20_000) + "\n"


@pytest.mark.parametrize(
    "content",
    [
        "x = (\n",
        "x = 1\0\n",
        DEEP,
        "-" * 3_000 + "x\n",
        TERMS,
        b"x = '\xe9'\n",
        "#!python\n# coding: nonsense\n",
    ],
    ids=["syntax", "NUL", "deep", "deeper", "20k terms", "not UTF-8", "unknown encoding"],
)
def test_a_file_that_cannot_be_scanned_is_an_error_that_names_it(room, content):
    with pytest.raises(CannotTell, match=r"cannot scan bad\.py") as raised:
        look(room({}, {"bad.py": content, "good.py": "x = 1\n"}))
    assert "paths" in raised.value.fix


def test_all_that_cannot_be_scanned_is_counted(room):
    with pytest.raises(CannotTell, match=r"a\.py: line 1: .*, and 1 more like it"):
        look(room({}, {"a.py": "x = (\n", "b.py": "x = (\n"}))


def test_a_source_in_a_declared_encoding_is_scanned(room):
    outcome = look(room({}, {"a.py": b"# coding: latin-1\nx = '\xe9'\neval(x)\n"}))
    assert told(outcome) == [("B307", "a.py", 3)]


def test_where_only_the_base_cannot_be_scanned_everything_is_new_and_it_is_said(room):
    outcome = look(room({"a.py": "x = (\n" + OLD}, {"a.py": OLD}))
    assert told(outcome) == [("B602", "a.py", 5)]
    assert any("a.py cannot be scanned" in note for note in outcome.notes)


def test_a_broken_file_that_the_change_removes_is_no_matter(room):
    assert told(look(room({"a.py": "x = (\n"}, {"a.py": None, "b.py": "x = 1\n"}))) == []


def test_a_test_of_bandit_that_breaks_is_an_error_that_names_it(room):
    broken = {"bandit.yaml": "shell_injection: {subprocess: 3}\n"}
    with pytest.raises(
        CannotTell, match=r"cannot scan a\.py: Bandit internal error running: .* on file a\.py"
    ):
        look(room(broken, {"a.py": OLD, "a.pyw": "x = 1\n"}))


def test_a_test_that_breaks_cannot_be_blamed_on_another_file(tmp_path):
    report = {"errors": [], "results": [], "metrics": {"./base/long/name.py": {}, "./merge/a.py": {}}}
    (tmp_path / "all.json").write_text(json.dumps(report))
    said = "Bandit internal error running: x on file ./merge/a.py at line 1: './base/long/name.py'Traceback"
    answer = {"identities": [], "said": [["ERROR", said]], "reasons": {}}
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    reports = Reports(tmp_path, marked=False)
    assert reports.trouble(File("a.py", "1", "merge")).startswith("Bandit internal error")
    assert reports.trouble(File("b.py", "1", "merge")) == "bandit does not say that it looked at it"


def test_what_bandit_complains_of_beside_files_is_an_error(room, monkeypatch):
    monkeypatch.setattr("gatecheck_gates.scans.reports._UNKNOWN", "")
    monkeypatch.setattr("gatecheck_gates.scans.reports._GRAVE", frozenset({"WARNING"}))
    with pytest.raises(ToolError, match="bandit says: Unknown test found in profile: B999"):
        look(room({}, {"a.py": OLD}), skips=("B999",))


def test_a_scan_that_takes_too_long_is_an_error(room):
    with pytest.raises(ToolError, match="did not end within"):
        look(room({}, {"a.py": OLD}, limit=0.01))


@pytest.mark.parametrize(
    ("program", "says"),
    [("import sys; sys.exit(3)", "exit code 3"), ("", "exit code 0"), ("import no_bandit", "no_bandit")],
)
def test_a_bandit_that_breaks_or_is_not_there_is_an_error(room, monkeypatch, tmp_path, program, says):
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{program}'\n")
    fake.chmod(0o755)
    monkeypatch.setattr("gatecheck_gates.scans.scan.sys.executable", str(fake))
    with pytest.raises(ToolError, match=says) as raised:
        look(room({}, {"a.py": OLD}))
    assert "-m bandit --version" in raised.value.fix


def test_a_changed_file_that_the_gate_may_not_read_is_an_error(room):
    workspace = room({}, {"a.py": OLD})
    (workspace.merge / "a.py").unlink()
    workspace.change = dataclasses.replace(workspace.change, tree="")
    with pytest.raises(CannotTell, match=r"a\.py is changed, and this gate cannot read it"):
        look(workspace)


def test_a_link_is_nothing_to_scan(room):
    workspace = room({}, {"a.py": "target\n"})
    (path,) = workspace.change.paths
    workspace.change = dataclasses.replace(
        workspace.change, paths=(dataclasses.replace(path, mode=0o120000),)
    )
    assert not Security().applies(workspace.change)


@pytest.mark.parametrize("path", ["../a.py", "x/../../a.py", "/a.py", "./a.py"])
def test_a_path_that_leads_elsewhere_is_refused(room, tmp_path, path):
    file = File(path, "1", "merge")
    with pytest.raises(CannotTell, match="is no path"):
        scan.lay(tmp_path, file, b"")


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "merge").write_text("in the way")
    with pytest.raises(CannotTell, match="cannot be written for a scan"):
        scan.lay(tmp_path, File("a.py", "1", "merge"), b"")


def test_what_python_has_against_a_file_is_said_and_nothing_of_one_that_it_parses(tmp_path):
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_text("x = = 1\n")
    assert driver.why_not(str(tmp_path / "good.py")) == ""
    assert driver.why_not(str(tmp_path / "bad.py")).startswith("line 1: ")
