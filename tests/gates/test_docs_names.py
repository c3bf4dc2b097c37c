"""The docs gate on what a change makes public: each new name stands on a page, each that is gone does not."""

from __future__ import annotations

import pytest

from gatecheck.errors import CannotTell
from gatecheck.model import Effect, NotApplicable
from gatecheck_gates.docs import Docs

CORE = 'def add(a, b):\n    """Add."""\n    return a + b\n'
README = "# Shop\n\nCall `add(1, 2)`.\n"
BASE = {"shop/__init__.py": "", "shop/core.py": CORE, "README.md": README}


@pytest.fixture
def judge(room):
    """Ask the gate about a change."""

    def check(head, base=BASE, renames=None, **options):
        return Docs(**options).check(room(base, head, renames=renames))

    return check


def blocking(outcome):
    return [(f.rule, f.message.split("`")[1]) for f in outcome.findings if f.effect is None and f.introduced]


def names(outcome):
    return sorted(name for rule, name in blocking(outcome) if rule == "undocumented")


def test_a_new_public_function_must_stand_on_a_page(judge):
    outcome = judge({"shop/core.py": CORE + "\n\ndef subtract(a, b):\n    return a - b\n"})
    (finding,) = outcome.findings
    assert (finding.rule, finding.path, finding.line) == ("undocumented", "shop/core.py", 6)
    assert "function `subtract`" in finding.message
    assert "README.md" in finding.fix
    assert str(outcome.examined) == "1 file"
    assert [(m.name, m.value) for m in outcome.measurements] == [("new names", 1), ("removed names", 0)]


def test_an_empty_line_documents_nothing(judge):
    head = {"shop/core.py": CORE + "\n\ndef subtract(a, b): ...\n", "README.md": README + "\n\n"}
    assert names(judge(head)) == ["subtract"]


@pytest.mark.parametrize(
    "page",
    [
        {"README.md": README + "`subtract` takes away.\n"},
        {"docs/deep/usage.rst": "``shop.core.subtract(3, 1)``\n"},
        {"CHANGELOG.md": "- Add subtract.\n"},
        {"README.md": README + "Then shop.subtract\n"},
    ],
    ids=["readme", "docs", "changelog", "plain"],
)
def test_a_word_on_any_mapped_page_is_enough(judge, page):
    outcome = judge({"shop/core.py": CORE + "\n\ndef subtract(a, b): ...\n", **page})
    assert outcome.findings == ()
    assert outcome.examined.count == 2


