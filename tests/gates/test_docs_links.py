"""The docs gate on links and blocks of code, where a policy turns them on."""

from __future__ import annotations

import pytest

from gatecheck_gates.docs import Docs

BASE = {
    "shop/__init__.py": "",
    "README.md": '# The shop\n\n## What\'s new?\n\n<a id="old"></a>\n\n## Twice\n\n## Twice\n\nUnder\n-----\n',
    "docs/guide.md": "# Guide\n\n(my-label)=\n\n## Deep {#custom}\n",
    "docs/ref.rst": "Reference\n=========\n\n.. _explicit:\n\nSome part\n---------\n\ntext\n",
    "docs/picture.png": "x",
    "docs/sub/index.md": "x\n",
    "docs/conf.py": "",
}


@pytest.fixture
def judge(room):
    """Ask the gate about a change, with links and examples on."""

    def check(head, base=BASE, renames=None, **options):
        options = {"links": True, "examples": True, **options}
        return Docs(**options).check(room(base, head, renames=renames))

    return check


def broken(outcome):
    return [(f.rule, f.path, f.line) for f in outcome.findings if f.introduced and f.effect is None]


@pytest.mark.parametrize(
    "link",
    [
        "[a](../README.md)",
        "[a](../README.md#whats-new)",
        "[a](../README.md#what-s-new)",
        "[a](../README.md#twice-1)",
        "[a](../README.md#old)",
        "[a](../README.md#under)",
        "[a](guide.md#custom)",
        "[a](guide.md#my-label)",
        "[a](#my-label)",
        "[a](#top)",
        "[a](#)",
        "[a](<guide.md>)",
        '[a](guide.md "title")',
        "[a](guide.md?raw=1)",
        "[a](guide)",
        "[a](guide.html#deep)",
        "[a](guide/)",
        "[a](sub/)",
        "[a](sub)",
        "[a](ref.rst#some-part)",
        "[a](ref.rst#explicit)",
        "![a](picture.png)",
        "[a](%67uide.md)",
        "[a](../shop/__init__.py#L10)",
        "[a](https://example.org/nothing.md)",
        "[a](mailto:x@example.org) [b](//example.org/x) [c](/absolute.md) [d](../../outside)",
        "[a]({{ url }}) [b](${x}.md) [c](C:\\x)",
        "`[a](gone.md)`",
        "```\n[a](gone.md)\n```",
        "<!-- [a](gone.md) -->",
        "[a][b]\n\n[b]: guide.md",
        "[^1]\n\n[^1]: gone.md",
        "<img src=\"picture.png\"> <a href='guide.md'>",
        "{doc}`guide` {doc}`text </guide>`",
        "[a](#shop.Cart)",
        "[a](ref.rst#shop.Cart)",
    ],
)
def test_a_link_that_leads_somewhere_is_fine(judge, link):
    assert broken(judge({"docs/new.md": f"# Top\n\n{link}\n"})) == []


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("[a](gone.md)", "there is no docs/gone.md"),
        ("[a](../guide.md)", "there is no guide.md"),
        ("[a](guide.md#gone)", "no heading or label `#gone`"),
        ("[a](#gone)", "no heading or label `#gone`"),
        ("[a](../README.md#twice-2)", "#twice-2"),
        ("![a](gone.png)", "there is no docs/gone.png"),
        ("[a][b]\n\n[b]: gone.md", "there is no docs/gone.md"),
        ('<a href="gone.md">x</a>', "there is no docs/gone.md"),
        ("{doc}`gone`", "there is no docs/gone"),
        ("{doc}`/gone`", "there is no docs/gone"),
        ("[a](gone_(x).md)", "there is no docs/gone_(x).md"),
        ("```{eval-rst}\n.. image:: gone.png\n```", "there is no docs/gone.png"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(judge, link, says):
    outcome = judge({"docs/new.md": f"# Top\n\n{link}\n"})
    (finding,) = outcome.findings
    assert says in finding.message
    assert finding.rule == "link"
    assert f"line {finding.line}" in finding.fix


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("`a <guide.md>`_ `b <gone.md>`__\n", ["gone.md"]),
        ("`Some part`_ `Nowhere`_\n\nSome part\n---------\n", ["#Nowhere"]),
        (".. _x: gone.md\n.. _y: https://example.org\n.. _z: x_\n\n`x`_ `y`_ `z`_\n", ["gone.md"]),
        (".. image:: picture.png\n.. figure:: gone.png\n.. |x| image:: gone.gif\n", ["gone.gif", "gone.png"]),
        (".. include:: gone.txt\n.. literalinclude:: /conf.py\n", ["gone.txt"]),
        (":doc:`ref` :doc:`gone` :doc:`t </guide>` :doc:`/lost`\n", ["/lost", "gone"]),
        (".. toctree::\n   :maxdepth: 2\n\n   guide\n   Title <ref>\n   self\n   gone\n", ["gone"]),
        (".. toctree::\n   :glob:\n\n   *\n   gone*\n", []),
        ("``[a](gone.md)`` ``b <gone.md>``_\n", []),
        ("::\n\n   `a <gone.md>`_\n\ntext\n", []),
        (".. `a <gone.md>`_\n\ntext\n", []),
        (".. code-block:: text\n\n   `a <gone.md>`_\n", []),
        (".. image:: gone.*\n", []),
        ("`a <x_>`_\n\n.. _x: guide.md\n", []),
        (".. include:: guide.md\n\n`Nowhere`_\n", []),
    ],
)
def test_links_of_restructuredtext(judge, text, targets):
    outcome = judge({"docs/new.rst": f"New\n===\n\n{text}"})
    assert sorted(f.message.split("`")[1] for f in outcome.findings) == targets


