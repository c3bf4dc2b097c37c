"""Where packages are fetched from, and what tools install: read of every form of manifest, and what is not read is named."""

from __future__ import annotations

import pytest

from gatecheck.formats.manifests import is_project, lies_in, read_manifest, sibling_locks

EVIL = "https://evil.example"
PYPI = "https://pypi.org/simple"


def look(files):
    content = {name: text.encode() for name, text in files.items()}
    return read_manifest(next(iter(files)), content.get)


def addresses(text, name="pyproject.toml"):
    return [each.address for each in look({name: text}).indexes]


def pins(text, name="pyproject.toml"):
    return [f"{pin.name}=={pin.version}" for pin in look({name: text}).pins]


def loose(text, name="pyproject.toml"):
    return [(each.text, each.why) for each in look({name: text}).loose]


# --- places ---


@pytest.mark.parametrize(
    ("line", "address", "local"),
    [
        (f"-i {EVIL}/simple", f"{EVIL}/simple", False),
        (f"--index-url={EVIL}/simple", f"{EVIL}/simple", False),
        (f"--pypi-url {EVIL}", EVIL, False),
        ("--extra-index-url https://jo:secret@evil.example/simple?token=x", f"{EVIL}/simple", False),
        ("--extra-index-url https://${USER}:${WORD}@evil.example/", f"{EVIL}/", False),
        ("-f wheels", "wheels", True),
        ("-f ../wheels", "../wheels", False),
        ("-f ~/wheels", "~/wheels", False),
        ("-f //evil.example/wheels", "//evil.example/wheels", False),
        ("-f ${PLACE}/wheels", "${PLACE}/wheels", False),
        ("--find-links file:///opt/wheels", "file:///opt/wheels", False),
        ("--trusted-host evil.example", "evil.example", False),
    ],
)
def test_the_options_of_a_requirements_file_say_where_packages_come_from(line, address, local):
    (index,) = look({"requirements.txt": f"click==8.1.7\n{line}\n"}).indexes
    # a trusted host is no path, although it could be one
    assert (index.address, index.line) == (address, 2)
    assert index.local is local


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.lock", '[[package]]\nname = "a"\nversion = "1"\nsource = {registry = "EVIL/x"}\n'),
        ("uv.lock", '[[package]]\nname = "a"\nversion = "1"\nsource = {registry = "EVIL/x"}\nwheels = [1]\n'),
        ("pylock.toml", '[[packages]]\nname = "a"\nversion = "1"\nindex = "EVIL/x"\n'),
        ("pylock.toml", '[[packages]]\nname = "a"\nversion = "1"\nwheels = [{url = "EVIL/x"}]\n'),
        ("pylock.toml", '[[packages]]\nname = "a"\nversion = "1"\nsdist = {url = "EVIL/x"}\n'),
        ("pylock.toml", '[[packages]]\nname = "a"\nwheels = [{url = "EVIL/x"}]\n'),
        (
            "poetry.lock",
            '[[package]]\nname = "a"\nversion = "1"\nsource = {type = "legacy", url = "EVIL/x"}\n',
        ),
        ("pdm.lock", '[[package]]\nname = "a"\nversion = "1"\nfiles = [{url = "EVIL/x", hash = "0"}]\n'),
        ("Pipfile.lock", '{"_meta": {"sources": [{"name": "e", "url": "EVIL/x"}, 1]}}'),
    ],
)
def test_lock_files_say_where_packages_come_from(name, text):
    assert addresses(text.replace("EVIL", EVIL), name) == [f"{EVIL}/x"]


def test_files_of_one_host_and_folder_are_one_group():
    text = '[[packages]]\nname = "a"\nversion = "1"\nwheels = [{url = "EVIL/p/1/a"}, {url = "EVIL/p/2/b"}, {path = "w/c"}]\n'
    found = look({"pylock.toml": text.replace("EVIL", EVIL)}).indexes
    assert [each.group for each in found] == [f"{EVIL}/p", f"{EVIL}/p", "w/c"]
    assert [each.local for each in found] == [False, False, True]


def test_an_index_whose_certificate_is_not_looked_at_is_another():
    text = f'{{"_meta": {{"sources": [{{"url": "{PYPI}", "verify_ssl": false}}]}}}}'
    plain, unsafe = addresses(text, "Pipfile.lock")
    assert lies_in(plain, PYPI)
    assert not lies_in(unsafe, PYPI)


@pytest.mark.parametrize(
    "text",
    [
        '[[tool.uv.index]]\nname = "e"\nurl = "EVIL/x"\n',
        '[tool.uv]\nindex-url = "EVIL/x"\n',
        '[tool.uv]\nextra-index-url = ["EVIL/x"]\n',
        '[tool.uv.pip]\nfind-links = ["EVIL/x"]\n',
        '[[tool.poetry.source]]\nname = "e"\nurl = "EVIL/x"\n',
        '[[tool.pdm.source]]\nurl = "EVIL/x"\nverify_ssl = true\n',
        '[[tool.rye.sources]]\nurl = "EVIL/x"\n',
        '[tool.hatch.envs.default.env-vars]\nPIP_EXTRA_INDEX_URL = "EVIL/x"\n',
        '[tool.tox.env_run_base]\nset_env = {UV_INDEX = "EVIL/x"}\n',
        '[tool.pixi.pypi-options]\nindex-url = "EVIL/x"\n',
    ],
)
def test_tools_say_in_a_pyproject_where_packages_come_from(text):
    assert addresses(text.replace("EVIL", EVIL)) == [f"{EVIL}/x"]


