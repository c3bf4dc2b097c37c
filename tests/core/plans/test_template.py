import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck import plans
from gatecheck.errors import UsageError
from gatecheck.plans.template import PARTS

TIME = "20260101T000000Z"
RECORD = f"backup-{TIME} {'a' * 40}"


def front(text):
    return plans.read(text.encode(), "p.md").front


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_title_and_branch_give_a_plan_that_can_be_read(title, branch):
    found = front(plans.stub(title, branch=branch, snapshot=RECORD))
    assert found.snapshot == RECORD
    assert len(found.title.splitlines()) == 1
    plain = " ".join(title.split())
    if plain and plain.isprintable() and plain.isascii() and len(plain) <= 120:
        assert found.title == plain


def test_a_new_plan_says_what_it_was_told_and_nothing_else(flaws):
    text = plans.stub("Raise the price", branch="self-improvement-" + TIME, snapshot=RECORD)
    found = front(text)
    assert (found.title, found.branch, found.risk) == ("Raise the price", f"self-improvement-{TIME}", "low")
    wrong = flaws(text)
    for part in PARTS:
        assert (("section", f"the section {part.title!r} is empty") in [(r, m) for r, _, m in wrong]) == bool(
            part.asks
        )
    assert {rule for rule, _, _ in wrong} == {"section", "step", "component"}
    assert front(plans.stub("x", branch="b")).snapshot is None


def test_a_plan_without_a_title_asks_for_one(flaws):
    assert ("front-matter", 2, "`title` holds only the template's own text") in flaws(
        plans.stub("", branch="b")
    )


def test_a_title_cannot_hide_what_follows_it(flaws):
    wrong = flaws(plans.stub("a <!-- b", branch="b"))
    assert "the section 'Verification' is empty" in [message for _, _, message in wrong]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Raise the price", "20260101T000000Z-raise-the-price"),
        ("", "20260101T000000Z"),
        ("../../etc/passwd", "20260101T000000Z-etc-passwd"),
        ("价格", "20260101T000000Z"),
        ("x" * 200, "20260101T000000Z-" + "x" * 60),
        ("a" * 59 + " b", "20260101T000000Z-" + "a" * 59),
    ],
)
def test_a_plans_name_begins_with_its_time_and_has_the_titles_words(title, name):
    assert plans.path_for(title, TIME) == f".gatecheck/plans/{name}.md"


def test_a_new_plan_is_written_and_never_over_another(tmp_path):
    written = [plans.begin(tmp_path, "One", branch="b", time=TIME) for _ in range(3)]
    assert written == [f".gatecheck/plans/{TIME}{number}-one.md" for number in ("", "-2", "-3")]
    assert {(tmp_path / path).read_text("utf-8") for path in written} == {plans.stub("One", branch="b")}


def test_a_folder_that_leads_out_of_the_work_tree_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "top/.gatecheck").mkdir(parents=True)
    (tmp_path / "top/.gatecheck/plans").symlink_to(tmp_path / "out")
    with pytest.raises(UsageError, match="leaves the work tree"):
        plans.begin(tmp_path / "top", "One", branch="b", time=TIME)
    assert os.listdir(tmp_path / "out") == []


def test_a_link_in_the_place_of_the_file_is_not_written_through(tmp_path):
    folder = tmp_path / ".gatecheck/plans"
    folder.mkdir(parents=True)
    (folder / f"{TIME}-one.md").symlink_to(tmp_path / "elsewhere")
    assert plans.begin(tmp_path, "One", branch="b", time=TIME).endswith("-2-one.md")
    assert not (tmp_path / "elsewhere").exists()


def test_a_place_that_cannot_be_written_is_told_and_left_as_it_was(tmp_path):
    (tmp_path / ".gatecheck").write_text("a file")
    with pytest.raises(UsageError, match="cannot be written") as caught:
        plans.begin(tmp_path, "One", branch="b", time=TIME)
    assert caught.value.fix
    assert os.listdir(tmp_path) == [".gatecheck"]


def test_half_a_plan_is_taken_away_again(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        plans.begin(tmp_path, "One", branch="b", time=TIME)
    assert os.listdir(tmp_path / ".gatecheck/plans") == []
