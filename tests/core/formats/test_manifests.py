"""What a project depends on, read as pip, uv and poetry would read it, and what cannot be read is named."""

from __future__ import annotations

import codecs
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pip_requirements_parser import RequirementsFile

from gatecheck.errors import ToolError
from gatecheck.formats.manifests import is_project, read_manifest, requirements, sibling_locks, toml_file


def look(files, path=None):
    content = {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()}
    return read_manifest(path or next(iter(files)), content.get)


def pins(manifest):
    return [(pin.name, pin.version, pin.line) for pin in manifest.pins]


def loose(manifest):
    return [(each.text, each.why, each.line) for each in manifest.loose]


# --- requirements files ---


def test_pins_are_read_with_their_lines_whatever_their_spelling():
    text = """\
# a comment
Django == 3.2.1
jinja2[i18n]==2.11.2 ; python_version < "3"   # only there
zope.interface===5.0
ruamel_yaml==0.17,>=0.1 \\
    --hash=sha256:00 \\
    --hash=sha256:11
requests==2.30.0 --config-settings "a=b c"
"""
    manifest = look({"requirements.txt": text})
    assert pins(manifest) == [
        ("django", "3.2.1", 2),
        ("jinja2", "2.11.2", 3),
        ("zope-interface", "5.0", 4),
        ("ruamel-yaml", "0.17", 5),
        ("requests", "2.30.0", 8),
    ]
    assert loose(manifest) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("django>=3", "range"),
        ("django", "range"),
        ("django==3.*", "range"),
        ("django==1.0,==2.0", "range"),
        ("django===one", "unreadable"),
        ("django=3", "unreadable"),
        ("django @ https://example.org/django.whl", "elsewhere"),
        ("git+https://example.org/django.git@main", "elsewhere"),
        ("https://example.org/django.tar.gz", "elsewhere"),
        ("file:///tmp/django.whl", "elsewhere"),
        ("-e git+ssh://example.org/django.git#egg=django", "elsewhere"),
        ("/opt/django", "elsewhere"),
        ("../django", "elsewhere"),
        ("django==${VERSION}", "elsewhere"),
        ("-r ${FOLDER}/more.txt", "elsewhere"),
        ("-r https://example.org/more.txt", "elsewhere"),
        ("-r ../more.txt", "elsewhere"),
        ("-e ./lib", "local"),
        ("--editable=./lib[extra]", "local"),
        ("./vendor/django-3.2.1-py3-none-any.whl", "local"),
        ("django-3.2.1.tar.gz", "local"),
        ("vendor/django", "local"),
        ("-r missing.txt", "unreadable"),
        ("--requ=missing.txt", "unreadable"),
        ("--frobnicate", "unreadable"),
        ("-x", "unreadable"),
        ("--pre=1", "unreadable"),
        ("-r", "unreadable"),
    ],
)
def test_what_is_no_pin_is_named_with_the_reason(line, why):
    manifest = look({"requirements.txt": f"\n{line}\n"})
    assert pins(manifest) == []
    (each,) = manifest.loose
    assert (each.why, each.line, each.path) == (why, 2, "requirements.txt")
    assert each.text
    assert each.reason


@pytest.mark.parametrize("line", [".", "-e .", "--editable=.[dev]", "./", "-e ./sub/.."])
def test_the_project_itself_is_no_dependency(line):
    manifest = look({"sub/requirements.txt": f"{line}\nclick==8.0\n"})
    assert pins(manifest) == [("click", "8.0", 2)]
    assert loose(manifest) == []


def test_options_that_say_nothing_of_dependencies_are_passed_over():
    text = (
        "-i https://example.org/simple\n--extra-index-url=https://example.org --pre\n--no-index\n-fwheels\n"
        "--find-links wheels --only-binary :all: --trusted-host example.org\nclick==8.1.7\n"
    )
    manifest = look({"requirements.txt": text})
    assert pins(manifest) == [("click", "8.1.7", 6)]
    assert loose(manifest) == []


def test_includes_and_constraints_are_followed_each_once_and_pin_what_is_not_pinned():
    files = {
        "requirements/dev.txt": "-r base.txt\n--constraint ../limits.txt\n-cbase.txt\npytest\n",
        "requirements/base.txt": "-r dev.txt\ndjango==3.2.1\n",
        "limits.txt": "pytest==8.0\nunused==1.0\n",
    }
    manifest = look(files)
    assert {(pin.name, pin.path, pin.line) for pin in manifest.pins} == {
        ("django", "requirements/base.txt", 2),
        ("pytest", "limits.txt", 1),
        ("unused", "limits.txt", 2),
    }
    assert manifest.loose == ()
    assert manifest.included == ("limits.txt", "requirements/base.txt")


def test_files_that_include_without_end_are_left_at_a_bound(monkeypatch):
    monkeypatch.setattr(requirements, "MOST_FILES", 3)
    files = {f"{number}.txt": f"-r {number + 1}.txt\n" for number in range(9)}
    assert loose(look(files)) == [("--requirement 3.txt", "unreadable", 1)]


