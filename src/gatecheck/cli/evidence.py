"""`gatecheck evidence`: what runners said, signed: shown, carried in files, pushed and fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.options import repo_option
from gatecheck.errors import CannotTell, UsageError
from gatecheck.evidence import Travelled
from gatecheck.render import escape


@click.group()
def evidence() -> None:
    """Show, carry, push and fetch what `gatecheck run --sign` signed.

    It is kept in refs below refs/gatecheck/evidence/, one for each merge result.
    """


@evidence.command(epilog=EXIT_CODES)
@click.argument("commit", required=False)
@repo_option
def show(commit: str | None, repo: str) -> None:
    """Show the evidence for a commit's tree (default: for the merge of HEAD into its target), and whether its base believes it.

    Whether a branch may move is asked with gatecheck verify. Exit code 4 when there is none.
    """
    from gatecheck.app.evidence import find

    found = find(repo, commit)
    for piece in found.pieces:
        said = piece.statement
        click.echo(
            escape.line(
                f"{said.verdict}  {said.created}  {said.head[:12]} into {said.target} at {said.base[:12]}"
            )
        )
        gates = ", ".join(f"{gate.name} {gate.verdict}" for gate in said.gates)
        click.echo(escape.line(f"  gates: {gates or 'none'}"))
        for wait in said.waits:
            click.echo(escape.line(f"  for people to decide: {wait.gate}/{wait.rule}"))
        for waiver in said.waivers:
            click.echo(escape.line(f"  waived: {waiver}"))
        told = f"signed by {piece.signer}" if piece.signer else f"not believed: {piece.doubt}"
        click.echo(escape.line(f"  {told}"))
    for name in found.odd:
        click.echo(escape.line(f"left out, since it is no evidence: {name}"))
    if not found.pieces:
        raise _nothing(found.tree)


@evidence.command(epilog=EXIT_CODES)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("commit", required=False)
@repo_option
def export(file: Path, commit: str | None, repo: str) -> None:
    """Write the evidence for a commit's tree (default: for the merge of HEAD) to a file, one envelope a line: an in-toto bundle."""
    from gatecheck.app.evidence import find
    from gatecheck.cli.printing import write_whole
    from gatecheck.evidence import bundle

    found = find(repo, commit)
    if not found.envelopes:
        raise _nothing(found.tree)
    write_whole(file, bundle.write(found.envelopes).decode("ascii"))
    click.echo(f"{len(found.envelopes)} in {file}")


@evidence.command("import", epilog=EXIT_CODES)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@repo_option
def import_(file: Path, repo: str) -> None:
    """Keep the evidence of a file that `export` wrote. Whether it is believed is seen when it is used."""
    from gatecheck.evidence import bundle, keep
    from gatecheck.repo import Repository, UserGit

    if file.stat().st_size > bundle.LARGEST:
        raise UsageError(f"{file} has more than {bundle.LARGEST:,} bytes", fix="Export less into one file.")
    for ref in keep(UserGit(Repository.at(repo).place), bundle.read(file.read_bytes(), str(file))):
        click.echo(ref)


@evidence.command(epilog=EXIT_CODES)
@click.argument("remote", required=False)
@repo_option
def push(remote: str | None, repo: str) -> None:
    """Add the evidence, approvals and log that are here to a remote (default: the one to which git would push)."""
    from gatecheck.app.evidence import remote_for
    from gatecheck.evidence import push

    for line in _told(push(*remote_for(repo, remote)), "is on"):
        click.echo(escape.line(line))


@evidence.command(epilog=EXIT_CODES)
@click.argument("remote", required=False)
@repo_option
def fetch(remote: str | None, repo: str) -> None:
    """Add the evidence, approvals and log of a remote to what is here."""
    from gatecheck.app.evidence import remote_for
    from gatecheck.evidence import fetch

    for line in _told(fetch(*remote_for(repo, remote)), "is here, as on"):
        click.echo(escape.line(line))


def _told(travelled: Travelled, where: str) -> Iterator[str]:
    for ref in travelled.refs:
        yield f"{ref} {where} {travelled.remote}"
    for ref in travelled.kept:
        yield f"{ref} stays as it is: on {travelled.remote} it went a separate way"
    if not travelled.refs and not travelled.kept:
        yield (
            f"nothing new: both sides have the same as {travelled.remote}"
            if where == "is on"
            else "nothing new"
        )


def _nothing(tree: str) -> CannotTell:
    return CannotTell(
        f"there is no evidence here for the tree {tree[:12]}",
        fix="Fetch it (gatecheck evidence fetch), or make it: gatecheck run --sign KEY",
    )
