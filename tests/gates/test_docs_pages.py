"""The docs gate on pages: what is gone is not told of any more, what stays still is, code touches its pages, the changelog grows."""

from __future__ import annotations

import pytest

from gatecheck.model import Effect
from gatecheck_gates.docs import Docs
from gatecheck_gates.documents.automatic import Automatic
from gatecheck_gates.documents.names import Kind, Name

CORE = (
    "def add_up(a):\n    return sum(a)\n\n\ndef run(a):\n    return a\n\n\n"
    "class Cart:\n    def total(self):\n        return 0\n\n\nLIMIT = 3\n"
)
CLI = (
    "import os\np.add_argument('--dry-run')\nos.environ['SHOP_HOME']\n\n\nclass _Config:\n    max_size: int\n"
)
BASE = {"shop/__init__.py": "", "shop/core.py": CORE, "shop/_cli.py": CLI, "README.md": "# Shop\n"}


@pytest.fixture
def judge(room):
    """Ask the gate about a change."""

    def check(base, head, renames=None, **options):
        return Docs(**options).check(room(base, head, renames=renames))

    return check


def found(outcome, rule):
    return [
        (f.path, f.line, f.message.split("`")[1]) for f in outcome.findings if f.rule == rule and f.introduced
    ]


def rules(outcome):
    return sorted({f.rule for f in outcome.findings if f.introduced and f.effect is None})


GONE = {"shop/core.py": "", "shop/_cli.py": ""}


@pytest.mark.parametrize(
    ("page", "line", "name"),
    [
        ("Use `add_up`.\n", 1, "add_up"),
        ("\n    shop.core.add_up([1])\n\n`add_up`\n", 4, "add_up"),
        ("```python\nfrom shop.core import add_up\n```\n", 2, "add_up"),
        ("```\nshop.core.run(1)\n```\n", 2, "run"),
        ("`run()`, or `run`\n", 1, "run"),
        ("`Cart`\n", 1, "Cart"),
        ("`LIMIT`\n", 1, "LIMIT"),
        ("Give --dry-run.\n", 1, "--dry-run"),
        ("Set SHOP_HOME.\n", 1, "SHOP_HOME"),
        ("`max-size` is a size\n", 1, "max_size"),
        ("was removed:\n\n`add_up`\n", 3, "add_up"),
    ],
)
def test_a_page_that_tells_of_what_is_gone_is_stale(judge, page, line, name):
    outcome = judge({**BASE, "docs/use.md": page}, GONE)
    assert found(outcome, "stale") == [("docs/use.md", line, name)]


@pytest.mark.parametrize(
    "page",
    [
        "we run the shop, and add_up is no code here\n",
        "```\nsubprocess.run(1)\nother.Cart\nrun = 3\n```\n",
        "`add_up` was removed in 2.0.\n",
        "Before 2.0 there was\n`Cart` for this.\n",
        "`add_ups`, `--dry-running`, SHOP_HOMES\n",
        "`max`\n",
    ],
)
def test_what_may_be_another_word_is_not_stale(judge, page):
    assert found(judge({**BASE, "docs/use.md": page}, GONE), "stale") == []


def test_a_method_is_stale_where_its_class_stands_before_it(judge):
    base = {**BASE, "docs/use.rst": "``total`` is :meth:`total`\n\n:meth:`~shop.Cart.total`\n"}
    head = {"shop/core.py": CORE.replace("def total", "def price")}
    assert found(judge(base, head), "stale") == [("docs/use.rst", 3, "Cart.total")]


@pytest.mark.parametrize(
    "page", ["CHANGELOG.md", "docs/changelog.md", "docs/releases/2.0.md", "docs/upgrading.rst"]
)
def test_a_page_of_history_may_name_what_is_gone(judge, page):
    assert found(judge({**BASE, page: "- `add_up`, `Cart`\n"}, GONE), "stale") == []


def test_what_is_still_somewhere_is_not_gone(judge):
    base = {
        **BASE,
        "shop/other.py": "def add_up(): ...\nLIMIT = 1\n",
        "shop/more.py": "from .config import max_size\np.add_argument('--dry-run')\n",
        "README.md": "`add_up` --dry-run `max_size` `Cart` `LIMIT`\n",
    }
    assert found(judge(base, GONE), "stale") == [("README.md", 1, "Cart")]