@pytest.mark.parametrize(
    "page",
    [
        {"README.md": README + "subtraction, subtract_all\n"},
        {"README.md": README + "<!-- subtract -->\n"},
        {"docs/usage.rst": "Usage\n=====\n\n.. subtract\n"},
        {"docs/picture.svg": "subtract"},
        {"docs/conf.py": "subtract = 1\n"},
        {"docs/requirements.txt": "subtract\n"},
        {"notes/usage.md": "subtract\n"},
    ],
    ids=["part of a word", "comment", "comment in rst", "picture", "code", "requirements", "no mapped page"],
)
def test_what_is_no_word_on_a_page_documents_nothing(judge, page):
    assert names(judge({"shop/core.py": CORE + "\n\ndef subtract(a, b): ...\n", **page})) == ["subtract"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def _hidden(): ...\n", []),
        ("class Cart: ...\n", ["Cart"]),
        (
            "class Cart:\n    def total(self): ...\n    def _sum(self): ...\n    def __len__(self): ...\n",
            ["Cart"],
        ),
        ("class _Cart:\n    def total(self): ...\n", []),
        ("LIMIT = 3\nlimit = 4\n_LIMIT = 5\n", ["LIMIT"]),
        ("LIMIT: int = 3\nNAMES, OTHER = (), ()\n", ["LIMIT", "NAMES", "OTHER"]),
        ("T = TypeVar('T')\nPathLike = str | bytes\nMaybe: TypeAlias = 'int | None'\n", []),
        ("Point = namedtuple('Point', 'x y')\n", ["Point"]),
        ("async def fetch(): ...\n", ["fetch"]),
        (
            "if sys.version_info > (3,):\n    def fetch(): ...\nelse:\n    def fetch(): ...\n    def old(): ...\n",
            ["fetch", "old"],
        ),
        (
            "try:\n    import x\nexcept ImportError:\n    def fetch(): ...\nelse:\n    A = 1\nfinally:\n    B = 1\n",
            ["A", "B", "fetch"],
        ),
        ("with x:\n    def fetch(): ...\n", ["fetch"]),
        ("if TYPE_CHECKING:\n    class Cart: ...\nelse:\n    LIMIT = 1\n", ["LIMIT"]),
        ("if t.TYPE_CHECKING:\n    class Cart: ...\n", []),
        ("if __name__ == '__main__':\n    RUN = 1\n", []),
        ("def outer():\n    def inner(): ...\n", ["outer"]),
        ("import json\nfrom os import path\n", []),
        ("from os import path as path\n", ["path"]),
        ("__version__ = '1'\n", []),
        ("plus = add\n", ["plus"]),
        ("x.y = 1\nx[0] = 1\n(a) = 1\ndel a\n", []),
    ],
)
def test_what_counts_as_a_public_name(judge, text, expected):
    assert names(judge({"shop/core.py": CORE + text})) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("__all__ = ['add', 'subtract']\ndef subtract(): ...\ndef helper(): ...\n", ["subtract"]),
        ("__all__ = ('add',) + ('_odd',)\n_odd = 1\n", ["_odd"]),
        (
            "__all__: list[str] = ['add']\n__all__ += ['B']\n__all__.append('C')\n__all__.extend(['D'])\nA = B = C = D = 1\n",
            ["B", "C", "D"],
        ),
        ("__all__ = ['add']\n__all__.sort()\nA = 1\n", []),
        ("__all__ = ['add', *other.__all__, 'b']\nA = b = 1\n_c = 2\n", ["A", "b"]),
        ("__all__ = ['add', 'lazy']\ndef __getattr__(name): ...\n", ["lazy"]),
        ("from x import *\n__all__ = ['add', 'starred']\n", ["starred"]),
        ("import os\n__all__ = ['add', 'os']\n", ["os"]),
    ],
)
def test_a_modules_own_list_decides(judge, text, expected):
    assert names(judge({"shop/core.py": CORE + text})) == expected


@pytest.mark.parametrize(
    ("init", "module", "expected"),
    [
        ("from shop._client import Client\n", "_client", ["Client"]),
        ("from ._client import Client as Client\n", "_client", ["Client"]),
        ("from ._client import *\n", "_client", ["Client", "helper"]),
        ("from ._client import *\n__all__ = ['Client']\n", "_client", ["Client"]),
        ("from ._client import _hidden\n", "_client", []),
        ("", "_client", []),
        ("from elsewhere import Client\n", "_client", []),
        ("from ._inner import Client\n", "_inner/_client", ["Client"]),
        ("from ._inner import *\n", "_inner/_client", ["Client"]),
        ("from ._client import *\n__all__ = [*x, 'helper']\n", "_client", ["Client", "helper"]),
        (
            "from ._client import Client, _hidden, helper as _helper\n__all__ = [*x, '_hidden']\n",
            "_client",
            ["Client", "_hidden"],
        ),
        ("from ._inner import Client\n", "_inner/client", ["Client"]),
        ("from ._client import Client, helper\n__all__ = ['Client']\n", "_client", ["Client"]),
        (
            "from ._client import Client\n__version__ = '1'\n__all__ = ['Client', '__version__']\n",
            "_client",
            ["Client"],
        ),
    ],
)
def test_what_a_package_passes_on_is_public(judge, init, module, expected):
    text = "class Client:\n    def get(self): ...\n\n\ndef helper(): ...\n\n\ndef _hidden(): ...\n"
    head = {"shop/__init__.py": init, f"shop/{module}.py": text}
    if "/" in module:
        head["shop/_inner/__init__.py"] = f"from .{module.partition('/')[2]} import Client\n"
    assert names(judge(head)) == expected


