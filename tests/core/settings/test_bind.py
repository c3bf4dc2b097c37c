from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatecheck.model import Node, option
from gatecheck.settings import bind, merge, refusal, shown
from gatecheck.settings.text import LONGEST, MOST, meant
from gatecheck.settings.yaml import parse


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True)
class Inner:
    size: int = option(doc="How large.")


@dataclass(frozen=True)
class Options:
    name: str = option("n", doc="A name.")
    whole: int = option(0, doc="A number.", minimum=2)
    number: float = option(0.0, doc="A number.")
    flag: bool = option(default=False, doc="A flag.")
    nothing: str | None = option(None, doc="Text or nothing.")
    old_style: Optional[int] = option(None, doc="As before 3.10.")  # noqa: UP045 -- plugins may write it so
    colour: Colour = option(Colour.RED, doc="A colour.")
    level: Literal["low", "high", 3] = option("low", doc="A level.")
    words: tuple[str, ...] = option((), doc="Words.", minimum=1)
    sizes: Mapping[str, int] | None = option(None, doc="Sizes by name.")
    inner: Inner | None = option(None, doc="Nested.")
    inners: tuple[Inner, ...] = option((), doc="Nested.")
    colours: Colour | Mapping[str, Colour] | None = option(None, doc="One or by name.")
    run: tuple[str, ...] | None = option(None, doc="A command.", form="argv")
    runs: tuple[tuple[str, ...], ...] = option((), doc="Commands.", form="argv")
    glob: str = option("*", doc="A pattern.", form="glob")
    globs: tuple[str, ...] = option((), doc="Patterns.", form="globs")
    regex: str = option("x", doc="A regular expression.", form="regex")
    limit: float | None = option(None, doc="A time.", form="seconds")
    share: float | None = option(None, doc="A share.", form="percent")
    path: str = option(".", doc="A path.", form="path")
    anything: Node | None = option(None, doc="Whatever stands there.")
    two_words: int = option(0, doc="A key with a dash.")


def read(text, cls=Options):
    problems = []
    node = parse(text.encode(), "f", problems)
    return bind(node, cls, problems), [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("name: x", "name", "x"),
        ("name: '5'", "name", "5"),
        ("name: no", "name", "no"),
        ("whole: 2", "whole", 2),
        ("number: 2", "number", 2),
        ("number: 2.5", "number", 2.5),
        ("flag: true", "flag", True),
        ("nothing: null", "nothing", None),
        ("old-style: 4", "old_style", 4),
        ("colour: green", "colour", Colour.GREEN),
        ("level: high", "level", "high"),
        ("level: 3", "level", 3),
        ("words: [a, b]", "words", ("a", "b")),
        ("sizes: {a: 1}", "sizes", {"a": 1}),
        ("inner: {size: 3}", "inner", Inner(size=3)),
        ("inners: [{size: 3}]", "inners", (Inner(size=3),)),
        ("colours: red", "colours", Colour.RED),
        ("colours: {a: red}", "colours", {"a": Colour.RED}),
        ("run: make -j2 'a b'", "run", ("make", "-j2", "a b")),
        ("run: [sleep, 5, true, 0o7, null]", "run", ("sleep", "5", "true", "0o7", "null")),
        ("run: null", "run", None),
        ("runs: [make x, [make, y]]", "runs", (("make", "x"), ("make", "y"))),
        ("glob: 'a/**'", "glob", "a/**"),
        ("globs: ['*.py', '!x.py']", "globs", ("*.py", "!x.py")),
        ("regex: '^ok$'", "regex", "^ok$"),
        ("limit: 90", "limit", 90.0),
        ("limit: 500ms", "limit", 0.5),
        ("limit: 1.5m", "limit", 90.0),
        ("limit: 2h", "limit", 7200.0),
        ("limit: null", "limit", None),
        ("share: 90", "share", 90.0),
        ("path: ./build/x.xml", "path", "build/x.xml"),
        ("two-words: 1", "two_words", 1),
    ],
)
def test_a_value_of_the_right_kind_arrives_as_the_field_wants_it(text, field, value):
    found, problems = read(text)
    assert problems == []
    assert getattr(found, field) == value
    assert type(getattr(found, field)) is type(value)


