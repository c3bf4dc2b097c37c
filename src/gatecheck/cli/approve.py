"""`gatecheck approve`, `reject` and `revoke`: somebody's yes or no to exactly one change, signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gatecheck.app import approving, signing
from gatecheck.app.approving import Wish
from gatecheck.app.docket import open_docket
from gatecheck.cli.deciding import deciding, keep, read, sign, time, user_git
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.errors import UsageError

_EXAMPLES = """\b
Examples:
  gatecheck approve                        HEAD, with git's user.signingkey
  gatecheck approve feature --key ~/.ssh/id_ed25519 --expires 8h --push
  gatecheck approve --request yes.txt      then, where the key is:
  ssh-keygen -Y sign -f KEY -n gatecheck-approval yes.txt
  gatecheck approve --import yes.txt       with yes.txt.sig beside it
"""


@click.command(epilog=f"{_EXAMPLES}\n{EXIT_CODES}")
@deciding
@click.option("-m", "--reason", default="", metavar="TEXT", help="Why it may enter.")
@click.option(
    "--expires", default="24h", metavar="TIME", callback=time, help="How long it holds (default: 24h)."
)
@click.option(
    "--scope",
    multiple=True,
    metavar="RULE",
    help="Only this of what waits: a rule or a gate; may be repeated.",
)
@click.option(
    "--request", type=click.Path(dir_okay=False, path_type=Path), help="Write what is to be signed to a file."
)
@click.option(
    "--import",
    "import_",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Take a request and its FILE.sig in.",
)
def approve(**asked: Any) -> None:  # noqa: ANN401 -- click gives the options by name
    """Say yes to exactly this change: sign what would be merged, with an end, so that anybody can check it later.

    CHANGE is a branch or a commit (default: HEAD). See first what you approve, with gatecheck review. A gate that failed is not overridden.
    """
    if asked["request"] and asked["import_"]:
        raise UsageError("--request and --import are two ends of one way", fix="Name one of them.")
    docket = open_docket(asked["repo"], asked["change"], asked["target"])
    if asked["import_"]:
        file: Path = asked["import_"]
        keep(docket, asked, signing.answered(read(file), read(file.with_name(f"{file.name}.sig"))))
        return
    wish = Wish("approve", asked["reason"], asked["expires"], asked["scope"])
    if asked["request"]:
        statement = approving.stated(docket, wish)
        asked["request"].write_bytes(signing.request(statement))
        click.echo(
            f"wrote {asked['request']}; where the key is: ssh-keygen -Y sign -f KEY -n gatecheck-approval {asked['request'].name}"
        )
        click.echo(
            f"then, here, with {asked['request'].name}.sig beside it: {docket.command('approve')} --import {asked['request']}"
        )
        return
    sign(docket, asked, wish)


@click.command(epilog=EXIT_CODES)
@deciding
@click.option("-m", "--reason", required=True, metavar="TEXT", help="What is wrong with it.")
@click.option(
    "--expires", default="720h", metavar="TIME", callback=time, help="How long it holds (default: 30 days)."
)
def reject(**asked: Any) -> None:  # noqa: ANN401 -- as above
    """Say no to what exactly this change does: while that stands, no approval of it holds, and a run fails."""
    docket = open_docket(asked["repo"], asked["change"], asked["target"])
    sign(docket, asked, Wish("reject", asked["reason"], asked["expires"]))


@click.command(epilog=EXIT_CODES)
@deciding
@click.option("-m", "--reason", default="", metavar="TEXT", help="Why it is taken back.")
def revoke(**asked: Any) -> None:  # noqa: ANN401 -- as above
    """Take back what the same key said about exactly this change, yes or no."""
    docket = open_docket(asked["repo"], asked["change"], asked["target"])
    key = signing.fingerprint_of(signing.signing_key(user_git(docket), asked["key"]))
    nonces = approving.own_nonces(docket, key)
    if not nonces:
        raise UsageError(
            "this key said nothing about exactly this change", fix=f"See who did: {docket.command('review')}"
        )
    sign(docket, asked, Wish("revoke", asked["reason"], revokes=nonces))
