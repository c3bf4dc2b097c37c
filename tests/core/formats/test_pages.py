"""Pages of documentation: what of them is code, where they lead, what they show; and no text that takes long or crashes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.formats import pages
from gatecheck.formats.page import LONGEST_LINE, Block, Page, slugs, spans
from gatecheck.formats.snippets import LARGEST, fault, is_read


def read(text, path="page.md"):
    return pages.read(path, text.encode())


MARKS = st.text("`~:#>-*_[](){}<>!|.= \n\tabc\\\"'/", max_size=300)


@given(MARKS, st.sampled_from(["a.md", "a.rst", "a.txt", "README", "a.html", "a.1"]))
def test_any_text_is_a_page(text, path):
    page = read(text, path)
    assert isinstance(page, Page)
    lines = text.replace("\r", "\n").count("\n") + 1
    assert all(1 <= link.line <= lines for link in page.links)
    assert all(1 <= line <= lines for line, _ in page.code)
    assert all(1 <= block.line <= lines + 1 for block in page.blocks)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_page(data):
    assert isinstance(pages.read("a.md", data), Page)


@pytest.mark.parametrize("path", ["a.md", "a.rst"])
@pytest.mark.parametrize(
    "unit",
    [
        "`",
        "`` ` ",
        "[",
        "](",
        "](<",
        "](((",
        "<!--",
        "{#",
        "{: #a ",
        "# " + " " * 40,
        ".. ",
        ".. a::\n",
        "::\n\n",
        "`a <",
        "_`",
        "|",
        "- ",
        "> ",
        "[a]: ",
        "```\n",
        ":::{a}\n",
        ".. _a",
        "(a)=",
        " ",
        "\n",
        "=\n",
        'id="',
        "href=",
    ],
)
def test_no_text_takes_long(path, unit):
    text = unit * (60_000 // len(unit))
    begun = time.process_time()
    read(text, path)
    read(unit * (LONGEST_LINE // len(unit)) + "\n" + text, path)
    assert (
        time.process_time() - begun < 20
    )  # it takes well below one second; quadratic time would take many minutes


@pytest.mark.parametrize(
    "name", ["a.md", "a.RST", "README", "LICENSE", "a.txt", "a.adoc", "a.html", "tool.1", "a.ipynb"]
)
def test_which_files_are_pages(name):
    assert pages.is_page(f"docs/{name}")


@pytest.mark.parametrize("name", ["a.py", "a.png", "a.toml", "a.yaml", "a.sh", "a.svg"])
def test_which_files_are_none(name):
    assert not pages.is_page(f"docs/{name}")


def test_a_page_of_great_length_still_has_its_words():
    page = read("`code` word\n" * 400_000)
    assert page.code == ()
    assert "word" in page.text


def test_lines_may_end_as_they_like():
    assert read("a `b`\r\n`c`\r`d`").code == ((1, "b"), (2, "c"), (3, "d"))


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        ("a `b` c ``d`e`` f", ["b", "d`e"]),
        ("`a", []),
        ("``a` b`` `c`", ["a` b", "c"]),
        ("`", []),
        ("```a``` `` ` ``", ["a", " ` "]),
        ("`a" * LONGEST_LINE, []),
    ],
)
def test_code_spans(line, inside):
    assert [line[start:end] for start, end in spans(line)] == inside


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("What's new?", "whats-new"),
        ("What's new?", "what-s-new"),
        ("A  b--c", "a-b-c"),
        ("Über `x_y`", "über-x-y"),
    ],
)
def test_anchors_of_forges_and_of_docutils(title, anchor):
    assert anchor in slugs(title)


def test_comments_are_no_text():
    assert read("a <!-- b\nc --> d\n<!-- never closed").text == "a \n d\n<!-- never closed"
    page = read("a\n\n.. b\n   c\n\n   d\n\ne\n\n..\n   f\n\n.. [1] g\n.. _h:\n", "a.rst")
    assert page.text.split() == ["a", "e", "..", "[1]", "g", "..", "_h:"]


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("```python\nx = 1\n```\n", Block("python", "x = 1\n", 2)),
        ("~~~ JSON title\n{}\n~~~~\n", Block("json", "{}\n", 2)),
        ("- item\n\n  ```toml\n  a = 1\n  ```\n", Block("toml", "a = 1\n", 4)),
        ("- ```toml\n  a = 1\n  ```\n", Block("toml", "a = 1\n", 2)),
        ("> ```toml\n> a = 1\n> ```\n", Block("toml", "a = 1\n", 2)),
        ("```pycon\n>>> x\n1\n```\n", Block("pycon", ">>> x\n1\n", 2)),
        ("```pycon\n>>> x\n>>> y\n```\n", Block("pycon", ">>> x\n>>> y\n", 2)),
        ("```{code-block} python\n:linenos:\n\nx = 1\n```\n", Block("python", "\nx = 1\n", 3)),
        ("```{code-cell} python\n---\na: 1\n---\nx = 1\n```\n", Block("python", "x = 1\n", 5)),
        ("```{code-cell} python\n---\nx = 1\n```\n", Block("python", "---\nx = 1\n", 2)),
        ("```{code-block} python\n:linenos:\n```\n", Block("python", "\n", 3)),
        ("```{.python .x}\nx = 1\n```\n", Block("python", "x = 1\n", 2)),
        ("```\nx = 1", Block("", "x = 1\n", 2)),
        ("````md\n```\n````\n", Block("md", "```\n", 2)),
        ("```{eval-rst}\n.. code-block:: Python\n\n   x = 1\n```\n", Block("python", "x = 1\n", 4)),
    ],
)
def test_blocks_of_markdown(text, block):
    assert read(text).blocks == (block,)


def test_a_directive_of_myst_is_code_and_no_block():
    page = read("```{autoclass} shop.Cart\n:members:\n```\n:::{note}\n`a`\n:::\n")
    assert page.blocks == ()
    assert page.code == ((1, "{autoclass} shop.Cart"), (2, ":members:"), (5, "a"))


def test_code_of_restructuredtext():
    page = read(
        "``a`` and :func:`b`::\n\n   c\n\n   d\n\n>>> e\n... f\n\n.. autoclass:: g\n\n   h\n\n.. prompt:: bash\n\n   i\n",
        "a.rst",
    )
    assert [text for _, text in page.code] == [
        "a",
        "b",
        "",
        "   c",
        "",
        "   d",
        ">>> e",
        "... f",
        "g",
        "",
        "   i",
    ]


def test_headings_of_restructuredtext():
    page = read(
        "=====\nTitle\n=====\n\nSome *part*\n-----------\n\nno\n-\n\nshort title\n----\n\n.. _a\\:b:\n\n.. _`c d`:\n",
        "a.rst",
    )
    assert page.anchors >= {"title", "some-part", "short-title", "a-b", "c-d"}
    assert "no" not in page.anchors


@pytest.mark.parametrize(
    ("block", "says"),
    [
        (Block("json", "[" * 100_000, 1), "parsed"),
        (Block("yaml", "a: [", 1), "line 1"),
        (Block("yaml", "\0", 1), "parsed"),
        (Block("toml", "a = [" + "[" * 5000, 1), "parsed"),
        (Block("python", "(" * 5000, 1), "parsed"),
        (Block("json", " " * LARGEST + "{}", 1), "longer"),
    ],
)
def test_what_a_block_cannot_be(block, says):
    assert says in fault(block)
    assert is_read(block)


def test_what_nobody_reads_has_no_fault():
    assert fault(Block("bash", "if (", 1)) == ""
    assert fault(Block("python", "\n", 1)) == ""
    assert not is_read(Block("", "x", 1))
