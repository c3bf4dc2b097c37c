"""Coverage data made independent of where the tree lay: one file, with paths relative to where the tests were started."""

from __future__ import annotations

from pathlib import Path

from gatecheck.errors import ToolError
from gatecheck.model import Side, Workspace


def combine(workspace: Workspace, side: Side, folder: Path) -> Path | None:
    """Join the data files of a run into one; None when no process wrote any.

    Every process writes absolute paths (relative ones would depend on where it had gone); in the joined file they are
    relative, so that it means the same in another slot and is the same bytes' worth of question tomorrow.
    """
    if not any(folder.iterdir()):
        return None
    settings = folder.parent / "combine.ini"
    joined = folder.parent / "coverage"
    settings.write_text(f"[run]\ndata_file = {joined}\nrelative_files = true\n", encoding="utf-8")
    argv = ("python", "-m", "coverage", "combine", "-q", f"--rcfile={settings}", str(folder))
    completed = workspace.run(argv, side=side)
    if completed.exit_code or not joined.is_file():
        message = f"The coverage data of the tests cannot be joined: {completed.output.strip()[-500:]}"
        raise ToolError(message, fix=f"Look at {completed.log}; run the tests by hand with `python -m coverage run -m pytest`.")
    return joined
