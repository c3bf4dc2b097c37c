"""The docs gate on the changelog: a change of code has a new line in what is unreleased."""

from __future__ import annotations

import pytest

from gatecheck_gates.docs import Docs

KEEP = "# Changelog\n\n## [Unreleased]\n\n- Old entry.\n\n## [1.0.0] - 2024-01-01\n\n- First.\n\n[Unreleased]: https://example.org\n"
CLICK = ".. currentmodule:: shop\n\nVersion 2.0.0\n-------------\n\nUnreleased\n\n-   Old entry.\n\nVersion 1.0.0\n-------------\n\nReleased 2024-01-01\n\n-   First.\n"
PLAIN = "# Changes\n\n## 2.0\n\n- Old entry.\n\n## 1.0\n\n- First.\n"
DATED = "# Changes\n\n## 2.0 (2024-05-01)\n\n- Old entry.\n\n## 1.0\n\n- First.\n"
HEADLESS = "Changes are written here.\n\n- Old entry.\n"


@pytest.fixture
def asks(room):
    """Tell whether the gate asks for an entry after code changed and the changelog went from one text to another."""

    def check(before, after, path="CHANGELOG.md", *, code="A = 1\n", changelog=None, files=None):
        base = {"shop/__init__.py": "", "README.md": "A\n", **({path: before} if before is not None else {})}
        head = {"shop/__init__.py": code, **({path: after} if after != before else {}), **(files or {})}
        outcome = Docs(changelog=changelog or path).check(room(base, head))
        return [finding.rule for finding in outcome.findings if finding.effect is None] == ["changelog"]

    return check


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (KEEP, KEEP.replace("- Old entry.\n", "- Old entry.\n- Add A.\n")),
        (KEEP, KEEP.replace("- Old entry.\n", "- Old entry, and A.\n")),
        (KEEP, KEEP.replace("- Old entry.\n", "- Old entry.\n- First.\n")),
        (CLICK, CLICK.replace("-   Old entry.\n", "-   Old entry.\n-   Add A.\n")),
        (PLAIN, PLAIN.replace("- Old entry.\n", "- Old entry.\n- Add A.\n")),
        (HEADLESS, HEADLESS + "- Add A.\n"),
        (KEEP, KEEP.replace("## [Unreleased]\n", "## [Unreleased]\n\n## [1.1.0] - 2024-02-02\n")),
        (DATED, DATED.replace("## 2.0 (", "## 2.1 (2024-06-01)\n\n- Add A.\n\n## 2.0 (")),
        (DATED, DATED.replace("## 2.0 (", "## Next\n\n- Add A.\n\n## 2.0 (")),
        (None, KEEP),
        (KEEP.replace("## [Unreleased]\n\n- Old entry.\n\n", ""), KEEP),
    ],
    ids=[
        "added",
        "edited",
        "as an old one",
        "below a version",
        "no mark",
        "no heading",
        "release",
        "release by date",
        "next",
        "first",
        "new part",
    ],
)
def test_a_line_in_the_unreleased_part_is_an_entry(asks, before, after):
    assert not asks(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (KEEP, KEEP),
        (KEEP, KEEP.replace("- Old entry.\n", "- Old entry.\n\n\n")),
        (KEEP, KEEP.replace("- Old entry.\n", "- Old entry.\n-\n---\n")),
        (KEEP, KEEP.replace("- First.\n", "- First.\n- Add A.\n")),
        (KEEP, KEEP.replace("- Old entry.\n", "")),
        (CLICK, CLICK.replace("-   First.\n", "-   First.\n-   Add A.\n")),
        (DATED, DATED.replace("- Old entry.\n", "- Old entry.\n- Add A.\n")),
        (KEEP, None),
        (None, None),
        (KEEP, ""),
    ],
    ids=[
        "untouched",
        "blank",
        "no word",
        "in a release",
        "only deleted",
        "below a release",
        "below a date",
        "gone",
        "never there",
        "emptied",
    ],
)
def test_anything_else_is_none(asks, before, after):
    assert asks(before, after)


@pytest.mark.parametrize("day", ["2024-05-01", "May 1, 2024", "1st May 2024", "1 May, 2024"])
def test_a_part_with_a_date_is_closed(asks, day):
    before = DATED.replace("2024-05-01", day)
    assert asks(before, before.replace("- Old entry.\n", "- Old entry.\n- Add A.\n"))


def test_tests_and_pages_need_no_entry(asks):
    assert not asks(KEEP, KEEP, code="", files={"tests/test_x.py": "x = 1\n", "README.md": "A and B\n"})
    assert not asks(KEEP, KEEP, code="# a comment\n", files={"README.md": "A and B\n"})


@pytest.mark.parametrize(
    ("files", "asked"),
    [
        ({"changelog/12.feature.rst": "Add A.\n"}, False),
        ({"changelog/12.feature.rst": "\n"}, True),
        ({"changelog/notes.png": "Add A.\n"}, True),
        ({"changes/12.feature.rst": "Add A.\n"}, True),
        ({}, True),
    ],
)
def test_a_folder_of_fragments_gets_a_file(asks, files, asked):
    assert asks("text\n", "text\n", "changelog/README.rst", changelog="changelog", files=files) is asked
