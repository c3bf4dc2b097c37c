"""Options that several commands take."""

from __future__ import annotations

import click

repo_option = click.option(
    "--repo", default=".", metavar="DIR", help="The repository (default: where you are)."
)
