from pathlib import PurePosixPath

import pytest

from gatecheck.formats.places import in_tree

ROOTS = (PurePosixPath("/link/tree"), PurePosixPath("/real/tree"))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("a.py", "a.py"),
        ("./src/../a.py", "a.py"),
        ("/link/tree/src/a.py", "src/a.py"),
        ("//real/tree//a.py", "a.py"),
        ("/real/tree", None),
        ("/real/tree-2/a.py", None),
        ("/real/tree/../a.py", None),
        ("../a.py", None),
        ("..", None),
        (".", None),
        ("", None),
        ("a\0b", None),
    ],
)
def test_a_path_is_found_in_the_tree_or_not_at_all(written, found):
    assert in_tree(written, *ROOTS) == found
