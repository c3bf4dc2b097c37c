"""The docs gate on what code declares by calling: command-line options, environment variables, configuration keys."""

from __future__ import annotations

import pytest

from gatecheck_gates.docs import Docs

README = "# Shop\n"
BASE = {"shop/__init__.py": "", "shop/_cli.py": "", "README.md": README}


@pytest.fixture
def asked_for(room):
    """Return what no page tells of after a private module got this text."""

    def check(text, base=BASE, **options):
        outcome = Docs(**options).check(room(base, {"shop/_cli.py": text}))
        return sorted(f.message.split("`")[1] for f in outcome.findings if f.rule == "undocumented")

    return check


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@click.option('--dry-run', is_flag=True)\ndef main(): ...\n", ["--dry-run"]),
        ("@click.option('-v', '--verbose', 'loud')\ndef main(): ...\n", ["--verbose"]),
        ("@click.option('--shout/--no-shout', ' /-S')\ndef main(): ...\n", ["--shout"]),
        ("@click.option('-q')\ndef main(): ...\n", ["-q"]),
        (
            "@click.option('--secret', hidden=True)\n@click.option('--open', hidden=False)\ndef main(): ...\n",
            ["--open"],
        ),
        ("from click import option\n@option('--x')\ndef main(): ...\n", ["--x"]),
        ("x = typer.Option(None, '--size')\ny = click.Option(['--weight', '-w'])\n", ["--size", "--weight"]),
        ("p.add_argument('-n', '--name', help='x')\np.add_argument('place')\n", ["--name"]),
        ("p.add_argument('--inner', help=argparse.SUPPRESS)\n", []),
        ("p.add_argument(*names)\np.add_argument()\n", []),
        ("parser.addoption('--slow')\nparser.add_option('--old')\n", ["--old", "--slow"]),
        ("run('--not-ours')\noption('- x')\n", []),
    ],
)
def test_which_options_a_change_adds(asked_for, text, expected):
    assert asked_for(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("os.environ['SHOP_HOME']\n", ["SHOP_HOME"]),
        ("os.environ.get('SHOP_HOME', 'x')\nenviron.pop('SHOP_TMP')\n", ["SHOP_HOME", "SHOP_TMP"]),
        (
            "os.getenv('SHOP_HOME')\nos.getenvb(b'SHOP_B')\nos.environb[b'SHOP_C']\n",
            ["SHOP_B", "SHOP_C", "SHOP_HOME"],
        ),
        ("'SHOP_HOME' in os.environ\n'SHOP_B' not in environ\n'X' < os.environ\n", ["SHOP_B", "SHOP_HOME"]),
        ("HOME = 'SHOP_HOME'\nA = B = 'x'\nos.environ[HOME]\nos.environ[other]\n", ["SHOP_HOME"]),
        ("@click.option('--home', envvar='SHOP_HOME')\ndef f(): ...\n", ["--home", "SHOP_HOME"]),
        (
            "@click.option('--home', envvar=['SHOP_A', 'SHOP_B'])\ndef f(): ...\n",
            ["--home", "SHOP_A", "SHOP_B"],
        ),
        ("os.environ['PATH'], os.getenv('XDG_CACHE_HOME'), os.environ.get('LC_ALL')\n", []),
        ("os.environ['SHOP_CHILD'] = '1'\ndel os.environ['SHOP_CHILD']\n", []),
        ("settings['SHOP_HOME'], table.get('SHOP_HOME'), os.environ.get(), os.environ[b'\\xff']\n", []),
    ],
)
def test_which_variables_a_change_adds(asked_for, text, expected):
    assert asked_for(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "class _ShopConfig:\n    limit: int = 3\n    _inner: int\n    name: ClassVar[str] = 'x'\n    of: x.ClassVar\n    plain = 1\n",
            ["limit"],
        ),
        ("class _Shop(BaseSettings):\n    limit: int\n    x.y: int\n", ["limit"]),
        ("class _Shop(Generic[T], Settings[int]):\n    limit: int\n", ["limit"]),
        ("class _Shop:\n    limit: int\n", []),
        (
            "parser.addini('shop_limit', help='x')\nparser.addini(name='shop_size')\nparser.addini()\n",
            ["shop_limit", "shop_size"],
        ),
    ],
)
def test_which_settings_a_change_adds(asked_for, text, expected):
    assert asked_for(text) == expected


