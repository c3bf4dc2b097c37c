import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.plans.template import PARTS
from gatecheck.plans.words import unwritten


@pytest.mark.parametrize("text", ["", " \n\t", "---", "...", "- \n- ", "?!", "> ", "``", "| | |"])
def test_marks_without_a_word_are_empty(text):
    assert unwritten(text) == "is empty"


@pytest.mark.parametrize("asked", [part.asks for part in PARTS if part.asks])
def test_the_templates_own_questions_are_no_answers(asked):
    assert (
        unwritten(asked)
        == unwritten(f"> {asked.replace(' ', chr(10), 1)}")
        == "holds only the template's own text"
    )
    assert unwritten(f"{asked} The customers, since January.") == ""


@pytest.mark.parametrize(
    "text",
    [
        "TODO", "todo: write this", "- TODO: later", "TBD.", "**TBD**", "xxx", "XXXXXXXX", "FIXME", "1. TODO: say why",
        "<describe the problem>", "[fill this in]", "to be done", "Lorem ipsum dolor sit amet", "placeholder", "Coming soon!",
        "A start.\n\nTODO: the rest", "> TODO", "WIP", "To be determined", "TODO...",
    ],
)  # fmt: skip
def test_a_placeholder_is_no_answer(text):
    assert unwritten(text).startswith("holds a placeholder: '")


@pytest.mark.parametrize(
    "text",
    [
        "n/a",
        "N/A.",
        "N / A",
        "n.a.",
        "None",
        "none!",
        "no",
        "- none",
        "*Not applicable*",
        "Nothing.",
        "No changes",
        "unchanged",
        "n/a, none",
    ],
)
def test_a_no_needs_a_reason(text):
    assert unwritten(text).endswith(" and not why")
    assert unwritten(f"{text}: nobody but the basket reads it") == ""


@pytest.mark.parametrize(
    "text",
    [
        "We take out all TODO comments.",
        "TODO comments are not allowed any more.",
        "See <https://example.org/issue/1>",
        "价格上涨",
        "Rename `x`.",
        "No user sees it",
        "The tests of [the basket](basket.md) are enough.",
        "Nothing is stored with the old price",
        "later versions of the client",
    ],
)
def test_what_somebody_wrote_is_an_answer(text):
    assert unwritten(text) == ""


@given(st.text())
def test_every_text_is_judged_without_a_crash(text):
    assert isinstance(unwritten(text), str)


@given(st.text(alphabet="xX<[]>n/aTODO \n", max_size=2_000))
def test_no_text_takes_long(text):
    assert isinstance(unwritten(text * 20), str)  # within hypothesis' deadline
