"""Fills the generated parts of these pages, and the JSON schemas that are shipped, from the code that they describe.

    python docs/generate.py            writes what differs
    python docs/generate.py --check    writes nothing; names what differs and ends with 1

A generated part stands between `<!-- NAME ... -->` and `<!-- /NAME -->`:

    options, rules      of the gate that the page docs/gates/<kind>.md is about
    keys CLASS          the keys of one class of gatecheck.model.document
    kinds, presets      what is installed
    exit-codes          what every command says at the end of its help
    layers              what import-linter enforces
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from gatecheck import policy as policies
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.model import document
from gatecheck.registry import kinds
from gatecheck.registry import schema as policy_schema
from gatecheck.render.schema import schema as report_schema
from gatecheck.settings import Key, keys
from gatecheck.settings.schema import plain

DOCS = Path(__file__).resolve().parent
SCHEMAS = DOCS.parent / "config" / "gatecheck_config"
PART = re.compile(
    r"(?P<open><!-- (?P<name>[a-z-]+)(?: (?P<word>[\w-]+))? -->\n).*?(?P<close><!-- /(?P=name) -->)",
    re.DOTALL,
)

_FORMS = {
    "argv": "command line",
    "glob": "pattern",
    "globs": "patterns",
    "regex": "regular expression",
    "seconds": "time",
    "percent": "0 to 100",
    "path": "path",
}
_TYPES = {
    "bool": "true or false",
    "int": "whole number",
    "float": "number",
    "str": "text",
    "tuple[int, ...]": "whole numbers",
    "tuple[str, ...]": "texts",
    "str | tuple[str, ...]": "text or texts",
}


def options(page: Path, _word: str) -> Iterator[str]:
    """Yield the table of a gate's own options."""
    gate = kinds()[page.stem]
    yield from _table(keys(gate).values(), primary=gate.primary)
    yield ""
    yield f"A bare value sets `{gate.primary}`: `{page.stem}: ...` is `{page.stem}: {{{gate.primary}: ...}}`. "
    yield "The options that every gate takes are in [policy.md](../policy.md#what-every-gate-takes)."


def rules(page: Path, _word: str) -> Iterator[str]:
    """Yield the table of what a gate can find."""
    yield from ("| rule | effect by default | what it says |", "|---|---|---|")
    for rule in kinds()[page.stem].rules:
        yield f"| `{page.stem}/{rule.name}` | {rule.effect} | {_cell(rule.description)} |"


def document_keys(_page: Path, word: str) -> Iterator[str]:
    """Yield the table of the keys of one part of the policy file."""
    yield from _table(keys(getattr(document, word)).values())


def kinds_table(_page: Path, _word: str) -> Iterator[str]:
    """Yield the table of the gates that come with gatecheck: each one's question is its module's first sentence."""
    installed = kinds()
    yield from ("| gate | what it asks |", "|---|---|")
    for kind in (kind for kind in installed if installed.distribution(kind) == "gatecheck"):
        told = inspect.getdoc(sys.modules[installed[kind].__module__]) or ""
        yield f"| [`{kind}`]({kind}.md) | {_cell(told.split(chr(10) + chr(10))[0])} |"


def presets(_page: Path, _word: str) -> Iterator[str]:
    """Yield the table of presets: each one's first line of comment says what it is."""
    yield from ("| preset | what it asks |", "|---|---|")
    for name in policies.presets.names():
        first = policies.presets.data(name).decode().splitlines()[0]
        yield f"| `{name}` | {_cell(first.removeprefix('# '))} |"


def exit_codes(_page: Path, _word: str) -> Iterator[str]:
    """Yield the table of exit codes."""
    yield from ("| code | meaning |", "|---|---|")
    for code, meaning in re.findall(r"^ +(\d+) +(.+)$", EXIT_CODES, re.MULTILINE):
        yield f"| {code} | {_cell(meaning)} |"


def layers(_page: Path, _word: str) -> Iterator[str]:
    """Yield the lines of the layers' contract."""
    settings = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    (found,) = [c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
    yield from ("```text", *found["layers"], "```")


PARTS: dict[str, Callable[[Path, str], Iterator[str]]] = {
    "options": options,
    "rules": rules,
    "keys": document_keys,
    "kinds": kinds_table,
    "presets": presets,
    "exit-codes": exit_codes,
    "layers": layers,
}


def fill(page: Path, text: str) -> str:
    """Return a page's text with its generated parts as they should be."""

    def part(found: re.Match[str]) -> str:
        if found["name"] not in PARTS:
            return found[0]
        lines = PARTS[found["name"]](page, found["word"] or "")
        return found["open"] + "".join(f"{line.rstrip()}\n" for line in lines) + found["close"]

    return PART.sub(part, text)


def wanted() -> Iterator[tuple[Path, str]]:
    """Yield every file that has generated text, and what it should hold."""
    for page in (*sorted(DOCS.rglob("*.md")), DOCS.parent / "README.md"):
        yield page, fill(page, page.read_text(encoding="utf-8"))
    for name, schema in (("schema.json", policy_schema()), ("report.schema.json", report_schema())):
        yield SCHEMAS / name, json.dumps(schema, indent=2) + "\n"


def main(argv: list[str]) -> int:
    """Write, or with --check only compare."""
    check = argv == ["--check"]
    files = list(wanted())
    stale = [(path, text) for path, text in files if not path.is_file() or path.read_text("utf-8") != text]
    for path, text in stale:
        print(f"{'stale' if check else 'wrote'}: {path.relative_to(DOCS.parent)}")
        if not check:
            path.write_text(text, encoding="utf-8")
    if check and stale:
        print("fix: run `make docs` and commit what it writes")
    print(f"looked at {len(files)} files")
    return int(check and bool(stale))


def _table(found: Any, primary: str = "") -> Iterator[str]:  # noqa: ANN401 -- a mapping's values have no public type
    yield from ("| option | value | default | meaning |", "|---|---|---|---|")
    for key in found:
        name = f"`{key.name}`" + (" (primary)" if key.name == primary else "")
        yield f"| {name} | {_value(key)} | {_default(key)} | {_cell(key.doc)} |"


def _value(key: Key) -> str:
    name = (
        key.type.__name__
        if isinstance(key.type, type) and not hasattr(key.type, "__args__")
        else str(key.type)
    )
    name = name.removesuffix(" | None")
    if key.name == "create":
        return "command lines"
    if key.form:
        return _FORMS[key.form]
    if name in _TYPES:
        return _TYPES[name]
    if "Literal[" in name:
        return f"`{name.partition('[')[2].removesuffix(']')}`"
    if isinstance(key.type, type) and issubclass(key.type, StrEnum):
        return f"`{', '.join(repr(str(choice)) for choice in key.type)}`"
    if "Effect" in name:
        return "`block`, `approval` or `note`; or these by rule"
    return "list" if name.startswith("tuple[") else "mapping"


def _default(key: Key) -> str:
    if key.required:
        return "required"
    value = plain(key.default)
    return "" if value in (None, [], {}) else f"`{json.dumps(value, ensure_ascii=False)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
