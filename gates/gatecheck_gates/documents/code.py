"""The code of one side: which names a file offers to others, by itself or through the packages above it.

A file below a package is public unless a part of its path begins with an underscore. What a private file defines is public where
an `__init__.py` above it passes it on: `pkg/__init__.py` with `from pkg._client import Client` makes the methods of `Client` in
`pkg/_client.py` public.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from gatecheck.formats import python_source
from gatecheck.formats.python_source import Unreadable
from gatecheck_gates.documents.modules import Definition, Module, read_module
from gatecheck_gates.documents.tree import Tree

_ROOTS = frozenset({".", "src", "lib", "python"})
"""Folders in which a module without a package around it is one that others import."""
_FAR = 12
"""Folders that are climbed in search of the top of a package."""
_MANY = 50
"""Classes that are looked at in search of a method."""


@dataclass
class Code:
    """One side's Python files, each parsed once, and only when it is asked for."""

    files: Tree
    exported_only: bool = False
    """Only what packages pass on, or an `__all__` lists, is for others."""
    _trees: dict[str, ast.Module | None] = field(default_factory=dict)
    _modules: dict[str, Module | None] = field(default_factory=dict)
    _packages: dict[str, bool] = field(default_factory=dict)

    def tree(self, path: str) -> ast.Module | None:
        """Return a file's syntax tree, None when it is not there. Raises Unreadable, which names the file."""
        if path not in self._trees:
            data = self.files.read(path)
            try:
                self._trees[path] = None if data is None else python_source.parse(data)
            except Unreadable as error:
                raise Unreadable(f"of {path} on the {self.files.said} {error.reason}", error.line) from error
        return self._trees[path]

    def module(self, path: str) -> Module | None:
        """Return what a file says at its top, None when it is not there. Raises Unreadable."""
        if path not in self._modules:
            tree = self.tree(path)
            package = PurePosixPath(path).name == "__init__.py"
            self._modules[path] = (
                None if tree is None else read_module(tree, self.dotted(path), package=package)
            )
        return self._modules[path]

    def dotted(self, path: str) -> str:
        """Return the name under which a file is imported, from the outermost folder that is a package."""
        pure = PurePosixPath(path)
        parts = [] if pure.name == "__init__.py" else [pure.stem]
        for folder in list(pure.parents)[:_FAR]:
            if str(folder) == "." or not self._is_package(folder):
                break
            parts.insert(0, folder.name)
        return ".".join(parts)

    def offered(self, path: str) -> frozenset[str]:
        """Return the names at the top of a file that others may use. Raises Unreadable."""
        module = self.module(path)
        if module is None or PurePosixPath(path).name == "__main__.py":
            return frozenset()
        unlisted = self.exported_only and not module.package and module.all is None
        if _is_private(path) or unlisted:
            return self._passed_on(path, module)
        return module.public() if self.is_importable(path) or module.all is not None else frozenset()

    def is_importable(self, path: str) -> bool:
        """Tell whether a file is one that others import: it lies in a package, or where modules without one lie."""
        folder = PurePosixPath(path).parent
        return str(folder) in _ROOTS or self._is_package(folder)

    def source_of(self, path: str, dotted: str) -> str | None:
        """Return the path of a module of the same top package as a file; None where there is none."""
        own = self.dotted(path).split(".")
        wanted = dotted.split(".")
        if own[0] != wanted[0]:
            return None
        top = PurePosixPath(path).parents[len(own) - (PurePosixPath(path).name != "__init__.py")]
        for end in (".py", "/__init__.py"):
            there = str(top / ("/".join(wanted) + end))
            if self.files.read(there) is not None:
                return there
        return None

    def inherits(self, path: str, owner: str, method: str) -> bool:
        """Tell whether a class has a method from a class above it in the same package: then it offers nothing new."""
        left = [(path, owner)]
        seen: set[tuple[str, str]] = set()
        while left and len(seen) < _MANY:
            here, name = left.pop()
            if (here, name) in seen:
                continue
            seen.add((here, name))
            module = self.module(here)
            bound = module.bound.get(name) if module else None
            if bound is None:
                continue
            if isinstance(bound.node, ast.ImportFrom):
                there = self.source_of(here, bound.module)
                left += [(there, bound.name)] if there else []
            elif isinstance(bound.node, ast.ClassDef):
                if (here, name) != (path, owner) and any(
                    each.name == method for each in definitions(bound.node)
                ):
                    return True
                bases = (base.value if isinstance(base, ast.Subscript) else base for base in bound.node.bases)
                left += [(here, base.id) for base in bases if isinstance(base, ast.Name)]
        return False

    def _passed_on(self, path: str, module: Module) -> frozenset[str]:
        """Return what the packages above a private file pass on of it."""
        known: dict[str, dict[str, str]] = {module.dotted: {name: name for name in module.bound}}
        stars = {module.dotted: _starred(module)}
        found: set[str] = set()
        for folder in list(PurePosixPath(path).parents)[:_FAR]:
            above = str(folder / "__init__.py")
            package = self.module(above) if above != path else None
            if package is None:
                continue
            passed = {
                name: known[bound.module][bound.name]
                for name, bound in package.bound.items()
                if bound.name in known.get(bound.module, ())
            }
            for star in package.stars:
                passed.update({n: known[star][n] for n in stars.get(star, ()) if n in known[star]})
            known[package.dotted] = passed
            listed = package.all or {}
            stars[package.dotted] = frozenset(
                n for n in passed if n in listed or not (package.all or n.startswith("_"))
            )
            if not _is_private(above):
                found |= {origin for name, origin in passed.items() if _passes_on(package, name)}
        return frozenset(found)

    def _is_package(self, folder: PurePosixPath) -> bool:
        path = str(folder / "__init__.py")
        if path not in self._packages:
            self._packages[path] = self.files.read(path) is not None
        return self._packages[path]


def definitions(owner: ast.ClassDef) -> Iterator[Definition]:
    """Yield what a class defines in its body."""
    for statement in owner.body:
        if isinstance(statement, ast.If):
            yield from (each for each in statement.body if isinstance(each, Definition))
        elif isinstance(statement, Definition):
            yield statement


def _is_private(path: str) -> bool:
    parts = PurePosixPath(path).with_suffix("").parts
    return any(part.startswith("_") and part not in {"__init__", "__main__"} for part in parts)


def _starred(module: Module) -> frozenset[str]:
    """Return what `from module import *` brings."""
    if module.all is not None and module.all_complete:
        return frozenset(module.all)
    return frozenset(name for name in module.bound if not name.startswith("_"))


def _passes_on(package: Module, name: str) -> bool:
    bound = package.bound.get(name)
    if bound is not None:
        return package.passes_on(name, bound)
    if package.all is not None and package.all_complete:
        return name in package.all
    return not name.startswith("_")
