"""bandit's report: what it says it scanned, and reports that are none."""

from __future__ import annotations

import json

import pytest

from gatecheck.errors import ToolError
from gatecheck.formats import bandit

ISSUE = {
    "filename": "./a.py",
    "test_id": "B602",
    "test_name": "subprocess",
    "line_number": 3,
    "line_range": [3],
    "col_offset": 0,
    "end_col_offset": 9,
    "issue_severity": "HIGH",
    "issue_confidence": "LOW",
    "issue_text": "text\n",
    "more_info": "https://bandit.example/",
}
REPORT = {
    "errors": [{"filename": "./b.py", "reason": "syntax error"}],
    "metrics": {"./a.py": {}, "./b.py": {}, "_totals": {}},
    "results": [ISSUE],
}


def read(**changes) -> bandit.Scan:
    return bandit.read(json.dumps({**REPORT, **changes}).encode())


def test_every_file_was_either_scanned_or_skipped():
    found = read()
    assert found.files == {"./a.py"}
    assert found.skipped == {"./b.py": "syntax error"}
    (issue,) = found.issues
    assert (issue.test, issue.line, issue.severity, issue.confidence) == ("B602", 3, "high", "low")
    assert (issue.text, issue.url) == ("text", "https://bandit.example/")


def test_a_file_that_is_missing_was_never_begun():
    assert read(metrics={"./a.py": {}, "_totals": {}}).skipped.keys() == {"./b.py"}


@pytest.mark.parametrize("test", ["B105", "B106", "B107"])
def test_what_may_be_a_password_is_not_read(test):
    text = "Possible hardcoded password: 'it's\n'secret''"
    (issue,) = read(results=[{**ISSUE, "test_id": test, "issue_text": text}]).issues
    assert issue.text == "Possible hardcoded password (not shown)"


def test_a_test_of_a_plugin_may_have_no_page():
    assert read(results=[{**ISSUE, "more_info": None}]).issues[0].url == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"errors": None},
        {"metrics": []},
        {"results": {}},
        {"results": ["text"]},
        {"errors": [{"filename": "./b.py"}]},
        {"results": [{**ISSUE, "line_number": None}]},
        {"results": [{**ISSUE, "issue_severity": "WORSE"}]},
        {"results": [{**ISSUE, "filename": "./b.py"}]},
        {"results": [{**ISSUE, "filename": "./c.py"}]},
    ],
    ids=str,
)
def test_what_is_no_report_or_contradicts_itself_is_refused(changes):
    with pytest.raises(ToolError, match="report of bandit"):
        read(**changes)


def test_what_is_no_json_is_refused():
    with pytest.raises(ToolError):
        bandit.read(b"")
