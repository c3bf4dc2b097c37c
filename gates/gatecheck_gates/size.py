"""Asks whether the change and each of its commits are small enough to be read, not counting what nobody wrote."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from gatecheck.formats.gitattributes import Attributes
from gatecheck.model import (
    Answer,
    Change,
    ChangedPath,
    Effect,
    Examined,
    Finding,
    Globs,
    Measurement,
    NotApplicable,
    Outcome,
    Rule,
    Workspace,
    option,
)
from gatecheck.model.risk import Scale, assess, size
from gatecheck_gates.suites.floor import named

_UNCOUNTED = (
    "*.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "pylock*.toml",
    "go.sum",
    "*.min.js",
    "*.min.css",
    "*.map",
    "*_pb2.py",
    "*_pb2_grpc.py",
    "*.pb.go",
    "node_modules/",
)
_ATTRIBUTES = ("linguist-generated", "linguist-vendored")
_MOST_COMMITS = 200
"""Commits that are measured; of a longer branch the last ones."""
_NOTHING = Globs(())


@dataclass(frozen=True)
class Size:
    """Counts lines that are added or edited, files and commits; a line that is only deleted is no work for a reader."""

    kind: ClassVar[str] = "size"
    primary: ClassVar[str] = "lines"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("large", Effect.NOTE, "The change has as many lines or files as the policy names, or more."),
        Rule("commits", Effect.NOTE, "The branch has as many commits as the policy names, or more."),
        Rule("large-commit", Effect.NOTE, "A commit has as many lines as the policy names, or more."),
    )

    lines: int = option(
        500, doc="So many lines that are added or edited make a change large; 0: no number does.", minimum=0
    )
    files: int = option(50, doc="So many files make a change large; 0: no number does.", minimum=0)
    commits: int = option(50, doc="So many commits are many, merges not counted; 0: no number is.", minimum=0)
    commit_lines: int = option(500, doc="So many lines make a commit large; 0: no number does.", minimum=0)
    uncounted: tuple[str, ...] = option(
        _UNCOUNTED,
        form="globs",
        doc="Files that nobody reads line by line, beside those that the base's .gitattributes call `linguist-generated` or "
        "`linguist-vendored`.",
    )

    @property
    def needs(self) -> tuple[str, ...]:
        """No other gate's artefacts."""
        return ()

    @property
    def programs(self) -> tuple[str, ...]:
        """It starts none."""
        return ()

    def applies(self, change: Change) -> bool:
        """Whatever changes has a size."""
        return bool(change.paths)

    def check(self, workspace: Workspace) -> Answer:
        """Count the change as a whole, and each commit of its branch."""
        counts = _Counts(workspace, Globs(self.uncounted))
        paths = workspace.change.paths
        counted = tuple(filter(counts.counts, paths))
        names = {path.path for path in counted}
        left_out = [path.path for path in paths if path.path not in names]
        if paths and not counted:
            return NotApplicable(
                f"no changed file counts: {named(left_out)} is generated, vendored or locked"
            )
        there = {path.path for path in workspace.whole.paths}  # with `inputs`, not all of them can be seen
        change = dataclasses.replace(workspace.change, paths=tuple(p for p in counted if p.path in there))
        lines, files = size(change)
        branch = workspace.history.commits()
        own = [id_ for id_ in branch if len(workspace.history.commit(id_).parents) <= 1]
        measured = {id_: counts.of(id_) for id_ in own[-_MOST_COMMITS:]}
        largest = max((size(commit)[0] for commit in measured.values()), default=0)
        return Outcome(
            Examined(files, "changed files"),
            tuple(self._findings(workspace, change, measured, len(own))),
            (
                Measurement("lines added or edited", lines, "lines"),
                Measurement("commits", len(own), "commits"),
                Measurement("largest commit", largest, "lines"),
            ),
            tuple(_notes(left_out, len(own))),
        )

    def _findings(
        self, workspace: Workspace, change: Change, measured: dict[str, Change], commits: int
    ) -> Iterator[Finding]:
        whole = Scale(_NOTHING, _NOTHING, medium_lines=self.lines, medium_files=self.files)
        if reasons := assess(change, whole).reasons:
            fix = "Split it into changes that can be read, and tried, one by one."
            yield Finding("large", f"the change is large: {', and '.join(reasons)}", fix)
        if self.commits and commits >= self.commits:
            fix = "Merge what is finished in changes of its own, or put together what belongs together: git rebase -i"
            yield Finding("commits", f"the branch has {commits:,} commits", fix)
        each = Scale(_NOTHING, _NOTHING, medium_lines=self.commit_lines)
        for id_, commit in measured.items() if commits > 1 else ():  # else it is the change once more
            if reasons := assess(commit, each).reasons:
                subject = workspace.history.commit(id_).message.strip().partition("\n")[0][:72]
                fix = (
                    "Make a commit of each step, so that one can be read, and taken back, without the others."
                )
                yield Finding(
                    "large-commit", f"the commit {id_[:10]} ({subject}) is large: {reasons[0]}", fix
                )


class _Counts:
    """Tells which paths count, by the policy and by the attributes of the base, so that no change can hide itself."""

    def __init__(self, workspace: Workspace, uncounted: Globs) -> None:
        self._workspace = workspace
        self._uncounted = uncounted
        self._attributes = Attributes(partial(workspace.read, side="base"))
        self._seen = {name for path in workspace.change.paths for name in (path.path, path.old_path)}

    def counts(self, path: ChangedPath) -> bool:
        """Tell whether a changed path counts; one that was renamed, if it counts by either name."""
        return any(map(self._by_name, {path.path, path.old_path or path.path}))

    def of(self, id_: str) -> Change:
        """Return a commit as a change, seen at the paths that count and that the change has in the end."""
        paths = (path for path in self._workspace.history.changed_by(id_) if path.path in self._seen)
        return dataclasses.replace(self._workspace.change, paths=tuple(filter(self.counts, paths)))

    def _by_name(self, path: str) -> bool:
        if self._uncounted.match(path):
            return False
        return not any(self._attributes.is_set(path, name) for name in _ATTRIBUTES)


def _notes(left_out: list[str], commits: int) -> Iterator[str]:
    if left_out:
        yield f"Not counted, since they are generated, vendored or locked: {named(left_out)}."
    if commits > _MOST_COMMITS:
        yield f"Of {commits:,} commits only the last {_MOST_COMMITS} were measured one by one."