def test_a_private_modules_own_list_says_what_a_star_brings(judge):
    head = {"shop/__init__.py": "from ._client import *\n", "shop/_client.py": "__all__ = ['A']\nA = B = 1\n"}
    assert names(judge(head)) == ["A"]


def test_a_package_may_lie_deep(judge):
    folders = ["/".join(["shop", *["sub"] * n]) for n in range(15)]
    base = {**BASE, **{f"{folder}/__init__.py": "" for folder in folders}}
    assert names(
        judge({f"{folders[-1]}/deep.py": "A = 1\n", f"{folders[-1]}/_deep.py": "B = 1\n"}, base)
    ) == ["A"]


def test_the_fix_names_the_pattern_where_no_page_is_there_yet(judge):
    mapping = {"shop/**": ("docs/shop.md",), "web/**": ("README.md",)}
    (finding,) = judge({"shop/core.py": CORE + "A = 1\n"}, map=mapping).findings
    assert "Describe `A` in docs/shop.md" in finding.fix


def test_a_method_of_a_class_that_a_package_passes_on_is_new(judge):
    base = {
        **BASE,
        "shop/__init__.py": "from ._client import Client\n",
        "shop/_client.py": "class Client: ...\n",
    }
    head = {
        "shop/_client.py": "class Client:\n    def get(self): ...\nclass Other:\n    def put(self): ...\n"
    }
    assert names(judge(head, base)) == ["Client.get"]


def test_the_finding_for_a_class_names_its_members_once(judge):
    methods = "".join(f"    def m{n}(self): ...\n" for n in range(8))
    outcome = judge(
        {"shop/core.py": CORE + "class Cart:\n" + methods + "    class Line:\n        def price(self): ...\n"}
    )
    (first,) = outcome.findings
    assert "nor of its m0, m1, m2, m3, m4 and 4 more" in first.message


def test_methods_of_a_documented_class_are_asked_for_one_by_one(judge):
    text = "class Cart:\n    def total(self): ...\n    @property\n    def size(self): ...\n    @size.setter\n    def size(self, n): ...\n"
    head = {"shop/core.py": CORE + text, "README.md": README + "Cart\n"}
    assert names(judge(head)) == ["Cart.size", "Cart.total"]


def test_what_a_class_has_from_above_is_nothing_new(judge):
    base = {
        **BASE,
        "shop/__init__.py": "from .base import Middle\n",
        "shop/base.py": "class Base:\n    def run(self): ...\nclass Middle(Base): ...\n",
        "README.md": README + "Job\n",
    }
    head = (
        "from shop import Middle\nfrom elsewhere import Far\n"
        "class Job(Middle[int], Far, x.Y, Job):\n    def run(self): ...\n    def stop(self): ...\n"
        "    def visit_Name(self, node): ...\n"
        "    @override\n    def pause(self): ...\n    if x:\n        def wait(self): ...\n"
    )
    assert names(judge({"shop/core.py": CORE + head}, base)) == ["Job.stop", "Job.wait"]


def test_a_base_class_of_another_project_is_not_looked_for(judge):
    head = "from shop.missing import Gone\nfrom shop.core import Loop\nclass Job(Gone, Loop):\n    def stop(self): ...\nLoop = Job\n"
    assert names(judge({"shop/core.py": CORE + head})) == ["Job", "Loop"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("shop/extra.py", ["EXTRA"]),
        ("shop/sub/extra.py", []),
        ("src/extra.py", ["EXTRA"]),
        ("extra.py", ["EXTRA"]),
        ("setup.py", []),
        ("tests/extra.py", []),
        ("shop/tests/extra.py", []),
        ("shop/test_extra.py", []),
        ("shop/conftest.py", []),
        ("docs/extra.py", []),
        ("shop/_extra.py", []),
        ("_shop/extra.py", []),
        ("shop/__main__.py", []),
        ("shop/_version.py", []),
        ("bin/extra.py", []),
    ],
)
def test_which_files_are_public(judge, path, expected):
    outcome = judge({path: "EXTRA = 1\n", "README.md": README + "more\n"})
    assert names(outcome) == expected


