import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.errors import GatecheckError, ToolError
from gatecheck.formats import sarif

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
NAMES = st.sampled_from(
    [
        "tool",
        "driver",
        "rules",
        "extensions",
        "results",
        "artifacts",
        "location",
        "locations",
        "message",
        "text",
        "uri",
        "index",
        "physicalLocation",
        "artifactLocation",
        "region",
        "invocations",
        "ruleIndex",
        "rule",
        "suppressions",
        "id",
        "roles",
    ]
)
SARIF_LIKE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.sampled_from(["a", "file:///x", "http://[", "%", "error"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
)


def log(*results, **run):
    driver = {"name": "lint", "rules": run.pop("rules", [])}
    whole = {"tool": {"driver": driver, **run.pop("tool", {})}, "results": [*results], **run}
    return json.dumps({"version": "2.1.0", "runs": [whole]}).encode()


def at(uri, line=1, **location):
    region = {"startLine": line}
    return [{"physicalLocation": {"artifactLocation": {"uri": uri, **location}, "region": region}}]


def one(result, **run):
    (found,) = sarif.read(log(result, **run)).results
    return found


def test_ruffs_own_report_is_read(tmp_path):
    ruff = shutil.which("ruff", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if ruff is None:
        pytest.skip("ruff is not installed")
    (tmp_path / "ä b.py").write_text("import os\n")
    argv = [ruff, "check", "--isolated", "--no-cache", "--select=F401", "--output-format=sarif", "."]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False)
    report = sarif.read(done.stdout)
    (found,) = report.results
    assert (report.tool, found.rule, found.level, found.line, found.suppressed) == (
        "ruff",
        "F401",
        "error",
        1,
        False,
    )
    assert found.path == str(tmp_path / "ä b.py")
    assert report.artifacts == {found.path}


def test_a_report_amid_other_output_is_found():
    found = sarif.read(
        b"looking ...\n" + log({"ruleId": "A", "message": {"text": "m"}}) + b"\nbye\n", amid_output=True
    )
    assert found.results == (sarif.Found("A", "warning", "m", None, None, None, suppressed=False),)


def test_files_that_were_looked_at_are_counted_by_their_roles_and_by_their_results():
    files = [
        {"location": {"uri": "a.js"}},
        {"location": {"uri": "b.js"}, "roles": ["analysisTarget"]},
        {"location": {"uri": "config.json"}, "roles": ["toolSpecifiedConfiguration"]},
        {"location": {}},
        {"parentIndex": 0},
    ]
    result = {"message": {"text": "m"}, "locations": at("c.js")}
    assert sarif.read(log(result, artifacts=files)).artifacts == {"a.js", "b.js", "c.js"}


def test_rules_of_the_tool_and_its_extensions_are_counted():
    extensions = {"extensions": [{"rules": [{"id": "B"}, {"id": "C"}]}, {}]}
    assert sarif.read(log(rules=[{"id": "A"}], tool=extensions)).rules == 3


def test_runs_of_several_tools_are_one():
    runs = [{"tool": {"driver": {"name": name}}, "results": [{"message": {"text": name}}]} for name in "aba"]
    report = sarif.read(json.dumps({"version": "2.1.0", "runs": [*runs, {"results": []}]}).encode())
    assert (report.tool, [found.message for found in report.results]) == (
        "a, b, (unnamed tool)",
        ["a", "b", "a"],
    )


@pytest.mark.parametrize(
    ("result", "rule", "level"),
    [
        ({"ruleId": "A"}, "A", "error"),
        ({"ruleId": "A", "level": "note"}, "A", "note"),
        ({"ruleIndex": 1}, "B", "warning"),
        ({"ruleId": "A/sub"}, "A/sub", "error"),
        ({"ruleId": "unknown"}, "unknown", "warning"),
        ({"rule": {"id": "A"}}, "A", "error"),
        ({"rule": {"index": 0}}, "A", "error"),
        ({"rule": {"index": 0, "toolComponent": {"index": 0}}}, "X", "note"),
        ({"ruleIndex": -1}, "(unnamed rule)", "warning"),
        ({"ruleIndex": 99}, "(unnamed rule)", "warning"),
        ({"kind": "review", "ruleId": "A"}, "A", "none"),
    ],
)
def test_rule_and_level_are_found_wherever_the_standard_puts_them(result, rule, level):
    rules = [{"id": "A", "defaultConfiguration": {"level": "error"}}, {"id": "B"}, {}]
    extension = {"extensions": [{"rules": [{"id": "X", "defaultConfiguration": {"level": "note"}}]}]}
    found = one({**result, "message": {"text": "m"}}, rules=rules, tool=extension)
    assert (found.rule, found.level) == (rule, level)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "plain {0} {x}"}, "plain {0} {x}"),
        ({"text": "{0} and {1}, {2} {{0}}", "arguments": ["a", "b"]}, "a and b, {2} {0}"),
        ({"id": "named", "arguments": ["x"]}, "rule says x"),
        ({"id": "unknown"}, "unknown"),
        ({"markdown": "*m*"}, "*m*"),
        ({}, "(no message)"),
        ({"text": "half \ud800"}, "half �"),
    ],
)
def test_messages_are_put_together_as_the_standard_says(message, text):
    rules = [{"id": "A", "messageStrings": {"named": {"text": "rule says {0}"}}}]
    assert one({"ruleId": "A", "message": message}, rules=rules).message == text


