"""`gatecheck doctor`: whether it is really on, here."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.hooks import python
from gatecheck.cli.options import repo_option
from gatecheck.render import escape

_SIGNS = {"on": "on     ", "off": "OFF    ", "unknown": "unknown", "note": "note   "}


@click.command(epilog=EXIT_CODES)
@click.option("--json", "as_json", is_flag=True, help="For programs: everything as one JSON object.")
@repo_option
@click.pass_context
def doctor(context: click.Context, /, *, as_json: bool, repo: str) -> None:
    """Tell whether what the policy asks for is really on in this clone, and what mends it.

    Each hook is looked at, and fired once with something that it must refuse; the remote is asked whether it would take a snapshot.
    Exit code 0 only if all that is required is on, 1 if something is off, 4 if something could not be tried.
    """
    from gatecheck.doctor import examine, exit_code

    found = examine(repo, python())
    code = exit_code(found)
    if as_json:
        told = {"version": 1, "exit_code": code, "symptoms": [asdict(symptom) for symptom in found]}
        click.echo(json.dumps(told, indent=2))
        context.exit(code)
    for symptom in found:
        click.echo(escape.line(f"{_SIGNS[symptom.status]}  {symptom.name}: {symptom.says}"))
        if symptom.fix and symptom.status != "on":
            click.echo(escape.line(f"         fix: {symptom.fix}"))
    click.echo(_LAST[code])
    context.exit(code)


_LAST = {
    0: "all that the policy requires is on here. Hooks are help, not control: the required check is the control.",
    1: "not all that the policy requires is on here (exit code 1); mend what is OFF.",
    4: "what is unknown could not be tried (exit code 4); mend it and ask again.",
}
