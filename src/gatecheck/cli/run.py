"""`gatecheck run`: the question that everything else is about."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from gatecheck import recall
from gatecheck.app.flow import Judgement, Question, judge
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.options import repo_option
from gatecheck.errors import CannotTell
from gatecheck.model import Report
from gatecheck.render import FORMATS, Style, known, render
from gatecheck.render.watch import watcher

_COLORS = ("auto", "always", "never")
_EXAMPLES = """\b
Examples:
  gatecheck run
  gatecheck run tests --target origin/main
  gatecheck run --report json=report.json
"""


@click.command(epilog=f"{_EXAMPLES}\n{EXIT_CODES}")
@click.argument("gates", nargs=-1, metavar="[GATE]...")
@click.option(
    "--target", metavar="REF", help="The branch to merge into (default: the remote's default branch)."
)
@click.option("--head", metavar="REF", help="What to merge (default: HEAD).")
@click.option("--worktree", is_flag=True, help="Judge what is in the work tree now, committed or not.")
@click.option(
    "--output-format", default="text", metavar="FORMAT", help=f"{' or '.join(FORMATS)} (default: text)."
)
@click.option(
    "--report", multiple=True, metavar="FORMAT=FILE", help="Also write the report to a file; may be repeated."
)
@click.option(
    "--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Gates at once (default: cores)."
)
@click.option("--no-cache", is_flag=True, help="Ask every gate anew, whatever is known already.")
@click.option("--portable", is_flag=True, help="Do without overlays: gates' programs run by turns.")
@click.option("--fail-fast", is_flag=True, help="Begin no more gates after the first that fails.")
@click.option(
    "--color", type=click.Choice(_COLORS), default="auto", help="When to use colours (default: auto)."
)
@click.option("-v", "--verbose", is_flag=True, help="Also show old findings, all measurements and every log.")
@repo_option
@click.pass_context
def run(context: click.Context, /, **asked: Any) -> None:  # noqa: ANN401 -- click gives the options by name
    """Judge the merge of HEAD into its target branch.

    Every gate of the target's policy is asked, or only the named ones (a partial run). Uncommitted work counts only with --worktree.
    """
    known(asked["output_format"])
    files = [_report_file(context, word) for word in asked["report"]]
    question = Question(
        repo=asked["repo"],
        target=asked["target"],
        head=asked["head"],
        gates=asked["gates"],
        jobs=asked["jobs"],
        use_cache=not asked["no_cache"],
        fail_fast=asked["fail_fast"],
        portable=asked["portable"],
        worktree=asked["worktree"],
    )
    with watcher(sys.stderr, terminal=sys.stderr.isatty() and os.environ.get("TERM") != "dumb") as listen:
        judgement = judge(question, listen)
    for format_, path in files:
        _write(path, render(format_, judgement.report, Style(width=100)))
    style = Style(_color(asked["color"]), asked["verbose"], min(shutil.get_terminal_size().columns, 120))
    _print(render(asked["output_format"], judgement.report, style))
    _remember(judgement, asked["output_format"], style)
    context.exit(judgement.report.exit_code)


def _report_file(context: click.Context, word: str) -> tuple[str, Path]:
    format_, separator, path = word.partition("=")
    if not separator or not path:
        raise click.UsageError(
            f"--report {word}: write FORMAT=FILE, as in --report json=report.json", context
        )
    known(format_)
    if not Path(path).absolute().parent.is_dir():
        raise click.UsageError(f"--report {word}: there is no folder {Path(path).absolute().parent}", context)
    return format_, Path(path)


def _write(path: Path, text: str) -> None:
    """Write a whole file or none. Raises CannotTell when the disk does not take it: a report that is missing is no pass."""
    path = path.resolve()
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.exists() and not path.is_file():  # a device or a pipe is written to, and never replaced
            path.write_text(text, encoding="utf-8")
            return
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise CannotTell(f"the report {path} cannot be written: {error}", fix="Name another file.") from error


def _color(when: str) -> bool:
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def _print(text: str) -> None:
    sys.stdout.flush()
    try:
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding, "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python tries again at its end
        raise CannotTell(
            f"the report cannot be written to standard output: {error.strerror}",
            fix="Write it to another place.",
        ) from error


def _remember(judgement: Judgement, format_: str, style: Style) -> None:
    """Keep the answer for the next time that the same is asked of the same state."""
    if judgement.witnesses is None:
        return
    out = render(format_, _as_recalled(judgement.report), style).encode(
        sys.stdout.encoding, "backslashreplace"
    )
    recall.remember(sys.argv[1:], judgement.witnesses, judgement.expires, judgement.report.exit_code, out)


def _as_recalled(report: Report) -> Report:
    results = tuple(replace(result, recalled=True, seconds=0.0) for result in report.results)
    return replace(report, results=results, recalled=True, seconds=0.0)