BASES = {
    "SRC": {"uri": "file:///work/tree/"},
    "SUB": {"uri": "sub%20dir/", "uriBaseId": "SRC"},
    "OPEN": {},
    "LOOP": {"uri": "x/", "uriBaseId": "LOOP"},
}


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ({"uri": "a.py"}, "a.py"),
        ({"uri": "./a%20b/%C3%A4.py"}, "a b/ä.py"),
        ({"uri": "a\\b.py"}, "a/b.py"),
        ({"uri": "%FF.py"}, "\udcff.py"),
        ({"uri": "file:///tree/a.py"}, "/tree/a.py"),
        ({"uri": "file://localhost/tree/a.py"}, "/tree/a.py"),
        ({"uri": "/tree/a.py"}, "/tree/a.py"),
        ({"uri": "file://host/a.py"}, None),
        ({"uri": "https://example.org/a.py"}, None),
        ({"uri": "http://[bad"}, None),
        ({"uri": "a%00b"}, None),
        ({"uri": ""}, None),
        ({}, None),
        ({"uri": "a.py", "uriBaseId": "SRC"}, "/work/tree/a.py"),
        ({"uri": "/a.py", "uriBaseId": "SRC"}, "/a.py"),
        ({"uri": "a.py", "uriBaseId": "SUB"}, "/work/tree/sub dir/a.py"),
        ({"uri": "a.py", "uriBaseId": "OPEN"}, "a.py"),
        ({"uri": "a.py", "uriBaseId": "%SRCROOT%"}, "a.py"),
        ({"uri": "a.py", "uriBaseId": "LOOP"}, "x/" * 20 + "a.py"),
        ({"index": 0}, "/work/tree/listed.py"),
        ({"index": 7}, None),
        ({"index": 1}, None),
    ],
)
def test_a_place_is_found_through_encoding_schemes_bases_and_indexes(location, path):
    files = [{"location": {"uri": "listed.py", "uriBaseId": "SRC"}}, {"location": {"index": 1}}]
    places = [{"physicalLocation": {"artifactLocation": location}}]
    result = {"message": {"text": "m"}, "locations": places}
    assert one(result, originalUriBaseIds=BASES, artifacts=files).path == path


def test_a_line_from_1_and_a_snippet_are_read_where_they_are():
    places = at("a.py", 3)
    places[0]["physicalLocation"]["region"]["snippet"] = {"text": "x = 1"}
    found = one({"message": {"text": "m"}, "locations": places})
    assert (found.line, found.snippet) == (3, "x = 1")
    assert one({"message": {"text": "m"}, "locations": at("a.py", 0)}).line is None


@pytest.mark.parametrize(
    ("states", "suppressed"),
    [([], False), ([{}], True), ([{"status": "accepted"}], True), ([{}, {"status": "rejected"}], False)],
)
def test_a_suppression_holds_unless_one_was_rejected(states, suppressed):
    assert one({"message": {"text": "m"}, "suppressions": states}).suppressed is suppressed


@pytest.mark.parametrize("result", [{"kind": "pass"}, {"kind": "notApplicable"}, {"baselineState": "absent"}])
def test_a_result_that_says_that_nothing_is_wrong_is_no_finding(result):
    assert sarif.read(log({**result, "message": {"text": "m"}})).results == ()


def invocation(**values):
    return log(invocations=[{"executionSuccessful": True, **values}])


ERROR = [
    {"level": "warning", "message": {"text": "w"}},
    {"level": "error", "message": {"text": "broken file"}},
]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (invocation(executionSuccessful=False), "did not succeed"),
        (invocation(toolExecutionNotifications=ERROR), "broken file"),
        (invocation(toolConfigurationNotifications=ERROR), "broken file"),
        (log(externalPropertyFileReferences={"results": [{}]}), "other files"),
        (b'{"version": "2.1.0", "runs": [{"tool": {}}]}', "no `results`"),
        (b'{"version": "2.1.0", "runs": [{"results": null}]}', "no `results`"),
        (b'{"version": "2.1.0", "runs": []}', "no run"),
        (b'{"version": "2.1.0", "runs": null}', "no run"),
        (b'{"version": "2.1.0", "runs": {}}', "runs"),
        (b'{"version": "2.0.0", "runs": []}', "2.0.0"),
        (b"{}", "version"),
        (b"[]", "the top"),
        (b"", "empty"),
        (log({"level": "fatal", "message": {"text": "m"}}), "fatal"),
        (log({"level": 7, "message": {"text": "m"}}), "level"),
        (log({"message": "m"}), "results/0/message"),
        (log({"message": {"text": "m"}, "locations": [3]}), "locations"),
    ],
)
def test_a_run_that_failed_or_a_file_that_cannot_be_read_is_refused(data, says):
    with pytest.raises(ToolError, match=says) as caught:
        sarif.read(data)
    assert caught.value.fix


def test_a_run_that_succeeded_with_warnings_is_read():
    assert sarif.read(invocation(toolExecutionNotifications=ERROR[:1])).results == ()


@given(JSON | SARIF_LIKE | st.lists(SARIF_LIKE).map(lambda runs: {"version": "2.1.0", "runs": runs}))
def test_no_json_raises_anything_but_our_own_error(document):
    with suppress(GatecheckError):
        sarif.read(json.dumps(document).encode())


@given(st.lists(SARIF_LIKE, max_size=4), SARIF_LIKE)
def test_no_results_raise_anything_but_our_own_error(results, rest):
    extra = rest if isinstance(rest, dict) else {}
    with suppress(GatecheckError):
        sarif.read(json.dumps({"version": "2.1.0", "runs": [{**extra, "results": results}]}).encode())


@given(st.binary())
def test_no_bytes_raise_anything_but_our_own_error(data):
    for amid_output in (True, False):
        with suppress(GatecheckError):
            sarif.read(data, amid_output=amid_output)
