"""`gatecheck merge`: bring a change on to its branch, with what proves it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import click

from gatecheck.app.flow import Question
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.options import repo_option
from gatecheck.proof.merging import Asked, Merged
from gatecheck.proof.merging import merge as bring_in
from gatecheck.render import Style, escape, render
from gatecheck.render.watch import watcher
from gatecheck.repo import short

_EXAMPLES = """\b
Examples:
  gatecheck merge                  the branch you are on, into its target here
  gatecheck merge --push           the same on the remote, with its evidence, in one push
  gatecheck merge --squash --push  as one commit
"""


@click.command(epilog=f"{_EXAMPLES}\n{EXIT_CODES}")
@click.option("--squash", "way", flag_value="squash", help="All that the branch did as one commit.")
@click.option("--rebase", "way", flag_value="rebase", help="The branch's commits anew, on the target's tip.")
@click.option("--ff", "way", flag_value="ff", help="No new commit; only where the target has not gone on.")
@click.option("--push", is_flag=True, help="Move the remote's branch, not the one here.")
@click.option("-m", "--message", default="", metavar="TEXT", help="The commit's message.")
@click.option("--target", metavar="REF", help="The branch to merge into (default: as for gatecheck run).")
@click.option("--head", metavar="REV", help="What to merge (default: HEAD).")
@click.option(
    "--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Gates at once (default: cores)."
)
@repo_option
@click.pass_context
def merge(context: click.Context, /, **asked: Any) -> None:  # noqa: ANN401 -- click gives the options by name
    """Merge the branch that you are on into its target, if it may enter.

    What lands is exactly what was judged: the trees are compared. The target moves only from where it was when it was judged; if it
    went on meanwhile, the change is judged anew. Your work tree, index and HEAD stay as they are.
    """
    question = Question(asked["repo"], asked["target"], asked["head"], jobs=asked["jobs"])
    wanted = Asked(question, asked["way"] or "merge", asked["push"], asked["message"])
    with watcher(sys.stderr, terminal=sys.stderr.isatty() and os.environ.get("TERM") != "dumb") as listen:
        done = bring_in(wanted, listen)
    if not isinstance(done, Merged):
        click.echo(render("text", done.report, Style(width=100)), nl=False)
        click.echo("gatecheck: nothing was merged", err=True)
        context.exit(done.report.exit_code)
    click.echo("\n".join(escape.line(line) for line in _said(done)))


def _said(done: Merged) -> Iterator[str]:
    move = done.landing
    where = f"{short(move.ref)} of {done.remote}" if done.remote else short(move.ref)
    yield f"merged: {where} is now {move.new} (it was {move.old[:12]})"
    if done.proven is None:
        yield "  by what the gates say here and now: nobody else can check that later"
    elif done.proven.evidence is None:
        yield f"  OVERRIDDEN by {', '.join(each.who[0] for each in done.proven.approvals)}; audit will show it for ever"
    else:
        by = [each.who[0] for each in done.proven.approvals]
        approved = f", approved by {', '.join(by)}" if by else ""
        yield f"  by evidence of {done.proven.evidence.signer.name}{approved}"
    if done.tries > 1:
        yield f"  the target moved meanwhile, so it was judged {done.tries} times"
    for note in done.notes:
        yield f"  note: {note}"
