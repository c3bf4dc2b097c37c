"""Which paths are tests by their name, and which files decide what tests are run with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from gatecheck.model import Change
from gatecheck_gates.suites.suite import Suite

_FOLDERS = frozenset({"test", "tests", "testing", "spec", "__tests__"})
_NAMES = re.compile(r"(?:test_.*|.*_test|tests?|conftest)\.\w+\Z|.*[._](?:test|spec)\.\w+\Z")
_SETTINGS = frozenset(
    {
        "pytest.ini",
        ".pytest.ini",
        "pytest.toml",
        ".pytest.toml",
        "tox.ini",
        "setup.cfg",
        "setup.py",
        "pyproject.toml",
        "package.json",
        "go.mod",
        "Cargo.toml",
        "Makefile",
    }
)  # fmt: skip -- a table of names
_LOCKS = re.compile(
    r"(?:.*[.-])?lock(?:file)?(?:\.\w+)?\Z|.*requirements.*\.(?:txt|in)\Z|go\.sum\Z|.*constraints.*\.txt\Z"
)


def is_test(path: str) -> bool:
    """Tell whether a file is one of tests by the conventions of pytest and other languages' runners."""
    parts = PurePosixPath(path).parts
    return bool(_FOLDERS.intersection(parts[:-1]) or _NAMES.match(parts[-1]))


def may_remove_tests(change: Change, suites: Iterable[Suite]) -> bool:
    """Tell whether tests may have gone: a test was not run in earnest, or a path can decide which tests run.

    Such a path is a test file, a conftest, a test setting, a lock file, and any Python file that is gone from its place:
    settings can make any name one of tests.
    """
    tests = [test for suite in suites for test in suite.tests.values()]
    if any(test.status in ("skipped", "xfailed") for test in tests):
        return True
    known = {test.path for test in tests}
    for changed in change.paths:
        if changed.status in ("deleted", "renamed") and (changed.old_path or changed.path).endswith(".py"):
            return True
        for path in filter(None, (changed.path, changed.old_path)):
            name = PurePosixPath(path).name
            if path in known or is_test(path) or name in _SETTINGS or _LOCKS.match(name):
                return True
    return False
