"""Pages that a tool fills from docstrings and help texts: what they tell of stands in the code and not on the page.

Known: Sphinx's autodoc (`.. autoclass:: X` with `:members:`, also in MyST's fences), autosummary with `:recursive:`, autoapi and
autodoc2; mkdocstrings and mkautodoc (`::: package.X`); sphinx-click, mkdocs-click, sphinx-argparse and autoprogram for options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gatecheck_gates.documents.names import Kind, Name

_DIRECTIVE = re.compile(
    r"^[ \t>]*(?:\.\.[ \t]+|`{3,}\{|:{3,}\{)(?P<name>auto\w+|click|argparse|typer|sphinx_argparse_cli)(?:::|\})[ \t]*(?P<target>[\w.:-]*)",
    re.MULTILINE,
)
_MKDOCS = re.compile(r"^[ \t]*::: (?P<target>[\w.:-]+)[ \t]*$", re.MULTILINE)
_OPTIONS = frozenset(
    {"click", "argparse", "typer", "sphinx_argparse_cli", "autoprogram", "mkdocs-click", "mkdocs-typer"}
)
_MEMBERS = re.compile(r"^[ \t]*:(?:members|undoc-members)::?[ \t]*$", re.MULTILINE)
_NO_MEMBERS = re.compile(r"^[ \t]*members:[ \t]*(?:false|no|\[\])", re.MULTILINE | re.IGNORECASE)
_RECURSIVE = re.compile(r"^[ \t]*:recursive:", re.MULTILINE)
_ENTRY = re.compile(r"^[ \t]+~?([\w.]+)[ \t]*$", re.MULTILINE)
_FAR = 4_000
"""Characters of a directive's options and entries that are looked at."""
_DEFAULT = re.compile(r"autodoc_default_(?:options|flags)\s*=\s*[\[{][^\]}]{0,2000}\bmembers\b")
_WHOLE = re.compile(r"""["'](?:autoapi\.extension|autodoc2)["']""")


@dataclass(frozen=True)
class Automatic:
    """One place at which a tool writes what the code says of itself."""

    of: Literal["everything", "module", "class", "any", "options"]
    target: str = ""
    """Dotted; of a class perhaps only its last part."""

    def tells(self, name: Name) -> bool:
        """Tell whether the tool writes of a name there; of what has no docstring it writes nothing."""
        if not name.explained:
            return False
        if self.of == "options" or name.kind is Kind.OPTION:
            return self.of == "options" and name.kind is Kind.OPTION
        if name.kind.family != "api":
            return False
        if self.of == "everything":
            return True
        in_class = bool(name.owner) and self.target.rpartition(".")[2] == name.owner.rpartition(".")[2]
        if self.of == "class":
            return in_class
        in_module = _is_in(name.module, self.target)
        return in_module or (self.of == "any" and in_class)


def _is_in(module: str, target: str) -> bool:
    """Tell whether what a module offers is told of where a tool writes of another: itself, or the package that passes it on."""
    if module == target:
        return True
    below = module.removeprefix(f"{target}.")
    return below != module and all(part.startswith("_") for part in below.split("."))


def automatic(text: str, *, members: bool) -> Iterator[Automatic]:
    """Yield what stands on a page; `members`: Sphinx's configuration asks for members everywhere."""
    yield from _of_sphinx(text, members=members)
    for found in _MKDOCS.finditer(text):
        below = _below(text, found.end())
        if found["target"] in _OPTIONS:
            yield Automatic("options")
        elif below.lstrip().startswith(":"):  # mkautodoc shows members only where they are asked for
            if _MEMBERS.search(below):
                yield Automatic("any", found["target"])
        elif not _NO_MEMBERS.search(below):
            yield Automatic("any", found["target"])


def _of_sphinx(text: str, *, members: bool) -> Iterator[Automatic]:
    for found in _DIRECTIVE.finditer(text):
        name, target = found["name"], found["target"].rpartition(":")[2]
        below = _below(text, found.end())
        if name in _OPTIONS:
            yield Automatic("options", target)
        elif name == "autosummary":
            if _RECURSIVE.search(below):
                yield from (Automatic("module", entry) for entry in _ENTRY.findall(below))
        elif members or _MEMBERS.search(below):
            yield Automatic("module" if name == "automodule" else "class", target)


def configured(conf: str) -> tuple[bool, bool]:
    """Return what a `conf.py` of Sphinx asks for: members everywhere, and pages of the whole package."""
    return bool(_DEFAULT.search(conf)), bool(_WHOLE.search(conf))


def _below(text: str, at: int) -> str:
    """Return the indented lines, and MyST's options, below a directive."""
    lines: list[str] = []
    for line in text[at : at + _FAR].split("\n")[1:]:
        if line.strip() and not line.startswith((" ", "\t", ":", ">")):
            break
        lines.append(line)
    return "\n".join(lines)
