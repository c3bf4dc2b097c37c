"""`gatecheck clean`: what gatecheck keeps, taken away."""

from __future__ import annotations

import fcntl
from pathlib import Path

import click

from gatecheck.cli.run import repo_option
from gatecheck.errors import UsageError
from gatecheck.place import cache_root, find
from gatecheck.room import erase


@click.command()
@click.option("--all", "every", is_flag=True, help="Of every repository, not only of this one.")
@repo_option
def clean(*, every: bool, repo: str) -> None:
    """Remove what gatecheck keeps: slots, environments, results and logs. The repository itself is never touched."""
    if every:
        folders = [folder for folder in Path(cache_root()).glob("*") if folder.is_dir()]
    else:
        place = find(repo)
        if place is None:
            raise UsageError(
                f"{repo} is not in a git repository", fix="Name one with --repo DIR, or give --all."
            )
        folders = [Path(place.cache)]
    there = [folder for folder in folders if folder.is_dir()]
    for folder in there:
        _refuse_while_in_use(folder)
        erase(folder)
        click.echo(f"removed {folder}")
    if not there:
        click.echo("there is nothing to remove")


def _refuse_while_in_use(folder: Path) -> None:
    lock = folder / "lock"
    if not lock.exists():
        return
    with lock.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"a run is using {folder}", fix="Wait for it to end, then clean again."
            ) from error
