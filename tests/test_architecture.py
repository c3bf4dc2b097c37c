"""The layout and the layers of docs/design.md hold."""

from __future__ import annotations

import ast
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOTS = {
    "src": "gatecheck",
    "gates": "gatecheck_gates",
    "hooks": "gatecheck_hooks",
    "config": "gatecheck_config",
}
LONG: set[str] = set()
"""Modules above 250 lines. Take one out when it has become shorter; put one in only with a reason in its review."""


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def modules() -> list[Path]:
    return sorted(module for root in ROOTS for module in (ROOT / root).rglob("*.py"))


def test_a_module_imports_only_from_the_layers_below_its_own(tmp_path):
    program = Path(sysconfig.get_path("scripts"), "lint-imports")
    done = subprocess.run(
        [program, "--cache-dir", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("root", ROOTS)
def test_a_source_root_holds_one_package_and_is_none(root):
    assert not (ROOT / root / "__init__.py").exists()
    packages = [folder.name for folder in (ROOT / root).iterdir() if (folder / "__init__.py").exists()]
    assert packages == [ROOTS[root]]
    assert (ROOT / root / ROOTS[root] / "py.typed").is_file()


def test_doors_only_open():
    doors = [*(ROOT / "src/gatecheck/cli").glob("*.py"), *(ROOT / "hooks/gatecheck_hooks").glob("*.py")]
    assert {path.name: lines(path) for path in doors if lines(path) > 150} == {}


def test_modules_that_are_long_are_known_by_name():
    assert {path.relative_to(ROOT).as_posix() for path in modules() if lines(path) > 250} <= LONG


def test_every_module_says_in_a_first_sentence_what_it_is():
    told = {path: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for path in modules()}
    assert [path for path, text in told.items() if not text] == []
