"""`gatecheck audit`: what came on to a protected branch, and what proved it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.options import repo_option
from gatecheck.proof import audit_words as words
from gatecheck.proof.audit import audit as walk
from gatecheck.proof.known import Known
from gatecheck.proof.verify import subject_of
from gatecheck.render import escape
from gatecheck.repo import Repository


@click.command(epilog=EXIT_CODES)
@click.argument("ref", required=False)
@click.option("--no-cache", is_flag=True, help="Look at every commit anew.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
@repo_option
@click.pass_context
def audit(context: click.Context, /, **asked: Any) -> None:  # noqa: ANN401 -- as above
    """Walk the history of a protected branch and name every commit that came in without valid evidence.

    The branch is the remote's default branch, or REF. Waived and overridden commits are listed too. What was found before is not looked
    at again, unless evidence or approvals of it have changed.
    """
    repository = Repository.at(asked["repo"])
    aim = subject_of(repository, asked["ref"], None).aim
    tip = aim.head if asked["ref"] else aim.base
    ref = f"refs/heads/{aim.branch}"
    known = Known(Path(repository.place.cache), ref)
    if asked["no_cache"]:
        known.forget()
    found = walk(repository, ref, tip, known, _progress)
    if asked["as_json"]:
        click.echo(json.dumps(words.as_data(found), indent=2))
    else:
        for line, red in words.lines(found):
            click.echo(click.style(escape.line(line), fg="red" if red else None))
    context.exit(found.exit_code)


def _progress(text: str) -> None:
    click.echo(f"{text} ...", err=True)