def test_a_deprecated_name_that_a_module_still_answers_to_is_not_gone(judge):
    head = {
        "shop/core.py": CORE.replace(
            "LIMIT = 3", "def __getattr__(name):\n    if name == 'LIMIT':\n        return 3\n"
        )
    }
    assert found(judge({**BASE, "README.md": "`LIMIT`\n"}, head), "stale") == []


def test_lines_that_the_change_writes_know_what_is_gone(judge):
    head = {**GONE, "README.md": "# Shop\n\nThere is no `add_up` here.\n"}
    assert found(judge(BASE, head), "stale") == []


def test_a_name_that_is_gone_with_its_words_is_fine(judge):
    head = {**GONE, "README.md": "# Shop\n\nNothing here.\n"}
    assert (
        judge({**BASE, "README.md": "# Shop\n\n`add_up`, `Cart.total` and --dry-run.\n"}, head).findings == ()
    )


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("`add_up`\n", "nothing\n", "add_up"),
        ("`Cart` and `Cart.total`\n", "`Cart`\n", "Cart.total"),
        ("```python\nshop.run(1)\n```\n", "text\n", "run"),
        ("Set SHOP_HOME.\n", "Set it.\n", "SHOP_HOME"),
        ("Give --dry-run.\n", "Give it.\n", "--dry-run"),
        ("max_size is one\n", "it is one\n", "max_size"),
        ("`add_up`\n", None, "add_up"),
    ],
)
def test_documentation_that_goes_while_its_code_stays_blocks(judge, before, after, name):
    outcome = judge({**BASE, "docs/use.md": before}, {"docs/use.md": after})
    assert [name for _, _, name in found(outcome, "deleted")] == [name]
    assert str(outcome.examined) == "1 file"
    assert "docs/use.md" in outcome.findings[0].fix


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        ("`add_up`\n", "add_up\n", {}),
        ("`add_up`\n", "x\n", {"docs/other.md": "add_up\n"}),
        ("we run it\n", "we do it\n", {}),
        ("`total`\n", "x\n", {}),
        ("`nothing_of_ours`\n", "x\n", {}),
        ("x\n", "x\n\n\n", {}),
    ],
    ids=["reworded", "moved", "English", "a method without its class", "not ours", "blank"],
)
def test_editing_documentation_is_no_deletion(judge, before, after, more):
    outcome = judge({**BASE, "docs/use.md": before}, {"docs/use.md": after, **more})
    assert outcome.findings == ()
    assert outcome.examined.count >= 1


def test_a_page_may_be_renamed(judge):
    base = {**BASE, "docs/use.md": "`add_up`\n"}
    outcome = judge(
        base, {"docs/use.md": None, "docs/usage.md": "`add_up`\n"}, {"docs/use.md": "docs/usage.md"}
    )
    assert outcome.findings == ()
    assert found(
        judge(base, {"docs/use.md": None, "notes/use.md": "`add_up`\n"}, {"docs/use.md": "notes/use.md"}),
        "deleted",
    )


def test_code_that_goes_with_its_documentation_is_fine(judge):
    head = {"README.md": "# Shop\n", "shop/core.py": CORE.replace("LIMIT = 3\n", "")}
    assert rules(judge({**BASE, "README.md": "# Shop\n`LIMIT`\n"}, head)) == []


def test_a_new_name_is_not_called_deleted_too(judge):
    base = {**BASE, "README.md": "`new_one`\n"}
    outcome = judge(base, {"README.md": "x\n", "shop/core.py": CORE + "def new_one(): ...\n"})
    assert rules(outcome) == ["undocumented"]


def test_an_old_changelog_may_be_shortened(judge):
    assert (
        judge({**BASE, "CHANGELOG.md": "- Add `add_up`.\n"}, {"CHANGELOG.md": "# Changes\n"}).findings == ()
    )


def test_a_file_that_cannot_be_parsed_is_named_when_its_words_are_lost(judge):
    base = {**BASE, "shop/bad.py": "def add_up(:\n", "README.md": "`add_up`\n"}
    outcome = judge(base, {"README.md": "x\n"})
    assert [name for _, _, name in found(outcome, "deleted")] == ["add_up"]
    assert any("shop/bad.py" in note for note in outcome.notes)


