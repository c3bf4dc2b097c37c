"""`gatecheck log`: what was decided and done here, in order, and whether anything of it is missing."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.options import repo_option
from gatecheck.logbook import REF, Found, read_back
from gatecheck.proof.log import Checked, check
from gatecheck.render import escape
from gatecheck.repo import Repository


@click.group(invoke_without_command=True, epilog=EXIT_CODES)
@click.option("-n", "--number", type=click.IntRange(min=1), default=20, help="So many entries (default: 20).")
@repo_option
@click.pass_context
def log(context: click.Context, number: int, repo: str) -> None:
    """Show the log, the newest entry first. Nothing is verified; see gatecheck log verify."""
    if context.invoked_subcommand:
        return
    repository = Repository.at(repo)
    tip = repository.resolve(REF)
    if tip is None:
        click.echo("the log is empty here; that of the remote comes with: gatecheck evidence fetch")
        return
    for found, _ in zip(read_back(repository, tip, None), range(number), strict=False):
        _show(found)


@log.command(epilog=EXIT_CODES)
@click.option(
    "--pin", metavar="OID", help="A commit that the log must have: an end of it that you noted before."
)
@click.option("--target", metavar="REF", help="Whose list of keys counts (default: as for gatecheck run).")
@repo_option
@click.pass_context
def verify(context: click.Context, *, pin: str | None, target: str | None, repo: str) -> None:
    """Tell whether every entry is signed, in its place, and bound to the one before.

    What was cut off at the end cannot be seen without --pin: note the end that is told here, elsewhere, and name it the next time.
    """
    checked = check(Repository.at(repo), pin, target)
    for found in checked.faults:
        _show(found)
    if checked.cut:
        told = f"CUT OFF: it does not have {checked.pin}, which was noted before: it was shortened, or written anew"
        click.echo(click.style(escape.line(told), fg="red"))
    click.echo(escape.line(_end(checked)))
    context.exit(checked.exit_code)


def _end(checked: Checked) -> str:
    bad = len(checked.faults)
    pinned = f"; it has {checked.pin}" if checked.pin and not checked.cut else ""
    return f"log at {checked.tip}: {checked.number:,} entries, {bad:,} not to be believed{pinned}"


def _show(found: Found) -> None:
    entry = found.entry
    if entry is None:
        click.echo(click.style(escape.line(f"{found.commit[:12]}  NO ENTRY  {found.fault}"), fg="red"))
        return
    when = datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%d %H:%M")
    things = ", ".join(f"{each.name} {each.digest[:12]}" for each in entry.things)
    parts = [
        f"{entry.seq:>5}",
        when,
        f"{entry.event:<8}",
        entry.ref,
        things,
        entry.note,
        found.signer and f"by {found.signer}",
    ]
    line = escape.line("  ".join(part for part in parts if part))
    red = bool(found.fault) or entry.event == "override"
    click.echo(click.style(line, fg="red" if red else None))
    if found.fault:
        click.echo(click.style(escape.line(f"       {found.fault}"), fg="red"))
