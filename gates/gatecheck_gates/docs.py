"""Asks whether documentation follows the code: what a change adds is described, what it removes is gone, what stays is still told.

The public names, command-line options, configuration keys and environment variables of the changed Python files are compared on
both sides, as syntax trees, and looked for on the pages that the policy maps the code to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from gatecheck.errors import CannotTell
from gatecheck.formats.snippets import fault
from gatecheck.model import (
    Answer,
    Change,
    Effect,
    Examined,
    Finding,
    Globs,
    NotApplicable,
    Outcome,
    Rule,
    Workspace,
    option,
)
from gatecheck_gates.documents import findings as told
from gatecheck_gates.documents.changelog import has_entry
from gatecheck_gates.documents.desk import Desk
from gatecheck_gates.documents.links import broken_links
from gatecheck_gates.documents.mapping import DocumentMap, new_name, old_name

PAGES = (
    "/README*",
    "/CHANGELOG*",
    "/CHANGES*",
    "/HISTORY*",
    "/NEWS*",
    "/docs/**",
    "/doc/**",
    "/changelog/**",
    "/changelog.d/**",
    "/newsfragments/**",
    "!requirements*.txt",
)
IGNORED = (
    "test/",
    "tests/",
    "/testing/",
    "test_*.py",
    "*_test.py",
    "conftest.py",
    "docs/",
    "doc/",
    "examples/",
    "example/",
    "benchmarks/",
    "/benchmark/",
    "/bench/",
    "/scripts/",
    "/tools/",
    "/ci/",
    "/.*/",
    "/setup.py",
    "/noxfile.py",
    "/tasks.py",
    "/fabfile.py",
    "_version.py",
    "_vendor/",
    "vendor/",
    "migrations/",
)


@dataclass(frozen=True)
class Docs:
    """Reads both sides of the changed code and the mapped pages; starts no program."""

    kind: ClassVar[str] = "docs"
    primary: ClassVar[str] = "require"
    everywhere: ClassVar[bool] = True
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("undocumented", Effect.BLOCK, "No mapped page tells of a name that the change makes public."),
        Rule("stale", Effect.BLOCK, "A mapped page still tells of a name that the change takes away."),
        Rule(
            "deleted",
            Effect.BLOCK,
            "The change deletes the only documentation of a name that is still there.",
        ),
        Rule("untouched", Effect.BLOCK, "Code changes, and none of its pages says anything new."),
        Rule("changelog", Effect.BLOCK, "Code changes, and the changelog has no new entry."),
        Rule("link", Effect.BLOCK, "A relative link or an anchor of a page leads nowhere."),
        Rule("example", Effect.BLOCK, "A block of Python, JSON, YAML or TOML on a page cannot be parsed."),
    )

    require: Literal["names", "touched", "both"] = option(
        "names",
        doc="`names`: each new public name is told of, each removed one is not; code that changes without its pages is a note. "
        "`touched`: a change of code says something new on one of its pages, whatever that is. `both`: as it says.",
    )
    map: Mapping[str, tuple[str, ...]] | None = option(
        None,
        form="globs",
        doc='Code to pages, pattern to patterns: `{"shop/**": ["docs/**", README.md]}`. Default: `*.py` to `pages`.',
    )
    pages: tuple[str, ...] = option(
        PAGES, form="globs", doc="The pages of Python code where `map` is not given."
    )
    ignore: tuple[str, ...] = option(IGNORED, form="globs", doc="Files that no page needs to tell of.")
    public: Literal["modules", "exported"] = option(
        "modules",
        doc="`modules`: what modules without a leading underscore define is public. `exported`: only what an `__all__` lists, or "
        "the `__init__.py` of a package defines or passes on; for programs whose modules nobody imports.",
    )
    settings: tuple[str, ...] = option(
        ("*Config", "*Configuration", "*Settings"),
        doc="Names of classes (or of their bases) whose annotated fields are configuration keys; `*` stands for any text.",
    )
    changelog: str | None = option(
        None,
        form="path",
        doc="A change of code needs a new line in the unreleased part of this file, or a new file in this folder.",
    )
    links: bool = option(
        default=False,
        doc="Check relative links and anchors of changed pages, and of those that lead to them.",
    )
    examples: bool = option(
        default=False, doc="Parse the blocks of Python, JSON, YAML and TOML on changed pages."
    )

    def __post_init__(self) -> None:
        for pattern in self.map or {}:
            if not pattern.strip() or pattern.startswith(("!", "#")):
                raise ValueError(
                    f"`map` has {pattern!r}, which matches no code: write a pattern such as `shop/**`"
                )
            Globs((pattern,)).match("x")

    @property
    def needs(self) -> tuple[str, ...]:
        """No other gate's artefacts."""
        return ()

    @property
    def programs(self) -> tuple[str, ...]:
        """It starts none."""
        return ()

    @cached_property
    def where(self) -> DocumentMap:
        """What is code, and what is a page."""
        ignore = Globs(self.ignore)
        if self.map is None:
            return DocumentMap({"*.py": self.pages}, ignore, packages_only=True)
        return DocumentMap(self.map, ignore)

    def applies(self, change: Change) -> bool:
        """Tell whether mapped code or a page changed."""
        return bool(self.where.code_changes(change.paths) or self.where.page_changes(change.paths))

    def check(self, workspace: Workspace) -> Answer:
        """Compare the names, then the pages. Raises CannotTell, with what is known, when a changed file cannot be parsed."""
        desk = Desk(workspace, self.where, self.settings, exported_only=self.public == "exported")
        if not (desk.code or desk.pages):
            return NotApplicable("the changed Python files lie in no package, so nobody imports them")
        if desk.code and not desk.has_pages:
            return self._without_pages()
        names = self.require in {"names", "both"}
        found = [*told.undocumented(list(desk.undocumented()), desk)] if names else []
        found += [told.stale(each) for each in desk.stale()] if names else []
        found += [told.deleted(each) for each in desk.deleted()]
        if self.require != "names" or not found:  # else what is missing is said already, and better
            found += [told.untouched(each, only_note=self.require == "names") for each in desk.untouched()]
        found += [*self._changelog(desk), *self._links(desk), *self._examples(desk)]
        if names and desk.difference.unreadable:
            raise told.cannot_tell(desk.difference.unreadable, found)
        examined = Examined(len({each.path for each in (*desk.code, *desk.pages)}), "files")
        counted = told.measurements(desk) if names else ()
        return Outcome(examined, tuple(found), counted, tuple(told.notes(desk)))

    def _without_pages(self) -> NotApplicable:
        if self.map is None:
            return NotApplicable(
                f"there is no page to hold the code against: {', '.join(self.pages[:3])} ..."
            )
        where = ", ".join(dict.fromkeys(entry.where for entry in self.where.entries))
        raise CannotTell(
            f"No page is there that tells of the code: {where}.",
            fix="Write one, or correct `map` of this gate in the policy.",
        )

    def _changelog(self, desk: Desk) -> Iterator[Finding]:
        if (
            self.changelog
            and desk.edits
            and not has_entry(self.changelog, desk.workspace.whole.paths, *desk.libraries)
        ):
            yield told.changelog(self.changelog, [each.path for each in desk.edits])

    def _links(self, desk: Desk) -> Iterator[Finding]:
        if self.links:
            changed = desk.workspace.whole.paths
            for each, new in broken_links(changed, desk.pages, *desk.libraries, self.where.is_page):
                yield told.link(each, new=new)

    def _examples(self, desk: Desk) -> Iterator[Finding]:
        before, after = desk.libraries
        for changed in desk.pages if self.examples else ():
            new, old = new_name(changed), old_name(changed)
            page, was = after.page(new) if new else None, before.page(old) if old else None
            known = {(block.language, block.text) for block in was.blocks} if was else set()
            for block in page.blocks if page else ():
                if found := fault(block):
                    yield told.example(
                        changed.path, block, found, new=(block.language, block.text) not in known
                    )
