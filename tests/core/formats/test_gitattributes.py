"""Attributes of paths: whatever git itself says of them."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatecheck.formats.gitattributes import Attributes

PATTERNS = st.sampled_from(
    [
        "a", "*", "*.py", "a/*", "a/**", "**/a", "/a", "/a/b", "a/**/b", "**", "a?", "[ab]", "[!a]*", "[^a]b", "[a-c].py",
        r"\[z]", '"a b"', r'"a\"b"', "**/*.py", "a/b/**/c", "*/b", "b/*.py", "/**/x-y", "a/", "[]a]b", "[b-a]*", "[!b-a]b", "[a-]*", "[]", "[!]", "[a-b--y]*", "a\\", "# a", "!a",
        "[attr]m", "[", "",
    ]
)  # fmt: skip
VALUES = st.sampled_from(["g", "-g", "g=true", "!g", "g=false", "h", "g=x", "h -g g=y", "", "h !g"])
NAMES = st.sampled_from(["a", "b", "ab", "a.py", "b.lock", "x-y", "[z]", "é", "a b", "]b", "ab\\"])
LINES = st.lists(st.tuples(st.sampled_from(["", "  "]), PATTERNS, VALUES), max_size=6)
SAID: dict[object, str] = {True: "set", False: "unset", None: "unspecified"}


@settings(max_examples=30, deadline=None)
@given(
    files=st.dictionaries(st.sampled_from(["", "a/", "a/b/"]), LINES, min_size=1),
    paths=st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), min_size=1, max_size=30),
)
def test_they_are_what_git_says(files, paths):
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        subprocess.run(["git", "init", "--quiet", top], check=True)
        for place, lines in files.items():
            (top / place).mkdir(parents=True, exist_ok=True)
            text = "".join(f"{space}{pattern} {value}\n" for space, pattern, value in lines)
            (top / place / ".gitattributes").write_text(text)
        out = (
            subprocess.run(
                ["git", "check-attr", "-z", "g", "--", *paths], cwd=top, capture_output=True, check=True
            )
            .stdout.decode()
            .split("\0")
        )

        def read(path):
            return (top / path).read_bytes() if (top / path).is_file() else None

        attributes = Attributes(read)
        for path, _, said in zip(*[iter(out)] * 3, strict=False):
            value = attributes.value(path, "g")
            assert (value if isinstance(value, str) else SAID[value]) == said, path


@pytest.mark.parametrize(
    ("line", "is_set"),
    [
        ("a g", True),
        ("a g=true", True),
        ("a g=false", False),
        ("a -g", False),
        ("a g=1", False),
        ("b g", False),
    ],
)
def test_set_is_what_linguist_takes_for_set(line, is_set):
    assert Attributes({".gitattributes": line.encode()}.get).is_set("a", "g") is is_set


def test_each_file_is_read_once_and_only_where_it_matters():
    read = []
    attributes = Attributes(read.append)
    for _ in range(2):
        attributes.value("a/b/c.py", "g")
        attributes.value("a/b/d.py", "g")
    assert read == ["a/b/.gitattributes", "a/.gitattributes", ".gitattributes"]


def test_a_file_that_is_not_text_says_what_can_be_read():
    assert Attributes({".gitattributes": b"\xff\n\0\na g\n"}.get).is_set("a", "g")


def test_of_a_range_that_runs_backwards_git_takes_the_first_character():
    attributes = Attributes({".gitattributes": b"[b-a]* g\n"}.get)
    assert [attributes.is_set(path, "g") for path in ("b", "a", "-")] == [True, False, False]


def test_a_class_without_characters_matches_nothing():
    attributes = Attributes({".gitattributes": b"[]* g\n[!]* g\n"}.get)
    assert not attributes.is_set("b", "g")
