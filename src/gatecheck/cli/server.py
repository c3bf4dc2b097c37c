"""`gatecheck server`: hooks for the repository that holds protected branches, and whether they really judge every push."""

from __future__ import annotations

import click

from gatecheck import __version__
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.hooks import python
from gatecheck.cli.options import repo_option
from gatecheck.errors import UsageError
from gatecheck.render import escape

_SIGNS = {"on": "on     ", "off": "OFF    ", "unknown": "unknown", "note": "note   "}


@click.group()
def server() -> None:
    """Judge every push in the bare repository that holds protected branches.

    Its pre-receive hook runs nothing of what is pushed: it asks whether the signed evidence and the approvals for exactly this tree
    are there. Say these as the account that owns the repository.
    """


@server.command()
@click.argument("folder", metavar="DIR.git")
@click.option(
    "--bootstrap",
    metavar="DIGEST",
    help="Where there is no policy yet: the first one is this (gatecheck server digest).",
)
@click.option(
    "--into", metavar="DIR", help="A forge's folder of pre-receive hooks, in which ours is one more."
)
@click.option(
    "--allow-rewrites", is_flag=True, help="Branches that are not protected may be deleted and rewritten."
)
def install(folder: str, bootstrap: str | None, into: str | None, *, allow_rewrites: bool) -> None:
    """Install the hooks, and set what git itself must refuse."""
    from gatecheck.server import installing
    from gatecheck.server.ground import bare

    wish = installing.Wish(__version__, python(), bootstrap, into, allow_rewrites)
    done = installing.install(bare(folder), wish)
    for path in done.files:
        _say(f"hook: {path}")
    for path in done.chained:
        _say(f"kept, and run too: {path}")
    for note in done.notes:
        _say(f"note: {note}")
    if done.law.policy:
        _say(f"protected: {', '.join(done.law.policy.protect)}, by the policy of {done.law.default}")
    else:
        _say(f"pinned: the first push to {done.law.default} must bring the policy {done.record.bootstrap}")
    _say(f"next: see whether every push is judged: gatecheck server check {escape.word(folder)}")


@server.command(epilog=EXIT_CODES)
@click.argument("folder", metavar="DIR.git")
@click.pass_context
def check(context: click.Context, /, folder: str) -> None:
    """Tell whether every push is judged, and what mends it where not."""
    from gatecheck.doctor.symptom import exit_code
    from gatecheck.server.checking import check as look
    from gatecheck.server.ground import bare

    found = look(bare(folder), __version__)
    for symptom in found:
        _say(f"{_SIGNS[symptom.status]}  {symptom.name}: {symptom.says}")
        if symptom.fix and symptom.status != "on":
            _say(f"         fix: {symptom.fix}")
    code = exit_code(found)
    _say(
        "every push is judged"
        if code == 0
        else f"not every push is judged (exit code {code}); mend what is OFF"
    )
    context.exit(code)


@server.command()
@click.argument("folder", metavar="DIR.git")
def uninstall(folder: str) -> None:
    """Take the hooks away, and give settings and other hooks back."""
    from gatecheck.server import installing
    from gatecheck.server.ground import bare

    place = bare(folder)
    notes = installing.uninstall(place)
    if notes is None:
        _say("nothing of gatecheck is installed here")
        return
    for note in notes:
        _say(f"note: {note}")
    _say(f"pushes to {place.common_dir} are judged no more")


@server.command()
@click.argument("revision", metavar="[COMMIT]", default="HEAD")
@repo_option
def digest(revision: str, repo: str) -> None:
    """Print the digest of a commit's policy and approvers, by which the first push is pinned.

    It is what `sha256sum .gatecheck.yaml .gatecheck/approvers | sha256sum` prints (with .gatecheck/revoked, where that is there).
    """
    from gatecheck.repo import Repository
    from gatecheck.server import law

    repository = Repository.at(repo)
    commit = repository.resolve(revision)
    if commit is None:
        raise UsageError(f"{revision} is no commit here", fix="Name one: gatecheck server digest main")
    if not law.files(repository, commit):
        raise UsageError(f"{revision} has no policy", fix="Write and commit one: gatecheck init")
    click.echo(law.digest(repository, commit))


def _say(line: str) -> None:
    click.echo(escape.line(line))