AUTOCLASS = "API\n===\n\n.. autoclass:: shop.core.Cart\n   :members:\n"
DOCUMENTED = CORE.replace("def total(self):", 'def total(self):\n        """Sum."""')


def test_what_a_tool_wrote_of_docstrings_counts_when_it_goes(judge):
    base = {**BASE, "shop/core.py": DOCUMENTED, "docs/api.rst": AUTOCLASS}
    outcome = judge(base, {"docs/api.rst": "API\n===\n\nCart\n"})
    assert [name for _, _, name in found(outcome, "deleted")] == ["Cart.total"]
    assert judge(base, {"docs/api.rst": AUTOCLASS + "\nCart\n"}).findings == ()


METHOD = 'class Cart:\n    """A cart."""\n\n    def {name}(self):\n        """Say."""\n'


@pytest.mark.parametrize(
    ("page", "text", "told"),
    [
        ("docs/api.rst", AUTOCLASS, True),
        ("docs/api.rst", AUTOCLASS.replace("   :members:", ""), False),
        ("docs/api.rst", AUTOCLASS.replace("members:", "members: total"), False),
        ("docs/api.rst", AUTOCLASS.replace("Cart", "Other"), False),
        ("docs/api.rst", ".. automodule:: shop.core\n   :members:\n   :undoc-members:\n", True),
        ("docs/api.rst", ".. automodule:: shop\n   :members:\n", False),
        ("docs/api.rst", ".. autosummary::\n   :recursive:\n\n   shop.core\n", True),
        ("docs/api.rst", ".. autosummary::\n\n   shop.core\n", False),
        ("docs/api.md", "```{eval-rst}\n.. autoclass:: Cart\n   :members:\n```\n", True),
        ("docs/api.md", "```{autoclass} Cart\n:members:\n```\n", True),
        ("docs/api.md", "::: shop.core.Cart\n", True),
        ("docs/api.md", "::: shop.core\n    options:\n      show_root_heading: true\n", True),
        ("docs/api.md", "::: shop.core.Cart\n    options:\n      members: false\n", False),
        ("docs/api.md", "::: shop.core.Cart\n    :docstring:\n    :members:\n", True),
        ("docs/api.md", "::: shop.core.Cart\n    :docstring:\n", False),
        ("docs/api.md", "::: shop.other\n", False),
    ],
)
def test_a_tool_that_writes_docstrings_into_a_page_tells_of_members(judge, page, text, told):
    base = {**BASE, "shop/core.py": METHOD.format(name="total"), page: text + "\n\nCart total\n"}
    outcome = judge(
        base,
        {"shop/core.py": METHOD.format(name="total") + "\n" + METHOD.format(name="price").split("\n", 3)[3]},
    )
    assert found(outcome, "undocumented") == ([] if told else [("shop/core.py", 7, "Cart.price")])


@pytest.mark.parametrize(
    ("conf", "told"),
    [
        ("autodoc_default_options = {'members': True}\n", True),
        ("autodoc_default_flags = ['members']\n", True),
        ("extensions = ['autoapi.extension']\n", True),
        ("extensions = ['autodoc2']\n", True),
        ("extensions = []\n", False),
    ],
)
def test_sphinxs_configuration_is_heeded(judge, conf, told):
    base = {
        **BASE,
        "docs/conf.py": conf,
        "docs/deep/api.rst": ".. autoclass:: Cart\n",
        "shop/core.py": METHOD.format(name="total"),
    }
    outcome = judge(
        base, {"shop/core.py": METHOD.format(name="total") + METHOD.format(name="price").split("\n", 3)[3]}
    )
    assert (found(outcome, "undocumented") == []) is told


def test_what_has_no_docstring_is_on_no_page_of_a_tool(judge):
    base = {**BASE, "docs/api.rst": AUTOCLASS}
    head = {
        "shop/core.py": CORE.replace("LIMIT = 3", "").rstrip()
        + "\n\n    def price(self):\n        return 1\n\n\nLIMIT = 3\n"
    }
    assert [name for _, _, name in found(judge(base, head), "undocumented")] == ["Cart.price"]


def test_the_package_that_passes_a_module_on_tells_of_it(judge):
    page = ".. automodule:: shop\n   :members:\n"
    base = {**BASE, "shop/__init__.py": "from ._in import f\n", "shop/_in.py": "", "docs/api.rst": page}
    assert found(judge(base, {"shop/_in.py": 'def f():\n    """F."""\n'}), "undocumented") == []


