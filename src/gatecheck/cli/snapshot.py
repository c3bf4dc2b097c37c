"""`gatecheck snapshot`: keep the current state, and look after what was kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import click

from gatecheck import snapshots
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.run import repo_option
from gatecheck.cli.snapshot_words import told
from gatecheck.errors import UsageError
from gatecheck.place import find
from gatecheck.repo import UserGit
from gatecheck.settings import meant, shown, size

_TAKE = "take"
_EXAMPLES = """\b
Examples:
  gatecheck snapshot "before the new parser"
  gatecheck snapshot --no-push
  gatecheck snapshot list
  gatecheck snapshot restore backup-20260102T030405Z --to rescue
"""


class _Snapshot(click.Group):
    """A group whose first command need not be said: `gatecheck snapshot "why"` is `gatecheck snapshot take "why"`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            _refuse_slip(args, self.commands)
            args = [_TAKE, *args]
        return super().parse_args(ctx, args)


def _refuse_slip(args: list[str], commands: Iterable[str]) -> None:
    """Raise UsageError for a word that was meant as a command; else a snapshot would be made and pushed because of a slip."""
    near = meant(args[0], commands) if args and args[0].isalpha() else ""
    if near:
        raise UsageError(
            f"there is no command {shown(args[0])}{near}",
            fix=f"Say the command, or if it is the reason for a snapshot: gatecheck snapshot take {shown(args[0])}",
        )


def _bytes(_context: click.Context, _parameter: click.Parameter, value: str) -> int:
    try:
        return size(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def taking(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of taking a snapshot."""
    for option in (
        click.option("--no-push", is_flag=True, help="Keep it on this machine only."),
        click.option(
            "--untracked-limit",
            default="50M",
            metavar="SIZE",
            callback=_bytes,
            help="The most bytes of untracked files (default: 50M).",
        ),
        click.option("--tracked-only", is_flag=True, help="Leave untracked files out."),
    ):
        command = option(command)
    return command


def user_git(repo: str) -> UserGit:
    """Return the user's git for a folder. Raises UsageError when it is in no repository."""
    place = find(repo)
    if place is None:
        raise UsageError(
            f"{repo} is not in a git repository",
            fix="Change into one, or name one with --repo DIR.",
        )
    return UserGit(place)


def say(text: str) -> None:
    """Tell what is going on."""
    click.echo(f"{text} ...", err=True)


@click.group(cls=_Snapshot, epilog=f"{_EXAMPLES}\n{EXIT_CODES}")
def snapshot() -> None:
    """Preserve the whole current state: index, work tree and untracked files. Nothing of it is changed.

    `gatecheck snapshot [WHY]` makes a commit on no branch, tags it backup-<time>, pushes the tag, and reads it back from the remote.
    """


@snapshot.command(_TAKE, epilog=EXIT_CODES)
@click.argument("why", required=False, default="")
@taking
@click.option("--for-push", metavar="REMOTE", hidden=True, help="For the pre-push hook.")
@click.option("--branch", metavar="NAME", hidden=True, help="With --for-push: the branch that is pushed.")
@repo_option
@click.pass_context
def take(context: click.Context, /, **asked: Any) -> None:  # noqa: ANN401 -- click gives the options by name
    """Take a snapshot; this is what `gatecheck snapshot` does when no command is said."""
    git = user_git(asked["repo"])
    now = datetime.now(UTC)
    if asked["for_push"]:
        tag = snapshots.bring(git, asked["for_push"], asked["branch"], now, say)
        click.echo(f"{tag} is on the remote")
        return
    wanted = snapshots.Asked(
        asked["why"], asked["tracked_only"], asked["untracked_limit"], push=not asked["no_push"]
    )
    kept = snapshots.take(git, wanted, now, say)
    click.echo("\n".join(told(kept)))
    sys.stdout.flush()
    context.exit(kept.exit_code)
