import json
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.errors import GatecheckError, ToolError
from gatecheck.formats import cobertura, coveragepy, lcov, lines
from gatecheck.formats.lines import FileCoverage

CODE = (
    "def f(a):\n    if a:\n        return 1\n    return 2\n\ndef g():  # pragma: no cover\n    pass\nf(1)\n"
)
LINES = st.frozensets(st.integers(1, 500))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
XML = '<coverage lines-valid="{valid}"><sources>{sources}</sources><packages><package><classes>{classes}</classes></package></packages></coverage>'


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    (folder / "ä b.py").write_text(CODE)
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "run", "--rcfile=/dev/null", "--branch", "ä b.py"], cwd=folder, check=True)
    for kind in ("json", "xml", "lcov"):
        subprocess.run(
            [*coverage, kind, "--rcfile=/dev/null", "-q", "-o", f"r.{kind}"], cwd=folder, check=True
        )
    return folder


@pytest.mark.parametrize(("kind", "excluded"), [("json", {6, 7}), ("xml", set()), ("lcov", set())])
def test_what_coverage_measured_is_the_same_in_all_three_formats(reports, kind, excluded):
    (covered,) = lines.read((reports / f"r.{kind}").read_bytes()).values()
    assert covered.path == (str(reports / "ä b.py") if kind == "xml" else "ä b.py")
    assert (covered.executed, covered.missing, covered.excluded) == ({1, 2, 3, 8}, {4}, excluded)
    assert covered.missing_branches.keys() == covered.executed_branches.keys() == {2}
    assert len(covered.missing_branches[2]) == len(covered.executed_branches[2]) == 1


def test_coveragepy_names_a_branch_by_where_it_leads(reports):
    (covered,) = lines.read((reports / "r.json").read_bytes()).values()
    assert (covered.missing_branches, covered.executed_branches) == ({2: {4}}, {2: {3}})


@pytest.mark.parametrize(
    "data", [b"", b"\xef\xbb\xbf \n", b"hello", b"[]", b"{}", b"<html/>", b"TN:x\n", b"{", b"<coverage/>"]
)
def test_what_is_no_coverage_report_is_refused(data):
    with pytest.raises(ToolError) as caught:
        lines.read(data)
    assert caught.value.fix


@given(
    st.binary()
    | st.binary().map(b"SF:".__add__)
    | st.binary().map(b"<coverage ".__add__)
    | st.binary().map(b'{"'.__add__)
)
def test_no_bytes_raise_anything_but_our_own_error(data):
    with suppress(GatecheckError):
        lines.read(data)


# coverage.py


def of_coveragepy(entry):
    return json.dumps({"meta": {"format": 3}, "files": {"a.py": entry}}).encode()


@given(JSON | st.fixed_dictionaries({"meta": JSON, "files": st.dictionaries(st.text(), JSON)}))
def test_no_json_raises_anything_but_our_own_error(document):
    with suppress(GatecheckError):
        coveragepy.read(json.dumps(document).encode())


@given(LINES, LINES, LINES)
def test_coveragepys_lines_are_read_back(executed, missing, excluded):
    missing -= executed
    entry = {"executed_lines": [*executed], "missing_lines": [*missing], "excluded_lines": [*excluded]}
    covered = coveragepy.read(of_coveragepy(entry))["a.py"]
    assert covered == FileCoverage("a.py", executed, missing, excluded)


@pytest.mark.parametrize(
    "entry",
    [
        3,
        {},
        {"executed_lines": [1], "missing_lines": [1]},
        {"executed_lines": [True], "missing_lines": []},
        {"executed_lines": ["1"], "missing_lines": []},
        {"executed_lines": [1], "missing_lines": [], "summary": {"covered_lines": 2}},
        {"executed_lines": [1], "missing_lines": [], "summary": {"missing_lines": 2}},
        {"executed_lines": [1], "missing_lines": [], "missing_branches": [[1]]},
        {"executed_lines": [1], "missing_lines": [], "missing_branches": [1]},
    ],
)
def test_a_coveragepy_entry_that_contradicts_itself_or_the_format_is_refused(entry):
    with pytest.raises(ToolError, match=r"files/a\.py"):
        coveragepy.read(of_coveragepy(entry))


def test_a_windows_path_and_an_undecodable_one_become_usable_keys():
    entry = {"executed_lines": [], "missing_lines": []}
    files = dict.fromkeys(["a\\b.py", "\udce4.py", "\ud800.py"], entry)
    report = coveragepy.read(json.dumps({"meta": {}, "files": files}).encode())
    assert [*report] == ["a/b.py", "\udce4.py", "�.py"]


# LCOV


