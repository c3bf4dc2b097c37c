"""`gatecheck plan`: begin a plan, and see whether one says all that it must."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from gatecheck import plans
from gatecheck.cli.options import repo_option
from gatecheck.cli.policy import work_tree
from gatecheck.errors import UsageError
from gatecheck.render import escape
from gatecheck.repo import Repository, short

_NEXT = (
    "next: write it, see whether anything is missing (gatecheck plan check), and commit it with the change"
)
_JUDGE = (
    "next: commit it with the change; gatecheck run plan --worktree compares it with what the change does"
)


@click.group()
def plan() -> None:
    """Write down what a change is for, how it is done and how one goes back, before it is done."""


@plan.command()
@click.argument("title", required=False, default="")
@repo_option
def new(title: str, repo: str) -> None:
    """Write a new plan to .gatecheck/plans/, with a question for each part that it must have."""
    top, branch = work_tree(repo), _branch(repo)
    for path, begun in _plans(top):
        if begun.flaws and begun.front and branch and begun.front.branch == branch:
            raise UsageError(
                f"{path} is a plan for {branch} that is not finished yet",
                fix=f"Finish it: gatecheck plan check {path}",
            )
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = plans.begin(top, title, branch=branch, time=time)
    click.echo(f"wrote {path}")
    click.echo(_NEXT)


@plan.command()
@click.argument("file", required=False, metavar="[FILE]")
@repo_option
@click.pass_context
def check(context: click.Context, file: str | None, repo: str) -> None:
    """Say all that is wrong with a plan (default: those for the branch that is checked out). It compares nothing with the change."""
    found = [(file, _read(Path(file), file))] if file else _of_branch(repo)
    for name, read in found:
        for flaw in read.flaws:
            click.echo(f"{escape.line(str(flaw))}\n  fix: {escape.line(flaw.fix)}")
        if read.flaws:
            click.echo(f"{escape.line(name)}: {len(read.flaws)} to mend")
        else:
            click.echo(f"{escape.line(name)}: fine")
    if any(read.flaws for _, read in found):
        context.exit(1)
    click.echo(_JUDGE)


def _branch(repo: str) -> str:
    """Return the branch that is checked out; empty when HEAD is detached."""
    ref = Repository.at(repo).symbolic("HEAD")
    return short(ref) if ref else ""


def _of_branch(repo: str) -> list[tuple[str, plans.Plan]]:
    """Return the plans for the branch that is checked out. Raises UsageError when there is none."""
    top, branch = work_tree(repo), _branch(repo)
    there = list(_plans(top))
    found = [(path, read) for path, read in there if not read.front or read.front.branch == branch]
    if found:
        return found
    raise UsageError(
        f"none of the {len(there)} plans in {plans.FOLDER} is for {branch or 'a detached HEAD'}",
        fix="Begin one (gatecheck plan new), or name the file: gatecheck plan check FILE",
    )


def _plans(top: Path) -> Iterator[tuple[str, plans.Plan]]:
    for path in sorted((top / plans.FOLDER).rglob("*.md")):
        if path.is_file():
            name = path.relative_to(top).as_posix()
            yield name, _read(path, name)


def _read(path: Path, name: str) -> plans.Plan:
    try:
        with path.open("rb") as stream:
            return plans.read(stream.read(plans.LARGEST + 1), name)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}", fix="Name a plan's file.") from error
