"""`gatecheck review`: what somebody must see before they say yes or no."""

from __future__ import annotations

import shutil

import click

from gatecheck.app.docket import open_docket
from gatecheck.app.reviewing import sheet
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.options import repo_option
from gatecheck.render import review as page


@click.command(epilog=EXIT_CODES)
@click.argument("change", required=False, default=None)
@click.option(
    "--target", metavar="REF", help="The branch to merge into (default: the remote's default branch)."
)
@repo_option
def review(change: str | None, target: str | None, repo: str) -> None:
    """Show, on one screen, what a change is, why people are asked about it, what is green, what is risky, and the way back.

    CHANGE is a branch or a commit (default: HEAD). No gate is asked: what is shown is what they said last, here, of exactly this change.
    """
    docket = open_docket(repo, change, target)
    width = min(shutil.get_terminal_size().columns, 120)
    click.echo(page.text(sheet(docket), color=False, width=width), nl=False)
