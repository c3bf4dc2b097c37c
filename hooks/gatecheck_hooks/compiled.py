"""Reads the policy as it was compiled for hooks: lines `key value` between one that names the format and `end`."""

from __future__ import annotations

import os

from gatecheck_hooks.refusal import Refusal

MAGIC = "gatecheck-policy 1"

Law = dict[str, list[str]]
"""Each key's values, in their order."""


def read(path: str) -> Law:
    """Return what the file says. Raises Refusal for one that is missing, torn or foreign: it never means "allow"."""
    again = "Write it anew: gatecheck install"
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            lines = file.read().split("\n")
    except OSError as error:
        raise Refusal(f"cannot read the policy for hooks, {path}: {error.strerror}", again) from None
    if lines[0] != MAGIC:
        raise Refusal(f"{path} is no policy for hooks, or one of another version", again)
    if lines[-2:] != ["end", ""]:
        raise Refusal(f"{path} is torn: its last line is missing", again)
    found: Law = {}
    for line in lines[1:-2]:
        key, _, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    return found


def find(folder: str) -> str | None:
    """Return where the compiled policy of a git directory (or of the one that it is linked to) is; None where nobody installed any.

    One that is there and cannot be read is no missing one: `read` refuses it.
    """
    try:
        with open(f"{folder}/commondir", encoding="utf-8", errors="surrogateescape") as file:
            common = file.read().rstrip("\n")
        folder = common if common.startswith("/") else f"{folder}/{common}"
    except (FileNotFoundError, NotADirectoryError):
        pass  # no linked work tree
    path = f"{folder}/gatecheck/policy"
    return path if os.path.lexists(path) else None
