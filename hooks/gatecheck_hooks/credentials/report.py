"""What a reader is told of secrets: where they are, what kind, how to take them out, and never what they say."""

from __future__ import annotations

import os

from gatecheck_hooks.credentials.findings import SHOWN, Finding, Found
from gatecheck_hooks.refusal import Refusal

ALLOWED = ".gatecheck/allowed-secrets"
MOST = 20
"""Lines of a kind that are shown."""
_QUOTED = frozenset(" \t\n'\"$`\\*?[](){}<>|&;#!~")


def refusal(found: Found, ref: str, *, unborn: bool) -> Refusal | None:
    """Return what to say of secrets that would be committed, or None where there are none.

    `ref` is where the list of those stands that may be known; `unborn` tells that there is no commit yet.
    """
    findings = found.findings
    if not findings:
        return None
    what = "a secret is" if len(findings) == 1 else f"{len(findings)} secrets are"
    told = [
        f"{what} staged, and would stay in the history for good:",
        *(f"  - {_told(each)}" for each in findings[:MOST]),
    ]
    if len(findings) > MOST:
        told.append(f"  - and {len(findings) - MOST} more")
    command = "git rm --cached --" if unborn else "git restore --staged --"
    paths = " ".join(dict.fromkeys(_pathspec(each.path) for each in findings[:MOST]))
    fix = (
        f"Take it out of the index, then out of the file: {command} {paths}\n"
        "    If it was ever pushed or shown, replace it where it came from.\n"
        f"    If it may be known to all: have a line `SHA256 reason` ({findings[0].digest[:SHOWN]} ...) in {ALLOWED}\n"
        f"    on {ref}. What a comment says does not count, nor that file in your work tree."
    )
    return Refusal("\n".join(told), fix, 1)


def notes(found: Found) -> list[str]:
    """Return what to say of files that nobody looked into."""
    shown = ", ".join(shown_path(path) for path in found.unread[:MOST])
    more = f" and {len(found.unread) - MOST} more" if len(found.unread) > MOST else ""
    return [f"not looked into for secrets, being large or binary: {shown}{more}"] if shown else []


def _told(finding: Finding) -> str:
    """Return a finding in one line: where, what, how it begins, and by which digest it is known."""
    place = shown_path(finding.path) + (f":{finding.line}" if finding.line else "")
    start = f" {finding.start}..." if finding.start else ""
    return f"{place}: {finding.kind}{start} (sha256 {finding.digest[:SHOWN]})"


def _pathspec(path: bytes) -> str:
    """Return a path as git takes it in any folder of the work tree, quoted for a shell."""
    text = os.fsdecode(path)
    plain = (text[0].isalnum() or text[0] == ".") and not set(text) & set("*?[\\")
    text = f":/{text}" if plain else f":(top,literal){text}"
    if set(text) & _QUOTED:
        text = "'" + text.replace("'", "'\\''") + "'"
    return shown_path(os.fsencode(text))


def shown_path(path: bytes) -> str:
    """Return a path without what a terminal would obey."""
    return "".join(each if each.isprintable() else "?" for each in path.decode("utf-8", "replace"))
