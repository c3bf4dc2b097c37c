from __future__ import annotations

import base64
import dataclasses
import importlib.resources
import json as decoder
import os

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatecheck.model import (
    Change,
    ChangedPath,
    Effect,
    Examined,
    Finding,
    Measurement,
    Outcome,
    Result,
    Verdict,
)
from gatecheck.render.json import json
from gatecheck.render.schema import schema


def closed(node):
    """The schema with no room for a field that it does not name, so that a test sees each one that is forgotten."""
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    more = {"additionalProperties": False} if "properties" in node and "required" in node else {}
    return {key: closed(value) for key, value in node.items()} | more


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(closed(schema()))


def refuse(name):
    raise AssertionError(name)


def read(report):
    return decoder.loads(json(report), parse_constant=refuse)


def test_every_sample_follows_the_schema_to_the_last_field(reports, validator):
    for report in reports.values():
        validator.validate(read(report))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60, deadline=None)
@given(st.data())
def test_any_report_follows_the_schema_and_is_safe_to_print(any_report, validator, data):
    page = json(data.draw(any_report))

    page.encode()
    assert all(line.isprintable() for line in page.split("\n"))
    assert "##[" not in page
    validator.validate(decoder.loads(page, parse_constant=refuse))


def test_the_schema_has_a_sentence_for_every_field():
    def fields(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "properties":
                    yield from value.items()
                yield from fields(value)

    silent = [
        name for name, value in fields(schema()) if not {"description", "$ref", "properties"} & set(value)
    ]
    assert silent == []


def test_the_published_schema_is_the_one_that_reports_follow():
    published = (
        importlib.resources.files("gatecheck_config").joinpath("report.schema.json").read_text("utf-8")
    )

    assert published == decoder.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def test_the_schema_refuses_a_report_that_lacks_a_field_or_has_a_verdict_of_its_own(reports, validator):
    document = read(reports["pass"])

    assert not validator.is_valid({**document, "verdict": "green"})
    assert not validator.is_valid({key: value for key, value in document.items() if key != "exit_code"})


def test_the_document_says_what_it_is_and_what_the_verdict_rests_on(reports):
    document = read(reports["fail"])

    assert (document["format"], document["format_version"]) == ("gatecheck-report", 1)
    assert (document["verdict"], document["exit_code"]) == ("fail", 1)
    assert document["change"]["tree"] == "77ab01cd" * 5
    assert document["change"]["paths"]["items"][0]["lines"] == [[14, 16]]
    assert document["change"]["paths"]["items"][1]["old_path"] == "tests/tax_test.py"
    assert document["law"]["waivers"][0]["paths"] == ["tests/test_ftp.py"]
    assert document["next"][0]["command"] == "python -m pytest tests/test_tax.py::test_total"
    assert document["gates"][2]["outcome"] is None
    assert json(reports["fail"]) == json(reports["fail"])


def test_findings_stand_under_their_rule_the_gravest_first(reports):
    groups = read(reports["fail"])["gates"][0]["outcome"]["findings"]

    assert [(group["rule"], group["count"]) for group in groups] == [
        ("tests/failed", 3),
        ("tests/settings", 1),
        ("tests/slow", 1),
        ("tests/missing", 1),
    ]
    assert [item["standing"] for item in groups[0]["items"]] == ["blocks", "old", "old"]


def test_a_conflict_has_no_tree(reports):
    change = read(reports["conflict"])["change"]

    assert change["tree"] is None
    assert change["conflicts"] == {"count": 1, "omitted": 0, "items": [{"path": "shop/tax.py"}]}


def _one_gate(report, *findings, measurements=()):
    outcome = Outcome(Examined(1, "tests"), findings, measurements)
    return dataclasses.replace(report, results=(Result("tests", "tests", Verdict.FAIL, outcome=outcome),))


def test_what_is_left_out_is_counted(reports, validator):
    blocking = [Finding("failed", "x" * 5000, "Mend it.", effect=Effect.BLOCK)] * 230
    note = Finding("slow", "it is slow", "Look.", effect=Effect.NOTE)
    document = read(_one_gate(reports["pass"], note, *blocking))
    outcome = document["gates"][0]["outcome"]

    validator.validate(document)
    assert outcome["omitted"] == 31
    assert [(group["count"], group["omitted"]) for group in outcome["findings"]] == [(230, 30), (1, 1)]
    assert "1,000 more characters" in outcome["findings"][0]["items"][0]["message"]


def test_a_change_of_many_paths_is_bounded_too(reports):
    path = ChangedPath("a", "added", "f" * 40, None)
    change = dataclasses.replace(reports["pass"].change, paths=(path,) * 1200)
    paths = read(dataclasses.replace(reports["pass"], change=change))["change"]["paths"]

    assert (paths["count"], paths["omitted"], len(paths["items"])) == (1200, 200, 1000)


def test_what_is_not_a_number_is_null(reports):
    measurements = (Measurement("rate", float("nan"), "%", float("inf")),)
    measured = read(_one_gate(reports["pass"], measurements=measurements))["gates"][0]["outcome"][
        "measurements"
    ][0]

    assert (measured["value"], measured["base"]) == (None, None)


@given(st.binary(min_size=1))
def test_no_path_loses_a_byte(reports, name):
    path = name.decode("utf-8", "surrogateescape")
    change = Change(
        "t", "b", "h", "m", "bt", "t", paths=(ChangedPath(path, "deleted", None, None, old_path=path),)
    )
    item = read(dataclasses.replace(reports["pass"], change=change))["change"]["paths"]["items"][0]

    for key in ("path", "old_path"):
        exact = item.get(f"{key}_bytes")
        assert (base64.b64decode(exact) if exact else os.fsencode(item[key])) == name


def test_an_ordinary_path_stands_alone(reports):
    report = _one_gate(reports["pass"], Finding("failed", "", "", "señor/漢.py", 3))
    item = read(report)["gates"][0]["outcome"]["findings"][0]["items"][0]

    assert item["path"] == "señor/漢.py"
    assert "path_bytes" not in item
