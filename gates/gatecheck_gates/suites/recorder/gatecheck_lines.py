"""Reads coverage.py's data about chosen files, in the interpreter that wrote it: `python gatecheck_lines.py request.json`.

It stands alone (Python 3.8 or newer, coverage.py 7.10 or newer) and runs in a folder that holds only the chosen files.
On their changed lines it takes out comments that the base does not have, and the marker's signs from strings (coverage.py
looks for markers in the bare text), so that a marker such as `# pragma: no cover` excludes nothing that the base did not
exclude. Line numbers stay. The answer is a JSON file: `measured` paths,
`statements` (changed line to the first line of its statement), or `problem` with `path`; the report is coverage.py's.
"""

from __future__ import annotations

import ast
import collections
import io
import json
import re
import sys
import tokenize
from pathlib import Path
from typing import Any, Iterator  # noqa: UP035 -- Python 3.8

from coverage import Coverage

_Key = Any
"""A comment's text and the first words of its line."""
_WORDS = 2
_SIGNS = re.compile("#|pragma", re.IGNORECASE)
"""What the patterns of markers look for: the default ones, and those that projects write."""


def main(argv: list[str]) -> None:
    """Read the request, write the answer."""
    request = json.loads(Path(argv[1]).read_text(encoding="utf-8"))
    Path(request["answer"]).write_text(json.dumps(examine(request)), encoding="utf-8")


def examine(request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer; the report is written beside it."""
    cov = Coverage(data_file=request["data"], config_file=request["settings"], messages=False)
    cov.load()
    data = cov.get_data()
    measured = sorted(path for path in data.measured_files() if data.lines(path))
    known = data.measured_files()
    statements = {}
    chosen = []
    for path, wish in sorted(request["files"].items()):
        if path not in known and not wish["touch"]:
            continue
        if path.endswith(".py"):
            try:
                statements[path] = prepare(Path(path), Path(request["base"], path), wish["lines"])
            except (SyntaxError, ValueError, tokenize.TokenError) as error:
                return {"problem": str(error), "path": path}
        chosen.append(path)
    if not measured:
        # Data of a run in which nothing was measured must first be told what kind it is.
        (data.add_arcs if cov.get_option("run:branch") else data.add_lines)({})
    data.touch_files([path for path in chosen if path not in known])
    if chosen:
        cov.json_report(morfs=chosen, outfile=request["report"])
    return {"measured": measured, "statements": statements, "chosen": chosen}


def prepare(path: Path, base: Path, lines: list[int]) -> dict[str, int]:
    """Take the change's own markers out of a file, and say to which statements the changed lines belong."""
    source = read(path)
    changed = set(lines)
    stripped = without_new_comments(source, read(base) if base.exists() else "", changed)
    firsts = first_lines(ast.parse(stripped, str(path)))
    # An encoding cookie that is the change's own was taken out as well.
    path.write_bytes(stripped.encode(encoding_of(stripped.encode("utf-8"))))
    return {str(line): firsts.get(line, line) for line in sorted(changed)}


def read(path: Path) -> str:
    """Return a Python file's text."""
    data = path.read_bytes()
    return data.decode(encoding_of(data))


def encoding_of(data: bytes) -> str:
    """Return what a Python file says of its encoding."""
    return tokenize.detect_encoding(io.BytesIO(data).readline)[0]


def without_new_comments(source: str, base: str, changed: set[int]) -> str:
    """Blank the comments of changed lines, but for those that the base has at a line that begins alike.

    In the rest of a changed line, the signs of a marker are put out of sight: they stand in strings, or mean nothing.
    """
    rows = source.split("\n")  # as tokenize counts them: a form feed ends no line
    kept: collections.Counter[_Key] = collections.Counter(key for key, _ in comments(base))
    kept.subtract(key for key, (row, _, _) in comments(source) if row not in changed)
    found = {row: (key, start, end) for key, (row, start, end) in comments(source)}
    for row in sorted(changed.intersection(range(1, len(rows) + 1))):
        text = rows[row - 1]
        key, start, end = found.get(row, (None, len(text), len(text)))
        comment = text[start:end]
        if kept[key] > 0:
            kept[key] -= 1
        else:
            comment = ""
        code = _SIGNS.sub(lambda sign: "_" * len(sign[0]), text[:start])
        rows[row - 1] = code + comment + text[end:]
    return "\n".join(rows)


def comments(source: str) -> Iterator[tuple[_Key, tuple[int, int, int]]]:
    """Yield each comment as (text, first two words of its line), with row and columns."""
    names: dict[int, tuple[str, ...]] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        row = token.start[0]
        if token.type == tokenize.NAME and len(names.get(row, ())) < _WORDS:
            names[row] = (*names.get(row, ()), token.string)
        if token.type == tokenize.COMMENT:
            yield (token.string, names.get(row, ())), (row, token.start[1], token.end[1])


def first_lines(tree: ast.AST) -> dict[int, int]:
    """Map every line of a statement that spans several (of a compound one: of its head) to the statement's first."""
    firsts: dict[int, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None) or getattr(node, "cases", None)
            last = node.end_lineno or node.lineno
            if body:
                inner = body[0].pattern if hasattr(body[0], "pattern") else body[0]
                decorators = [d.lineno for d in getattr(inner, "decorator_list", ())]
                last = min([inner.lineno, *decorators]) - 1
            for line in range(node.lineno, max(last, node.lineno) + 1):
                firsts[line] = node.lineno
    return firsts


if __name__ == "__main__":
    main(sys.argv)
