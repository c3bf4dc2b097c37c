"""`gatecheck clean`: what gatecheck keeps, taken away."""

from __future__ import annotations

from pathlib import Path

import click

from gatecheck.cli.options import repo_option
from gatecheck.errors import CannotTell, UsageError
from gatecheck.place import cache_root, find
from gatecheck.upkeep import discard, human, repositories, size_of, sweep, turn


@click.command()
@click.option("--all", "every", is_flag=True, help="Of every repository, not only of this one.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@repo_option
def clean(*, every: bool, dry_run: bool, repo: str) -> None:
    """Remove what gatecheck keeps: slots, environments, results and logs. The repository itself is never touched.

    This is seldom needed: what was used longest ago is removed by itself when there is more than GATECHECK_CACHE_SIZE (10G).
    """
    root = Path(cache_root())
    folders = repositories(root) if every else [_folder(repo)]
    there = [folder for folder in folders if folder.is_dir()]
    if dry_run:
        for folder in there:
            click.echo(f"would remove {folder} ({human(size_of(folder))})")
    elif root.is_dir():
        _clean(root, there, every=every)
    if not there:
        click.echo("there is nothing to remove")


def _folder(repo: str) -> Path:
    place = find(repo)
    if place is None:
        raise UsageError(f"{repo} is not in a git repository", fix="Name one with --repo DIR, or give --all.")
    return Path(place.cache)


def _clean(root: Path, folders: list[Path], *, every: bool) -> None:
    """Remove folders, one after another. Raises UsageError when a run uses one of them, once the others are removed."""
    used = []
    try:
        with turn(root, wait=True):
            sweep(root)  # of one who was killed
            for crash in root.glob("crashes/crash-*.txt") if every else ():
                crash.unlink()
            for folder in folders:
                size = size_of(folder)
                if discard(folder):
                    click.echo(f"removed {folder} ({human(size)})")
                else:
                    used.append(folder)
    except OSError as error:
        raise CannotTell(
            f"{error.filename or root} cannot be removed: {error.strerror}",
            fix=f"See who owns it (ls -ld), mend that, and clean again; all of {root} can be made anew.",
        ) from error
    if used:
        raise UsageError(
            f"a run is using {', '.join(map(str, used))}", fix="Wait for it to end, then clean again."
        )
