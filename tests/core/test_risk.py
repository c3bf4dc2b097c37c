import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.model import Change, ChangedPath, Globs, LineRange
from gatecheck.model.risk import Assessment, Risk, Scale, assess, size

SCALE = Scale(Globs(("pyproject.toml",)), Globs(("migrations/**",)), 10, 100, 5, 50)


def change(*paths, lines=1):
    changed = tuple(ChangedPath(path, "modified", "1", "2", lines=(LineRange(1, lines),)) for path in paths)
    return Change("main", "b", "h", "b", "t", "t", changed)


def test_nothing_speaks_for_more_than_a_low_risk_in_a_small_change():
    assert assess(change("a.py"), SCALE) == Assessment(Risk.LOW, ())


@pytest.mark.parametrize(
    ("given_", "risk", "reason"),
    [
        (change("pyproject.toml"), Risk.MEDIUM, "it touches pyproject.toml"),
        (
            change("a.py", "migrations/1.py", "migrations/2.py"),
            Risk.HIGH,
            "it touches migrations/1.py and 1 more",
        ),
        (change("a.py", lines=10), Risk.MEDIUM, "it adds or edits 10 lines"),
        (change("a.py", lines=100), Risk.HIGH, "it adds or edits 100 lines"),
        (change(*"abcde"), Risk.MEDIUM, "it touches 5 files"),
        (change(*map(str, range(50))), Risk.HIGH, "it touches 50 files"),
    ],
)
def test_paths_and_size_raise_the_risk_and_the_reason_is_said(given_, risk, reason):
    found = assess(given_, SCALE)
    assert found.risk is risk
    assert reason in found.reasons


def test_only_what_speaks_for_the_highest_risk_is_a_reason():
    found = assess(change("pyproject.toml", "migrations/1.py"), SCALE)
    assert found == Assessment(Risk.HIGH, ("it touches migrations/1.py",))


def test_a_size_of_zero_counts_for_nothing():
    assert assess(change(*"abcdefgh", lines=9999), Scale(Globs(()), Globs(()))).risk is Risk.LOW


def test_a_file_that_moves_out_of_a_risky_place_is_risky():
    moved = ChangedPath("a.py", "renamed", "1", "1", old_path="migrations/a.py")
    assert assess(Change("main", "b", "h", "b", "t", "t", (moved,)), SCALE).risk is Risk.HIGH


def test_a_deleted_file_is_a_file_of_no_lines():
    gone = ChangedPath("a.py", "deleted", None, "1")
    assert size(Change("main", "b", "h", "b", "t", "t", (gone,))) == (0, 1)


def test_risks_have_an_order():
    assert [risk.rank for risk in (Risk.LOW, Risk.MEDIUM, Risk.HIGH)] == [0, 1, 2]


@given(
    st.lists(st.sampled_from(["a", "pyproject.toml", "migrations/1"]), unique=True),
    st.integers(1, 200),
    st.integers(0, 200),
)
def test_a_larger_change_is_never_less_risky(paths, lines, more):
    small, large = (
        assess(change(*paths, lines=lines), SCALE),
        assess(change(*paths, lines=lines + more), SCALE),
    )
    assert small.risk.rank <= large.risk.rank
    assert (large.risk is Risk.LOW) == (not large.reasons)
