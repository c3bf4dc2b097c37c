"""What the commands about snapshots say, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gatecheck.render import escape
from gatecheck.render.words import count
from gatecheck.settings import human
from gatecheck.snapshots import (
    Arrived,
    Branched,
    Choice,
    Differing,
    Inside,
    Kept,
    Known,
    Missing,
    Pruned,
    PutBack,
)

if TYPE_CHECKING:  # a push that makes a snapshot begins no work, and does not wait for what that needs
    from gatecheck.app.start import Started

_SHOWN = 20


def told(kept: Kept) -> Iterator[str]:
    """Yield what was kept, what was not, and where it is."""
    at = f" at {kept.standing.head[:10]}" if kept.standing.head else ", before its first commit"
    yield f"kept       {kept.snapshot.tag}: the state of {escape.line(kept.standing.says)}{at}"
    new = kept.contents.untracked
    if new:
        size = human(sum(file.size for file in new))
        yield from _some("untracked", f"{count(len(new), 'file')}, {size}", [file.path for file in new])
    if kept.contents.left_out:
        yield f"untracked  {count(kept.contents.left_out, 'file')} left out (--tracked-only)"
    yield from (f"note       {escape.line(note)}" for note in kept.notes)
    yield from (f"secret     {escape.line(leak)}: do not push this snapshot" for leak in kept.leaks)
    match kept.fate:
        case Arrived(remote):
            yield f"pushed     {escape.line(remote)} has it"
        case Missing(why, fix):
            yield f"not pushed {escape.line(why)}"
            yield f"  fix: {escape.line(fix)}"
        case _:
            yield "not pushed as you asked; it is on this machine only"


def started(made: Started) -> Iterator[str]:
    """Yield what was begun, and what to do next."""
    yield from told(made.kept)
    yield f"branch     {escape.line(f'{made.kept.branch}')}, and all uncommitted work is on it as it was"
    yield from (f"note       {escape.line(note)}" for note in made.notes)
    if made.plan:
        yield f"plan       {escape.line(made.plan)}"
        yield f"next: fill in the plan, and commit it: {escape.command(['git', 'add'], [made.plan])} && git commit"
    else:
        yield f"next: work, commit in small steps, then {escape.command(['git', 'push', '-u', made.remote or 'REMOTE', f'{made.kept.branch}'])}"


def listed(found: Sequence[Known]) -> Iterator[str]:
    """Yield a line for each snapshot."""
    if not found:
        yield "there are no snapshots here; take one: gatecheck snapshot"
    wide = max((len(known.snapshot.tag) for known in found), default=0)
    for known in found:
        where = f"{known.branch or 'detached'} at {known.head[:10] if known.head else 'no commit'}"
        yield f"{known.snapshot.tag:<{wide}}  {escape.line(where)}  {escape.line(known.why)}"


def shown(found: Inside, staged: Sequence[Differing], rest: Sequence[Differing]) -> Iterator[str]:
    """Yield what is in a snapshot."""
    known = found.known
    yield f"{known.snapshot.tag}: {escape.line(known.why)}"
    yield f"taken      {known.time:%Y-%m-%d %H:%M:%S} UTC, commit {known.snapshot.commit[:10]}"
    yield f"of         {escape.line(known.branch or 'a detached HEAD')} at {known.head[:10] if known.head else 'no commit'}"
    known_paths = {entry.path for entry in (*found.intents, *found.unmerged)}
    new = [change for change in rest if change.status == "A" and change.path not in known_paths]
    conflicts = list(dict.fromkeys(entry.path for entry in found.unmerged))
    for word, paths in (
        ("conflicts", conflicts),
        ("staged", [f"{change.status} {change.path}" for change in staged]),
        ("unstaged", [f"{change.status} {change.path}" for change in rest if change not in new]),
        ("untracked", [change.path for change in new]),
    ):
        if paths:
            yield from _some(word, count(len(paths), "path"), paths)
    yield from (f"merging    {commit[:10]}" for commit in found.merging)
    yield f"to put it back: gatecheck snapshot restore {known.snapshot.tag} [--to NEW-BRANCH]"


def put_back(found: Inside, done: PutBack) -> Iterator[str]:
    """Yield what was put back into the work tree."""
    yield f"restored   {found.known.snapshot.tag}: {escape.line(found.known.why)}"
    yield f"files      {count(done.written, 'path')} written or removed"
    yield f"index      {count(done.staged, 'path')} staged"
    if done.merging:
        yield f"merge      of {', '.join(commit[:10] for commit in done.merging)} is under way, as it was"
    for path, commit in done.submodules:
        yield f"submodule  {escape.line(path)} was not touched; it was at {commit[:10]}: {escape.command(['git', '-C', path, 'checkout', commit])}"
    yield "next: see what there is with git status"


def branched(found: Inside, done: Branched) -> Iterator[str]:
    """Yield what is on a new branch."""
    yield f"restored   {found.known.snapshot.tag}: {escape.line(found.known.why)}"
    of = f": {', '.join(done.commits)}" if done.commits else "; there was no uncommitted work"
    yield f"branch     {escape.line(done.branch)} at {done.tip[:10]}, with {count(len(done.commits), 'commit')} for it{of}"
    yield "untouched  your work tree, index and HEAD"
    yield f"next: {escape.command(['git', 'switch', done.branch])}"


def pruned(choice: Choice, done: Pruned | None) -> Iterator[str]:
    """Yield which snapshots are gone, or (when nothing was done) would go, and why the others stay."""
    gone = choice.goes if done is None else done.gone
    for known in gone:
        word = "would go  " if done is None else "deleted   "
        yield f"{word} {known.snapshot.tag} (was {known.snapshot.tag_id[:10]}): {escape.line(known.why)}"
    for known, why in (*(done.left if done else ()), *choice.stays):
        yield f"stays      {known.snapshot.tag}: {escape.line(why)}"
    if not choice.goes:
        yield "no snapshot may go"
    elif gone and done:
        yield f"to undo, while git still has it: git update-ref refs/tags/{gone[0].snapshot.tag} {gone[0].snapshot.tag_id}"


def _some(word: str, says: str, paths: Sequence[str]) -> Iterator[str]:
    yield f"{word:<10} {says}"
    yield from (f"           {escape.line(path)}" for path in paths[:_SHOWN])
    if len(paths) > _SHOWN:
        yield f"           and {len(paths) - _SHOWN:,} more"
