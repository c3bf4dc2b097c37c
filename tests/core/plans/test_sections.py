import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.plans.comments import without_comments
from gatecheck.plans.sections import below, sections


def outline(text):
    return [(section.level, section.title, section.line) for section in sections(text)]


def test_headings_have_levels_titles_and_lines():
    text = "before\n# One\ntext\n\n###   Two words  ##\n   ###### Six\n#\n####### seven\n    # code\n#no\n# a # b #\n# c#\n"
    assert outline(text) == [
        (1, "One", 2),
        (3, "Two words", 5),
        (6, "Six", 6),
        (1, "", 7),
        (1, "a # b", 11),
        (1, "c#", 12),
    ]
    assert sections(text)[0].lines == ["text", ""]
    assert sections("# a", first=7)[0].line == 7


@pytest.mark.parametrize(
    "title",
    ["Unit tests", "3. Unit tests", "3.1 Unit tests", "iv) **Unit  Tests**:", "`unit tests`", "*Unit tests*"],
)
def test_a_title_is_compared_without_its_number_emphasis_and_case(title):
    assert sections(f"# {title}")[0].name == "unit tests"


@pytest.mark.parametrize(
    "text",
    [
        "```\n# code\n```\n# yes",
        "~~~\n# code\n```\n# code\n~~~\n# yes",
        "````\n```\n# code\n````  \n# yes",
        "``` python\n# code\n``` no end\n# code\n```\n# yes",
        "<!-- # no\n# no\n-->\n# yes",
        "a `<!--` b\n# yes\n`-->`",
        "`` ` <!-- ``\n# yes\n-->",
        "<!-- never ends\n# yes",
        "```\n<!--\n```\n# yes\n-->",
        "``` a ` b\n# yes",
        "` <!-- x --> \n# yes",
        "# yes\n```\n# code, to the end",
    ],
)
def test_what_stands_in_code_or_comments_is_no_heading(text):
    assert [title for _, title, _ in outline(text)] == ["yes"]


def test_a_comment_leaves_its_line_breaks_so_that_no_line_moves():
    assert without_comments("a<!-- 1\n2\n-->b\n<!---->c") == "a\n\nb\nc"
    assert without_comments("") == ""


def test_a_section_has_the_text_of_its_subsections_but_of_those_that_speak_for_themselves():
    found = sections("# A\n1\n## own\n2\n### deep\n3\n## B\n4\n### of b\n5\n## own too\n6\n# C\n7")
    assert below(found, 0, but=frozenset({"b"})).split() == ["1", "2", "3", "6"]
    assert below(found, 0, but=frozenset()).split() == ["1", "2", "3", "4", "5", "6"]
    assert below(found, 6, but=frozenset()).split() == ["7"]


MARKDOWN = st.lists(
    st.sampled_from(["#", " ", "\n", "`", "~", "<!--", "-->", "a", "-", "```", "~~~", "\n# x\n", "\n```\n"]),
    max_size=60,
).map("".join)


@given(MARKDOWN)
def test_no_line_is_lost_or_moved(text):
    assert without_comments(text).count("\n") == text.count("\n")
    lines = text.split("\n")
    for level, title, line in outline(text):
        assert re.match(rf" {{0,3}}#{{{level}}}([ \t]|$|<!--)", lines[line - 1]) or "<!--" in text, (
            title,
            line,
        )


@given(MARKDOWN)
def test_without_code_and_comments_the_headings_are_what_a_line_by_line_look_finds(text):
    text = text.replace("`", "").replace("~", "").replace("<!--", "")
    wanted = [n for n, line in enumerate(text.split("\n"), 1) if re.match(r" {0,3}#{1,6}([ \t]|$)", line)]
    assert [line for _, _, line in outline(text)] == wanted


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "` ",
        "`",
        "#",
        " ",
        "# ",
        "```\n",
        "~~~\n```\n",
        "```x`\n",
        "# a\n",
        "<!-- -->",
        "``\n`",
        "\n ``` x",
    ],
)
def test_a_hostile_text_is_read_in_a_time_that_grows_with_its_length_only(piece):
    def seconds(length):
        text = piece * (length // len(piece))
        begun = time.perf_counter()
        sections(text)
        return time.perf_counter() - begun

    small = min(seconds(32_000) for _ in range(3))
    assert seconds(256_000) < 8 * 4 * small + 1