def test_a_module_with_a_list_is_public_wherever_it_lies(judge):
    head = {"shop/sub/extra.py": "__all__ = ['A']\nA = B = 1\n"}
    assert names(judge(head, map={"shop/**": ("README.md",)})) == ["A"]


def test_only_what_is_exported_counts_where_the_policy_says_so(judge):
    head = {
        "shop/__init__.py": "from .core import subtract\nVERSION = 1\n",
        "shop/core.py": CORE + "def subtract(): ...\ndef helper(): ...\n",
        "shop/listed.py": "__all__ = ['A']\nA = B = 1\n",
    }
    assert names(judge(head, public="exported")) == ["A", "VERSION", "subtract"]


def test_a_function_that_moved_is_not_new(judge):
    head = {"shop/core.py": "", "shop/sums.py": CORE + "\nLOST = 1\n"}
    base = {**BASE, "README.md": "nothing\n"}
    assert names(judge(head, base)) == ["LOST"]


def test_a_method_that_moved_to_another_class_is_not_new(judge):
    base = {**BASE, "shop/core.py": "class A: ...\nclass B(A):\n    def run(self):\n        return 1\n"}
    head = {"shop/core.py": "class A:\n    def run(self):\n        return 2\nclass B(A): ...\n"}
    assert judge(head, base).findings[0].effect is Effect.NOTE


def test_a_module_that_was_renamed_brings_nothing_new(judge):
    outcome = judge({"shop/sums.py": CORE, "shop/core.py": None}, renames={"shop/core.py": "shop/sums.py"})
    assert blocking(outcome) == []


def test_a_function_with_another_name_needs_what_the_old_one_had(judge):
    plus = CORE.replace("add(", "plus(").replace('"""Add."""', '"""Plus."""')
    assert sorted(blocking(judge({"shop/core.py": plus}))) == [("stale", "add"), ("undocumented", "plus")]
    assert blocking(judge({"shop/core.py": plus, "README.md": "Call `plus(1, 2)`."})) == []
    undocumented = {**BASE, "README.md": "# Shop\n"}
    assert blocking(judge({"shop/core.py": plus}, undocumented)) == []


def test_a_private_function_that_becomes_public_is_new(judge):
    base = {**BASE, "shop/core.py": CORE.replace("add(", "_plus(")}
    assert names(judge({"shop/core.py": CORE.replace("add(", "plus(")}, base)) == ["plus"]


def test_a_new_body_for_an_old_name_is_nothing_new(judge):
    head = {"shop/core.py": "class add:\n    '''Now a class.'''\n"}
    assert names(judge(head)) == []


def test_what_stood_there_before_is_no_finding(judge):
    base = {**BASE, "shop/core.py": CORE + "def old_debt(): ...\n"}
    assert names(judge({"shop/core.py": CORE + "def old_debt():\n    return 1\n"}, base)) == []


def test_code_is_held_against_the_pages_that_the_policy_maps_it_to(judge):
    base = {**BASE, "docs/shop.md": "x\n", "docs/web.md": "x\n", "web/__init__.py": ""}
    mapping = {"shop/**": ("docs/shop.md",), "web/**": ("docs/web.md",)}
    head = {"shop/core.py": CORE + "A = 1\n", "web/__init__.py": "B = 1\n", "docs/web.md": "A and B\n"}
    assert names(judge(head, base, map=mapping)) == ["A"]


def test_one_file_may_be_told_of_on_the_pages_of_two_lines(judge):
    base = {**BASE, "docs/one.md": "x\n", "docs/two.md": "x\n"}
    mapping = {"shop/**": ("docs/one.md",), "*.py": ("docs/two.md",)}
    assert names(judge({"shop/core.py": CORE + "A = 1\n", "docs/two.md": "A\n"}, base, map=mapping)) == []


