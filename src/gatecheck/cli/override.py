"""`gatecheck override`: let a change in that nothing proves, under one's own name."""

from __future__ import annotations

from typing import Any

import click

from gatecheck.app import approving, signing
from gatecheck.app.approving import Wish
from gatecheck.app.docket import open_docket
from gatecheck.approval.statement import stamp
from gatecheck.cli.deciding import deciding, note_down, time, user_git
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.render import escape
from gatecheck.repo.remotes import push_remote

_EXAMPLES = """\b
Examples:
  gatecheck override --reason "the registry is down, the fix cannot wait" --push
  gatecheck merge --push
"""


@click.command(epilog=f"{_EXAMPLES}\n{EXIT_CODES}")
@deciding
@click.option("--reason", required=True, metavar="TEXT", help="Why it cannot wait.")
@click.option(
    "--expires", default="4h", metavar="TIME", callback=time, help="How long it holds (default: 4h)."
)
def override(**asked: Any) -> None:  # noqa: ANN401 -- click gives the options by name
    """Let exactly this change in, whatever the gates say: signed by somebody who may approve, and red in every audit for ever.

    CHANGE is a branch or a commit (default: HEAD). It counts for this base and these commits alone, needs as many people as the policy's
    quorum, and does not help against a rejection.
    """
    docket = open_docket(asked["repo"], asked["change"], asked["target"])
    git = user_git(docket)
    statement = approving.stated(docket, Wish("override", asked["reason"], asked["expires"]))
    key = signing.signing_key(git, asked["key"])
    envelope = signing.signed(statement, key)
    one = approving.checked(docket, envelope)
    ref = approving.kept(docket, git, envelope, one.key)
    remote = push_remote(git, docket.aim.origin.branch) or "origin"
    if asked["push"]:
        signing.push(git, remote, ref)
    head, branch = docket.change.head[:12], docket.case.branch
    told = [
        f"OVERRIDDEN by {', '.join(one.who)}: {head} may enter {branch} until {stamp(one.statement.expires)}, whatever the gates say",
        f"  reason   {one.statement.reason}",
        f"  key      {one.key}",
        f"  nonce    {one.statement.nonce}",
    ]
    for line in told:
        click.echo(click.style(escape.line(line), fg="red"))
    note_down(docket, envelope, key)
    if not asked["push"]:
        click.echo(escape.line(f"next: push it, so that others see it: git push {remote} {ref}"))
    click.echo(escape.line(f"then: gatecheck merge --push --head {head} --target {docket.aim.target}"))
