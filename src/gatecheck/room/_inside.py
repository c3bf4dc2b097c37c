"""Run by the interpreter that is asked about (Python 3.8 or newer): prints what it is as one JSON object."""

from __future__ import annotations

import ast
import json
import os
import re
import site
import sys
from importlib import metadata
from urllib.parse import unquote


def _finder_mapping(
    path: str,
) -> dict[str, str]:  # the MAPPING that setuptools and editables write into their import hooks
    found: dict[str, str] = {}
    with open(path, encoding="utf-8", errors="replace") as stream:
        text = stream.read()
    for line in re.findall(r"^MAPPING[^=\n]*= (\{.*\})", text, re.MULTILINE):
        found.update(ast.literal_eval(line))
    for name, target in re.findall(r"^F\.map_module\((['\"].+?['\"]), (['\"].+?['\"])\)", text, re.MULTILINE):
        found[ast.literal_eval(name)] = ast.literal_eval(target)
    return found


def _look(sites: list[str]) -> tuple[list[str], dict[str, str]]:
    roots: list[str] = []
    mapped: dict[str, str] = {}
    for folder in sites:
        if not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if name.endswith((".pth", ".egg-link")):
                with open(path, encoding="utf-8", errors="replace") as stream:
                    lines = [os.path.join(folder, line.strip()) for line in stream if line.strip()]
                roots += [line for line in lines if os.path.isdir(line)]
            elif name.startswith(("__editable__", "_editable_impl_")) and name.endswith(".py"):
                mapped.update(_finder_mapping(path))
    return roots, mapped


def _distributions() -> tuple[dict[str, str], dict[str, str]]:
    versions: dict[str, str] = {}
    editable: dict[str, str] = {}
    for found in metadata.distributions():
        name = found.metadata["Name"]
        if not name:
            continue
        name = re.sub(r"[-_.]+", "-", name).lower()
        versions.setdefault(name, found.version or "")
        direct = found.read_text("direct_url.json")
        told = json.loads(direct) if direct else {}
        if told.get("dir_info", {}).get("editable"):
            editable[name] = unquote(re.sub(r"^file://(localhost)?", "", told.get("url", "")))
    return versions, editable


def main() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if entry and os.path.abspath(entry) != here]
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    sites = [entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    sites += [entry for entry in user if entry not in sites]
    roots, mapped = _look(sites)
    versions, editable = _distributions()
    told = {
        "executable": sys.executable,
        "version": ".".join(map(str, sys.version_info[:3])),
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "user_base": site.getuserbase() if site.ENABLE_USER_SITE else "",
        "sites": sites,
        "distributions": versions,
        "roots": roots,
        "mapped": mapped,
        "editable": editable,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
