"""Started with gatecheck's own interpreter: runs bandit over the files that were written for it.

It is a program of its own because hostile source can crash whoever parses it. Its one argument is a JSON file:

    targets    the files to scan, relative to the current folder
    marked     those of them that say `nosec`
    options    bandit's options
    all, shown, answer    where the reports go: with what `# nosec` hides, without it (of the marked files), and this program's own

The answer has, for each issue in `all` and in its order, the digest of the code that it is about and the names of the definitions
around it; what bandit only logged (a test that broke is neither in its report nor in its exit code); and for files that it
skipped what Python has against them, where that is the reason.
"""

from __future__ import annotations

import ast
import hashlib
import json
import logging
import runpy
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_WORDS = ("ctx", "kind", "type_comment")
"""Fields of syntax trees that say nothing that a reader of the code would see."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPOSED = (ast.BinOp, ast.JoinedStr, ast.FormattedValue)
"""What a text may be a part of while it is still one text."""
_EXIT_CODES = (None, 0, 1)


class Heard(logging.Handler):
    """Keeps what bandit logs as an error or a warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message with its level."""
        self.said.append((record.levelname, record.getMessage()))


def scan(options: list[str], report: str, targets: list[str]) -> None:
    """Run bandit as its command line does. Exits as it did when that means that there is no report."""
    sys.argv = ["bandit", "-q", "-n", "1", "-x", "", "-f", "json", "-o", report, *options, *targets]
    try:
        runpy.run_module("bandit", run_name="__main__")
    except SystemExit as ended:
        if ended.code not in _EXIT_CODES:
            raise


class Source:
    """One file's syntax tree. Everything walks without recursion: the nesting may be as deep as Python can parse."""

    def __init__(self, data: bytes) -> None:
        self._lines = data.splitlines()
        self._parents: dict[ast.AST, ast.AST] = {}
        self._nodes: dict[tuple[int, int | None], list[ast.expr | ast.stmt | ast.excepthandler]] = {}
        for node in ast.walk(ast.parse(data)):
            for child in ast.iter_child_nodes(node):
                self._parents[child] = node
            if isinstance(node, ast.expr | ast.stmt | ast.excepthandler):
                self._nodes.setdefault((node.col_offset, node.end_col_offset), []).append(node)

    def identity(self, issue: dict[str, Any]) -> tuple[str, str]:
        """Return the digest of an issue's code, the same however it is formatted, and the definitions around it."""
        first, last = issue["line_range"][0], issue["line_range"][-1]
        extent = (issue["col_offset"], issue["end_col_offset"])
        there = [node for node in self._nodes.get(extent, ()) if first <= node.lineno <= last]
        if not there:  # about the file as a whole
            line = issue["line_number"]
            text = b" ".join(b" ".join(self._lines[line - 1 : max(line, last)]).split())
            return hashlib.sha256(text).hexdigest(), ""
        node = min(there, key=lambda node: (isinstance(node, ast.stmt), -(node.end_lineno or 0)))
        return digest(self._whole(node)), ".".join(self._around(node))

    def _whole(self, node: ast.AST) -> ast.AST:
        """Return the whole expression that a text is composed in: what is put into a query is part of the query."""
        if not isinstance(node, ast.Constant | ast.JoinedStr):
            return node
        while isinstance(self._parents[node], _COMPOSED):
            node = self._parents[node]
        method = self._parents[node]
        call = self._parents.get(method)
        return call if isinstance(method, ast.Attribute) and isinstance(call, ast.Call) else node

    def _around(self, node: ast.AST) -> list[str]:
        names: list[str] = []
        while node := self._parents.get(node):  # type: ignore[assignment]
            if isinstance(node, _DEFINITIONS):
                names.insert(0, node.name)
        return names


def digest(node: ast.AST) -> str:
    """Return the digest of a syntax tree; of a compound statement only of its head."""
    whole = hashlib.sha256()
    left: list[object] = [node]
    while left:
        item = left.pop()
        whole.update(_head(item))
        if isinstance(item, ast.AST):
            left += reversed(list(_parts(item)))
        elif isinstance(item, list):
            left += reversed(item)
    return whole.hexdigest()


def _parts(node: ast.AST) -> Iterator[object]:
    for name, value in ast.iter_fields(node):
        is_block = isinstance(value, list) and value and isinstance(value[0], ast.stmt | ast.excepthandler)
        if name not in _WORDS and not is_block:
            yield value


def _head(item: object) -> bytes:
    if isinstance(item, ast.AST):
        return f"{type(item).__name__} {len(item._fields)};".encode()
    if isinstance(item, list):
        return f"{len(item)};".encode()
    # repr refuses whole numbers of many digits
    return f"{type(item).__name__} {item:x};".encode() if type(item) is int else f"{item!r};".encode()


def why_not(path: str) -> str:
    """Return what keeps Python from parsing a file; empty when that is not what stopped bandit."""
    try:
        ast.parse(Path(path).read_bytes())
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        return str(error)
    return ""


def main(request_file: str) -> None:
    """Scan, and write what was asked for."""
    request = json.loads(Path(request_file).read_bytes())
    print(f"bandit: {len(request['targets'])} files", flush=True)  # noqa: T201 -- the log says what was scanned
    heard = Heard()
    logging.getLogger("bandit").addHandler(heard)
    warnings.simplefilter("ignore")  # about the code that is scanned
    scan([*request["options"], "--ignore-nosec"], request["all"], request["targets"])
    said = heard.said[:]
    if request["marked"]:
        scan(request["options"], request["shown"], request["marked"])
    sources: dict[str, Source] = {}
    identities = []
    report = json.loads(Path(request["all"]).read_bytes())
    for issue in report["results"]:
        path = issue["filename"]
        if path not in sources:
            sources[path] = Source(Path(path).read_bytes())
        identities.append(sources[path].identity(issue))
    skipped = [error["filename"] for error in report["errors"]]
    reasons = {path: reason for path in skipped if (reason := why_not(path))}
    answer = {"identities": identities, "said": said, "reasons": reasons}
    Path(request["answer"]).write_text(json.dumps(answer), encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1])