def test_sections_of_several_tests_add_up_and_a_branch_taken_once_is_taken():
    covered = lcov.read(
        b"TN:one\nSF:a.c\nDA:1,5\nDA:2,0,checksum\nBRDA:1,0,0,-\nBRDA:1,0,1,0\nLF:2\nLH:1\nend_of_record\n"
        b"TN:two\r\nSF:a.c\r\nDA:2,3\r\nDA:3,0\r\nDA:4,1.5e+3\r\nBRDA:1,0,0,2\r\nBRDA:3,e0,jump, out,0\r\nend_of_record\r\n"
    )["a.c"]
    assert (covered.executed, covered.missing) == ({1, 2, 4}, {3})
    assert covered.missing_branches == {1: {1}, 3: {0}}
    assert covered.executed_branches == {1: {0}}


def test_a_file_without_lines_is_there_and_empty():
    assert lcov.read(b"# made by hand\nSF:a\\b.c\nend_of_record")["a/b.c"].executed == frozenset()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("SF:a\nDA:1,1\n", 3),
        ("SF:a\nSF:b\nend_of_record", 2),
        ("SF:a\nend_of_record\nend_of_record", 3),
        ("SF:a\nDA:1\nend_of_record", 2),
        ("SF:a\nBRDA:1,2\nend_of_record", 2),
        ("TN:x\nDA:1,1\nend_of_record", 2),
        ("TN:x\nhello", 2),
        ("TN:x", 1),
    ],
)
def test_a_broken_tracefile_is_refused_at_its_line(text, line):
    with pytest.raises(ToolError, match=f"line {line}:"):
        lcov.read(text.encode())


def test_an_empty_or_huge_tracefile_is_refused(monkeypatch):
    with pytest.raises(ToolError, match="empty"):
        lcov.read(b" \n")
    monkeypatch.setattr(lcov, "MAX_BYTES", 10)
    with pytest.raises(ToolError, match="bytes"):
        lcov.read(b"SF:a\nend_of_record")


@given(st.dictionaries(st.from_regex(r"[a-zä/]{1,9}\.c", fullmatch=True), st.tuples(LINES, LINES)))
def test_lcovs_lines_are_read_back(files):
    text = "TN:\n"
    for path, (executed, missing) in files.items():
        text += f"SF:{path}\n"
        text += "".join(f"DA:{line},1\n" for line in executed) + "".join(
            f"DA:{line},0\n" for line in missing - executed
        )
        text += "end_of_record\n"
    if files:
        report = lcov.read(text.encode())
        assert {path: (file.executed, file.missing) for path, file in report.items()} == {
            path: (executed, missing - executed) for path, (executed, missing) in files.items()
        }


# Cobertura


def of_cobertura(classes, *, sources="", valid=1):
    return XML.format(classes=classes, sources=sources, valid=valid).encode()


def test_classes_of_one_file_and_lines_that_stand_only_in_methods_add_up():
    first = '<class filename="a.java"><methods><method><lines><line number="1" hits="2"/></lines></method></methods></class>'
    second = (
        '<class filename="./a.java"><lines><line number="1" hits="0"/><line number="2" hits="0"/>'
        '<line number="3" hits="1" branch="True" condition-coverage="66,7% (2/3)"/>'
        '<line number="3" hits="1" branch="true" condition-coverage="100% (1/1)"/>'
        '<line number="4" hits="1" branch="true"/></lines></class>'
    )
    (covered,) = cobertura.read(of_cobertura(first + second)).values()
    assert (covered.path, covered.executed, covered.missing) == ("a.java", {1, 3, 4}, {2})
    assert (covered.missing_branches, covered.executed_branches) == ({3: {2}}, {3: {0, 1}})


@pytest.mark.parametrize(
    ("sources", "path"),
    [
        ("<source>/tree/src</source>", "/tree/src/a.py"),
        ("<source>src</source>", "src/a.py"),
        ("<source/>", "a.py"),
        ("<source>/one</source><source>/two</source>", "a.py"),
    ],
)
def test_a_path_starts_at_the_one_source_and_stays_as_it_is_with_several(sources, path):
    classes = '<class filename="a.py"><lines><line number="1" hits="1"/></lines></class>'
    assert [*cobertura.read(of_cobertura(classes, sources=sources))] == [path]


def test_a_doctype_is_allowed_and_not_looked_up():
    head = b'<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://cobertura.example/coverage-04.dtd">'
    assert cobertura.read(head + of_cobertura("", valid=0)) == {}


@pytest.mark.parametrize(
    "classes",
    [
        "",
        "<class/>",
        '<class filename="a"><lines><line hits="1"/></lines></class>',
        '<class filename="a"><lines><line number="1" hits="x"/></lines></class>',
        '<class filename="a"><lines><line number="1" hits="1" branch="true" condition-coverage="half"/></lines></class>',
        '<class filename="a"><lines><line number="1" hits="1" branch="true" condition-coverage="9% (3/2)"/></lines></class>',
    ],
)
def test_a_cobertura_report_that_contradicts_itself_or_the_format_is_refused(classes):
    with pytest.raises(ToolError) as caught:
        cobertura.read(of_cobertura(classes))
    assert caught.value.fix
