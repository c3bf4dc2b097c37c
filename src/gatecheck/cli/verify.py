"""`gatecheck verify`: whether it is proven that a commit may be where it is, or go where it would."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.options import repo_option
from gatecheck.proof import words
from gatecheck.proof.errors import Unproven
from gatecheck.proof.verify import subject_of
from gatecheck.proof.verify import verify as look
from gatecheck.render import escape
from gatecheck.repo import Repository

_VERIFY = """\b
Examples:
  gatecheck verify               the branch you are on, against its target
  gatecheck verify origin/main   how the last commit came on to main
  gatecheck verify --json v1.2
"""


@click.command(epilog=f"{_VERIFY}\n{EXIT_CODES}")
@click.argument("what", required=False, metavar="[COMMIT|REF]")
@click.option("--target", metavar="REF", help="The branch (default: as for gatecheck run).")
@click.option("--head", metavar="REV", help="The same as COMMIT; as for gatecheck run.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
@repo_option
@click.pass_context
def verify(context: click.Context, /, **asked: Any) -> None:  # noqa: ANN401 -- click gives the options by name
    """Tell from evidence and approvals alone whether a change may enter its branch, or a commit may be on it.

    No gate is asked, nothing is fetched, nothing of the change is run. What is believed is what the base's .gatecheck/approvers lists.
    """
    repository = Repository.at(asked["repo"], light=True)
    subject = subject_of(repository, asked["what"] or asked["head"], asked["target"])
    try:
        proven = look(repository, subject, time.time())
    except Unproven as error:
        if not asked["as_json"]:
            raise
        click.echo(json.dumps(words.refused(subject, error), indent=2))
        context.exit(error.exit_code)
    if asked["as_json"]:
        click.echo(json.dumps(words.as_data(subject, proven), indent=2))
        return
    for line in words.proven(subject, proven):
        _say(line)


def _say(line: str) -> None:
    red = line.startswith("OVERRIDDEN")
    click.echo(click.style(escape.line(line), fg="red" if red else None))