EDIT = {"shop/core.py": CORE.replace("sum(a)", "sum(a) + 0")}


def test_code_that_changes_without_its_pages_is_a_note(judge):
    (finding,) = judge(BASE, EDIT).findings
    assert (finding.rule, finding.path, finding.effect) == ("untouched", "shop/core.py", Effect.NOTE)


@pytest.mark.parametrize(
    "readme",
    ["# Shop\n\n\n", "# Shop \n", "Shop #\n", "# Shop", "", None],
    ids=["blank lines", "blank", "the same words", "end of line", "emptied", "deleted"],
)
@pytest.mark.parametrize("require", ["touched", "both"])
def test_a_touch_is_a_word_more(judge, readme, require):
    outcome = judge({**BASE, "docs/x.md": "x\n"}, {**EDIT, "README.md": readme}, require=require)
    assert rules(outcome) == ["untouched"]


@pytest.mark.parametrize("require", ["touched", "both"])
def test_a_touched_page_is_enough(judge, require):
    assert judge(BASE, {**EDIT, "README.md": "# Shop\n\nMore.\n"}, require=require).findings == ()
    assert judge(BASE, {**EDIT, "docs/new.md": "More.\n"}, require=require).findings == ()


def test_a_renamed_page_says_nothing_new(judge):
    base = {**BASE, "docs/a.md": "x\n"}
    head = {**EDIT, "docs/a.md": None, "docs/b.md": "x\n"}
    assert rules(judge(base, head, {"docs/a.md": "docs/b.md"}, require="touched")) == ["untouched"]


@pytest.mark.parametrize(
    "text",
    [
        CORE + "# a comment\n",
        CORE.replace("def run(a):", 'def run(a):\n    """Run."""'),
        '"""The core."""\n' + CORE.replace("\n\n\n", "\n\n"),
    ],
    ids=["comment", "docstring", "layout"],
)
def test_what_does_nothing_new_touches_nothing(judge, text):
    assert judge(BASE, {"shop/core.py": text}, require="touched", changelog="CHANGELOG.md").findings == ()


def test_the_plain_rule_asks_for_nothing_else(judge):
    head = {"shop/core.py": CORE + "\n\ndef brand_new(): ...\n", "README.md": "# Shop\n\nNews.\n"}
    assert judge(BASE, head, require="touched").findings == ()
    assert rules(judge(BASE, head, require="both")) == ["undocumented"]
    assert rules(judge(BASE, {"shop/core.py": "def ("}, require="touched")) == ["untouched"]


def test_files_of_other_languages_are_asked_for_a_touch_alone(judge):
    base = {**BASE, "web/app.ts": "export const a = 1\n", "docs/web.md": "x\n"}
    mapping = {"web/**": ("docs/web.md",), "shop/**": ("README.md",)}
    head = {"web/app.ts": "export const b = 1\n"}
    (finding,) = judge(base, head, map=mapping).findings
    assert (finding.rule, finding.effect) == ("untouched", Effect.NOTE)
    assert "web/app.ts" in finding.message
    assert rules(judge(base, head, map=mapping, require="touched")) == ["untouched"]
    assert judge(base, {**head, "docs/web.md": "y\n"}, map=mapping).findings == ()


def test_each_line_of_the_map_asks_for_its_own_pages(judge):
    mapping = {"shop/core.py": ("docs/core.md",), "shop/_cli.py": ("docs/cli.md",)}
    base = {**BASE, "docs/core.md": "x\n", "docs/cli.md": "x\n"}
    head = {**EDIT, "shop/_cli.py": CLI + "x = 1\n", "docs/cli.md": "y\n"}
    (finding,) = judge(base, head, map=mapping, require="touched").findings
    assert finding.path == "shop/core.py"


def test_what_a_tool_writes_from_docstrings_is_no_page_of_variables_or_settings():
    for kind in (Kind.VARIABLE, Kind.KEY):
        name = Name(kind, "SHOP_HOME", "shop/_cli.py", 1, ("SHOP_HOME",), explained=True)
        assert not Automatic("everything").tells(name)
    assert Automatic("everything").tells(
        Name(Kind.CLASS, "Shop", "shop/core.py", 1, ("Shop",), explained=True)
    )
