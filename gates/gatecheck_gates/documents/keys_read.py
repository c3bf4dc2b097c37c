"""The keys that code reads from a TOML or INI file, followed from where the file is loaded to where a literal key is asked for.

Within one function (or the top of a module) a variable that holds a loaded document, or a part of one, is followed through
assignments, `[...]`, `.get(...)` and `.pop(...)`. What goes on through a call or an attribute is not seen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from gatecheck_gates.documents.modules import last_name

_TOML = frozenset({"tomllib", "tomli", "toml", "tomlkit", "rtoml", "pytoml"})
_INI = frozenset({"ConfigParser", "RawConfigParser", "SafeConfigParser"})
_INI_READERS = frozenset({"get", "getint", "getfloat", "getboolean", "has_option"})
_READERS = frozenset({"get", "pop", "setdefault"})
_OF_STANDARDS = frozenset({"project", "build-system", "dependency-groups"})
"""Tables of pyproject.toml whose keys every tool shares."""
_ROUNDS = 4
"""How often assignments are gone through: a loop may use what is assigned below."""
Path = tuple[str, ...]


@dataclass
class _Scope:
    """One function's variables that hold a part of a document, and the keys that it asks for."""

    held: dict[str, tuple[str, Path]] = field(default_factory=dict)
    """Name of a variable to format (`toml`, `ini`) and the keys that lead to what it holds."""
    asked: dict[tuple[str, Path], int] = field(default_factory=dict)


def keys_read(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each key that is asked for, with the line of its first occurrence; a key of one name once a file."""
    seen: set[str] = set()
    outer = _looked_through(tree, _Scope())
    inner = [
        _looked_through(node, _Scope(dict(outer.held)))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for scope in (outer, *inner):
        for (form, path), line in scope.asked.items():
            key = path[-1]
            if _is_own(form, path) and key not in seen:
                seen.add(key)
                yield key, line


def _is_own(form: str, path: Path) -> bool:
    """Tell whether a key is the program's own, and not a table of pyproject.toml or the section of an INI file."""
    if form == "ini":
        return len(path) > 1
    return path[0] not in _OF_STANDARDS and not (path[0] == "tool" and len(path) <= 2)  # noqa: PLR2004 -- tool, name


def _looked_through(scope: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef, found: _Scope) -> _Scope:
    nodes = list(_own_nodes(scope))
    if not found.held and not any(isinstance(node, ast.Call) and _loads(node) for node in nodes):
        return found
    for _ in range(_ROUNDS):
        before = len(found.held)
        for node in nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                _hold(node, found)
        if len(found.held) == before:
            break
    for node in nodes:
        if isinstance(node, ast.Subscript | ast.Call):
            part = _part(node, found)
            if part and part[1]:
                found.asked.setdefault(part, node.lineno)
    return found


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function, and not in a function inside it, in the order in which it is written."""
    left = [*ast.iter_child_nodes(scope)][::-1]
    while left:
        node = left.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            left.extend([*ast.iter_child_nodes(node)][::-1])


def _hold(node: ast.Assign | ast.AnnAssign | ast.NamedExpr, found: _Scope) -> None:
    part = _part(node.value, found)  # type: ignore[arg-type]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if part:
        found.held.update({target.id: part for target in targets if isinstance(target, ast.Name)})


def _part(node: ast.expr, found: _Scope) -> tuple[str, Path] | None:
    """Return which part of which kind of document an expression is; None when it is none, as far as one can see."""
    steps: list[ast.Subscript | ast.Call] = []
    while True:
        if isinstance(node, ast.Subscript):
            steps.append(node)
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not _loads(node):
            steps.append(node)
            node = node.func.value
        else:
            break
    start = found.held.get(node.id) if isinstance(node, ast.Name) else _loads(node)
    if start is None:
        return None
    form, path = start
    for step in reversed(steps):
        keys = _asked(step, two=form == "ini" and not path)
        if not keys:
            return None
        path = (*path, *keys)
    return form, path


def _asked(step: ast.Subscript | ast.Call, *, two: bool) -> Path:
    """Return the keys that one step asks for; `two`: a section and an option at once, as in `.getint("section", "key")`."""
    if isinstance(step, ast.Subscript):
        return _texts([step.slice])
    name = last_name(step.func)
    if two:
        return _texts(step.args[:2]) if name in _INI_READERS else ()
    return _texts(step.args[:1]) if name in _READERS or name in _INI_READERS else ()


def _loads(node: ast.expr) -> tuple[str, Path] | None:
    if not isinstance(node, ast.Call):
        return None
    function = node.func
    if last_name(function) in _INI:
        return "ini", ()
    if isinstance(function, ast.Attribute) and function.attr in {"load", "loads"}:
        return ("toml", ()) if last_name(function.value) in _TOML else None
    return None


def _texts(nodes: list[ast.expr]) -> Path:
    """Return the literals, or nothing when one is something else."""
    found = tuple(
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return found if len(found) == len(nodes) else ()