def test_what_names_an_index_is_no_address_and_a_host_is_one():
    assert addresses('[tool.uv.sources]\ntorch = {index = "pytorch"}\n') == []
    assert addresses('[[tool.poetry.source]]\nname = "PyPI"\n') == []
    assert addresses('[tool.uv]\nallow-insecure-host = ["evil.example"]\n') == ["evil.example"]
    assert addresses('[tool.other]\nindex-url = "https://example.org"\n') == []


@pytest.mark.parametrize(
    ("address", "known"),
    [
        (PYPI, PYPI),
        (f"{PYPI}/", PYPI),
        ("https://PyPI.org:443//simple/flask", PYPI),
        ("https://example.org/whl/torch-2%2Bcpu.whl", "https://example.org/whl/"),
        ("wheels", "wheels/"),
    ],
)
def test_what_lies_below_a_known_address_is_known(address, known):
    assert lies_in(address, known)


@pytest.mark.parametrize(
    "address",
    [
        "http://pypi.org/simple",
        "https://pypi.org",
        "https://pypi.org/simpler",
        "https://pypi.org:444/simple",
        "https://pypi.org:x/simple",
        "https://pypi.org.evil.example/simple",
        "https://evil.example/https://pypi.org/simple",
        "https://evil.example\\@pypi.org/simple",
        "https://pypi.org/simple/../../evil",
        "https://pypi.org/simple/%2e%2e/evil",
        "https://pypi.org/simple/${X}",
        "https://[pypi.org/simple",
        "https:///simple",
        "file://pypi.org/simple",
        "pypi.org",
        "",
    ],
)
def test_what_only_looks_like_a_known_address_is_not_known(address):
    assert not lies_in(address, PYPI)


def test_a_user_does_not_pass_for_a_host():
    assert addresses("-i https://pypi.org@evil.example/simple\n", "r.txt") == [f"{EVIL}/simple"]


# --- what tools install ---


@pytest.mark.parametrize(
    "text",
    [
        '[tool.poetry.dependencies]\npython = "3.12"\nflask = "0.12"\n',
        '[tool.poetry.dependencies]\nflask = "==0.12"\n',
        '[tool.poetry.group.dev.dependencies]\nflask = {version = "0.12", extras = ["x"]}\n',
        '[tool.poetry.dev-dependencies]\nflask = [{version = "0.12", python = "<3"}]\n',
        '[tool.poetry.requires-plugins]\nflask = ">=0.1,==0.12"\n',
        '[tool.uv]\noverride-dependencies = ["flask==0.12"]\n',
        '[tool.uv]\nconstraint-dependencies = ["flask==0.12"]\n',
        '[tool.uv.extra-build-dependencies]\nx = [{requirement = "flask==0.12", match-runtime = false}]\n',
        '[[tool.uv.dependency-metadata]]\nname = "x"\nrequires-dist = ["flask==0.12"]\n',
        '[tool.pdm.dev-dependencies]\ntest = ["flask==0.12"]\n',
        '[tool.pdm.resolution.overrides]\nflask = "0.12"\n',
        '[tool.hatch.envs.default]\nextra-dependencies = ["flask==0.12"]\n',
        '[tool.hatch.envs.x.overrides]\nmatrix.v.dependencies = [{value = "flask==0.12", if = ["1"]}]\n',
        '[tool.hatch.build.targets.wheel.hooks.x]\ndependencies = ["flask==0.12"]\n',
        '[tool.pixi.feature.x.pypi-dependencies]\nflask = "==0.12"\n',
        '[tool.tox.env_run_base]\ndeps = ["flask==0.12"]\n',
        '[project]\nname = "flask"\ndependencies = ["flask==0.12"]\n',
    ],
)
def test_what_a_tool_pins_is_a_pin(text):
    assert pins(text) == ["flask==0.12"]
    assert loose(text) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[tool.poetry.dependencies]\nevil = {git = "https://example.org/e.git"}\n', "elsewhere"),
        ('[tool.poetry.dependencies]\nevil = {url = "https://example.org/e.whl"}\n', "elsewhere"),
        ('[tool.poetry.dependencies]\nevil = {path = "lib"}\n', "local"),
        ('[tool.poetry.dependencies]\nevil = "^1.0"\n', "range"),
        ('[tool.poetry.dependencies]\nevil = ">=1"\n', "range"),
        ('[tool.uv.sources]\nevil = {git = "https://example.org/e.git"}\n', "elsewhere"),
        ('[tool.uv.sources]\nevil = [{url = "https://example.org/e.whl", marker = "x"}]\n', "elsewhere"),
        ('[tool.uv.sources]\nevil = {path = "../e"}\n', "elsewhere"),
        ('[tool.pdm.resolution.overrides]\nevil = "https://example.org/e.whl"\n', "elsewhere"),
        ('[tool.tox.env_run_base]\ndeps = ["-r deps.txt"]\n', "unreadable"),
        ('[tool.someone]\nextra-dependencies = ["evil==1"]\n', "range"),
        ('[tool.someone.sub]\ndependencies = {evil = "1"}\n', "range"),
        ('[project]\nname = "Ev_il"\ndependencies = ["ev-il @ https://example.org/e.zip"]\n', "elsewhere"),
        ('[project]\ndynamic = ["version", "dependencies"]\n', "range"),
    ],
)
def test_what_a_tool_takes_from_elsewhere_or_without_a_version_is_named(text, why):
    assert pins(text) == []
    assert [each for _, each in loose(text)] == [why]


