"""The words in which the docs gate says what it saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gatecheck.errors import CannotTell
from gatecheck.formats.page import Block
from gatecheck.formats.python_source import Unreadable
from gatecheck.model import Effect, Finding, Measurement
from gatecheck_gates.documents.deleted import Deleted
from gatecheck_gates.documents.desk import Desk
from gatecheck_gates.documents.links import Broken
from gatecheck_gates.documents.names import Kind, Name
from gatecheck_gates.documents.stale import Stale
from gatecheck_gates.documents.touch import Untouched

_FEW = 5
"""So many names stand in a message, and then their number."""


def undocumented(names: Sequence[Name], desk: Desk) -> Iterator[Finding]:
    """Yield a finding for each name; of a class that no page tells of, one for it and all its members."""
    classes = {name.text for name in names if name.kind is Kind.CLASS}
    for name in names:
        if name.owner in classes:
            continue
        members = [each.last for each in names if name.kind is Kind.CLASS and each.owner == name.text]
        also = f", nor of its {few(members)}" if members else ""
        where = " or ".join(entry.where for entry in desk.where.entries_of(name.path))
        message = f"The {name} is new, and no page tells of it{also} (looked in {where})."
        fix = f"Describe `{name.text}` in {desk.suggested(name)}{_OTHERWISE.get(name.kind, '')}."
        yield Finding("undocumented", message, fix, name.path, name.line)


_HIDE = ", or begin its name with an underscore if it is not for others"
_OTHERWISE = {
    **dict.fromkeys((Kind.FUNCTION, Kind.CLASS, Kind.METHOD, Kind.CONSTANT), _HIDE),
    Kind.REEXPORT: ", or do not pass it on",
    Kind.OPTION: ", or hide it from the help if it is not for others",
}


def stale(found: Stale) -> Finding:
    """Return the finding for a page that tells of what is gone."""
    message = f"The {found.name} of {found.name.path} is gone, and this page still tells of it."
    fix = f"Take `{found.name.text}` out of {found.page}, or say there since when it is gone."
    return Finding("stale", message, fix, found.page, found.line)


def deleted(found: Deleted) -> Finding:
    """Return the finding for a name whose documentation is gone."""
    message = f"{found.page} told of the {found.name}, which is still there, and now no page does."
    fix = f"Put back what {found.page} said of `{found.name.text}`, or describe it elsewhere."
    return Finding("deleted", message, fix, found.name.path, found.name.line)


def untouched(found: Untouched, *, only_note: bool) -> Finding:
    """Return the finding for code that changed without its pages."""
    message = (
        f"{few(found.paths)} changed, and no page of `{found.entry}` says anything new ({found.entry.where})."
    )
    fix = "Say on one of these pages what is different now, if a reader would notice."
    return Finding("untouched", message, fix, found.paths[0], effect=Effect.NOTE if only_note else None)


def changelog(path: str, edits: Sequence[str]) -> Finding:
    """Return the finding for a change without an entry in the changelog."""
    message = f"{few(edits)} changed, and {path} has no new entry for what is unreleased."
    return Finding("changelog", message, f"Write a line into the unreleased part of {path}.", path)


def link(found: Broken, *, new: bool) -> Finding:
    """Return the finding for a link that leads nowhere."""
    message = f"The link to `{found.target}` leads nowhere: {found.why}."
    fix = f"Correct the link in {found.page}, line {found.line}, or put back what it leads to."
    return Finding("link", message, fix, found.page, found.line, introduced=new)


def example(path: str, block: Block, fault: str, *, new: bool) -> Finding:
    """Return the finding for a block of code that cannot be parsed."""
    message = f"The {block.language} block {fault}."
    fix = f"Correct the block in {path}, line {block.line}, or give it no language if it is meant to be so."
    return Finding("example", message, fix, path, block.line, introduced=new)


def cannot_tell(unreadable: Sequence[Unreadable], found: Iterable[Finding]) -> CannotTell:
    """Return the error for changed files of which nothing can be told; what is known already is not hidden."""
    message = "; ".join(error.message for error in unreadable)
    known = [finding.message for finding in found if finding.introduced and finding.effect is not Effect.NOTE]
    also = f" Known already: {' '.join(known[:_FEW])}" if known else ""
    fix = (
        f"{unreadable[0].fix} If it is no code that others use, list it in the gate's `ignore` in the policy."
    )
    return CannotTell(f"What is new cannot be told: {message}.{also}", fix=fix)


def measurements(desk: Desk) -> tuple[Measurement, ...]:
    """Return how many names the change adds and takes away."""
    difference = desk.difference
    return (
        Measurement("new names", len(difference.new), ""),
        Measurement("removed names", len(difference.removed), ""),
    )


def notes(desk: Desk) -> Iterator[str]:
    """Yield what a reader must know to trust the answer."""
    for error in desk.difference.guessed:
        yield f"{error.message[0].upper()}{error.message[1:]}: every word in it counted as a name that was there."
    if desk.everywhere.unreadable:
        yield f"Not looked at for names that pages lost, since they cannot be parsed: {few(desk.everywhere.unreadable)}."


def few(words: Sequence[str]) -> str:
    """Return some words of a list, and how many more there are."""
    more = f" and {len(words) - _FEW} more" if len(words) > _FEW else ""
    return ", ".join(words[:_FEW]) + more