def test_scripts_alone_are_not_its_business(judge):
    answer = judge({"bin/run.py": "parser.add_argument('--dry-run')\n"})
    assert isinstance(answer, NotApplicable)
    assert "no package" in answer.reason


def test_the_fix_names_a_page_that_is_no_changelog_and_first_one_of_the_change(judge):
    base = {**BASE, "CHANGELOG.md": "x\n", "docs/use.md": "x\n"}
    head = {"shop/core.py": CORE + "A = 1\n"}
    assert "in README.md" in judge(head, base).findings[0].fix
    assert (
        "in docs/use.md" in judge({**head, "docs/use.md": "y\n", "CHANGELOG.md": "y\n"}, base).findings[0].fix
    )
    assert (
        "in CHANGELOG.md"
        in judge(head, {"shop/core.py": CORE, "CHANGELOG.md": "x\n", "shop/__init__.py": ""}).findings[0].fix
    )


def test_a_script_counts_when_the_policy_names_it(judge):
    head = {"bin/run.py": "parser.add_argument('--dry-run')\nNAME = 1\n"}
    assert names(judge(head, map={"bin/**": ("README.md",)})) == ["--dry-run"]
    outcome = judge({**head, "shop/core.py": CORE + "# a comment\n"})
    assert outcome.examined.count == 1
    assert names(outcome) == []


def test_code_without_any_page_is_not_applicable_unless_the_policy_maps_it(judge):
    base = {"shop/__init__.py": ""}
    answer = judge({"shop/__init__.py": "A = 1\n"}, base)
    assert isinstance(answer, NotApplicable)
    assert "/README*" in answer.reason
    with pytest.raises(CannotTell, match=r"docs/\*\*") as caught:
        judge({"shop/__init__.py": "A = 1\n"}, base, map={"shop/**": ("docs/**",)})
    assert "`map`" in caught.value.fix


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def broken(:\n", "line 1"),
        ("A = '\0'\n", "null bytes"),
        ("A = " + "(" * 3000 + ")" * 3000, "nested"),
        ("A = " + "1+" * 20_000 + "1", "nested too deeply"),
        ("A = " + "-" * 100_000 + "1", "nested too deeply"),
        ("A = 1\n#" + "x" * (2 * 1024 * 1024), "larger than 2,048 KiB"),
        ("# coding: no-such\nA = 1\n", "no-such"),
        ("A = " + "1" * 5000, "digits"),
    ],
    ids=["syntax", "nul", "brackets", "20k terms", "signs", "large", "coding", "digits"],
)
def test_what_cannot_be_parsed_cannot_be_told(judge, text, says):
    with pytest.raises(CannotTell, match=says) as caught:
        judge({"shop/core.py": text})
    assert "shop/core.py on the merge result" in caught.value.message
    assert "`ignore`" in caught.value.fix


def test_what_is_known_is_not_hidden_behind_what_cannot_be_told(judge):
    with pytest.raises(CannotTell, match="Known already: The constant `A` is new"):
        judge({"shop/core.py": "def (", "shop/other.py": "A = 1\n"})


def test_a_base_that_cannot_be_parsed_does_not_stand_in_the_way(judge):
    base = {**BASE, "shop/core.py": "def old(:\n"}
    outcome = judge({"shop/core.py": "def old(): ...\ndef young(): ...\n"}, base)
    assert names(outcome) == ["young"]
    assert any("shop/core.py on the base" in note for note in outcome.notes)


def test_a_file_that_is_gone_needs_no_parsing_on_the_merge_result(judge):
    assert blocking(judge({"shop/core.py": None}, {**BASE, "README.md": "# Shop\n"})) == []


def test_a_hostile_shape_of_code_is_judged(judge):
    text = "def f(): ...\n" + "@f\n" * 500 + "class A: ...\nB = 0x" + "f" * 20_000 + "\nC = '\\d'\n"
    assert names(judge({"shop/core.py": text})) == ["A", "B", "C", "f"]


def test_a_pattern_that_matches_nothing_is_a_policy_error():
    with pytest.raises(ValueError, match="shop"):
        Docs(map={"!x": ("README.md",)})