TOML = "import tomllib\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "def f(s):\n    data = tomllib.load(s)\n    return data['limit'], data.get('size', 3)\n",
            ["limit", "size"],
        ),
        ("def f(s):\n    tool = tomllib.loads(s)['tool']['shop']\n    return tool['limit']\n", ["limit"]),
        (
            "def f(s):\n    t = tomllib.loads(s).get('tool', {}).get('shop', {})\n    return t.pop('limit')\n",
            ["limit"],
        ),
        ("def f(s):\n    p = tomllib.loads(s)\n    return p['project']['name'], p['build-system']\n", []),
        (
            "def f(s):\n    a: dict = tomli.loads(s)\n    if (b := a['deep']):\n        return b['low']\n",
            ["deep", "low"],
        ),
        (
            "data = tomllib.loads('')\ndef f():\n    def g():\n        return data['limit']\n    return g\n",
            ["limit"],
        ),
        ("def f(s):\n    for x in s:\n        y = b['limit']\n        b = tomllib.loads(x)\n", ["limit"]),
        (
            "def f(s):\n    data = tomllib.load(s)\n    return data[0]['x'], data[key], data.items(), data['a'].strip()\n",
            ["a"],
        ),
        (
            "def f(s):\n"
            + "".join(f"    v{n + 1} = v{n}['k{n}']\n" for n in reversed(range(6)))
            + "    v0 = tomllib.load(s)\n",
            ["k0", "k1", "k2", "k3"],
        ),
        ("def f(s):\n    data = json.load(s)\n    return data['limit']\n", []),
        ("def f(s):\n    a.b = tomllib.load(s)\n    return a.b['limit'], load(s)['x']\n", []),
        (
            "def f(p):\n    c = ConfigParser()\n    c.read(p)\n    return c.get('shop', 'limit'), c['shop']['size']\n",
            ["limit", "size"],
        ),
        (
            "def f(c):\n    c = configparser.RawConfigParser()\n    s = c['shop']\n    return s.getint('limit'), c.getboolean('shop', 'loud')\n",
            ["limit", "loud"],
        ),
        ("def f(c):\n    c = ConfigParser()\n    return c.sections(), c['shop'], c.get('shop', name)\n", []),
    ],
)
def test_which_keys_a_change_reads_from_a_file(asked_for, text, expected):
    assert asked_for(TOML + text) == expected


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("p.add_argument('--dry-run')\n", "`--dry-run`: does nothing"),
        ("p.add_argument('-n', '--name', '--title')\n", "use --title=X."),
        ("os.environ['SHOP_HOME']\n", "Set SHOP_HOME."),
        ("class _Config:\n    max_size: int\n", "max-size"),
        ("class _Config:\n    max_size: int\n", "`max_size = 3`"),
        ("class _Config:\n    max_size: int\n", "SHOP: MAX_SIZE"),
        ("class _Config:\n    max_size: int\n", r"max\_size"),
    ],
)
def test_each_stands_on_a_page_as_it_is_written_there(asked_for, text, page):
    assert asked_for(text, {**BASE, "README.md": README + page}) == []
    assert asked_for(text) != []


@pytest.mark.parametrize("page", ["--dry-run-all", "---dry-run", "dry-run", "--dry"])
def test_an_option_is_a_word_with_its_dashes(asked_for, page):
    assert asked_for("p.add_argument('--dry-run')\n", {**BASE, "README.md": page}) == ["--dry-run"]


def test_another_spelling_of_an_option_is_nothing_new(room):
    base = {**BASE, "shop/_cli.py": "p.add_argument('--color')\n"}
    outcome = Docs().check(room(base, {"shop/_cli.py": "p.add_argument('--color', '--colour')\n"}))
    assert [f.rule for f in outcome.findings] == ["untouched"]


def test_the_names_of_classes_that_hold_settings_are_the_policys(asked_for):
    text = "class _Options:\n    limit: int\nclass _Config:\n    size: int\n"
    assert asked_for(text, settings=("*Options",)) == ["limit"]


@pytest.mark.parametrize(
    ("text", "page", "expected"),
    [
        ("p.add_argument('--dry', help='x')\n", ".. argparse::\n   :module: shop\n", []),
        ("p.add_argument('--dry', help='x')\n", ".. click:: shop:main\n", []),
        ("p.add_argument('--dry', help='x')\n", "```{click} shop:main\n```\n", []),
        ("p.add_argument('--dry', help='x')\n", "::: mkdocs-click\n    :module: shop\n", []),
        ("p.add_argument('--dry')\n", ".. argparse::\n", ["--dry"]),
        ("p.add_argument('--dry', help='x')\n", ".. automodule:: shop\n   :members:\n", ["--dry"]),
        ("os.environ['SHOP_HOME']\n", ".. argparse::\n", ["SHOP_HOME"]),
    ],
)
def test_a_tool_that_writes_help_into_a_page_tells_of_options(asked_for, text, page, expected):
    assert (
        asked_for(
            text, {**BASE, "docs/cli.rst" if "``" not in page and ":::" not in page else "docs/cli.md": page}
        )
        == expected
    )