@pytest.mark.parametrize(
    "text",
    [
        "[tool.uv.sources]\nlib = {workspace = true}\n",
        "[tool.uv]\ndev-dependencies = []\n",
        '[tool.pixi.dependencies]\nnumpy = "==1.0"\n',
        "[tool.someone]\ndependencies = []\n",
        '[tool.hatch.build.hooks.x]\nrequire-runtime-dependencies = true\ndependencies = [{if = ["1"]}, 1]\n',
        '[tool.poetry]\nname = "shop"\ndependencies.shop = ">=1"\n',
        "[tool.poetry.dependencies]\nlib = 1\n",
        "[tool]\nuv = 1\n",
    ],
)
def test_what_names_no_package_of_an_index_is_passed_over(text):
    assert look({"pyproject.toml": text}).pins == ()
    assert loose(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "[tool.setuptools.dynamic]\ndependencies = {file = ['deps.in']}\n",
        "[tool.setuptools.dynamic]\ndependencies = {file = 'deps.in'}\n",
        "[project]\ndynamic = ['dependencies']\n[tool.setuptools.dynamic.optional-dependencies]\nx = {file = 'deps.in'}\n",
        "[tool.hatch.metadata.hooks.requirements_txt]\nfiles = ['deps.in']\n",
        "[tool.hatch.metadata.hooks.requirements_txt.optional-dependencies]\nx = ['deps.in']\n",
    ],
)
def test_files_that_a_build_reads_are_followed(text):
    manifest = look({"sub/pyproject.toml": text, "sub/deps.in": "flask==0.12\n-i https://evil.example\n"})
    assert [(pin.name, pin.path) for pin in manifest.pins] == [("flask", "sub/deps.in")]
    assert [each.address for each in manifest.indexes] == [EVIL]
    assert manifest.included == ("sub/deps.in",)
    assert loose(text) == [("file deps.in", "unreadable")]


# --- versions and names ---


@pytest.mark.parametrize(
    ("specifiers", "found"),
    [
        ("==0.12,==0.12.0", ["flask==0.12"]),
        ("==0.12,===0.12", ["flask==0.12"]),
        ("==0.12,==0.12+mine", ["flask==0.12+mine"]),
        ("==0.12,==0.13", []),
        ("===one,===two", []),
    ],
)
def test_one_version_in_two_spellings_is_a_pin(specifiers, found):
    assert [each.removesuffix(".0") for each in pins(f"flask{specifiers}\n", "r.txt")] == found


def test_a_version_of_more_digits_than_a_number_may_have_is_named():
    long = "1." + "9" * 5000
    lock = f'[[package]]\nname = "a"\nversion = "{long}"\n'
    for text, name in (
        (lock, "poetry.lock"),
        (f'[project]\ndependencies = ["a=={long}"]\n', "pyproject.toml"),
        (f'[tool.poetry.dependencies]\na = "{long}"\n', "pyproject.toml"),
        (f"a=={long}\n", "requirements.txt"),
        (f"a=={long},==1\n", "requirements.txt"),
    ):
        ((_, why),) = loose(text, name)
        assert why in {"unreadable", "range"}
        assert pins(text, name) == []


def test_names_mean_the_same_in_any_case():
    lock = '[[package]]\nname = "a"\nversion = "1"\n'
    assert pins(lock, "Poetry.lock") == ["a==1"]
    assert pins('{"default": {"a": {"version": "==1"}}}', "pipfile.lock") == ["a==1"]
    assert pins('[project]\ndependencies = ["a==1"]\n', "PyProject.toml") == ["a==1"]
    manifest = read_manifest("x.txt", {"x.txt": lock.encode()}.get, as_="poetry.lock")
    assert [pin.path for pin in manifest.pins] == ["x.txt"]


def test_what_is_compiled_lies_beside_its_input():
    assert is_project("sub/requirements.in")
    assert sibling_locks("sub/requirements.in") == ("sub/requirements.txt",)
