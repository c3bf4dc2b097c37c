import subprocess
import sys
from contextlib import suppress
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.errors import GatecheckError, ToolError
from gatecheck.formats import junit

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="￾￿"))


def one(xml):
    (case,) = junit.read(xml.encode())
    return case


def test_pytests_own_report_of_every_kind_of_outcome_is_believed(tmp_path):
    (tmp_path / "test_all.py").write_text(
        "import pytest, unittest\n"
        "@pytest.fixture\n"
        "def falls():\n"
        "    yield\n"
        "    raise RuntimeError('teardown')\n"
        "def test_good(): pass\n"
        "def test_bad(): assert 1 == 2\n"
        "def test_good_then_falls(falls): pass\n"
        "def test_bad_then_falls(falls): assert 0\n"
        "def test_skipped(): pytest.skip('no')\n"
        "@pytest.mark.xfail\n"
        "def test_xfail(): assert 0\n"
        "class TestParts(unittest.TestCase):\n"
        "    def test_parts(self):\n"
        "        for i in range(3):\n"
        "            with self.subTest(i=i): self.assertEqual(i, 1)\n"
    )
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--junitxml=r.xml",
        "-o",
        "junit_family=xunit1",
    ]
    subprocess.run([*argv, "test_all.py"], cwd=tmp_path, check=False, capture_output=True)
    cases = junit.read((tmp_path / "r.xml").read_bytes())
    assert [(case.name, case.status) for case in cases] == [
        ("test_good", "passed"),
        ("test_bad", "failed"),
        ("test_good_then_falls", "error"),
        ("test_bad_then_falls", "failed"),
        ("test_bad_then_falls", "error"),
        ("test_skipped", "skipped"),
        ("test_xfail", "skipped"),
        ("test_parts", "failed"),
    ]
    assert (cases[0].file, cases[0].line, cases[0].classname) == ("test_all.py", 6, "test_all")
    assert cases[1].message == "assert 1 == 2"
    assert cases[0].seconds >= 0


def test_pytest_may_count_more_tests_than_it_writes_cases_because_passed_subtests_leave_none():
    suite = '<testsuite name="pytest" tests="5" failures="0" errors="0"><testcase name="a" classname="t"/></testsuite>'
    assert len(junit.read(f"<testsuites>{suite}</testsuites>".encode())) == 1
    with pytest.raises(ToolError, match="tests=5 and holds 1"):
        junit.read(suite.replace('"pytest"', '"jest"').encode())


def test_nodes_todo_test_that_fails_is_skipped_and_suites_tell_equal_names_apart():
    first, second = junit.read(
        b'<testsuites><testcase name="x" classname="test"><skipped type="todo"/><failure message="no"/></testcase>'
        b'<testsuite name="group" tests="1"><properties/><testcase name="x" classname="test"/></testsuite></testsuites>'
    )
    assert (first.status, first.suites) == ("skipped", ())
    assert (second.status, second.suites) == ("passed", ("group",))


def test_phpunits_nested_suites_give_their_file_and_count_what_is_inside():
    cases = junit.read(
        b'<testsuites><testsuite name="all" tests="2" failures="1" errors="0"><testsuite name="T" file="/a/T.php" tests="2">'
        b'<testcase name="a" class="T" classname="T" file="/a/T.php" line="7" time="0.5"/>'
        b'<testcase name="b" class="T" line="0"><failure type="E">T::b\nexpected</failure></testcase>'
        b"</testsuite></testsuite></testsuites>"
    )
    assert [(case.file, case.classname, case.line, case.status) for case in cases] == [
        ("/a/T.php", "T", 7, "passed"),
        ("/a/T.php", "T", None, "failed"),
    ]
    assert cases[1].message == "T::b\nexpected"
    assert cases[0].seconds == 0.5


def test_go_junit_reports_message_that_says_only_failed_gives_way_to_the_text():
    case = one(
        '<testsuite><testcase name="T"><failure message="Failed">main_test.go:7: wrong</failure></testcase></testsuite>'
    )
    assert case.message == "main_test.go:7: wrong"


