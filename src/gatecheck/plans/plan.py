"""A plan as one file says it, with everything that is wrong with it. Pure: bytes in, a plan and its flaws out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from gatecheck.model import Globs, Place
from gatecheck.plans.front import Flaw, FrontKeys, read_front, split
from gatecheck.plans.sections import Section, below, plain, sections
from gatecheck.plans.template import PARTS, Part
from gatecheck.plans.words import unwritten
from gatecheck.settings import meant
from gatecheck.settings.text import MOST

LARGEST = 256 * 1024
"""Bytes of a plan."""
_WANTED = {plain(part.title): part for part in PARTS if part.asks}


@dataclass(frozen=True)
class Plan:
    """What one plan says."""

    path: str
    front: FrontKeys | None
    """None when the front matter does not say all that it must."""
    sections: int
    """How many sections it has."""
    flaws: tuple[Flaw, ...]
    """What is wrong with it, by place."""

    def declares(self, path: str) -> bool:
        """Tell whether one of the plan's components means a path."""
        return any(globs.match(path) for globs in self._components)

    @cached_property
    def _components(self) -> tuple[Globs, ...]:
        return tuple(map(Globs, self.front.components.values())) if self.front else ()


def read(data: bytes, path: str) -> Plan:
    """Return the plan of a file's bytes; `path` is how its places are called. Nothing is raised."""
    if len(data) > LARGEST:
        message = f"the plan has {len(data):,} bytes; at most {LARGEST:,} are read"
        return Plan(path, None, 0, (Flaw("front-matter", Place(path), message, "Make it shorter."),))
    head, body, first = split(data.replace(b"\r\n", b"\n"))
    front, flaws = (None, (_no_front(path),)) if head is None else read_front(head, path)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first + body.count(b"\n", 0, error.start)
        wrong = Flaw("section", Place(path, line), "this is not UTF-8", "Save the file as UTF-8.")
        return Plan(path, front, 0, (*flaws, wrong))
    found = sections(text, first)
    return Plan(path, front, len(found), tuple(sorted({*flaws, *_parts(found, path)}, key=_where)))


def _where(flaw: Flaw) -> tuple[Place, str]:
    return flaw.place, flaw.message


def _no_front(path: str) -> Flaw:
    message = "there is no front matter: the first line must be `---`, and another `---` must end it"
    return Flaw("front-matter", Place(path), message, "Begin with the template: gatecheck plan new")


def _parts(found: tuple[Section, ...], path: str) -> Iterator[Flaw]:
    """Yield what is wrong with the sections: those that are missing, there twice, or say nothing."""
    names = [section.name for section in found]
    others = [name for name in names if name not in _WANTED][:MOST]
    last = Place(path, found[-1].line if found else 1)
    for name, part in _WANTED.items():
        if name not in names:
            near = meant(name, others)
            message = f"the section {part.title!r} is missing{near}"
            yield Flaw("section", last, message, f"Add `{_heading(part)}`; it answers: {part.asks}")
            continue
        at = names.index(name)
        place = Place(path, found[at].line)
        wrong = unwritten(below(found, at, but=frozenset(_WANTED)))
        if wrong:
            fix = f"Answer it, or say why there is nothing to answer: {part.asks}"
            yield Flaw("section", place, f"the section {part.title!r} {wrong}", fix)
        if names.count(name) > 1:
            again = Place(path, found[names.index(name, at + 1)].line)
            yield Flaw("section", again, f"the section {part.title!r} is there twice", "Put both into one.")


def _heading(part: Part) -> str:
    return f"{'#' * part.level} {part.title}"
