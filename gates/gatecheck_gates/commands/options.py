"""Whether a command's options fit together, said before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatecheck.formats.json_pointer import is_pointer
from gatecheck_gates.commands.report import SCRATCH, STDOUT

if TYPE_CHECKING:
    from gatecheck_gates.command import Command  # it asks this module, so only its type is known here

_CODES = range(1, 256)


def problems(options: Command) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong."""
    if not options.run or not options.run[0]:
        yield "`run` names no program"
    yield from _ways(options)
    for name, path in (("junit", options.junit), ("sarif", options.sarif), ("json", options.json)):
        if path is not None:
            yield from _path(name, path, options.run)
    if options.count is not None:
        yield from _count(options.count)
    if wrong := [code for code in options.findings_exit or () if code not in _CODES]:
        yield f"`findings-exit` holds {wrong[0]}; exit codes that mean findings are 1 to 255"
    if options.unit is not None and not options.unit.strip():
        yield "`unit` is empty"


def _ways(options: Command) -> Iterator[str]:
    given = [name for name in ("junit", "sarif", "json", "count") if getattr(options, name) is not None]
    if options.exit_code_only:
        given.append("exit-code-only")
    if not given:
        yield (
            "say how to count what the command examined: `junit`, `sarif`, `json` with `pointer`, `count`, or, if there is "
            "nothing to count, `exit-code-only: true`"
        )
    if len(given) > 1 and given != ["sarif", "count"]:
        yield f"`{'`, `'.join(given)}` exclude each other (only `sarif` and `count` go together)"
    if options.json is not None and options.pointer is None:
        yield "`json` needs `pointer`, which says where in the report the count stands"
    if options.pointer is not None and options.json is None:
        yield "`pointer` needs `json`, which says which report it points into"
    if options.pointer is not None and not is_pointer(options.pointer):
        yield f"`pointer` {options.pointer!r} is no JSON pointer, as `/totals/files` is"


def _path(name: str, path: str, argv: tuple[str, ...]) -> Iterator[str]:
    if path == STDOUT:
        if name == "junit":
            yield "`junit` needs a file: test runners print other things too"
        return
    inside = path.removeprefix(f"{SCRATCH}/")
    if not inside or inside.startswith("/") or SCRATCH in inside or ".." in inside.split("/"):
        yield f"`{name}` {path!r} is no path in the tree or below `{SCRATCH}/`"
    if SCRATCH in path and not any(SCRATCH in word for word in argv):
        yield f"`{name}` is below `{SCRATCH}`, and `run` does not tell the command to write there"


def _count(pattern: str) -> Iterator[str]:
    try:
        counted = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        yield f"`count` is no regular expression: {error}"
        return
    if counted.search(""):
        yield "`count` also matches where nothing stands, so it would count an empty output"
