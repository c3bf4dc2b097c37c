"""Where a side's files lie, and where the gate's programs are started in them."""

from __future__ import annotations

from pathlib import Path

from gatecheck.model import Side, Workspace


def tree_of(workspace: Workspace, side: Side) -> Path:
    """Return the folder with a side's files; the base's is made when first asked for."""
    return workspace.merge if side == "merge" else workspace.base()


def folder_of(workspace: Workspace, side: Side) -> Path:
    """Return the folder of a side in which its programs are started."""
    return tree_of(workspace, side) / workspace.cwd
