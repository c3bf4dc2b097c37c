"""What one module binds, and what of it is public: by `__all__` where it has one, else by underscores.

Sources: PEP 8, "Public and internal interfaces"; the typing documentation, "Library interface", for re-exports.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

_TYPE_VARIABLES = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple"})
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Bound:
    """One name at the top of a module."""

    how: Literal["definition", "constant", "variable", "import"]
    """`variable` is an assignment whose name does not say that it is meant for others."""
    node: ast.stmt
    module: str = ""
    """Where an import takes it from: the dotted module."""
    name: str = ""
    """Its name there; empty when the module itself was imported."""
    aliased: bool = False
    """`from x import y as y`, which says that it is passed on."""


@dataclass(frozen=True)
class Module:
    """The top of one module."""

    dotted: str
    package: bool
    """True for an `__init__.py`."""
    bound: Mapping[str, Bound]
    stars: tuple[str, ...]
    """Modules of which everything is imported."""
    all: Mapping[str, int] | None
    """`__all__`, as far as it is written out, with the lines; None without one."""
    all_complete: bool
    """False when a part of `__all__` is computed."""
    answered: frozenset[str]
    """Names that a module's `__getattr__` speaks of (PEP 562): they are deprecated, or loaded late, and still there."""

    def public(self) -> frozenset[str]:
        """Return the bound names that are meant for others."""
        named = self.all or {}
        if self.all is not None and self.all_complete:
            return frozenset(name for name in self.bound if name in named)
        return frozenset(
            name for name, bound in self.bound.items() if name in named or self._offers(name, bound)
        )

    def passes_on(self, name: str, bound: Bound) -> bool:
        """Tell whether a name that is imported here is offered here too."""
        if self.all is not None and self.all_complete:
            return name in self.all
        if self.all is not None and name in self.all:
            return True
        own = self.package and bound.module.startswith(f"{self.dotted}.")
        return not name.startswith("_") and bool(bound.name) and (bound.aliased or own)

    def _offers(self, name: str, bound: Bound) -> bool:
        if bound.how == "import":
            return self.passes_on(name, bound)
        return bound.how != "variable" and not name.startswith("_")


def read_module(tree: ast.Module, dotted: str, *, package: bool) -> Module:
    """Return what a module's tree says at its top, also below `if`, `try` and `with`."""
    bound: dict[str, Bound] = {}
    stars: list[str] = []
    named: dict[str, int] | None = None
    complete = True
    answered: set[str] = set()
    for statement in top(tree):
        if (listed := _listed(statement)) is not None:
            names, whole = listed
            named = {**(named or {}), **names}
            complete = complete and whole
        elif isinstance(statement, ast.ImportFrom):
            source = absolute(statement, dotted, package=package)
            for alias in statement.names:
                if alias.name == "*":
                    stars.append(source)
                else:
                    to = alias.asname or alias.name
                    bound[to] = Bound("import", statement, source, alias.name, alias.asname == alias.name)
        elif isinstance(statement, ast.FunctionDef) and statement.name == "__getattr__":
            answered |= {each.value for each in ast.walk(statement) if _is_text(each)}  # type: ignore[attr-defined]
        elif isinstance(statement, Definition):
            bound[statement.name] = Bound("definition", statement)
        else:
            bound.update(_assigned(statement, bound))
    return Module(
        dotted,
        package,
        bound,
        tuple(stars),
        named,
        complete,
        frozenset(answered),
    )


def top(tree: ast.Module | ast.ClassDef) -> Iterator[ast.stmt]:
    """Yield the statements that run when a module (or class) is made, in order; not what only type checkers or scripts see."""
    left = list(reversed(tree.body))
    while left:
        statement = left.pop()
        if isinstance(statement, ast.If):
            inner = statement.orelse if _is_aside(statement.test) else [*statement.body, *statement.orelse]
            left.extend(reversed(inner))
        elif isinstance(statement, ast.Try | ast.TryStar):
            handled = [each for handler in statement.handlers for each in handler.body]
            left.extend(reversed([*statement.body, *handled, *statement.orelse, *statement.finalbody]))
        elif isinstance(statement, ast.With | ast.For | ast.While):
            left.extend(reversed(statement.body))
        else:
            yield statement


def absolute(statement: ast.ImportFrom, dotted: str, *, package: bool) -> str:
    """Return the dotted module that a `from ... import` names."""
    if not statement.level:
        return statement.module or ""
    up = statement.level - package
    parts = dotted.split(".") if dotted else []
    kept = parts[: max(len(parts) - up, 0)]
    return ".".join([*kept, *((statement.module or "").split(".") if statement.module else ())])


def last_name(node: ast.expr) -> str:
    """Return the last word of a dotted name: `TypeVar` of `t.TypeVar`; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_aside(test: ast.expr) -> bool:
    """Tell whether a condition holds for type checkers alone, or for scripts alone."""
    if isinstance(test, ast.Compare):
        return isinstance(test.left, ast.Name) and test.left.id == "__name__"
    return last_name(test) == "TYPE_CHECKING"


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _assigned(statement: ast.stmt, bound: Mapping[str, Bound]) -> Iterator[tuple[str, Bound]]:
    """Yield the names that an assignment at the top binds."""
    if isinstance(statement, ast.AnnAssign):
        targets, value = [statement.target], statement.value
    elif isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value  # type: ignore[assignment]
    else:
        return
    for target in targets:
        for each in target.elts if isinstance(target, ast.Tuple | ast.List) else (target,):
            if isinstance(each, ast.Name):
                yield (
                    each.id,
                    Bound("constant" if _is_constant(each.id, value, bound) else "variable", statement),
                )


def _is_constant(name: str, value: ast.expr | None, bound: Mapping[str, Bound]) -> bool:
    """Tell whether an assignment makes what others may use: a constant, a class, or another name of a definition.

    `Path = Union[str, bytes]` makes none: it says what something is.
    """
    if isinstance(value, ast.Name) and value.id in bound:
        return bound[value.id].how == "definition"
    if isinstance(value, ast.Call) and last_name(value.func) in _TYPE_VARIABLES:
        return False
    return name.isupper() or (name.strip("_")[:1].isupper() and isinstance(value, ast.Call))


def _listed(statement: ast.stmt) -> tuple[dict[str, int], bool] | None:
    """Return the names that a statement puts into `__all__`, and whether these are all; None when it is about something else."""
    value: ast.expr | None = None
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        value = statement.value if any(map(_is_all, targets)) else None
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value
        if isinstance(called.func, ast.Attribute) and _is_all(called.func.value):
            adds = called.func.attr in {"append", "extend"}
            value = ast.Tuple(called.args) if adds else None
    return None if value is None else _texts(value)


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"


def _texts(value: ast.expr) -> tuple[dict[str, int], bool]:
    found: dict[str, int] = {}
    complete = True
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, ast.List | ast.Tuple | ast.Set):
            left.extend(each.elts)
        elif isinstance(each, ast.BinOp) and isinstance(each.op, ast.Add):
            left.extend((each.left, each.right))
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            found[each.value] = each.lineno
        else:
            complete = False
    return found, complete
