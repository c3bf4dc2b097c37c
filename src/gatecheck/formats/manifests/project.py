"""The dependencies in a pyproject.toml: of the project (PEP 621), its extras, groups (PEP 735) and build (PEP 518), and of tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from packaging.utils import canonicalize_name

from gatecheck.formats.manifests.nouns import Found, Loose, Manifest, Read, sorted_out
from gatecheck.formats.manifests.requirements import read_listed
from gatecheck.formats.manifests.toml_file import items, line_of, parse, table, text
from gatecheck.formats.manifests.tools import of_tools, required


def read_project(data: bytes, path: str, read: Read) -> Manifest:
    """Return what a pyproject.toml names. Raises ToolError when it is not TOML."""
    whole, written = parse(data, path)
    tools = table(whole.get("tool"))
    own: set[str] = {
        canonicalize_name(text(table(names).get("name")))
        for names in (whole.get("project"), tools.get("poetry"))
    }
    listed, included = read_listed(_files(tools), path, read)
    found: list[Found] = [required(each, path, line_of(written, each)) for each in _listed(whole)]
    found += [*of_tools(tools, path, written), *listed, *_computed(whole, path, written)]
    # as in `all = ["shop[web]"]`; at one version, or from an address, the name stands for what is fetched
    return sorted_out([each for each in found if not _is_itself(each, own)], included)


def _is_itself(found: Found, own: set[str]) -> bool:
    return isinstance(found, Loose) and found.why == "range" and bool(found.name) and found.name in own


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


def _files(tools: dict[str, Any]) -> Iterator[str]:
    """Yield the requirements files that the build reads. Source: setuptools' and hatch-requirements-txt's documentation."""
    dynamic = table(table(tools.get("setuptools")).get("dynamic"))
    hooks = table(table(table(tools.get("hatch")).get("metadata")).get("hooks"))
    hook = table(hooks.get("requirements_txt"))
    places = [
        table(dynamic.get("dependencies")).get("file"),
        *(table(each).get("file") for each in table(dynamic.get("optional-dependencies")).values()),
        hook.get("files"),
        *table(hook.get("optional-dependencies")).values(),
    ]
    for place in places:
        yield from (each for each in (place, *items(place)) if isinstance(each, str))


def _computed(whole: dict[str, Any], path: str, written: str) -> Iterator[Loose]:
    """Yield what the build computes in a way that is not read here."""
    if any(_files(table(whole.get("tool")))):
        return
    for key in items(table(whole.get("project")).get("dynamic")):
        if key in ("dependencies", "optional-dependencies"):
            yield Loose(f"dynamic {key}", "range", "the build computes it", path, line_of(written, key))
