"""Python source to a tree: whatever a stranger wrote, the answer is a tree or one error."""

from __future__ import annotations

import ast
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.formats import python_source
from gatecheck.formats.python_source import Unreadable, parse, shape, undocumented


@given(st.binary(max_size=200) | st.text(max_size=200) | st.text("()[]{}:=\n defclas'\"#\\@f", max_size=200))
def test_the_answer_is_a_tree_or_one_error(source):
    try:
        found = parse(source)
    except Unreadable as error:
        found = error
    assert isinstance(found, ast.Module) or (found.reason and found.fix)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def f(:", "line 1"),
        ("x = 1\0", "null"),
        ("x = " + "(" * 1000, "parentheses"),
        ("1+" * 20_000 + "1", "deeply"),
        ("-" * 200_000 + "1", "deeply"),
        ("a" + ".b" * 100_000, "deeply"),
        ("'\\ud800'\n\ud800", "parsed"),
        ("9" * 5000, "digits"),
        (b"# coding: nothing\n", "nothing"),
        (b"x = '\xff'", "utf-8"),
        ("#" * (python_source.LARGEST + 1), "larger"),
    ],
)
def test_what_stops_the_parser_is_said(source, says):
    with pytest.raises(Unreadable, match=says):
        parse(source)


def test_no_warning_of_python_comes_out():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse("['\\d', 1if 2else 3]")


def test_await_may_stand_anywhere_only_where_it_is_asked_for():
    assert parse("await f()\nasync with a: pass", awaiting=True)
    assert isinstance(parse("await f()"), ast.Module)


def test_a_shape_is_what_is_done_and_not_how_it_is_written():
    one = parse("def f(a):\n    '''Doc.'''\n    return a + 1  # why\n")
    two = parse("def f(a):\n\n    return (a\n        + 1)\n")
    other = parse("def g(a):\n    return a + 1\n")
    assert list(shape(one)) == list(shape(two))
    assert list(shape(one)) != list(shape(other))
    assert list(shape(one.body[0], without=frozenset({"name"}))) == list(
        shape(other.body[0], without=frozenset({"name"}))
    )
    assert list(shape(parse("x = 1"))) != list(shape(parse("x = 1.0")))
    assert list(shape(parse("x = 0x" + "f" * 9000)))


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("'''D'''\nx", 1),
        ("x", 1),
        ("class A:\n 'D'", 0),
        ("def f():\n 'D'\n 1", 1),
        ("def f():\n 1", 1),
        ("", 0),
    ],
)
def test_a_docstring_is_no_part_of_a_body(source, left):
    tree = parse(source)
    node = tree.body[0] if source.startswith(("class", "def")) else tree
    assert len(undocumented(node)) == left


def test_what_can_have_no_docstring_has_none():
    assert undocumented(ast.Pass()) is None
