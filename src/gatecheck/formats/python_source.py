"""Python source to a syntax tree, within bounds, without running, compiling or importing anything.

What a stranger wrote may be anything: NUL bytes, a sum of twenty thousand terms, brackets that never close. Whatever stops
the parser comes back as one error that says what it was.
"""

from __future__ import annotations

import ast
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import cast

from gatecheck.errors import CannotTell

LARGEST = 2 * 1024 * 1024
"""Bytes; a tree takes a hundred times as much memory as its source."""
_QUIET = threading.Lock()
"""Python's filters for warnings belong to the whole process."""


class Unreadable(CannotTell):
    """Source that has no syntax tree here; `reason` is the rest of a sentence that begins with the file's name."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        version = ".".join(map(str, sys.version_info[:2]))
        fix = f"See that Python {version}, which runs gatecheck, can parse it."
        super().__init__(f"the source {reason}", fix=fix)
        self.reason = reason
        self.line = line


def parse(source: bytes | str, *, awaiting: bool = False) -> ast.Module:
    """Return the tree of a module's source; with `awaiting`, `await` may stand outside a function. Raises Unreadable."""
    if len(source) > LARGEST:
        raise Unreadable(f"is larger than {LARGEST // 1024:,} KiB")
    try:
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `"\\d"` is for the project's own linter to say
            flags = ast.PyCF_ONLY_AST | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if awaiting else 0)
            tree = compile(source, "<source>", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        at = f", line {error.lineno}" if error.lineno else ""
        raise Unreadable(f"cannot be parsed: {error.msg}{at}", error.lineno) from error
    except (RecursionError, MemoryError) as error:
        raise Unreadable("is nested too deeply to be parsed") from error
    except ValueError as error:  # bytes that are no text, a NUL, a number of too many digits
        raise Unreadable(f"cannot be parsed: {error}") from error
    return cast("ast.Module", tree)


def shape(node: ast.AST, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield what a tree says, regardless of where its lines stand: two trees that yield the same mean the same.

    `without` are fields of the first node that do not count, such as its name. Docstrings do not count anywhere. Works off a
    list, so that no tree is too deep for it.
    """
    first = node
    left: list[object] = [node]
    while left:
        each = left.pop()
        if isinstance(each, ast.AST):
            yield type(each).__name__
            body = undocumented(each)
            for name, value in ast.iter_fields(each):
                if each is first and name in without:
                    continue
                left.append(body if name == "body" and body is not None else value)
        elif isinstance(each, list):
            yield f"[{len(each)}"
            left.extend(each)
        else:
            yield hex(each) if type(each) is int else repr(each)  # repr refuses integers of many digits


def undocumented(node: ast.AST) -> list[ast.stmt] | None:
    """Return a body without its docstring; None for what can have none."""
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    return node.body if ast.get_docstring(node, clean=False) is None else node.body[1:]
