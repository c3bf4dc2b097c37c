"""A repository of a given number of files with a change of a given size on a branch, written by git's fast-import."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

POLICY = "version: 1\ngates:\n  tests: {run: [python, -m, pytest, -q], measure: false}\n"


def build(
    folder: Path,
    env: Mapping[str, str],
    *,
    files: int,
    changed: int,
    policy: str = POLICY,
    tests: str = "",
    body: str = "",
) -> Path:
    """Return a repository with `main`, `origin/main`, and a branch `feature` on which `changed` files differ.

    `body`: what every module has beside its number.
    """
    repository = folder / "repository"
    subprocess.run(["git", "init", "-q", "-b", "main", repository], env=env, check=True)
    stream = [
        "commit refs/heads/main",
        "committer bench <bench@localhost> 1700000000 +0000",
        "data 4",
        "base",
    ]
    stream += _file(".gatecheck.yaml", policy)
    stream += _file(
        "tests/test_all.py", tests or "from pack import m0\n\n\ndef test_one():\n    assert m0.VALUE == 0\n"
    )
    stream += _file("pack/__init__.py", "")
    for number in range(files):
        name = f"pack/m{number}.py" if number < 100 else f"pack/d{number // 100}/m{number}.py"  # noqa: PLR2004
        stream += _file(name, f'"""Module {number}."""\n\nVALUE = {number}\n{body}')
    stream += ["reset refs/remotes/origin/main", "from refs/heads/main", ""]
    stream += [
        "commit refs/heads/feature",
        "committer bench <bench@localhost> 1700000100 +0000",
        "data 6",
        "change",
    ]
    stream += ["from refs/heads/main"]
    for number in range(changed):
        stream += _file(
            f"pack/m{number}.py", f'"""Module {number}."""\n\nVALUE = {number}\nMORE = {number}\n{body}'
        )
    text = "\n".join([*stream, ""]).encode()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repository, env=env, input=text, check=True)
    subprocess.run(["git", "checkout", "-q", "feature"], cwd=repository, env=env, check=True)
    return repository


def _file(path: str, text: str) -> list[str]:
    return [f"M 100644 inline {path}", f"data {len(text)}", text]
