"""What the commands that take snapshots have in common: their options, the user's git, and who hears what is going on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from gatecheck.errors import UsageError
from gatecheck.place import find
from gatecheck.repo import UserGit
from gatecheck.settings import size
from gatecheck.snapshots import Asked


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


def wanted(asked: dict[str, Any]) -> Asked:
    """Return how a snapshot is wanted, from the options."""
    return Asked(asked["why"], asked["tracked_only"], asked["untracked_limit"], push=not asked["no_push"])


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
