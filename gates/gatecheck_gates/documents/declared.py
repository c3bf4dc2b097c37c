"""Command-line options, environment variables and configuration keys that a file declares, by what it calls.

Options: `option`, `add_argument` and their like, called with a text that begins with a dash (click, typer, argparse, optparse,
pytest). Variables: `os.environ` and `os.getenv` read with a literal or with a constant of the same file, and click's `envvar`.
Keys: the annotated fields of classes whose names say that they hold settings, pytest's `addini`, and what
`gatecheck_gates.documents.keys_read` finds.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from gatecheck_gates.documents.keys_read import keys_read
from gatecheck_gates.documents.modules import last_name, top
from gatecheck_gates.documents.names import Kind, Name

_OPTION_CALLS = frozenset({"option", "Option", "add_argument", "add_option", "addoption", "make_option"})
_OPTION = re.compile(r"--?[A-Za-z0-9][\w.-]*\Z")
_READERS = frozenset({"get", "pop", "setdefault"})
_ENVIRONMENTS = frozenset({"environ", "environb"})
_GETENV = frozenset({"getenv", "getenvb"})
_OF_THE_SYSTEM = re.compile(
    r"(?:PATH|HOME|USER|USERNAME|LOGNAME|SHELL|TERM|COLORTERM|LANG|LANGUAGE|LC_\w+|TZ|TMP|TEMP|TMPDIR|PWD|OLDPWD|HOSTNAME|EDITOR"
    r"|VISUAL|PAGER|BROWSER|COLUMNS|LINES|DISPLAY|XDG_\w+|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES|USERPROFILE|SYSTEMROOT"
    r"|SystemRoot|WINDIR|windir|COMSPEC|PATHEXT|PYTHON[A-Z]+|VIRTUAL_ENV|CONDA_PREFIX|CI|SSH_\w+|DBUS_\w+|WAYLAND_DISPLAY)\Z"
)
"""Variables that an operating system, a shell or Python itself has; whoever reads one adds none."""


def declared(tree: ast.Module, path: str, settings: tuple[str, ...]) -> Iterator[Name]:
    """Yield what a file declares, in no order; `settings` are patterns of the names of classes that hold settings."""
    constants = dict(_constants(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _option(node, path)
            yield from _ini_key(node, path)
        if isinstance(node, ast.ClassDef):
            yield from _fields(node, path, settings)
        for name in _variables(node, constants):
            if not _OF_THE_SYSTEM.match(name):
                yield Name(Kind.VARIABLE, name, path, node.lineno, (name,))  # type: ignore[attr-defined]
    for key, line in keys_read(tree):
        yield _key(key, path, line)


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for statement in top(tree):
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, text = statement.targets[0], literal(statement.value)
            if isinstance(target, ast.Name) and text:
                yield target.id, text


def _option(call: ast.Call, path: str) -> Iterator[Name]:
    if last_name(call.func) not in _OPTION_CALLS:
        return
    written: list[ast.expr] = []
    for argument in call.args:
        written.extend(argument.elts if isinstance(argument, ast.List | ast.Tuple) else (argument,))
    # click takes both flags in one text: "--shout/--no-shout"
    parts = [part.strip() for each in written for part in (literal(each) or "").split("/")]
    spelled = [part for part in parts if _OPTION.match(part)]
    if not spelled or _hidden(call):
        return
    long = [part for part in spelled if part.startswith("--")] or spelled
    explained = any(word.arg == "help" for word in call.keywords)
    yield Name(Kind.OPTION, long[0], path, call.lineno, tuple(long), explained=explained)


def _hidden(call: ast.Call) -> bool:
    """Tell whether an option is kept from the help, and so from readers."""
    for word in call.keywords:
        if word.arg == "hidden" and isinstance(word.value, ast.Constant) and word.value.value is True:
            return True
        if word.arg == "help" and last_name(word.value) in {"SUPPRESS", "SUPPRESS_HELP"}:
            return True
    return False


def _ini_key(call: ast.Call, path: str) -> Iterator[Name]:
    if last_name(call.func) == "addini":
        named = [word.value for word in call.keywords if word.arg == "name"]
        key = literal([*call.args, *named][0]) if [*call.args, *named] else None
        if key:
            yield _key(key, path, call.lineno, explained=True)


def _fields(node: ast.ClassDef, path: str, settings: tuple[str, ...]) -> Iterator[Name]:
    bases = [last_name(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases]
    if not any(fnmatchcase(name, pattern) for name in (node.name, *bases) for pattern in settings):
        return
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            kept = last_name(_unsubscripted(statement.annotation)) in {"ClassVar", "InitVar"}
            if not name.startswith("_") and not kept:
                yield _key(name, path, statement.lineno)


def _unsubscripted(annotation: ast.expr) -> ast.expr:
    return annotation.value if isinstance(annotation, ast.Subscript) else annotation


def _key(key: str, path: str, line: int, *, explained: bool = False) -> Name:
    spellings = dict.fromkeys(
        (key, key.replace("_", "-"), key.replace("-", "_"), key.upper().replace("-", "_"))
    )
    return Name(Kind.KEY, key, path, line, tuple(spellings), explained=explained)


def _variables(node: ast.AST, constants: Mapping[str, str]) -> Iterator[str]:
    """Yield the variables that a node reads."""
    found: list[ast.expr] = []
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        found = [node.slice] if last_name(node.value) in _ENVIRONMENTS else []
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        found = [node.left] if last_name(node.comparators[0]) in _ENVIRONMENTS else []
    elif isinstance(node, ast.Call):
        function = node.func
        reads = isinstance(function, ast.Attribute) and function.attr in _READERS
        if last_name(function) in _GETENV or (reads and last_name(function.value) in _ENVIRONMENTS):  # type: ignore[attr-defined]
            found = node.args[:1]
        for word in node.keywords:
            if word.arg == "envvar":
                found += word.value.elts if isinstance(word.value, ast.List | ast.Tuple) else [word.value]
    for each in found:
        name = literal(each) or (constants.get(each.id) if isinstance(each, ast.Name) else None)
        if name:
            yield name


def literal(node: ast.expr) -> str | None:
    """Return the text of a literal, None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes) and node.value.isascii():
        return node.value.decode()
    return None
