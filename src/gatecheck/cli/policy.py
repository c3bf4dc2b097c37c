"""The commands about the policy: begin one, check one, show what one says."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import click

from gatecheck import policy as policies
from gatecheck import registry
from gatecheck.app.law import FILE, judging_policy
from gatecheck.cli.options import repo_option
from gatecheck.errors import UsageError
from gatecheck.formats.python_project import setup_in
from gatecheck.model import Policy
from gatecheck.place import find
from gatecheck.render import escape
from gatecheck.render.schema import schema as report_schema
from gatecheck.repo import Repository

_FILE = click.argument("file", required=False, metavar="[FILE]")


@click.command()
@click.option(
    "--preset", metavar="NAME", help="The preset to extend (default: the one that fits what is found)."
)
@repo_option
def init(repo: str, preset: str | None) -> None:
    """Write a policy to begin with: looks what kind of repository this is, and overwrites nothing."""
    top = work_tree(repo)
    path = top / FILE
    name, found = policies.detect(entry.name for entry in top.iterdir())
    name, found = (preset, "") if preset else (name, found)
    text = policies.starter(name, found, setup_in(top))
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(
            f"{path} is there already", fix=f"Edit it, and check it with: gatecheck validate-config {FILE}"
        ) from error
    except OSError as error:
        with contextlib.suppress(OSError):  # it was never there; half a policy would be worse than none
            path.unlink()
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", fix="Make the folder writable."
        ) from error
    click.echo(f"wrote {path} (preset {name}: {f'found {found}' if found else 'asked for'})")
    click.echo(f"next: read it, then git add {FILE} && git commit; it judges once it is on the target branch")


@click.command("list")
@_FILE
@repo_option
def list_(file: str | None, repo: str) -> None:
    """List the gates of the policy that would judge here (or of FILE), every option, and where it was set."""
    source, description = _describe(file, repo)
    click.echo(f"policy: {source}")
    for gate in description.gates:
        click.echo(f"\n{gate.name}  uses {gate.kind} (from {gate.distribution}), asked for in {gate.origin}")
        width = max((len(setting.name) for setting in gate.options), default=0)
        for setting in gate.options:
            value = escape.line(json.dumps(setting.value, ensure_ascii=False))
            click.echo(f"  {setting.name:<{width}}  {value:<32}  {setting.origin}")


@click.command("validate-config")
@_FILE
@repo_option
def validate_config(file: str | None, repo: str) -> None:
    """Check a policy file (default: the work tree's .gatecheck.yaml) and report every problem at once."""
    path = Path(file) if file else work_tree(repo) / FILE
    wanted = registry.build(_read(path))
    names = ", ".join(gate.name for gate in wanted) or "none"
    click.echo(f"{path}: fine; gates: {names}")


@click.command("show-config")
@_FILE
@repo_option
def show_config(file: str | None, repo: str) -> None:
    """Print the whole policy that would judge here (or FILE's) as JSON, presets included, with every setting's origin."""
    source, description = _describe(file, repo)
    settings = {s.name: {"value": s.value, "origin": s.origin} for s in description.settings}
    gates = {
        gate.name: {
            "uses": gate.kind,
            "origin": gate.origin,
            "options": {s.name: {"value": s.value, "origin": s.origin} for s in gate.options},
        }
        for gate in description.gates
    }
    click.echo(json.dumps({"source": source, "settings": settings, "gates": gates}, indent=2))


@click.command()
@click.argument("what", type=click.Choice(["policy", "report"]), default="policy")
def schema(what: str) -> None:
    """Print the JSON schema of the policy file, or of the JSON report."""
    click.echo(json.dumps(registry.schema() if what == "policy" else report_schema(), indent=2))


def _describe(file: str | None, repo: str) -> tuple[str, registry.Description]:
    policy = _read(Path(file)) if file else judging_policy(Repository.at(repo))
    return policy.source, registry.describe(policy)


def _read(path: Path) -> Policy:
    try:
        with path.open("rb") as stream:
            data = stream.read(1024 * 1024)  # more than a policy may have; the parser says so
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", fix="Name a policy file, or write one: gatecheck init"
        ) from error
    return policies.parse(data, path.as_posix())


def work_tree(repo: str) -> Path:
    """Return the root of the work tree that holds a folder. Raises UsageError when there is none."""
    place = find(repo)
    if place is None or place.work_tree is None:
        raise UsageError(
            f"{repo} is not in a work tree of a git repository",
            fix="Change into one, or name one with --repo DIR.",
        )
    return Path(place.work_tree)
