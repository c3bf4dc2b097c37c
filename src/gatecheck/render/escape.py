r"""Text that others wrote (paths, messages, tools' output), made safe to show: nothing in it acts, all of it is seen.

A character that a reader cannot see, or that moves a terminal's cursor, or that turns the direction of writing, is shown
as its escape: `\n`, `\x1b`, `\u202e`. A byte that is not UTF-8 is shown as `\xNN`. Letters, marks and emoji stay.
A program that reads a CI job's log takes some lines for commands; their first character is shown as its escape too.

A backslash stays as it is, so escaping twice is escaping once, and `a\n` may be a newline or two characters: where the
difference counts (`gatecheck.render.json`), the bytes themselves stand beside the text.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE0E)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
"""Printable for Python, and shown as nothing at all: fillers and variation selectors, in which text can be hidden from
people and not from programs. Source: Unicode's Default_Ignorable_Code_Point. The two that emoji need (FE0E, FE0F) stay."""

_LOG_COMMAND = re.compile(r"\A( *):(?=:)|(?<=#)#(?=[A-Za-z]*\[)")
"""`::error` after any blanks (GitHub); `##[group]` (GitHub, Azure), `##vso[` (Azure), `##teamcity[`: anywhere in a line."""


def _shown(char: str) -> str:
    if is_plain(char):
        return char
    if "\udc80" <= char <= "\udcff":  # a byte that surrogateescape carried through, see PEP 383
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode()


def is_plain(text: str) -> bool:
    """Tell whether every character can be shown as it is (a newline cannot)."""
    return text.isprintable() and _UNSEEN.isdisjoint(text)


def line(text: str) -> str:
    r"""Return the text as part of one line: printable, without a newline, and no log command."""
    shown = text if is_plain(text) else "".join(map(_shown, text))
    return _LOG_COMMAND.sub(
        lambda found: (found[1] or "") + (r"\x23" if found[1] is None else r"\x3a"), shown
    )


def lines(text: str) -> list[str]:
    """Return the text's own lines, each made safe; trailing blanks and blank lines at the end are dropped."""
    return [line(part.rstrip()) for part in text.replace("\r\n", "\n").rstrip().split("\n")]


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters and, where something is missing, how much."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def word(text: str) -> str:
    r"""Return one shell word that means exactly this text and shows nothing that acts.

    `$'...'` is understood by bash, zsh, ksh and POSIX.1-2024 shells; it appears only where plain quotes would not do.
    """
    if is_plain(text):
        return shlex.quote(text)
    quoted = "".join(_octal(char) if not is_plain(char) or char in "'\\" else char for char in text)
    return f"$'{quoted}'"


def _octal(char: str) -> str:
    """A character as its bytes; three octal digits end by themselves, hexadecimal ones run on into what follows."""
    errors = "surrogateescape" if "\udc80" <= char <= "\udcff" else "surrogatepass"
    return "".join(f"\\{byte:03o}" for byte in char.encode(errors=errors))


def command(argv: Sequence[str], paths: Sequence[str] = ()) -> str:
    """Return a command line to copy; `paths` come after `--`, so that none is taken for an option."""
    operands = ("--", *paths) if paths else ()
    return line(" ".join(map(word, (*argv, *operands))))
