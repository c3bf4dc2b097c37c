"""`gatecheck snapshot`: keep the current state, and look after what was kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click

from gatecheck import snapshots
from gatecheck.cli import snapshot_words as words
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.cli.options import repo_option
from gatecheck.cli.taking import say, taking, user_git, wanted
from gatecheck.errors import UsageError
from gatecheck.settings import meant, shown

_TAKE = "take"
_EXAMPLES = """\b
Examples:
  gatecheck snapshot "before the new parser"
  gatecheck snapshot --no-push
  gatecheck snapshot list
  gatecheck snapshot restore backup-20260102T030405Z --to rescue
"""


class _Snapshot(click.Group):
    """A group whose first command need not be said: `gatecheck snapshot "why"` is `gatecheck snapshot take "why"`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            _refuse_slip(args, self.commands)
            args = [_TAKE, *args]
        return super().parse_args(ctx, args)


def _refuse_slip(args: list[str], commands: Iterable[str]) -> None:
    """Raise UsageError for a word that was meant as a command; else a snapshot would be made and pushed because of a slip."""
    late = [word for word in args if word in commands]
    near = meant(args[0], commands) if args and args[0].isalpha() else ""
    if late:
        raise UsageError(
            f"{late[0]} is a command, and options come after it",
            fix=f"Say gatecheck snapshot {late[0]}, and then the options; or, if it is the reason for a snapshot, take it with: "
            "gatecheck snapshot take",
        )
    if near:
        raise UsageError(
            f"there is no command {shown(args[0])}{near}",
            fix=f"Say the command, or if it is the reason for a snapshot: gatecheck snapshot take {shown(args[0])}",
        )


@click.group(cls=_Snapshot, epilog=f"{_EXAMPLES}\n{EXIT_CODES}")
def snapshot() -> None:
    """Preserve the whole current state: index, work tree and untracked files. Nothing of it is changed.

    `gatecheck snapshot [WHY]` makes a commit on no branch, tags it backup-<time>, pushes the tag, and reads it back from the remote.
    """


@snapshot.command(_TAKE, epilog=EXIT_CODES)
@click.argument("why", required=False, default="")
@taking
@click.option("--for-push", metavar="REMOTE", hidden=True, help="For the pre-push hook.")
@click.option("--branch", metavar="NAME", hidden=True, help="With --for-push: the branch that is pushed.")
@repo_option
@click.pass_context
def take(context: click.Context, /, **asked: Any) -> None:  # noqa: ANN401 -- click gives the options by name
    """Take a snapshot; this is what `gatecheck snapshot` does when no command is said."""
    git = user_git(asked["repo"])
    now = datetime.now(UTC)
    if asked["for_push"]:
        tag = snapshots.bring(git, asked["for_push"], asked["branch"], now, say)
        click.echo(f"{tag} is on the remote")
        return
    kept = snapshots.take(git, wanted(asked), now, say)
    click.echo("\n".join(words.told(kept)))
    context.exit(kept.exit_code)


@snapshot.command("list")
@repo_option
def list_(repo: str) -> None:
    """List the snapshots that are here, the newest first."""
    for line in words.listed(snapshots.all_known(user_git(repo))):
        click.echo(line)


@snapshot.command()
@click.argument("id_", metavar="ID")
@repo_option
def show(id_: str, repo: str) -> None:
    """Show what is in a snapshot: what was staged, what was not, and what was untracked."""
    git = user_git(repo)
    found = snapshots.inside(git, snapshots.known(git, id_))
    staged = snapshots.differing(git, found.base, found.index)
    rest = snapshots.differing(git, found.index, found.tree)
    click.echo("\n".join(words.shown(found, staged, rest)))


@snapshot.command()
@click.argument("id_", metavar="ID")
@click.option("--to", metavar="BRANCH", help="On to this new branch, as commits; nothing else is touched.")
@repo_option
def restore(id_: str, to: str | None, repo: str) -> None:
    """Put a snapshot back: files, untracked ones too, and the index, as they were. Uncommitted work is never overwritten.

    Without --to, the work tree must be clean, and HEAD where it was when the snapshot was taken.
    """
    git = user_git(repo)
    found = snapshots.inside(git, snapshots.known(git, id_))
    if to is not None:
        click.echo("\n".join(words.branched(found, snapshots.to_branch(git, found, to))))
    else:
        click.echo("\n".join(words.put_back(found, snapshots.into_work_tree(git, found))))


@snapshot.command()
@click.option("--merged", is_flag=True, help="Those whose branch's work is in the default branch.")
@click.option("--older-than", metavar="AGE", help="Those that are older: 30d, 12h, 2w.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say which ones.")
@repo_option
@click.pass_context
def prune(context: click.Context, /, **asked: Any) -> None:  # noqa: ANN401 -- as above
    """Delete snapshots, here and on the remote: those for which all that is asked for holds.

    Never those of a branch that is checked out. See first what would go, with --dry-run.
    """
    if not asked["merged"] and asked["older_than"] is None:
        raise UsageError(
            "nothing says which snapshots may go", fix="Say --merged, --older-than 30d, or both."
        )
    git = user_git(asked["repo"])
    older = snapshots.age(asked["older_than"]) if asked["older_than"] is not None else None
    choice = snapshots.choose(git, datetime.now(UTC), merged=asked["merged"], older=older)
    pruned = None if asked["dry_run"] else snapshots.prune(git, choice.goes)
    click.echo("\n".join(words.pruned(choice, pruned)))
    context.exit(4 if pruned and pruned.left else 0)
