import json
import os
import runpy
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from gatecheck import place, witness
from gatecheck.errors import ToolError
from gatecheck.model import Environment
from gatecheck.room import _inside
from gatecheck.room.environment import Tools, interpreter
from gatecheck.room.probe import probe

FINDER = """from __future__ import annotations
import sys
MAPPING: dict[str, str] = {mapping!r}
NAMESPACES: dict[str, list[str]] = {{}}
PATH_PLACEHOLDER = '__editable__.shop-1.0.finder' + ".__path_hook__"
"""


class Venv:
    """A virtual environment into which distributions are put as installers do."""

    def __init__(self, top):
        venv.create(top, with_pip=False, symlinks=True)
        self.top = top
        self.python = top / "bin" / "python"
        self.site = next((top / "lib").glob("python3*/site-packages"))

    def install(self, name, version="1.0", *, editable=None, url=None):
        info = self.site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        if editable or url:
            told = {"url": url or Path(editable).as_uri(), "dir_info": {"editable": True} if editable else {}}
            (info / "direct_url.json").write_text(json.dumps(told))

    def pth(self, name, *lines):
        (self.site / f"{name}.pth").write_text("\n".join(map(str, lines)) + "\n")

    def finder(self, name, mapping):
        mapping = {package: str(folder) for package, folder in mapping.items()}
        (self.site / f"__editable___{name}_finder.py").write_text(FINDER.format(mapping=mapping))
        self.pth(f"__editable__.{name}", f"import sys; sys.modules.setdefault('x_{name}', None)")

    def tools(self, *user_trees, cache=None, environment=None):
        trees = tuple(str(tree) for tree in user_trees)
        return Tools(environment or Environment(), "", trees, cache or self.top / "cache", self.python)


@pytest.fixture
def made(tmp_path):
    return Venv(tmp_path / "venv")


@pytest.fixture
def tree(tmp_path):
    """The user's work tree: `src/shop`, `plugins/pay`, and a module at its root."""
    top = tmp_path / "my work"
    for package in ("src/shop", "plugins/pay/deep"):
        (top / package).mkdir(parents=True)
        (top / package / "__init__.py").touch()
    (top / "single.py").touch()
    return top


SLOT = Path("/slot/tree")


def test_an_interpreter_says_what_it_is_and_what_is_installed(made):
    made.install("My_Shop.core", "2.1")
    (made.site / "broken-1.dist-info").mkdir()
    seen = probe(made.python, made.top / "cache").python
    assert seen.executable == made.python
    assert seen.version == ".".join(map(str, sys.version_info[:3]))
    assert seen.distributions == {"my-shop-core": "2.1"}


def test_an_ordinary_environment_needs_no_mapping(made, tree, tmp_path):
    made.install("shop", url="file:///wheels/shop.whl")
    made.pth("other", tmp_path, "# a comment", "", "import os", "/not/there")
    assert made.tools(tree).source_roots(SLOT) == ()


@pytest.mark.parametrize("suffix", [".pth", ".egg-link"])
def test_a_path_into_the_work_tree_is_mapped_into_the_tree_under_test(made, tree, suffix):
    made.install("shop", editable=tree)
    (made.site / f"__editable__.shop-1.0{suffix}").write_text(f"{tree}/src\n")
    assert made.tools(tree).source_roots(SLOT) == ("/slot/tree/src",)


def test_a_relative_path_and_the_root_itself_are_mapped_too(made, tree):
    made.install("shop", editable=tree)
    made.pth("shop", os.path.relpath(tree / "src", made.site), tree)
    assert made.tools(tree).source_roots(SLOT) == ("/slot/tree/src", "/slot/tree")


def test_a_compiled_module_that_only_the_work_tree_has_cannot_be_mapped(made, tree, tmp_path):
    made.install("shop", editable=tree)
    made.pth("shop", tree / "src")
    (tree / "src" / "shop").mkdir(parents=True, exist_ok=True)
    (tree / "src" / "shop" / "_fast.cpython-311-x86_64-linux-gnu.so").touch()
    (tree / "src" / "build").mkdir()
    (tree / "src" / "build" / "copy.so").touch()
    slot = tmp_path / "slot"
    (slot / "src" / "shop").mkdir(parents=True)
    with pytest.raises(ToolError, match="_fast is installed editable"):
        made.tools(tree).source_roots(slot)
    (slot / "src" / "shop" / "_fast.cpython-311-x86_64-linux-gnu.so").touch()
    assert made.tools(tree).source_roots(slot) == (f"{slot}/src",)


def test_a_work_tree_reached_through_a_link_is_the_same_work_tree(made, tree, tmp_path):
    (tmp_path / "link").symlink_to(tree)
    made.install("shop", editable=tmp_path / "link")
    made.pth("shop", tmp_path / "link" / "src")
    assert made.tools(tree).source_roots(SLOT) == ("/slot/tree/src",)


