"""Whose code gives an answer: a package's, a single module's, or one that cannot be told."""

from __future__ import annotations

import sys
import types
from importlib.metadata import PackageNotFoundError, version

import pathspec
import pytest

from gatecheck import witness
from gatecheck.engine import code
from gatecheck.errors import ToolError


def gate_in(module: str) -> type:
    return type("Made", (), {"__module__": module, "kind": "made"})


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A package with a module, and a module beside it."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "made_package" / "inner").mkdir(parents=True)
    (tmp_path / "made_package" / "__init__.py").touch()
    (tmp_path / "made_package" / "inner" / "gate.py").write_text("x = 1\n")
    (tmp_path / "made_module.py").write_text("x = 1\n")
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("made_")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("module", "edited"),
    [("made_package.inner.gate", "made_package/__init__.py"), ("made_module", "made_module.py")],
)
def test_the_digest_and_the_witnesses_follow_the_whole_package(written, module, edited):
    before, seen = code.digest(gate_in(module)), list(code.witnesses(gate_in(module)))
    assert code.digest(gate_in(module)) == before
    assert all(map(witness.holds, seen))
    (written / edited).write_text("x = 22\n")
    assert code.digest(gate_in(module)) != before
    assert not all(map(witness.holds, seen))


def test_a_file_beside_a_module_is_not_its_code(written):
    before = code.digest(gate_in("made_module"))
    (written / "another.py").touch()
    assert code.digest(gate_in("made_module")) == before


def test_what_is_installed_is_witnessed_by_its_distribution_alone():
    assert "-packages" in pathspec.__file__
    assert list(code.witnesses(gate_in("pathspec"))) == []


def test_code_without_a_file_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "made_of_nothing", types.ModuleType("made_of_nothing"))
    monkeypatch.setattr(sys.modules["made_of_nothing"], "__file__", None, raising=False)
    with pytest.raises(ToolError, match="no file"):
        code.homes(gate_in("made_of_nothing"))


@pytest.fixture
def fresh():
    """Ask anew, and leave nothing of this test behind."""
    code.own_tools.cache_clear()
    yield
    code.own_tools.cache_clear()


def test_an_answer_depends_on_the_scanners_and_libraries_that_gatecheck_brings(fresh):
    told = code.own_tools()
    assert sys.version in told
    assert f"bandit {version('bandit')}" in told
    assert f"pathspec {version('pathspec')}" in told


def test_what_is_missing_of_them_is_said_to_be(fresh, monkeypatch):
    monkeypatch.setattr(code, "requires", lambda _: ["no-such-distribution>=1; extra == 'x'", "(strange)"])
    assert code.own_tools() == (sys.version, "no-such-distribution missing")


def test_run_from_its_sources_gatecheck_knows_of_none_of_them(fresh, monkeypatch):
    def requires(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(code, "requires", requires)
    assert code.own_tools() == (sys.version,)


def test_a_program_is_what_comes_first_on_path(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    path = f"{tmp_path}/one:{tmp_path}/two"
    tool = tmp_path / "two" / "tool"
    tool.write_text("")
    seen = code.program("tool", path)
    assert len(seen) == 2, "a file that cannot be run is nothing yet"
    tool.chmod(0o755)
    seen = code.program("tool", path)
    (tmp_path / "one" / "tool").write_text("")
    assert not all(map(witness.holds, seen))
    (tmp_path / "one" / "tool").chmod(0o755)
    assert len(code.program("tool", path)) == 1
