"""The dependencies in a pyproject.toml: of the project (PEP 621), its extras, its groups (PEP 735) and its build (PEP 518)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from gatecheck.formats.manifests.nouns import Loose, Manifest, Pin, named, sorted_out
from gatecheck.formats.manifests.toml_file import items, line_of, parse, table, text


def read_project(data: bytes, path: str) -> Manifest:
    """Return what a pyproject.toml names. Raises ToolError when it is not TOML."""
    whole, written = parse(data, path)
    own = text(table(whole.get("project")).get("name")).lower()
    return sorted_out([_named(each, path, written, own) for each in _listed(whole)])


def _listed(whole: dict[str, Any]) -> Iterator[str]:
    project = table(whole.get("project"))
    lists = [
        table(whole.get("build-system")).get("requires"),
        project.get("dependencies"),
        *table(project.get("optional-dependencies")).values(),
        *table(whole.get("dependency-groups")).values(),
    ]
    for listed in lists:
        yield from (each for each in items(listed) if isinstance(each, str))  # not {include-group = ...}


def _named(wanted: str, path: str, written: str, own: str) -> Pin | Loose:
    line = line_of(written, wanted)
    try:
        requirement = Requirement(wanted)
    except InvalidRequirement:
        return Loose(wanted, "unreadable", "it is no requirement (PEP 508)", path, line)
    if own and requirement.name.lower() == own:
        return Loose(wanted, "itself", "it is the project itself", path, line)
    return named(requirement, path, line)
