"""What the commands that decide about a change have in common: their options, the signature, and what is said at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gatecheck.app import approving, signing
from gatecheck.app.approvals import keys_of
from gatecheck.app.approving import Wish
from gatecheck.app.docket import Docket
from gatecheck.app.logged import logged
from gatecheck.approval.judge import Signed
from gatecheck.approval.statement import parse, stamp
from gatecheck.cli.options import repo_option
from gatecheck.errors import UsageError
from gatecheck.logbook import Thing
from gatecheck.render import escape
from gatecheck.repo import UserGit
from gatecheck.repo.remotes import push_remote
from gatecheck.settings import seconds
from gatecheck.sign import Envelope

LONGEST_NOTE = 200
"""Characters of a reason in the log; all of it stands in what is signed."""


def time(_context: click.Context, _parameter: click.Parameter, value: str) -> float:
    """Return an option's time in seconds."""
    try:
        return seconds(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def deciding(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all decisions."""
    for option in (
        click.argument("change", required=False, default=None),
        click.option(
            "--target", metavar="REF", help="The branch to merge into (default: the remote's default branch)."
        ),
        click.option("--key", metavar="FILE", help="The key to sign with (default: git's user.signingkey)."),
        click.option("--push", is_flag=True, help="Push it at once, so that others see it."),
        repo_option,
    ):
        command = option(command)
    return command


def sign(docket: Docket, asked: dict[str, Any], wish: Wish) -> None:
    """Sign what is wished, with the key that is asked for, and keep it."""
    statement = approving.stated(docket, wish)
    key = signing.signing_key(user_git(docket), asked["key"])
    envelope = signing.signed(statement, key)
    keep(docket, asked, envelope)
    note_down(docket, envelope, key)


def note_down(docket: Docket, envelope: Envelope, key: str) -> None:
    """Write a decision into the log, with the key that signed it; where that cannot be, say why."""
    said, known = parse(envelope.payload), keys_of(docket.repository, docket.case)
    digest = hashlib.sha256(envelope.to_json()).hexdigest()
    about = said.subject
    things = [
        Thing("statement", "sha256", digest),
        Thing("head", "gitCommit", about.head),
        Thing("tree", "gitTree", about.tree),
    ]
    by = (known.signers if known else None, about.repository, key)
    why = logged(
        docket.repository,
        user_git(docket),
        by,
        said.decision,
        about.target,
        things,
        said.reason[:LONGEST_NOTE],
    )
    if why:
        click.echo(escape.line(f"note: {why}"), err=True)


def keep(docket: Docket, asked: dict[str, Any], envelope: Envelope) -> None:
    """Check what was signed as any run will, keep it, and say what it is and what comes next."""
    one = approving.checked(docket, envelope)
    ref = approving.kept(docket, user_git(docket), envelope, one.key)
    for line in _words(docket, one):
        click.echo(escape.line(line))
    remote = push_remote(user_git(docket), docket.aim.origin.branch) or "origin"
    if asked["push"]:
        signing.push(user_git(docket), remote, ref)
        click.echo(f"pushed {ref}")
    click.echo("next:" if asked["push"] else f"next: push it, so that others see it: git push {remote} {ref}")
    click.echo(f"  and have the change judged again: {approving.again(user_git(docket), docket)}")


def _words(docket: Docket, one: Signed) -> list[str]:
    said, change = one.statement, docket.change
    what = {"approve": "approved", "reject": "rejected", "revoke": "took back"}.get(
        said.decision, said.decision
    )
    lines = [
        f"{', '.join(one.who)} {what} {change.head[:12]} into {said.subject.target.removeprefix('refs/heads/')}"
    ]
    lines += [f"  covers   {', '.join(said.covers)}"] if said.covers else []
    lines += [f"  reason   {said.reason}"] if said.reason else []
    lines += [f"  until    {stamp(said.expires)}"] if said.decision != "revoke" else []
    lines += [f"  key      {one.key}", f"  nonce    {said.nonce}"]
    return lines


def user_git(docket: Docket) -> UserGit:
    """Return the user's git for the change's repository."""
    return UserGit(docket.repository.place)


def read(path: Path) -> bytes:
    """Return a file's bytes. Raises UsageError when there are none."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", fix="Name the request, and put its .sig beside it."
        ) from error