@pytest.mark.parametrize(
    "data",
    [
        "click==8.1.7\n".encode("utf-16"),
        codecs.BOM_UTF8 + b"click==8.1.7\n",
        codecs.BOM_UTF32_BE + "click==8.1.7\n".encode("utf-32-be"),
        "# coding: latin-1\nclick==8.1.7  # \xe9\n".encode("latin-1"),
        "\n# vim: set fileencoding=latin-1 :\nclick==8.1.7  # \xe9\n".encode("latin-1"),
        b"x\x0cclick==8.1.7\n",
        "x\u2028click==8.1.7\n".encode(),
    ],
)
def test_the_text_is_decoded_and_split_as_pip_does_it(data):
    assert [(name, version) for name, version, _ in pins(look({"r.txt": data}))] == [("click", "8.1.7")]


@pytest.mark.parametrize("data", [b"\xff\xff", b"# coding: none-such\nclick==1\n", b"a --hash='\n"])
def test_a_file_that_pip_cannot_read_is_named(data):
    manifest = look({"requirements.txt": data})
    assert [each.why for each in manifest.loose] == ["unreadable"]
    assert "pip cannot read the file" in manifest.loose[0].reason


def test_a_file_that_is_none_is_named():
    for name in ("requirements.txt", "uv.lock", "pyproject.toml"):
        (each,) = read_manifest(name, lambda _: None).loose
        assert (each.why, each.text) == ("unreadable", name)


def test_the_last_line_may_end_with_a_backslash_and_a_comment_ends_what_went_on():
    assert pins(look({"r.txt": "click==8.1.7 \\"})) == [("click", "8.1.7", 1)]
    assert pins(look({"r.txt": "click==8.1.7 \\\n  # comment\\\nattrs==1.0\n"})) == [
        ("click", "8.1.7", 1),
        ("attrs", "1.0", 3),
    ]


_NAMES = st.sampled_from(["click", "Django", "zope.interface", "ruamel_yaml"])
_PARTS = st.sampled_from(
    [
        "==1.0",
        "==2.0.post1",
        ">=1",
        "",
        "[x]==3",
        " \\\n",
        "# c\n",
        " # c\n",
        "\n",
        "--hash=sha256:0 ",
        " ; python_version > '3'\n",
    ]
)


@given(st.lists(st.one_of(_NAMES, _PARTS), max_size=12))
def test_the_same_pins_are_found_as_by_the_parser_that_pip_audit_uses(parts):
    text = "".join(parts) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "requirements.txt")
        path.write_text(text)
        theirs = RequirementsFile.from_file(str(path))
    wanted = {
        (req.name.lower().replace(".", "-").replace("_", "-"), str(req.specifier).removeprefix("=="))
        for req in theirs.requirements
        if req.is_pinned and "*" not in str(req.specifier)
    }
    found = look({"requirements.txt": text})
    assert {(pin.name, pin.version) for pin in found.pins} == wanted
    assert len(found.loose) >= len(theirs.invalid_lines) > 0 or not theirs.invalid_lines


# --- pyproject.toml ---

PROJECT = """\
[build-system]
requires = ["hatchling==1.0"]

[project]
name = "Shop"
dependencies = [
  "django==3.2.1",
  "click>=8",
]

[project.optional-dependencies]
web = ['flask==2.0']
all = ["shop[web]", "no requirement"]

[dependency-groups]
test = ["pytest==8.0", {include-group = "lint"}]
lint = ["ruff @ https://example.org/ruff.whl"]
"""


def test_a_project_has_dependencies_extras_groups_and_a_build():
    manifest = look({"pyproject.toml": PROJECT})
    assert pins(manifest) == [
        ("hatchling", "1.0", 2),
        ("django", "3.2.1", 7),
        ("flask", "2.0", 12),
        ("pytest", "8.0", 16),
    ]
    assert loose(manifest) == [
        ("click>=8", "range", 8),
        ("no requirement", "unreadable", 13),
        ("ruff @ https://example.org/ruff.whl", "elsewhere", 17),
    ]


@pytest.mark.parametrize(
    "text", ["", "project = 1\n", "[project]\ndependencies = 1\nname = 1\n", 'x = ["a==1"]\n']
)
def test_a_project_of_odd_types_names_nothing(text):
    assert look({"pyproject.toml": text}) == look({"pyproject.toml": "[project]\n"})


def test_a_requirement_that_is_written_with_escapes_has_no_line():
    ((_, _, line),) = pins(look({"pyproject.toml": '[project]\ndependencies = ["cl\\u0069ck==8"]\n'}))
    assert line is None


@pytest.mark.parametrize(
    "data", [b"[project\n", b"\xff", b"x = " + b"[" * 100_000, b'[project]\nname = "a"\nname = "b"\n']
)
@pytest.mark.parametrize("name", ["pyproject.toml", "uv.lock", "pylock.toml", "poetry.lock"])
def test_what_is_no_toml_is_an_error_with_the_file(name, data):
    with pytest.raises(ToolError, match=name) as raised:
        look({name: data})
    assert raised.value.fix


