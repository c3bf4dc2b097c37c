"""Asks whether the change adds or alters a dependency that has a known vulnerability.

pip-audit is asked about the pins of both sides at once, so base and merge result are judged by the same advisories at the same
moment: an advisory that came out yesterday, about what the change does not touch, is shown and blocks nothing.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from importlib.util import find_spec
from typing import ClassVar, Literal

from gatecheck.errors import CannotTell
from gatecheck.formats.advisories import SUPPLY
from gatecheck.formats.manifests import Pin, is_project
from gatecheck.model import (
    Answer,
    Change,
    Effect,
    Examined,
    Globs,
    Measurement,
    NotApplicable,
    Outcome,
    Rule,
    Workspace,
    option,
)
from gatecheck_gates.audits.comparing import ADVISORY, UNAUDITED, UNPINNED, hits, of_hits, of_loose
from gatecheck_gates.audits.listing import Both, listed
from gatecheck_gates.audits.pip_audit import Audited, audit, key
from gatecheck_gates.audits.source import Choice, Source, Wishes, opened, pin_of

_NAMED = 10
_SEPARATORS = re.compile(r"[-_.]+")
"""Source: PEP 503, Normalized Names."""


@dataclass(frozen=True)
class Dependencies:
    """Reads the manifests of both sides itself, and asks pip-audit about the pins; nothing is installed or resolved."""

    kind: ClassVar[str] = "dependencies"
    primary: ClassVar[str] = "source"
    supplies: ClassVar[tuple[str, ...]] = (SUPPLY,)
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            ADVISORY,
            Effect.BLOCK,
            "A pin that the change adds or alters has a known vulnerability; the finding bears the advisory's own name, and a "
            "waiver may use that or any of its aliases.",
        ),
        Rule(
            UNAUDITED,
            Effect.APPROVAL,
            "The change adds a dependency that no source of advisories can know: an address, a file elsewhere, a line that "
            "cannot be read. One that lies in this repository is only a note.",
        ),
        Rule(
            UNPINNED,
            Effect.NOTE,
            "The change adds a dependency without one version, so it cannot be looked up.",
        ),
    )

    source: Choice = option(
        "auto",
        doc="Who is asked: `offline` is what `gatecheck advisories import` brought in, `pypi` and `osv` are services; `auto` is "
        "`offline` where something was imported, else `pypi`.",
    )
    max_age: int = option(
        30,
        minimum=1,
        doc="Days that the newest of the imported advisories may be old; older data are an error.",
    )
    manifests: tuple[str, ...] = option(
        (
            "requirements*.txt",
            "*requirements.txt",
            "**/requirements/**/*.txt",
            "constraints*.txt",
            "pyproject.toml",
            "pylock.toml",
            "pylock.*.toml",
            "uv.lock",
            "poetry.lock",
        ),
        form="globs",
        doc="The files that name dependencies; one that has none of the known names is read as a requirements file.",
    )
    audit: Literal["changed", "all"] = option(
        "changed",
        doc="Which of them are looked at: those that the change touches, or all, whatever the change touches.",
    )
    old: Literal["show", "block"] = option(
        "show",
        doc="What a vulnerability does that the base has too: it is shown, or it blocks like a new one.",
    )
    private: tuple[str, ...] = option(
        (),
        doc="Names of packages of your own, `*` for any text: nobody is asked about them, and the report names them.",
    )
    canary: str | None = option(
        None,
        doc="A pin (`NAME==VERSION`) for which the source must have an advisory. Default: one out of the imported data, and "
        "`jinja2==2.11.2` of a service.",
    )
    url: str | None = option(None, doc="The address of a mirror of the OSV interface, with `source: osv`.")

    def __post_init__(self) -> None:
        if self.canary is not None:
            pin_of(self.canary)
        if self.url is not None and (
            self.source != "osv" or not self.url.startswith(("https://", "http://"))
        ):
            raise ValueError("`url` is an http address, and goes with `source: osv`")

    @property
    def needs(self) -> tuple[str, ...]:
        """No other gate's artefacts."""
        return ()

    @property
    def programs(self) -> tuple[str, ...]:
        """Gatecheck's own interpreter, and pip-audit as it is installed there."""
        spec = find_spec("pip_audit")
        return (sys.executable, *([spec.origin] if spec and spec.origin else []))

    def applies(self, change: Change) -> bool:
        """Tell whether the merge result has a changed manifest, or all of them are to be looked at."""
        if self.audit == "all":
            return bool(change.paths)
        return any(path.blob and self._globs.match(path.path) for path in change.paths)

    def check(self, workspace: Workspace) -> Answer:
        """List, ask, compare. Raises ToolError when a pin was not audited, CannotTell when there is none."""
        both = listed(workspace, self._globs, every=self.audit == "all")
        pins = [pin for pin in both.merge.pins if not self._is_private(pin)]
        if not pins:
            return self._nothing_pinned(both)
        before = [pin for pin in both.base.pins if not self._is_private(pin)]
        wishes = Wishes(self.source, self.max_age, self.canary, self.url)
        with opened(workspace, wishes) as source:
            audited = audit(workspace, source, [*pins, *before], pins)
        return self._outcome(both, pins, before, audited, source)

    def _outcome(
        self, both: Both, pins: list[Pin], before: list[Pin], audited: Audited, source: Source
    ) -> Outcome:
        found, old = hits(pins, audited), hits(before, audited)
        findings = of_hits(found, old, before, old_blocks=self.old == "block")
        return Outcome(
            Examined(len({key(pin) for pin in pins}), "pins"),
            (*findings, *of_loose(both.merge.loose, both.base.loose)),
            (Measurement("known vulnerabilities", len(found), "", base=len(old)),),
            (source.says, *self._notes(both, before, audited)),
            until=source.until,
        )

    def _notes(self, both: Both, before: list[Pin], audited: Audited) -> list[str]:
        notes = list(both.notes)
        if own := sorted({pin.name for pin in both.merge.pins if self._is_private(pin)}):
            notes.append(f"Not audited, since the policy calls them private: {_some(own)}.")
        if silent := sorted({f"{pin.name} {pin.version}" for pin in before if key(pin) not in audited}):
            notes.append(
                f"Of the base's {_some(silent)} nothing is known, so nothing of theirs counts as old."
            )
        if beside := [path for path in both.merge.included if not self._globs.match(path)]:
            notes.append(
                f"Included, but not matched by `manifests`, so that a change of it alone is not seen: {_some(beside)}."
            )
        return notes

    def _nothing_pinned(self, both: Both) -> Answer:
        """Say that there is nothing to ask about: not for us where only ranges are declared, as a library does; else an error."""
        where = both.merge.manifests
        ranges = [loose.text for loose in both.merge.loose if loose.why == "range"]
        if not where:
            return NotApplicable("no dependency is added, altered or removed")
        others = [loose for loose in both.merge.loose if loose.why not in {"range", "local"}]
        if all(map(is_project, where)) and not others and not both.merge.pins:
            declared = (
                f"only ranges are declared there ({_some(ranges)})" if ranges else "none is declared there"
            )
            return NotApplicable(
                f"{_some(list(where))} pins no dependency: {declared}, and no lock file was found"
            )
        reasons: dict[str, list[str]] = {}
        for loose in both.merge.loose:
            reasons.setdefault(loose.reason, []).append(loose.text)
        named = "; ".join(f"{_some(texts)} ({reason})" for reason, texts in reasons.items())
        raise CannotTell(
            f"nothing in {_some(list(where))} could be audited: {named or 'it lists none'}",
            fix="Pin dependencies to versions of the index (pip-compile, uv lock), or leave that file out of the gate's"
            " `manifests` on the target branch.",
        )

    @cached_property
    def _globs(self) -> Globs:
        return Globs(self.manifests)

    def _is_private(self, pin: Pin) -> bool:
        return any(fnmatchcase(pin.name, _SEPARATORS.sub("-", pattern.lower())) for pattern in self.private)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED:,} more" if len(names) > _NAMED else shown