def test_a_broken_link_that_was_there_before_blocks_nothing(judge):
    base = {**BASE, "docs/new.md": "[a](gone.md)\n"}
    (finding,) = judge({"docs/new.md": "[a](gone.md)\n\nMore.\n"}, base).findings
    assert not finding.introduced
    head = {"docs/new.md": None, "docs/newer.md": "[a](gone.md)\n"}
    (finding,) = judge(head, base, {"docs/new.md": "docs/newer.md"}).findings
    assert not finding.introduced


def test_a_page_that_goes_breaks_the_links_to_it(judge):
    base = {**BASE, "docs/other.md": "[b](ref.rst) [a](guide.md)\n", "notes/x.md": "[a](../docs/guide.md)\n"}
    assert broken(judge({"docs/guide.md": None}, base)) == [("link", "docs/other.md", 1)]


def test_a_heading_that_goes_breaks_the_links_to_it(judge):
    base = {**BASE, "docs/other.md": "text\n\n[a](guide.md#custom)\n"}
    assert broken(judge({"docs/guide.md": "# Guide\n"}, base)) == [("link", "docs/other.md", 3)]


def test_a_file_that_goes_breaks_the_links_to_it(judge):
    base = {**BASE, "docs/other.md": "[a](picture.png)\n"}
    assert broken(
        judge({"docs/picture.png": None, "docs/guide.md": BASE["docs/guide.md"] + "more\n"}, base)
    ) == [("link", "docs/other.md", 1)]


BAD = {
    "python": "def f(:\n",
    "py": "x = = 1\n",
    "pycon": ">>> x = = 1\n",
    "json": "{'a': 1}\n",
    "yaml": "a: [1\n",
    "yml": "a: 'x\n",
    "toml": "a = \n",
}
GOOD = {
    "python": "x = await f()\n",
    "py": "    indented = 1\n    more = 2\n",
    "pycon": ">>> for x in y:\n...     print(x)\n...\n1\n>>> {\n... }\nanything = = at all\n",
    "json": '{"a": 1}\n',
    "yaml": "a: !tag [1]\n---\nb: &x 1\n",
    "toml": "a = 1\n",
    "": "def f(:\n",
    "text": "def f(:\n",
    "bash": "if (\n",
}


@pytest.mark.parametrize("language", BAD)
def test_a_block_that_cannot_be_parsed_is_found(judge, language):
    (finding,) = judge({"docs/new.md": f"# New\n\n```{language}\n{BAD[language]}```\n"}).findings
    assert (finding.rule, finding.path, finding.line) == ("example", "docs/new.md", 4)
    assert f"{language} block cannot be parsed" in finding.message


@pytest.mark.parametrize("language", GOOD)
def test_a_block_that_can_be_parsed_is_fine(judge, language):
    assert judge({"docs/new.md": f"# New\n\n```{language}\n{GOOD[language]}```\n"}).findings == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (".. code-block:: python\n\n   def f(:\n", 3),
        (".. code:: json\n   :linenos:\n\n   {'a': 1}\n\ntext\n", 4),
        ("::\n\n   def f(:\n", None),
        (".. code-block::\n\n   def f(:\n", None),
        (".. code-block:: python\n", None),
    ],
)
def test_blocks_of_restructuredtext(judge, text, line):
    found = judge({"docs/new.rst": text}).findings
    assert [finding.line for finding in found] == ([line] if line else [])


def test_a_block_that_was_there_before_blocks_nothing(judge):
    base = {**BASE, "docs/new.md": "```json\n{'a': 1}\n```\n"}
    (finding,) = judge({"docs/new.md": "More.\n\n```json\n{'a': 1}\n```\n"}, base).findings
    assert not finding.introduced


def test_a_change_of_code_alone_breaks_no_link(judge):
    base = {**BASE, "docs/other.md": "[a](gone.md)\n"}
    assert [finding.rule for finding in judge({"shop/__init__.py": "import os\n"}, base).findings] == [
        "untouched"
    ]


def test_without_being_asked_neither_is_looked_at(judge):
    head = {"docs/new.md": "[a](gone.md)\n\n```json\n{'a': 1}\n```\n"}
    outcome = judge(head, links=False, examples=False)
    assert outcome.findings == ()
    assert outcome.examined.count == 1


def test_a_block_of_great_length_or_depth_is_found_and_no_crash(judge):
    deep = (
        "```json\n"
        + "[" * 100_000
        + "\n```\n\n```python\nx = "
        + "(" * 5000
        + "\n```\n\n```yaml\n"
        + "- " * 3000
        + "\n```\n"
    )
    long = "```toml\n" + "# x\n" * 100_000 + "```\n"
    assert len(broken(judge({"docs/new.md": deep + long}))) >= 3
