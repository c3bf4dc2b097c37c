import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck import errors, model
from gatecheck.model import (
    Change,
    ChangedPath,
    Examined,
    Globs,
    LineRange,
    Node,
    Place,
    Policy,
    Problem,
    Verdict,
    ranges,
    worst,
)

CODES = {Verdict.PASS: 0, Verdict.NOT_APPLICABLE: 0, Verdict.FAIL: 1, Verdict.WAITING: 3, Verdict.ERROR: 4}


@pytest.mark.parametrize("verdict", Verdict)
def test_only_a_pass_and_what_is_not_applicable_open_the_gate(verdict):
    assert verdict.exit_code == CODES[verdict]


def test_a_known_failure_is_worse_than_a_broken_tool_and_that_worse_than_a_wait():
    order = [Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.WAITING, Verdict.ERROR, Verdict.FAIL]
    for number, verdict in enumerate(order):
        assert worst([*order[: number + 1], *order[:number]]) is verdict


def test_no_verdict_at_all_is_an_error():
    assert worst([]) is Verdict.ERROR


@given(st.sets(st.integers(1, 200)))
def test_ranges_hold_the_same_lines_in_order_and_as_few_as_can_be(lines):
    found = ranges([*lines, *lines])
    assert {line for part in found for line in range(part.first, part.last + 1)} == lines
    assert all(one.last + 1 < other.first for one, other in itertools.pairwise(found))
    assert all(
        (line in part) == (part.first <= line <= part.last)
        for part in found
        for line in (1, part.first, part.last, 201)
    )


def test_ranges_and_counts_read_as_people_write_them():
    assert (str(LineRange(3, 3)), str(LineRange(3, 9))) == ("3", "3-9")
    assert str(Examined(12_345, "tests")) == "12,345 tests"


def test_one_thing_is_counted_in_the_singular():
    assert str(Examined(1, "tests")) == "1 test"
    assert str(Examined(0, "tests")) == "0 tests"
    assert [str(Examined(1, kind)) for kind in ("merge", "glass")] == ["1 merge", "1 glass"]


CHANGE = Change(
    "refs/heads/main",
    *("1" * 40, "2" * 40, "3" * 40, "4" * 40, "5" * 40),
    paths=(
        ChangedPath("src/a.py", "modified", "b", "c", lines=(LineRange(2, 3), LineRange(7, 7))),
        ChangedPath("docs/new.md", "renamed", "b", "b", old_path="src/old.md"),
        ChangedPath("gone", "deleted", None, "c"),
    ),
)


def test_a_change_knows_its_lines_and_its_trees():
    assert CHANGE.lines("src/a.py") == {2, 3, 7}
    assert CHANGE.lines("gone") == CHANGE.lines("never") == frozenset()
    assert (CHANGE.tree_of("base"), CHANGE.tree_of("merge")) == ("4" * 40, "5" * 40)


def test_a_renamed_file_is_within_what_matches_either_of_its_names():
    assert [p.path for p in CHANGE.within(Globs(("src/",))).paths] == ["src/a.py", "docs/new.md"]
    assert [p.path for p in CHANGE.within(Globs(("docs/",))).paths] == ["docs/new.md"]
    assert CHANGE.within(Globs(("*.rs",))).paths == ()


def test_a_change_is_a_subject_that_can_be_compared_and_kept():
    assert hash(CHANGE) == hash(dataclasses.replace(CHANGE))
    assert CHANGE.lines("src/a.py")
    assert dataclasses.replace(CHANGE) == CHANGE
    with pytest.raises(dataclasses.FrozenInstanceError):
        CHANGE.base = "x"


@pytest.mark.parametrize(
    ("patterns", "path", "meant"),
    [
        (("*.py",), "deep/down/a.py", True),
        (("/a.py",), "deep/a.py", False),
        (("docs/**",), "docs/a/b", True),
        (("**", "!docs/**"), "docs/a", False),
        (("*",), "caf\udce9", True),
        ((), "a", False),
    ],
)
def test_globs_mean_what_they_mean_in_gitignore(patterns, path, meant):
    assert Globs(patterns).match(path) is meant


def test_a_place_says_where_for_machines_and_for_people():
    place = Place(".gatecheck.yaml", 3, 7)
    assert (str(place), place.origin) == (".gatecheck.yaml:3:7", ".gatecheck.yaml:3")
    assert Place("preset python", 3).origin == "preset python"
    assert str(Problem(place, "wrong")) == ".gatecheck.yaml:3:7: wrong"
    assert Node("x", place).origin == ".gatecheck.yaml:3"
    assert Node("x", place, key=Place("f", 9)).origin == "f:9"


def test_protected_branches_are_named_by_patterns_in_which_a_star_crosses_slashes():
    policy = Policy("f", "d", protect=("main", "release/*"))
    protected = [
        b for b in ("main", "maintain", "release/1", "release/1/x", "release", "Main") if policy.protects(b)
    ]
    assert protected == ["main", "release/1", "release/1/x"]


def test_every_error_says_what_to_do_and_has_its_exit_code():
    codes = {
        errors.UsageError: 2,
        errors.CannotTell: 4,
        errors.ToolError: 4,
        errors.Interrupted: 130,
        errors.GatecheckError: 4,
    }
    for kind, code in codes.items():
        error = kind("what", fix="do this")
        assert (error.exit_code, str(error), error.message, error.fix) == (code, "what", "what", "do this")
    both = errors.PolicyError(("f:1:1: a", "f:2:1: b"), fix="mend")
    assert (both.exit_code, str(both), both.problems) == (2, "f:1:1: a\nf:2:1: b", ("f:1:1: a", "f:2:1: b"))


def test_a_reports_exit_code_is_its_verdicts():
    law = model.Law("preset python", "d")
    report = model.Report("1", CHANGE, "", law, (), Verdict.WAITING, 0, 0.0)
    assert report.exit_code == 3


def test_everything_that_the_model_promises_is_there():
    assert all(hasattr(model, name) for name in model.__all__)
