"""The commands, and the one place where an exception becomes an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from types import FrameType

import click

from gatecheck import __version__, place
from gatecheck.cli.exit_codes import EXIT_CODES
from gatecheck.errors import GatecheckError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM}
_ROOM = "Free some disk space (gatecheck clean), write to another place, or set GATECHECK_CACHE to another folder."


_COMMANDS = {
    "advisories": "advisories:advisories",
    "clean": "cache:clean",
    "completion": "completion:completion",
    "doctor": "doctor:doctor",
    "init": "policy:init",
    "install": "hooks:install",
    "list": "policy:list_",
    "plan": "plan:plan",
    "refresh-hooks": "hooks:refresh_hooks",
    "run": "run:run",
    "schema": "policy:schema",
    "show-config": "policy:show_config",
    "snapshot": "snapshot:snapshot",
    "start": "start:start",
    "uninstall": "hooks:uninstall",
    "validate-config": "policy:validate_config",
}
"""Each command's module below `gatecheck.cli`, and its name there."""


class _Commands(click.Group):
    """Imports a command when it is asked for: a hook that calls one does not wait for what the others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- as above
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"gatecheck.cli.{module}"), name)
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)
@click.version_option(__version__, message="gatecheck %(version)s")
def gatecheck() -> None:
    """Decide whether a change may enter a protected branch.

    What is judged is the result of the merge, in a clean room, by the policy of the branch that it would enter. Begin with
    `gatecheck run` in any git repository; no policy is needed to try it.
    """


def main(argv: list[str]) -> int:
    """Run a command line and return its exit code; nothing is raised, and what could not be told is no pass."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = gatecheck.main(argv, prog_name="gatecheck", standalone_mode=False)
    except GatecheckError as error:
        return _say(error.message, error.fix, error.exit_code)
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        return _say("interrupted; nothing was left behind", "", 130)
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- whatever it is, it is never a pass
        mark = type(sys.stdout).__name__  # click's, of which only the name is there in all its versions
        if isinstance(error, BrokenPipeError) or mark.endswith("PacifyFlushWrapper"):
            return _unread()
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            where = error.filename or "standard output, or the cache"
            _unread()  # else Python tries again at its end, and exits with a code of its own
            return _say(f"{where} cannot be written: {error.strerror}", _ROOM, 4)
        return _crashed(argv)
    return int(code or 0)


def _say(message: str, fix: str, code: int) -> int:
    click.echo(click.style("gatecheck: ", fg="red" if code not in {0, 130} else None) + message, err=True)
    if fix:
        click.echo(f"  fix: {fix}", err=True)
    return code


def _unread() -> int:
    """Return the exit code for a reader who went away: nothing was told, so nothing passed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 4


def _crashed(argv: list[str]) -> int:
    """Say that we have a bug, and keep the facts about the exception that is being handled."""
    from gatecheck.engine import crash_file

    path = crash_file(Path(place.cache_root()), f"gatecheck {' '.join(argv)}")
    return _say("gatecheck crashed; that is a bug", f"Report it with the crash file {path}", 4)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
