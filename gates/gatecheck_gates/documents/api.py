"""The public names of a file: functions, classes with their methods, constants, and what is passed on from elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from gatecheck.formats.python_source import shape
from gatecheck_gates.documents.code import definitions
from gatecheck_gates.documents.modules import Bound, Module, last_name
from gatecheck_gates.documents.names import Kind, Name, digest

_NAMED = frozenset({"name", "targets", "target", "decorator_list"})
"""Fields of a definition that do not say what it does."""
_CALLED = ("visit_", "depart_", "leave_", "do_")


def api(module: Module, path: str, offered: frozenset[str]) -> Iterator[Name]:
    """Yield the names that a file offers, each once, with the members of its classes."""
    for name in sorted(offered, key=lambda name: (module.bound[name].node.lineno, name)):
        if not _is_special(name):
            yield from _names(module, path, name, module.bound[name])
    if offered or module.package:
        yield from _listed(module, path)


def _names(module: Module, path: str, name: str, bound: Bound) -> Iterator[Name]:
    node = bound.node
    first = Name(Kind.CONSTANT, name, path, node.lineno, (name,), module=module.dotted)
    if bound.how == "import":
        # whether it has a docstring is not seen from here
        yield replace(first, kind=Kind.REEXPORT, explained=True)
    elif isinstance(node, ast.ClassDef):
        yield from _class(first, node)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield _function(first, node, Kind.FUNCTION)
    else:
        yield replace(first, shape=digest(shape(node, without=_NAMED)))


def _class(first: Name, node: ast.ClassDef) -> Iterator[Name]:
    yield replace(
        first,
        kind=Kind.CLASS,
        explained=ast.get_docstring(node) is not None,
        shape=digest(shape(node, without=_NAMED)),
    )
    seen: set[str] = set()
    for each in definitions(node):
        if each.name.startswith("_") or each.name in seen or _overrides(node, each):
            continue
        seen.add(each.name)
        inner = replace(first, text=f"{first.text}.{each.name}", line=each.lineno, spellings=(each.name,))
        if isinstance(each, ast.ClassDef):
            yield from _class(inner, each)
        else:
            yield _function(inner, each, Kind.METHOD)


def _function(first: Name, node: ast.FunctionDef | ast.AsyncFunctionDef, kind: Kind) -> Name:
    explained = ast.get_docstring(node) is not None
    return replace(first, kind=kind, explained=explained, shape=digest(shape(node, without=_NAMED)))


def _listed(module: Module, path: str) -> Iterator[Name]:
    """Yield the names of `__all__` that come from `import *` or are made when they are asked for."""
    for name, line in (module.all or {}).items():
        if name not in module.bound and not _is_special(name):
            yield Name(Kind.REEXPORT, name, path, line, (name,), explained=True, module=module.dotted)


def _overrides(owner: ast.ClassDef, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Tell whether a member answers a class above: it says so, or is called by its name as visitors' methods are."""
    called = bool(owner.bases) and node.name.startswith(_CALLED)
    return called or any(last_name(decorator) == "override" for decorator in node.decorator_list)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
