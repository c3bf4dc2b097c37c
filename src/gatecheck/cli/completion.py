"""`gatecheck completion`: what a shell needs to complete our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(epilog='Example: add `eval "$(gatecheck completion bash)"` to ~/.bashrc.')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete gatecheck's commands."""
    found = get_completion_class(shell)
    if found is None:  # pragma: no cover -- the choice above names only shells that click knows
        raise click.UsageError(f"click cannot complete in {shell}", context)
    click.echo(found(context.find_root().command, {}, "gatecheck", "_GATECHECK_COMPLETE").source())
