"""Where a side's files lie."""

from __future__ import annotations

from pathlib import Path

from gatecheck.model import Side, Workspace


def tree_of(workspace: Workspace, side: Side) -> Path:
    """Return the folder with a side's files; the base's is made when first asked for."""
    return workspace.merge if side == "merge" else workspace.base()
