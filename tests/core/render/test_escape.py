from __future__ import annotations

import json
import os
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatecheck.render import escape

anything = st.text(st.characters(exclude_categories=()))
tricky = st.text(st.sampled_from("a: #[]\n\r\x1b\u202e\u200b\udcff'\"$\\-"))


@given(anything | tricky)
@example("\x1b[2J\x9b1m\u2066\u200f\u061c\ufeff\u200d\u2028\U000e0041\ud800\udc80")
def test_a_line_is_printable_and_can_be_encoded_whatever_the_text(text):
    shown = escape.line(text)

    assert shown.isprintable()
    assert escape.is_plain(shown)
    shown.encode()


@given(anything | tricky)
def test_escaping_twice_is_escaping_once(text):
    assert escape.line(escape.line(text)) == escape.line(text)


@given(st.text(st.sampled_from(":# [ab\n"), max_size=8))
def test_no_line_is_a_command_for_the_reader_of_a_log(text):
    shown = escape.line(text)

    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown
    assert "##ab[" not in shown


@pytest.mark.parametrize(
    "text", ["é", "漢字", "🎉 ❤️", "naïve “quoted”", "tests/a.py::test_b[x]", "-rf", "# heading"]
)
def test_ordinary_text_stays_as_it_is(text):
    assert escape.line(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x1b[31m", r"\x1b[31m"),
        (os.fsdecode(b"caf\xe9"), r"caf\xe9"),
        ("\u202egnp", r"\u202egnp"),
        ("a\u3164b\ufe00", r"a\u3164b\ufe00"),
        ("\U000e0041", r"\U000e0041"),
        ("::set-output name=x::y", r"\x3a:set-output name=x::y"),
        ("  ::error::x", r"  \x3a:error::x"),
        ("##[add-matcher]x", r"#\x23[add-matcher]x"),
        ("x ##vso[task.complete]", r"x #\x23vso[task.complete]"),
    ],
)
def test_what_acts_or_cannot_be_seen_is_shown_as_its_escape(text, shown):
    assert escape.line(text) == shown


def test_a_text_keeps_its_lines_but_not_its_trailing_blanks():
    assert escape.lines("one \r\ntwo\x07\n\n::three\n\n") == ["one", r"two\x07", "", r"\x3a:three"]


def test_a_long_text_says_how_much_is_missing():
    assert escape.cut("abc", 3) == "abc"
    assert escape.cut("x" * 2000, 1) == "x… (1,999 more characters)"


names = st.binary(min_size=1, max_size=8).filter(lambda name: b"\0" not in name)


@given(st.lists(names, min_size=1, max_size=20))
def test_a_suggested_command_means_exactly_its_paths_in_a_real_shell(paths):
    shown = escape.command(["printf"], ["%s\\n", *map(os.fsdecode, paths)])

    assert escape.is_plain(shown)
    ended = subprocess.run(["bash", "-c", shown], capture_output=True, check=True)
    assert ended.stdout == b"".join(path + b"\n" for path in paths)


def test_a_path_with_a_leading_dash_comes_after_two_dashes():
    assert escape.command(["git", "add"], ["-rf", "a b"]) == "git add -- -rf 'a b'"
    assert escape.command(["gatecheck", "run"]) == "gatecheck run"


def test_a_word_that_no_path_can_hold_still_shows_nothing_that_acts():
    assert escape.word("\ud800'\x1b") == json.loads(r'"$\u0027\\355\\240\\200\\047\\033\u0027"')
