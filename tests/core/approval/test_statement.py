"""What is signed comes back as it was, and anything else is not believed."""

from __future__ import annotations

import dataclasses
import json

import pytest

from gatecheck.approval.differences import is_related
from gatecheck.approval.statement import LARGEST, Statement, listed_files, parse
from gatecheck.model.approval import Subject
from gatecheck.sign import Unbelievable

ID = "a" * 40
ONE = Statement(
    Subject(
        "https://example.org/r", "refs/heads/main", ID, "b" * 40, "c" * 64, "d" * 64, "e" * 64, {"p": ID}
    ),
    "approve",
    "0" * 32,
    1_767_312_000,
    1_767_398_400,
    "fine \udcff\x1b[31m",
    {"tests": "waiting"},
    "high",
    ("tests/settings",),
    (),
    {"a \udcff.py": ("1", "2", "100644")},
    (("1", "2", "3"),),
)


def test_a_statement_comes_back_as_it_was_and_is_plain_text():
    payload = ONE.payload()
    assert parse(payload) == ONE
    assert payload.isascii()
    assert b'\n  "decision": "approve"' in payload
    assert b'"expires": "2026-01-03T00:00:00Z"' in payload


def broken(**predicate) -> bytes:
    told = json.loads(ONE.payload())
    told["predicate"].update(predicate)
    return json.dumps(told).encode()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b" " * (LARGEST + 1),
        ONE.payload().replace(b"urn:gatecheck:approval:v1", b"urn:gatecheck:approval:v2"),
        ONE.payload().replace(b'"merge"', b'"other"'),
        ONE.payload().replace(b'"gitTree"', b'"a": "b", "gitTree"'),
        ONE.payload().replace(b"a" * 40, b"A" * 40),
        ONE.payload().replace(b'"risk"', b'"risk": "low", "risk"'),
        broken(extra="x"),
        broken(nonce="1"),
        broken(decision="maybe"),
        broken(risk=1),
        broken(covers="tests"),
        broken(covers=[1]),
        broken(created="2026-01-01"),
        broken(created="2026-13-01T00:00:00Z"),
        broken(expires=1),
        broken(files={"a": "1 2"}),
        broken(policy=[]),
    ],
)
def test_anything_else_is_not_believed(payload):
    with pytest.raises(Unbelievable) as caught:
        parse(payload)
    assert caught.value.fix


def test_a_statement_without_lists_is_related_to_nothing_but_the_same_files_are():
    edits = (("a.py", ID, ID, "100644"),)
    assert not is_related(dataclasses.replace(ONE, files={}, steps=()), edits, None)
    assert is_related(dataclasses.replace(ONE, files=listed_files(edits)), edits, ())
