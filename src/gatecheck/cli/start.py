"""`gatecheck start`: where work begins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from gatecheck.app.start import start as begin
from gatecheck.cli import snapshot_words as words
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.options import repo_option
from gatecheck.cli.taking import say, taking, user_git, wanted

_EXAMPLES = """\b
Examples:
  gatecheck start "make the parser faster"
  gatecheck start "try the new cache" --branch cache
"""


@click.command(epilog=f"{_EXAMPLES}\n{EXIT_CODES}")
@click.argument("why", required=False, default="")
@click.option("--branch", metavar="NAME", help="The new branch's name (default: self-improvement-<time>).")
@click.option("--again", is_flag=True, help="Make another branch, though this is one that start made.")
@taking
@repo_option
@click.pass_context
def start(context: click.Context, /, **asked: Any) -> None:  # noqa: ANN401 -- click gives the options by name
    """Begin a piece of work: keep the state as it is now, and go on, with all uncommitted work, on a branch of its own.

    The state is a snapshot (see gatecheck snapshot), on which the branch begins. Where the policy asks for plans, one is begun too.
    """
    git = user_git(asked["repo"])
    started = begin(git, wanted(asked), asked["branch"], datetime.now(UTC), say, again=asked["again"])
    click.echo("\n".join(words.started(started)))
    context.exit(started.kept.exit_code)
