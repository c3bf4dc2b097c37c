"""`gatecheck advisories`: what the dependencies gate asks where no service can be reached, brought in and shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from gatecheck.errors import UsageError
from gatecheck.formats.advisories import Advisories


@click.group()
def advisories() -> None:
    """Bring advisories in for audits without a network, and show what there is."""


@advisories.command("import")
@click.argument("source", metavar="FILE|DIR", type=click.Path(exists=True, path_type=Path))
def import_(source: Path) -> None:
    """Compact an export of advisories into one file, for all repositories; it takes the place of an earlier one.

    FILE is an OSV export for PyPI (a zip of JSON records, or one JSON file), DIR a folder of records, such as a clone of the PyPA
    advisory database (JSON or YAML).
    """
    from gatecheck.advisories import bring_in, keep
    from gatecheck.formats.advisories import read_advisories

    imported = bring_in(source.resolve(), datetime.now(UTC))
    path = keep(imported.content)
    for note in imported.notes:
        click.echo(f"note: {note}")
    _about(path, read_advisories(imported.content))


@advisories.command()
@click.argument("pins", nargs=-1, metavar="[NAME==VERSION]...")
def show(pins: tuple[str, ...]) -> None:
    """Show what was imported and how old it is, and which advisories there are for the given pins."""
    from gatecheck.advisories import kept
    from gatecheck.render import escape

    path, found = kept()
    for pin in pins:
        name, equals, version = pin.partition("==")
        if not equals or not version:
            raise UsageError(f"{pin} is no pin", fix="Write NAME==VERSION.")
        known = found.affecting(name.strip(), version.strip())
        click.echo(f"{pin}: {len(known)}")
        for advisory in known:
            aliases = f" ({', '.join(advisory.aliases)})" if advisory.aliases else ""
            click.echo(escape.line(f"  {advisory.id}{aliases}: {advisory.summary}"))
    if not pins:
        _about(path, found)


def _about(path: Path, found: Advisories) -> None:
    from gatecheck.upkeep import human

    about = found.about
    days = (datetime.now(UTC).timestamp() - about.moment) / 86_400
    click.echo(
        f"{about.advisories:,} advisories about {about.packages:,} packages of PyPI, from {about.origin}"
    )
    click.echo(f"withdrawn, and left out: {about.withdrawn:,}")
    click.echo(f"newest record: {about.newest[:10]} ({days:,.0f} days ago)")
    click.echo(f"sha256: {about.digest}")
    click.echo(f"file: {path} ({human(path.stat().st_size)})")