@pytest.mark.parametrize(
    ("text", "where", "about"),
    [
        ("nam: x", "1:1", "unknown key 'nam' (did you mean 'name'?)"),
        ("two_words: 1", "1:1", "unknown key 'two_words' (did you mean 'two-words'?)"),
        ("name: 3.10", "1:7", "expected text, not 3.10: write '3.10', in quotes"),
        ("name: true", "1:7", "write 'true', in quotes"),
        ("name: [a]", "1:7", "expected text, not a list"),
        ("name:", "1:1", "expected text, not nothing"),
        ("whole: 1", "1:8", "expected at least 2, not 1"),
        ("whole: 2.5", "1:8", "expected a whole number, not 2.5"),
        ("whole: '5'", "1:8", "expected a whole number, not the text '5': write 5, without quotes"),
        ("whole: true", "1:8", "expected a whole number, not true"),
        ("number: 1:30", "1:9", "expected a number, not the text '1:30'"),
        ("flag: no", "1:7", "expected true or false, not the text 'no': write false"),
        ("flag: On", "1:7", "write true"),
        ("flag: 1", "1:7", "expected true or false, not 1"),
        ("colour: gren", "1:9", "expected red or green, not the text 'gren' (did you mean 'green'?)"),
        ("colour: 3", "1:9", "expected red or green, not 3"),
        ("level: true", "1:8", "expected low or high or 3, not true"),
        ("level: 4", "1:8", "expected low or high or 3, not 4"),
        ("words: a", "1:8", "expected a list, not the text 'a': write [a]"),
        ('words: "a\\nb"', "1:8", "expected a list, not the text 'a\\nb'"),
        ("words: []", "1:8", "at least 1"),
        ("words: [a, 1]", "1:12", "expected text"),
        ("sizes: {a: x}", "1:12", "expected a whole number"),
        ("sizes: 5", "1:8", "expected a mapping (`key: value`), not 5"),
        ("inner: {}", "1:1", "the key 'size' is missing: How large."),
        ("inner: {size: x}", "1:15", "expected a whole number"),
        ("colours: 5", "1:10", "expected red or green or a mapping (`key: value`), not 5"),
        ("colours: {a: blue}", "1:14", "expected red or green"),
        ("run: ''", "1:6", "names the program"),
        ("run: []", "1:6", "names the program"),
        ("run: [' ']", "1:6", "names the program"),
        ('run: "a \'b"', "1:6", "cannot be split"),
        ("run: 5", "1:6", "expected a command line (a list of words, or one text), not 5"),
        ("run: [a, [b]]", "1:10", "expected text, not a list"),
        ("run: [a, {b: c}]", "1:10", "expected text, not a mapping"),
        ("run: [a, ]\nruns: make", "2:7", "expected a list"),
        ("glob: ''", "1:7", "matches no path"),
        ("glob: '!'", "1:7", "no pattern"),
        ("globs: ['#x']", "1:9", "matches no path"),
        ("globs: ['" + "*a" * 40 + "']", "1:9", "too long"),
        ("regex: '('", "1:8", "no regular expression"),
        ("regex: '[[a]]'", "1:8", "no regular expression"),
        ("regex: 'a{99999999999999999999}'", "1:8", "no regular expression"),
        ("limit: 5x", "1:8", "expected a time"),
        ("limit: 0", "1:8", "more than 0"),
        ("limit: -5", "1:8", "more than 0"),
        ("limit: 999999999h", "1:8", "at most 720h"),
        (
            "limit: [1]",
            "1:8",
            "expected a time (a number of seconds, or text such as 90s, 10m or 1h), not a list",
        ),
        ("share: 101", "1:8", "0 to 100"),
        ("share: -1", "1:8", "0 to 100"),
        ("share: x", "1:8", "expected a number from 0 to 100, not the text 'x'"),
        ("path: /etc", "1:7", "inside the repository"),
        ("path: a/../../b", "1:7", "inside the repository"),
        ("path: ~/x", "1:7", "inside the repository"),
        ("path: ''", "1:7", "inside the repository"),
        ("- a", "1:1", "expected a mapping"),
        ("", "1:1", "expected a mapping (`key: value`), not nothing"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_with_place_and_advice(text, where, about):
    found, problems = read(text)
    assert found is None
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"f:{where}: ")
    assert about in problems[0]


def test_very_deep_regular_expressions_are_refused_too():
    _, problems = read(f"regex: '{'(' * 20_000}'")
    assert len(problems) == 1
    assert len(problems[0]) < 500


def test_all_problems_come_at_once():
    _, problems = read("nam: x\nwhole: 1\nwords: [1, 2]\ninners: [{}, {size: x, sise: 3}]\nflag: no\n")
    assert [problem.split(": ")[0] for problem in sorted(problems)] == [
        "f:1:1", "f:2:8", "f:3:12", "f:3:9", "f:4:10", "f:4:21", "f:4:24", "f:5:7",
    ]  # fmt: skip


def test_a_node_can_be_asked_for_as_it_stands():
    found, problems = read("anything: {a: 1}")
    assert problems == []
    assert found.anything.value["a"].value == 1


def test_keys_of_somebody_else_are_proposed_where_one_is_misspelled():
    problems = []
    bind(parse(b"tiemout: 5", "f", problems), Inner, problems, also=["timeout"])
    assert "(did you mean 'timeout'?)" in str(problems[0])


def test_what_was_told_already_is_not_told_again():
    _, problems = read("name: &x y\nsizes: {a: !t 5}\nwords: *x\nrun: [*x]\n")
    assert len(problems) == 4
    problems = []
    assert bind(parse(b"[", "f", problems), Options, problems) is None
    assert len(problems) == 1


def test_options_that_do_not_fit_together_are_told_at_their_mapping():
    @dataclass(frozen=True)
    class Pair:
        low: int = option(doc="Low.")

        def __post_init__(self):
            if self.low > 3:
                raise ValueError("low is high")

    @dataclass(frozen=True)
    class Whole:
        pair: Pair = option(doc="A pair.")

    globals().update(Pair=Pair)
    assert read("pair:\n  low: 4", Whole) == (None, ["f:2:3: low is high"])


def test_merging_lays_mappings_over_each_other_and_replaces_all_else():
    problems = []
    base = parse(b"a: {x: 1, y: [1, 2]}\nb: 5\nc: {z: 1}\n", "base", problems)
    over = parse(b"a: {y: [3]}\nb: {n: 1}\nc: 7\nd: 8\n", "over", problems)
    laid = merge(base, over)
    assert list(laid.value) == ["a", "b", "c", "d"]
    assert laid.value["a"].value["x"].place.file == "base"
    assert laid.value["a"].value["y"].place.file == "over"
    assert [node.value for node in laid.value["a"].value["y"].value] == [3]
    assert laid.value["b"].value["n"].value == 1
    assert laid.value["c"].value == 7
    assert merge(base, over.value["c"]) is over.value["c"]


def test_foreign_text_is_shown_escaped_and_short():
    assert shown("a\x1b[31m\u202eb") == "'a\\x1b[31m\\u202eb'"
    assert len(shown("x" * 1000)) == LONGEST + 2


def test_the_nearest_name_is_proposed_and_a_far_one_is_not():
    assert meant("EXIT_CODE_ONLY", ["exit-code-only", "run"]) == " (did you mean 'exit-code-only'?)"
    assert meant("zzz", ["exit-code-only", "run"]) == ""
    assert meant("x" * 100_000, ["run"]) == ""


def test_a_flood_of_problems_is_counted_and_not_listed():
    text = "".join(f"k{number}: 1\n" for number in range(MOST + 5))
    problems = []
    bind(parse(text.encode(), "f", problems), Options, problems)
    error = refusal(problems)
    assert len(error.problems) == MOST + 1
    assert error.problems[0].startswith("f:1:1: ")
    assert error.problems[1].startswith("f:2:1: ")
    assert "5 more" in error.problems[-1]
    assert error.fix


KEYS = st.sampled_from([*Options.__dataclass_fields__, "two-words", "zz"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, ANYTHING, max_size=5))
def test_no_values_cause_anything_but_options_or_problems(value):
    def node(part: Any) -> Node:
        match part:
            case dict():
                return Node({name: node(child) for name, child in part.items()}, PLACE)
            case list():
                return Node(tuple(node(child) for child in part), PLACE)
            case _:
                return Node(part, PLACE, "" if part is None else str(part))

    problems = []
    found = bind(node(value), Options, problems)
    assert (found is None) == bool(problems)


PLACE = parse(b"", "f", []).place
