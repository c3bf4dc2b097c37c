"""What a reader is told of a Python that lacks something: a command that works there."""

from __future__ import annotations

import pytest

from gatecheck.model import Python
from gatecheck_gates.suites.install import how_to_install


@pytest.mark.parametrize(
    ("files", "managed"),
    [
        (["lib/python3.11/EXTERNALLY-MANAGED"], True),
        (["lib/python3.11/EXTERNALLY-MANAGED", "pyvenv.cfg"], False),
        (["lib/python3.12/EXTERNALLY-MANAGED"], False),
        ([], False),
    ],
)
def test_where_the_system_keeps_pip_out_an_environment_is_asked_for(room, tmp_path, files, managed):
    for name in files:
        (tmp_path / "usr" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "usr" / name).touch()
    python = Python(tmp_path / "usr" / "bin" / "python3", "3.11.2", {})
    said = how_to_install(room({}, {"a.py": "x = 1\n"}, python_of=python), "merge", "pytest>=8")
    assert ("-m venv .venv && .venv/bin/python -m pip install 'pytest>=8'" in said) is managed
    assert said.startswith("Install it: `") is not managed
    assert ("environment: {create: ...}" in said) is managed
