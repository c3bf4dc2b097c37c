import math

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gatecheck.model import Node, Place
from gatecheck.settings.schema import plain
from gatecheck.settings.yaml import DEPTH, SIZE, VALUES, parse, resolve

LOADERS = [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)]


@pytest.fixture(params=LOADERS, ids=["pure", "c"])
def read(request):
    def read(text):
        problems = []
        data = text if isinstance(text, bytes) else text.encode()
        return parse(data, "f.yaml", problems, loader=request.param), [str(problem) for problem in problems]

    return read


def data(node):
    """A tree as plain data, so that it can be compared with what was meant."""
    if isinstance(node.value, dict):
        return {name: data(child) for name, child in node.value.items()}
    if isinstance(node.value, tuple):
        return [data(child) for child in node.value]
    return node.value


def test_every_value_knows_its_line_and_column_and_those_of_its_key(read):
    node, problems = read("version: 1\ngates:\n  tests: {run: [a, 'b c']}\n")
    assert problems == []
    run = node.value["gates"].value["tests"].value["run"]
    assert run.key == Place("f.yaml", 3, 11)
    assert run.place == Place("f.yaml", 3, 16)
    assert run.value[1].place == Place("f.yaml", 3, 20)
    assert data(node) == {"version": 1, "gates": {"tests": {"run": ["a", "b c"]}}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("off", "off"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("2027-01-31", "2027-01-31"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("=", "="),
        ("<<", "<<"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("~", None),
        ("null", None),
        ("", None),
        ("'null'", "null"),
        ("017", 17),
        ("0o17", 15),
        ("0xfF", 255),
        ("-3", -3),
        ("+3", 3),
        ("90.5", 90.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.5.2", "1.5.2"),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("why? so", "why? so"),
        ("'{a?}'", "{a?}"),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(read, text, value):
    node, problems = read(f"k: {text}")
    assert problems == []
    assert node.value["k"].value == value
    assert type(node.value["k"].value) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e999", "9" * 40, "0x" + "f" * 5000, "9" * 5000])
def test_numbers_that_no_computer_word_holds_are_refused_and_not_computed(read, text):
    node, problems = read(f"k: {text}")
    assert node.value["k"].broken
    assert len(problems) == 1
    assert problems[0].startswith("f.yaml:1:4: ")


def test_the_largest_numbers_that_fit_are_numbers():
    assert resolve("9" * 19) == int("9" * 19)
    assert resolve("9" * 20) == math.inf


@pytest.mark.parametrize(
    ("text", "where", "about"),
    [
        ("a: &x 1", "1:4", "anchors"),
        ("a: 1\nb: *x", "2:4", "aliases"),
        ("*x : 1", "1:1", "aliases"),
        ("a: !!python/object:os.system x", "1:4", "tags"),
        ("a: !x [1]", "1:4", "tags"),
        ("a: 1\nb: 2\na: 3", "3:1", "twice: first on line 1"),
        ("a: 1\n'a': 3", "2:1", "twice"),
        ("[a]: 1", "1:1", "one word"),
        ("{a: 1}: 1", "1:1", "one word"),
        ("'': 1", "1:1", "one word"),
        ("? \n: 1", None, "one word"),
        ("a: 1\n--- \nb: 2", "2:1", "more than one document"),
        ("%YAML 1.1\n--- \nb: 2", None, "directives"),
        ("%TAG ! tag:x,2000:\n--- \nb: 2", None, "directives"),
        ("a: [1, 2", None, "not YAML"),
        ("a: 'x", None, "not YAML"),
        ("a: b: c", "1:5", "not YAML"),
        ("a: @x", "1:4", "not YAML"),
        ("a: x\n\tb: 1", "2:1", "U+0009 is refused here: write spaces"),
        ("a: x\rb: 1", "1:5", "U+000D"),
        ("# x\u2028b: 1", "1:4", "U+2028"),
        ("# x\x85b: 1", "1:4", "U+0085"),
        ("a: \u202ex", "1:4", "U+202E"),
        ("a: x\ufeff", "1:5", "U+FEFF"),
        ("a: x\0", "1:5", "U+0000"),
        ('a: "x\\0"', "1:4", "NUL"),
        ("a: [x, test_?.py]", "1:", ""),
        ("{a?: 1}", "1:", ""),
        ("{a::}", "1:", ""),
        ("a: |#x\n  b", "1:", ""),
        ('"\\0": x', "1:1", "NUL"),
    ],
)
def test_what_yaml_offers_beyond_plain_data_is_refused_with_its_place(read, text, where, about):
    _, problems = read(text)
    assert any(about in problem and problem.startswith(f"f.yaml:{where or ''}") for problem in problems), (
        problems
    )


def test_half_a_surrogate_pair_is_a_problem_with_both_parsers(read):
    _, problems = read('a: "\\ud800"')
    assert len(problems) == 1


def test_all_problems_are_told_together(read):
    _, problems = read("a: &x 1\nb: !t 2\nc: *x\nc: 3\n")
    assert [problem.split(":")[1] for problem in problems] == ["1", "2", "3", "4"]


def test_bytes_that_are_not_utf8_are_named_by_their_place(read):
    _, problems = read(b"a: 1\nb: \xff")
    assert problems == ["f.yaml:2:4: this is not UTF-8: save the file as UTF-8"]
    assert read("a: 1".encode("utf-16"))[1]


def test_a_byte_order_mark_and_windows_line_ends_are_read(read):
    node, problems = read("\ufeffa: 1\r\nb: 2\r\n")
    assert problems == []
    assert data(node) == {"a": 1, "b": 2}
    assert node.value["b"].place == Place("f.yaml", 2, 4)


def test_an_empty_file_holds_nothing(read):
    node, problems = read("# only a comment\n")
    assert problems == []
    assert node.value is None
    assert not node.broken


def test_the_bounds_are_reached_and_not_passed(read):
    assert read("[" * DEPTH + "]" * DEPTH)[1] == []
    assert "inside each other" in read("[" * (DEPTH + 1) + "]" * (DEPTH + 1))[1][0]
    assert read("#" * SIZE)[1] == []
    assert "bytes" in read("#" * (SIZE + 1))[1][0]
    assert read("[" + ",".join("a" * (VALUES - 1)) + "]")[1] == []
    assert "values" in read("[" + ",".join("a" * VALUES) + "]")[1][0]


def test_a_mark_is_not_always_given():
    class Broken(yaml.SafeLoader):
        def check_event(self, *_):
            raise yaml.MarkedYAMLError(problem="odd")

    problems = []
    assert parse(b"a", "f", problems, loader=Broken).broken
    assert [str(problem) for problem in problems] == ["f:1:1: this is not YAML: odd"]


@pytest.mark.parametrize("text", ["--- ", "a:", "{a: }", "? a", "- \n- x", "{a,b: c}", "--- # x\n"])
def test_nothing_stands_at_the_same_place_for_both_parsers(text):
    assert len({repr(parse(text.encode(), "f", [], loader=loader)) for loader in LOADERS}) == 1


LINES = st.lists(
    st.text(st.sampled_from("ab:-?[]{},'\"#&*!|>%@~ 01.\\\n"), max_size=12)
    | st.sampled_from(["a: 1", "- x", "  b: [c]"]),
    max_size=6,
).map("\n".join)


@settings(max_examples=400, deadline=None)
@given(LINES)
def test_both_parsers_give_the_same_answer_to_any_text(text):
    answers = []
    for loader in LOADERS:
        problems = []
        node = parse(text.encode(), "f", problems, loader=loader)
        answers.append("refused" if problems else node)
    assert answers[0] == answers[1]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_cause_anything_but_a_tree_or_problems(junk):
    problems = []
    node = parse(junk, "f", problems)
    assert isinstance(node, Node)
    assert problems or not node.broken


VALUES_OF_ANY_KIND = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(st.characters(codec="ascii", categories=["L", "P", "Zs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(VALUES_OF_ANY_KIND)
def test_what_pyyaml_writes_is_read_back_the_same(value):
    problems = []
    node = parse(yaml.safe_dump(value).encode(), "f", problems)
    assert problems == []
    assert plain(data(node)) == value