def test_a_file_beyond_the_bound_is_an_error(monkeypatch):
    monkeypatch.setattr(toml_file, "LARGEST", 3)
    with pytest.raises(ToolError, match="4 bytes"):
        look({"uv.lock": "a=1\n"})


# --- lock files ---

UV = """\
version = 1

[[package]]
name = "shop"
version = "0.1"
source = { editable = "." }
dependencies = [{ name = "django" }]

[[package]]
name = "django"
version = "3.2.1"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "lib"
source = { directory = "libs/lib" }

[[package]]
name = "outside"
version = "1.0"
source = { path = "../../outside" }

[[package]]
name = "forked"
version = "1.0"
source = { git = "https://example.org/forked?rev=1" }
"""
PYLOCK = """\
lock-version = "1.0"

[[packages]]
name = "django"
version = "3.2.1"
index = "https://pypi.org/simple"

[[packages]]
name = "shop"
directory = { path = "." }

[[packages]]
name = "up"
directory = { path = "../up" }

[[packages]]
name = "forked"
version = "1.0"
vcs = { type = "git" }

[[packages]]
name = "file"
version = "1.0"
archive = { url = "https://example.org/file.zip" }

[[packages]]
name = "unknown"
"""
POETRY = """\
[[package]]
name = "Django"
version = "3.2.1"

[[package]]
name = "mirrored"
version = "1.0"

[package.source]
type = "legacy"
url = "https://example.org/simple"

[[package]]
name = "lib"
version = "0.1"
[package.source]
type = "directory"
url = "libs/lib"

[[package]]
name = "forked"
version = "1.0"
source = {type = "git", url = "https://example.org/forked"}

[[package]]
name = "odd"
version = "1.0"
source = 1
"""


def test_uv_locks_list_the_project_itself_and_where_packages_come_from():
    manifest = look({"uv.lock": UV})
    assert pins(manifest) == [("django", "3.2.1", 9)]
    assert loose(manifest) == [
        ("lib", "local", 14),
        ("outside 1.0", "elsewhere", 18),
        ("forked 1.0", "elsewhere", 23),
    ]


def test_a_path_of_a_lock_is_one_from_its_folder():
    text = '[[package]]\nname = "up"\nsource = {editable = "../up"}\n[[package]]\nname = "x"\nsource = {}\n'
    assert [why for _, why, _ in loose(look({"apps/shop/uv.lock": text}))] == ["local", "elsewhere"]


@pytest.mark.parametrize("name", ["pylock.toml", "sub/pylock.dev.toml"])
def test_pylocks_may_leave_versions_away(name):
    manifest = look({name: PYLOCK})
    assert pins(manifest) == [("django", "3.2.1", 3)]
    assert loose(manifest) == [
        ("up", "local" if "/" in name else "elsewhere", 12),
        ("forked 1.0", "elsewhere", 16),
        ("file 1.0", "elsewhere", 21),
        ("unknown", "range", 26),
    ]


def test_poetry_locks_name_other_sources_than_the_index():
    manifest = look({"poetry.lock": POETRY})
    assert pins(manifest) == [("django", "3.2.1", 1), ("mirrored", "1.0", 5)]
    assert loose(manifest) == [
        ("lib 0.1", "local", 13),
        ("forked 1.0", "elsewhere", 20),
        ("odd 1.0", "elsewhere", 25),
    ]


def test_a_lock_in_another_form_has_no_lines_and_one_without_packages_names_nothing():
    text = 'package = [{name = "a", version = "1", source = {registry = "x"}}, {version = "1"}]\n'
    manifest = look({"uv.lock": text})
    assert pins(manifest) == [("a", "1", None)]
    assert loose(manifest) == [("a package", "unreadable", None)]
    assert look({"uv.lock": "version = 1\n"}).pins == ()


@pytest.mark.parametrize("text", ["package = 1\n", "package = [1]\n"])
def test_packages_that_are_no_tables_are_an_error(text):
    with pytest.raises(ToolError, match=r"poetry\.lock"):
        look({"poetry.lock": text})


@pytest.mark.parametrize("name", ['a"b', "a\\nb", "-", "a b"])
def test_a_name_that_is_none_is_not_asked_about(name):
    text = (
        f"[[package]]\nname = '{name}'\nversion = '1'\n"
        if "\\" not in name
        else '[[package]]\nname = "a\\nb"\nversion = "1"\n'
    )
    manifest = look({"poetry.lock": text})
    assert pins(manifest) == []
    assert [why for _, why, _ in loose(manifest)] == ["unreadable"]


def test_a_version_that_is_none_is_not_asked_about():
    (each,) = look({"poetry.lock": '[[package]]\nname = "a"\nversion = "one"\n'}).loose
    assert (each.text, each.why) == ("a==one", "unreadable")


def test_the_locks_of_a_project_lie_beside_it():
    assert is_project("apps/pyproject.toml")
    assert not is_project("apps/my-pyproject.toml.txt")
    assert "apps/uv.lock" in sibling_locks("apps/pyproject.toml")
    assert "uv.lock" in sibling_locks("pyproject.toml")