def test_packages_that_are_found_by_name_are_mapped_to_the_folder_above_them(made, tree):
    made.install("shop", editable=tree)
    made.finder(
        "shop",
        {
            "shop": tree / "src/shop",
            "pay.deep": tree / "plugins/pay/deep",
            "single": tree / "single",
            "elsewhere": "/opt/elsewhere",
        },
    )
    assert made.tools(tree).source_roots(SLOT) == ("/slot/tree/src", "/slot/tree/plugins", "/slot/tree")


def test_packages_of_the_editables_library_are_mapped(made, tree):
    made.install("shop", editable=tree)
    hook = f"from editables.redirector import RedirectingFinder as F\nF.install()\nF.map_module('shop', '{tree}/src/shop')\n"
    (made.site / "_editable_impl_shop.py").write_text(hook)
    assert made.tools(tree).source_roots(SLOT) == ("/slot/tree/src",)


@pytest.mark.parametrize("target", ["src/other_name", "."])
def test_a_package_whose_folder_has_another_name_cannot_be_mapped(made, tree, target):
    made.install("shop", editable=tree)
    made.finder("shop", {"shop": tree / target})
    with pytest.raises(ToolError, match="shop is installed editable") as caught:
        made.tools(tree).source_roots(SLOT)
    assert "create" in caught.value.fix


def test_an_editable_install_of_an_unknown_kind_cannot_be_mapped_even_beside_one_that_can(made, tree):
    made.install("built", editable=tree / "plugins")
    tools = made.tools(tree)
    with pytest.raises(ToolError, match="built is installed editable"):
        tools.source_roots(SLOT)
    made.install("shop", editable=tree)
    made.pth("shop", tree / "src")
    with pytest.raises(ToolError, match="built is installed editable"):
        made.tools(tree).source_roots(SLOT)


def test_an_editable_install_from_another_repository_is_none_of_our_business(made, tree, tmp_path):
    made.install("elsewhere", editable=tmp_path / "elsewhere")
    assert made.tools(tree).source_roots(SLOT) == ()


def test_what_a_real_build_backend_makes_for_an_editable_install_is_mapped(made, tree, tmp_path):
    (tree / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "shop"\nversion = "1.0"\n[tool.hatch.build.targets.wheel]\npackages = ["src/shop"]\n'
    )
    build = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, tmp_path], cwd=tree, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(made.site)
    (info,) = made.site.glob("shop-*.dist-info")
    (info / "direct_url.json").write_text(json.dumps({"url": tree.as_uri(), "dir_info": {"editable": True}}))
    assert made.tools(tree).source_roots(SLOT) == ("/slot/tree/src",)


def test_asked_from_inside_this_process_the_answer_is_the_same(made, tree, monkeypatch, capsys):
    made.install("shop", editable=tree)
    made.install("pay", "2")
    made.finder("shop", {"shop": tree / "src/shop"})
    hook = f"F.map_module('pay', '{tree}/plugins/pay')\n"
    (made.site / "_editable_impl_pay.py").write_text(hook)
    made.pth("root", tree)
    (made.site / "anonymous-1.dist-info").mkdir()
    outside = probe(made.python, made.top / "cache")
    library = [
        entry
        for entry in sys.path
        if entry and "-packages" not in entry and entry.startswith(sys.base_prefix)
    ]
    monkeypatch.setattr(
        sys, "path", [*library, str(made.site), "", "/gone/site-packages", str(Path(_inside.__file__).parent)]
    )
    for user in (True, False):
        monkeypatch.setattr(site, "ENABLE_USER_SITE", user)
        runpy.run_path(_inside.__file__, run_name="__main__")
        told = json.loads(capsys.readouterr().out)
        assert (told["roots"], told["mapped"], told["editable"]) == (
            list(outside.roots),
            outside.mapped,
            outside.editable,
        )
        assert told["distributions"] == outside.python.distributions == {"shop": "1.0", "pay": "2"}
        assert bool(told["user_base"]) is user
        assert str(made.site) in told["sites"]


# --- remembering ---


def test_an_interpreter_is_asked_once_until_a_distribution_changes(made, monkeypatch):
    asked = []
    real = probe.__globals__["ask"]
    monkeypatch.setitem(
        probe.__globals__, "ask", lambda argv, **more: (asked.append(argv), real(argv, **more))[1]
    )
    first = probe(made.python, made.top / "cache")
    assert probe(made.python, made.top / "cache") == first
    assert len(asked) == 1
    made.install("shop")
    assert not all(map(witness.holds, first.witnesses))
    assert probe(made.python, made.top / "cache").python.distributions == {"shop": "1.0"}
    assert len(asked) == 2
    (remembered,) = (made.top / "cache").iterdir()
    remembered.write_bytes(b"torn")
    assert probe(made.python, made.top / "cache").python.distributions == {"shop": "1.0"}
    assert len(asked) == 3


