"""The base's coverage settings, read as coverage.py reads them; coverage.py itself is the judge."""

from __future__ import annotations

import contextlib

import pytest
from coverage import CoverageException
from coverage.config import read_coverage_config
from hypothesis import given, settings
from hypothesis import strategies as st

from gatecheck.errors import ToolError
from gatecheck_gates.coverages.measured_paths import MeasuredPaths
from gatecheck_gates.coverages.settings import CoverageSettings, find, load

PYPROJECT = """
[tool.coverage.run]
branch = true
source = ["src", "tests"]
omit = ["*/_version.py"]
patch = ["_exit"]
data_file = "theirs"
relative_files = true
[tool.coverage.report]
fail_under = 95
exclude_also = ["# nope", "; nor this", "if TYPE_CHECKING:"]
include = ["src/*"]
precision = 2
[tool.coverage]
stray = 1
"""


def of(files, folder="."):
    return find(lambda path: files[path].encode() if path in files else None, folder)


def written(text, tmp_path):
    path = tmp_path / "rules.ini"
    path.write_text(text)
    return read_coverage_config(str(path), warn=pytest.fail)


def test_coverage_reads_our_file_as_it_would_read_the_bases(tmp_path):
    theirs = of({"pyproject.toml": PYPROJECT})
    ours = written(theirs.for_run("/data"), tmp_path)
    assert theirs.file == "pyproject.toml"
    assert (ours.branch, ours.source, ours.run_omit) == (True, ["src", "tests"], ["*/_version.py"])
    assert (ours.data_file, ours.parallel, ours.relative_files, ours.fail_under) == ("/data", True, False, 0)
    assert ours.patch == ["_exit", "subprocess"]
    assert "[#] nope" in ours.exclude_also
    assert "if TYPE_CHECKING:" in ours.exclude_also
    lines = written(theirs.for_lines(), tmp_path)
    assert (lines.report_include, lines.relative_files) == (None, True)
    assert written(theirs.for_report(), tmp_path).report_include == ["src/*"]
    assert written(theirs.for_run("/data", contexts=True), tmp_path).dynamic_context == "test_function"
    assert load(theirs.dump()).words("run", "source") == ("src", "tests")
    assert load(theirs.dump()).file == theirs.file


@pytest.mark.parametrize(
    ("files", "file", "source"),
    [
        ({}, None, ()),
        ({"pyproject.toml": "[project]\nname = 'x'\n", "setup.cfg": "[metadata]\nname = x\n"}, None, ()),
        ({".coveragerc": "", "setup.cfg": "[coverage:run]\nsource = a\n"}, ".coveragerc", ()),
        ({".coveragerc": "[run]\nsource =\n    a\n    b\n"}, ".coveragerc", ("a", "b")),
        ({".coveragerc": "[coverage:run]\nsource = a, b\n"}, ".coveragerc", ("a", "b")),
        ({".coveragerc.toml": "[run]\nsource = ['a']\n"}, ".coveragerc.toml", ("a",)),
        (
            {
                "setup.cfg": "[coverage:run]\nsource = a\n[run]\nsource = b\n",
                "tox.ini": "[coverage:run]\nsource = c\n",
            },
            "setup.cfg",
            ("a",),
        ),
        ({"tox.ini": "[coverage:run]\nsource = c\n"}, "tox.ini", ("c",)),
    ],
)
def test_settings_are_found_where_coverage_finds_them(files, file, source):
    found = of(files)
    assert (found.file, found.words("run", "source")) == (file, source)


def test_settings_are_looked_for_in_the_folder_where_the_tests_start():
    files = {".coveragerc": "[run]\nsource = a\n", "api/setup.cfg": "[coverage:run]\nsource = b\n"}
    assert of(files, "api").words("run", "source") == ("b",)


@pytest.mark.parametrize(
    "files", [{".coveragerc": "[run\n"}, {"pyproject.toml": "[[[\n"}, {"setup.cfg": "[a]\n[a]\n"}]
)
def test_what_cannot_be_read_is_an_error_that_names_the_file(files):
    with pytest.raises(ToolError, match=next(iter(files))) as raised:
        of(files)
    assert "target branch" in raised.value.fix


@given(st.binary(max_size=60))
def test_any_bytes_are_settings_or_an_error_of_ours(data):
    for name in (".coveragerc", "pyproject.toml"):
        with contextlib.suppress(ToolError):
            find(lambda path, name=name: data if path == name else None)


FILES = ("src/a/b.py", "src/a/__init__.py", "tests/test_x.py", "lib/m.py", "setup.py")


def paths(**run):
    report = {name.removeprefix("report_"): text for name, text in run.items() if name.startswith("report_")}
    rest = {name: text for name, text in run.items() if not name.startswith("report_")}
    return MeasuredPaths(CoverageSettings({"run": rest, "report": report}), ".", FILES)


@pytest.mark.parametrize(
    ("given_settings", "path", "expected"),
    [
        ({}, "src/a/b.py", True),
        ({}, "tests/test_x.py", False),
        ({}, "setup.py", False),
        ({"source": "src"}, "src/a/b.py", True),
        ({"source": "src"}, "lib/m.py", False),
        ({"source": "."}, "setup.py", True),
        ({"source": ".", "omit": "setup.py"}, "setup.py", False),
        ({"source": ".", "omit": "*/b.py"}, "src/a/b.py", False),
        ({"source": ".", "omit": "src/?/[bc].py"}, "src/a/b.py", False),
        ({"source": ".", "omit": "src/*"}, "src/a/b.py", False),
        ({"source": ".", "omit": "src/*.py"}, "src/a/b.py", True),
        ({"source": ".", "omit": "src/**/b.py"}, "src/a/b.py", False),
        ({"source_pkgs": "a"}, "src/a/b.py", True),
        ({"source_pkgs": "a.b"}, "src/a/b.py", True),
        ({"source_pkgs": "b"}, "src/a/c.py", False),
        ({"include": "lib/*"}, "lib/m.py", True),
        ({"include": "lib/*"}, "src/a/b.py", False),
        ({"source": ".", "report_omit": "lib/*"}, "lib/m.py", False),
        ({"source": ".", "report_include": "src/*"}, "lib/m.py", False),
        ({"source": ".", "report_include": "src/*"}, "src/a/b.py", True),
    ],
)
def test_the_settings_say_which_files_belong_into_the_data(given_settings, path, expected):
    assert paths(**given_settings).expected(path) is expected


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["*", "**", "?", "a", "b.py", "[ab]"]), min_size=1, max_size=4),
    st.lists(st.sampled_from(["a", "b", "b.py", "ab"]), min_size=1, max_size=4),
)
def test_patterns_mean_what_they_mean_to_coverage(parts, names):
    from coverage.files import GlobMatcher, prep_patterns  # noqa: PLC0415 -- the oracle of this test alone

    pattern, path = "/".join(parts), "/".join(names)
    rooted = [
        p if p.startswith(("*", "?")) or "/" not in p else f"/tree/{p}" for p in prep_patterns([pattern])[:1]
    ]
    try:
        theirs = GlobMatcher(rooted, "x").match(f"/tree/{path}")
    except CoverageException:
        return  # a pattern that coverage.py refuses; it says so itself when the tests start
    ours = MeasuredPaths(CoverageSettings({"run": {"source": ".", "omit": pattern}}), ".", FILES)
    assert ours.left_out(path) is theirs
