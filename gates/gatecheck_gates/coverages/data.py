"""Coverage data made independent of where the tree lay: one file, with paths relative to the tree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gatecheck.errors import ToolError
from gatecheck.formats import coveragepy
from gatecheck.model import Side, Workspace
from gatecheck_gates.places import tree_of


def combine(workspace: Workspace, side: Side, folder: Path) -> Path | None:
    """Join the data files of a run into one; None when no process wrote any.

    Every process writes absolute paths (relative ones would depend on where it had gone); in the joined file they are
    relative, so that it means the same wherever the tree lies.
    """
    if not any(folder.iterdir()):
        return None
    settings = folder.parent / "combine.ini"
    joined = folder.parent / "coverage"
    settings.write_text(f"[run]\ndata_file = {joined}\nrelative_files = true\n", encoding="utf-8")
    argv = ("python", "-m", "coverage", "combine", "-q", f"--rcfile={settings}", str(folder))
    completed = workspace.run(argv, side=side, cwd=tree_of(workspace, side))
    if completed.exit_code or not joined.is_file():
        message = f"The coverage data of the tests cannot be joined: {completed.output.strip()[-500:]}"
        raise ToolError(
            message,
            fix=f"Look at {completed.log}; run the tests by hand with `python -m coverage run -m pytest`.",
        )
    return joined


def lines_inside_tests(workspace: Workspace, data: Path) -> Mapping[str, frozenset[int]]:
    """Return the lines that ran inside a test function, by path, from data that was measured with contexts."""
    report = data.with_name("inside.json")
    settings = data.with_name("inside.ini")
    settings.write_text(f"[run]\ndata_file = {data}\nrelative_files = true\n", encoding="utf-8")
    argv = (
        "python",
        "-m",
        "coverage",
        "json",
        "-q",
        "-i",
        f"--rcfile={settings}",
        "--contexts=.+",
        "-o",
        str(report),
    )
    completed = workspace.run(argv, cwd=tree_of(workspace, "merge"))
    if not report.is_file():
        message = f"The coverage of a single test cannot be read: {completed.output.strip()[-500:]}"
        raise ToolError(message, fix=f"Look at {completed.log}.")
    return {path: file.executed for path, file in coveragepy.read(report.read_bytes()).items()}