def test_what_prints_when_python_starts_does_not_confuse(made):
    made.pth("noisy", "import sys; print('hello from a .pth file')")
    assert probe(made.python, made.top / "cache").python.version


@pytest.mark.parametrize(
    "script",
    ["exit 3", "echo not json", "true", "echo 5", "kill -9 $$", "echo 'Fatal Python error' >&2; exit 1"],
)
def test_an_interpreter_that_does_not_work_is_a_tool_error(tmp_path, script):
    (tmp_path / "python").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(ToolError, match="does not work as a Python interpreter") as caught:
        probe(tmp_path / "python", tmp_path / "cache")
    assert "virtual environment" in caught.value.fix


def test_an_interpreter_that_is_gone_is_a_tool_error(tmp_path):
    (tmp_path / "python").symlink_to("/nowhere/python")
    with pytest.raises(ToolError, match="cannot be started"):
        probe(tmp_path / "python", tmp_path / "cache")


# --- which interpreter, which PATH ---


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    top = tmp_path / "repo"
    top.mkdir()
    return place.Place(
        work_tree=str(top), git_dir=f"{top}/.git", common_dir=f"{top}/.git", cache=str(tmp_path / "cache")
    )


def test_the_active_environment_comes_before_the_work_trees_own_and_that_before_path(home, made, monkeypatch):
    def untracked(path):
        return False

    from_path = interpreter(home, untracked)
    assert from_path.name in {"python", "python3"}
    own = Venv(Path(home.work_tree, ".venv"))
    assert interpreter(home, untracked) == own.python
    monkeypatch.setenv("VIRTUAL_ENV", str(made.top))
    assert interpreter(home, untracked) == made.python
    monkeypatch.setenv("VIRTUAL_ENV", "/deleted")
    assert interpreter(home, untracked) == own.python
    assert interpreter(home, lambda path: path == ".venv") == from_path


def test_a_bare_repository_has_the_interpreter_of_path_or_none(home, monkeypatch):
    bare = place.Place(work_tree=None, git_dir="/x", common_dir="/x", cache=home.cache)
    assert interpreter(bare, lambda path: False)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert interpreter(bare, lambda path: False) is None


def test_without_an_interpreter_other_programs_still_have_their_tools(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin")
    tools = Tools(Environment(), "", (), tmp_path, None)
    assert tools.variables() == {"PATH": "/usr/bin"}
    assert tools.source_roots(SLOT) == ()
    assert tools.digest()
    assert [seen[1] for seen in tools.witnesses()] == ["PATH", "VIRTUAL_ENV"]
    with pytest.raises(ToolError, match="no Python interpreter"):
        _ = tools.python


def test_the_users_path_keeps_its_order_unless_a_virtual_environment_is_in_use(made, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/opt/node/bin:/usr/bin")
    found = Tools(Environment(), "", (), tmp_path, Path("/usr/bin/python3"))
    assert found.path == "/opt/node/bin:/usr/bin"
    assert made.tools().path == f"{made.top}/bin:/opt/node/bin:/usr/bin"
    assert made.tools().variables()["VIRTUAL_ENV"] == str(made.top)
    built = Tools(Environment(), "id", (), tmp_path, Path("/usr/bin/python3"), tmp_path / "env" / "bin")
    assert built.path == f"{tmp_path}/env/bin:/opt/node/bin:/usr/bin"


def test_the_digest_changes_with_everything_that_a_result_depends_on(made, monkeypatch):
    passing = Environment(passed=("SHOP_MODE",))
    seen = {made.tools(environment=passing).digest()}
    assert made.tools(environment=passing).digest() in seen
    monkeypatch.setenv("SHOP_MODE", "caf\udce9")
    seen.add(made.tools(environment=passing).digest())
    made.install("shop")
    seen.add(made.tools(environment=passing).digest())
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    seen.add(made.tools(environment=passing).digest())
    seen.add(Tools(passing, "built", (), made.top / "cache", made.python).digest())
    assert len(seen) == 5


def test_the_users_own_site_is_where_it_was_although_home_is_another(tmp_path, monkeypatch):
    base = tmp_path / "userbase"
    monkeypatch.setenv("HOME", str(tmp_path))
    real = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    user = subprocess.run(
        [real, "-c", "import site; print(site.getuserbase())"],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(tmp_path)},
    )
    tools = Tools(Environment(), "", (), tmp_path / "cache", real)
    assert tools.variables()["PYTHONUSERBASE"] == user.stdout.strip()
    assert not base.exists()
