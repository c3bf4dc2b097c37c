"""What a Python interpreter is: asked of the interpreter itself, once, and remembered until something about it changes."""

from __future__ import annotations

import json
import marshal
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatecheck import witness
from gatecheck.errors import ToolError
from gatecheck.model import Python
from gatecheck.process import ask
from gatecheck.witness import Witness

_SCRIPT = Path(__file__).with_name("_inside.py")


@dataclass(frozen=True, slots=True)
class Probed:
    """An interpreter, and where its distributions are."""

    python: Python
    prefix: str
    base_prefix: str
    user_base: str
    roots: tuple[str, ...]
    """Folders outside site-packages that editable installs put on its path."""
    mapped: dict[str, str]
    """Packages that editable installs find by name: package to its folder."""
    editable: dict[str, str]
    """Distributions that were installed editable: name to the project's folder."""
    witnesses: tuple[Witness, ...]


def probe(executable: Path, cache: Path) -> Probed:
    """Ask an interpreter what it is. Raises ToolError when it does not answer."""
    remembered = cache / f"{executable.as_posix().strip('/').replace('/', '_')[-150:]}.probe"
    known = _recall(remembered, executable)
    if known is None:
        known = _ask(executable)
        _remember(remembered, executable, known)
    witnesses = tuple(tuple(seen) for seen in known["witnesses"])
    python = Python(Path(known["executable"]), known["version"], known["distributions"])
    return Probed(
        python,
        known["prefix"],
        known["base_prefix"],
        known["user_base"],
        tuple(known["roots"]),
        known["mapped"],
        known["editable"],
        witnesses,
    )


def _ask(executable: Path) -> dict[str, Any]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON"))}
    code, out, err = ask([str(executable), "-E", str(_SCRIPT)], env=env)
    known = _told(out)
    if code or known is None:
        raise ToolError(
            f"{executable} does not work as a Python interpreter: {err.decode('utf-8', 'replace').strip()[-300:]}",
            fix="Activate a virtual environment that works, or give the policy an `environment:`.",
        )
    seen = [witness.distributions(folder) for folder in known["sites"]]
    known["witnesses"] = [
        *seen,
        witness.stamp(str(executable)),
        witness.file(f"{known['prefix']}/pyvenv.cfg"),
    ]
    return known


def _told(out: bytes) -> dict[str, Any] | None:
    """Read what the script printed: the last line, since a .pth file may print before it."""
    try:
        return dict(json.loads(out.splitlines()[-1]))
    except (ValueError, IndexError, TypeError):
        return None


def _recall(path: Path, executable: Path) -> dict[str, Any] | None:
    try:
        asked, known = marshal.loads(path.read_bytes())  # noqa: S302 -- written by us, outside every gate
    except (OSError, ValueError, EOFError, TypeError):
        return None
    if asked != [str(executable), _SCRIPT.stat().st_mtime_ns] or not all(
        map(witness.holds, known["witnesses"])
    ):
        return None
    return dict(known)


def _remember(path: Path, executable: Path, known: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_bytes(marshal.dumps(([str(executable), _SCRIPT.stat().st_mtime_ns], known)))
    fresh.replace(path)
