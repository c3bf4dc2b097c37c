import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.errors import GatecheckError, ToolError
from gatecheck.formats import json_document, json_pointer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
RFC = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, "~1": 9}


def parse(data):
    return json_document.parse(data, what="report")


@given(JSON)
def test_a_document_is_read_back_in_every_encoding_that_json_knows(document):
    text = json.dumps(document)
    assert parse(text.encode()) == parse(text.encode("utf-16")) == parse(text.encode("utf-8-sig")) == document


@given(st.binary())
def test_no_bytes_raise_anything_but_our_own_error(data):
    for read in (parse, lambda data: json_document.find(data, what="report")):
        with suppress(GatecheckError):
            read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf ",
        b"{",
        b"[1,]",
        b"NaN",
        b'{"a": -Infinity}',
        b"[1e999]",
        b"9" * 1_000_000,
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b"\xff",
        b"{} {}",
    ],
)
def test_what_is_no_json_or_abuses_it_is_refused(data):
    with pytest.raises(ToolError, match="report"):
        parse(data)


def test_a_huge_document_or_output_is_refused(monkeypatch):
    monkeypatch.setattr(json_document, "MAX_BYTES", 4)
    for read in (json_document.parse, json_document.find):
        with pytest.raises(ToolError, match="bytes"):
            read(b'{"a": 1}', what="report")


def test_a_document_is_found_between_the_lines_of_an_output():
    output = (
        b'[INFO] begins\n  {"indented": 1}\n{broken\n{\n  "a": [\n    {"b": 1}\n  ]\n}\nwarning: {} \xff\n'
    )
    assert json_document.find(output, what="report") == {"a": [{"b": 1}]}
    assert json_document.find(b'[{"a": 1}]\n', what="report") == [{"a": 1}]


@pytest.mark.parametrize(
    "output",
    [b"", b"no json", b"{}{}\n", b"[1]{}", b"{}\n{}\n", b'{\n  "a": [\n    {"b": 1}\n', b'{"a":\n' * 100_000],
)
def test_no_document_or_two_or_one_that_was_cut_off_is_refused(output):
    with pytest.raises(ToolError) as caught:
        json_document.find(output, what="report")
    assert "file" in caught.value.fix


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/m~0n", 8),
        ("/~01", 9),
    ],
)
def test_the_examples_of_rfc_6901_hold(pointer, value):
    assert json_pointer.resolve(RFC, pointer) == value


@pytest.mark.parametrize("pointer", ["/foo/2", "/foo/-", "/foo/01", "/foo/0/x", "/nope", "/foo/1" + "0" * 30])
def test_a_pointer_to_nothing_says_how_far_it_came(pointer):
    with pytest.raises(ToolError, match="nothing at /") as caught:
        json_pointer.resolve(RFC, pointer)
    assert pointer in caught.value.fix


@pytest.mark.parametrize("pointer", ["foo", "/~", "/~2", "#/foo"])
def test_what_is_no_pointer_is_refused(pointer):
    assert not json_pointer.is_pointer(pointer)
    with pytest.raises(ToolError, match="not a JSON pointer"):
        json_pointer.resolve(RFC, pointer)


@given(JSON, st.lists(st.text(), max_size=4))
def test_a_pointer_finds_the_value_or_says_that_there_is_none(document, names):
    pointer = "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
    nested = document
    for name in reversed(names):
        nested = {name: nested}
    assert json_pointer.resolve(nested, pointer) == document
    with suppress(ToolError):
        json_pointer.resolve(document, pointer)


@pytest.mark.parametrize(("value", "count"), [(0, 0), (7, 7), (7.0, 7), ([1, 2], 2), ({"a": 1}, 1), ([], 0)])
def test_whole_numbers_arrays_and_objects_count(value, count):
    assert json_pointer.count(value, pointer="/n") == count


@pytest.mark.parametrize("value", [-1, 1.5, "7", True, None, 10**400, 1e300])
def test_nothing_else_counts(value):
    with pytest.raises(ToolError, match="/n, which counts nothing"):
        json_pointer.count(value, pointer="/n")


@given(JSON)
def test_counting_raises_nothing_but_our_own_error(value):
    with suppress(ToolError):
        assert json_pointer.count(value, pointer="") >= 0
