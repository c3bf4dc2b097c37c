"""`gatecheck install` and `gatecheck uninstall`: git hooks in a repository, and whether they are on."""

from __future__ import annotations

import sys

import click

from gatecheck.cli.options import repo_option
from gatecheck.errors import UsageError
from gatecheck.place import find
from gatecheck.render import escape


@click.command()
@click.option(
    "--strict",
    is_flag=True,
    help="Also guard every local move of a protected branch (reference-transaction).",
)
@click.option("--check", is_flag=True, help="Change nothing; tell whether all that should be on is on.")
@repo_option
@click.pass_context
def install(context: click.Context, /, *, strict: bool, check: bool, repo: str) -> None:
    """Install git hooks that keep protected branches and snapshots from being moved by accident.

    Hooks that are there already are kept, and run as before. Run it again whenever you like: after an update of gatecheck, or when
    core.hooksPath was changed. `gatecheck uninstall` leaves everything as it was.
    """
    if check:
        context.exit(_check(repo, strict=strict))
    from gatecheck.app import boundaries

    done, law = boundaries.install(repo, python(), strict=strict)
    _say(f"hooks in {done.folder}: {', '.join(done.hooks)}")
    for path in done.chained:
        _say(f"kept, and run too: {path}")
    for note in done.notes:
        _say(f"note: {note}")
    protected = ", ".join(law.protect) or "none"
    _say(f"policy of {law.ref if law.tip else 'nobody yet (no commit)'}; protected branches: {protected}")
    _say("next: work on a branch (git switch --create NAME); see whether all is on with: gatecheck doctor")


@click.command()
@repo_option
def uninstall(repo: str) -> None:
    """Take gatecheck's hooks away, and leave what was there before as it was."""
    from gatecheck import install as hooks

    place = find(repo)
    if place is None:
        raise UsageError(f"{repo} is not in a git repository", fix="Name one with --repo DIR.")
    notes = hooks.uninstall(place)
    if notes is None:
        _say("nothing of gatecheck is installed here")
        return
    for note in notes:
        _say(f"note: {note}")
    _say(f"gatecheck's hooks are gone from {place.common_dir}")


@click.command("refresh-hooks", hidden=True)
@repo_option
def refresh_hooks(repo: str) -> None:
    """Write the policy for hooks anew; they call this when it is not the present one."""
    from gatecheck.app import boundaries

    for line in boundaries.refresh(repo, python()):
        click.echo(f"gatecheck: {escape.line(line)}", err=True)


def _check(repo: str, *, strict: bool) -> int:
    from gatecheck.app import boundaries

    facts = boundaries.check(repo, python(), strict=strict)
    for fact in facts:
        _say(f"{'on ' if fact.ok else 'OFF'}  {fact.name}: {fact.says}")
        if not fact.ok:
            _say(f"       fix: {fact.fix}")
    return 0 if all(fact.ok for fact in facts) else 1


def python() -> str:
    """Return the interpreter that hooks are to call."""
    if not sys.executable:
        raise UsageError("this Python does not know its own path", fix="Call gatecheck by its full path.")
    return sys.executable


def _say(line: str) -> None:
    click.echo(escape.line(line))