def test_googletests_disabled_test_did_not_run():
    assert one('<testsuite><testcase name="T" status="notrun"/></testsuite>').status == "skipped"
    assert one('<testsuite><testcase name="T" result="suppressed"/></testsuite>').status == "skipped"
    assert one('<testsuite><testcase name="T" status="run"/></testsuite>').status == "passed"


def test_surefires_flaky_test_passed_and_its_times_have_commas():
    case = one(
        '<testsuite tests="1"><testcase name="T" time="1,234.5"><flakyFailure message="x"/></testcase></testsuite>'
    )
    assert (case.status, case.seconds) == ("passed", 1234.5)


@pytest.mark.parametrize("time", ["soon", "nan", "inf", "-3", ""])
def test_a_time_that_is_none_is_zero(time):
    assert one(f'<testsuite><testcase name="T" time="{time}"/></testsuite>').seconds == 0.0


def test_an_error_of_the_suite_itself_is_a_case_that_broke():
    case = one('<testsuite name="mod" tests="0" errors="1"><error message="import failed"/></testsuite>')
    assert (case.name, case.status, case.message) == ("mod", "error", "import failed")
    assert one("<testsuite><failure>cannot load</failure></testsuite>").name == "(suite)"


def test_a_namespace_changes_nothing():
    assert (
        one('<testsuite xmlns="urn:x"><testcase name="T"><error/></testcase></testsuite>').status == "error"
    )


def test_skipped_cases_may_be_left_out_of_the_count():
    xml = '<testsuite tests="1"><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite>'
    assert len(junit.read(xml.encode())) == 2


@pytest.mark.parametrize(
    "suite",
    [
        '<testsuite tests="5"><testcase name="a"/></testsuite>',
        '<testsuite tests="0"><testcase name="a"/></testsuite>',
        '<testsuite failures="1"><testcase name="a"/></testsuite>',
        '<testsuite failures="0" errors="2"><testcase name="a"/></testsuite>',
        '<testsuite failures="0" errors="0"><testcase name="a"><failure/></testcase></testsuite>',
        '<testsuites tests="3"><testsuite tests="1"><testcase name="a"/></testsuite></testsuites>',
        '<testsuite tests="many"><testcase name="a"/></testsuite>',
        '<testsuite tests="-1"/>',
        '<testsuite failures="9999999999999999999999"/>',
        "<testsuite><testcase/></testsuite>",
        "<html/>",
        "",
        "  \n",
        "not xml",
        '<testsuite tests="1"><testcase name="a"/>',
        '<!DOCTYPE a SYSTEM "x"><testsuite/>',
        '<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>',
        "<testsuite>" * 300 + "</testsuite>" * 300,
        '<?xml version="1.0" encoding="nonsense"?><testsuite/>',
    ],
)
def test_a_report_that_cannot_be_believed_is_refused_with_a_fix(suite):
    with pytest.raises(ToolError) as caught:
        junit.read(suite.encode())
    assert caught.value.fix


def test_a_report_of_nothing_is_empty_and_left_to_the_reader():
    assert junit.read(b'\xef\xbb\xbf<testsuites tests="0"/>') == ()


def test_a_huge_report_is_refused(monkeypatch):
    monkeypatch.setattr("gatecheck.formats.xml_document.MAX_BYTES", 10)
    with pytest.raises(ToolError, match="bytes"):
        junit.read(b"<testsuites></testsuites>")


@given(st.binary() | st.builds(lambda inner: b"<testsuite " + inner + b"</testsuite>", st.binary()))
def test_no_bytes_raise_anything_but_our_own_error(data):
    with suppress(GatecheckError):
        junit.read(data)


@given(
    st.lists(st.tuples(TEXT.filter(str.strip), TEXT, st.sampled_from(["", "failure", "error", "skipped"])))
)
def test_what_was_written_is_read_back(wanted):
    cases = "".join(
        f"<testcase name={quoteattr(name)} classname={quoteattr(group)}>{f'<{kind}/>' if kind else ''}</testcase>"
        for name, group, kind in wanted
    )
    xml = f'<testsuites><testsuite name="s" tests="{len(wanted)}">{cases}</testsuite></testsuites>'
    word = {"": "passed", "failure": "failed"}
    assert [(c.name, c.classname, c.status) for c in junit.read(xml.encode())] == [
        (name, group, word.get(kind, kind)) for name, group, kind in wanted
    ]
