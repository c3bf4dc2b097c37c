"""The door for the hooks of a server: what git asks comes on standard input, the answer is the exit code, and only 0 is yes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gatecheck import place
from gatecheck.errors import CannotTell, GatecheckError, UsageError
from gatecheck.server.proving import proven
from gatecheck.server.pusher import pusher
from gatecheck.server.receive import Push, receive
from gatecheck.server.rules import No

SHOWN = 20
"""Refusals that are told; of a push of a whole repository there may be thousands."""
_QUARANTINE = "GIT_QUARANTINE_PATH"


def main(argv: list[str]) -> int:
    """Answer a hook: `receive PID`, or `guard`. Whatever goes wrong is no."""
    try:
        return _tell(_answer(argv))
    except GatecheckError as error:
        return _tell((No("the server", error.message, error.fix),))
    except BaseException:  # noqa: BLE001 -- whatever it is, nothing of the push is taken
        from gatecheck.engine import crash_file  # noqa: PLC0415 -- a push does not wait for it

        kept = crash_file(Path(place.cache_root()), f"gatecheck.server {' '.join(argv)}")
        fix = f"Tell whoever runs the server: it is a bug; the crash file is {kept}"
        return _tell((No("the server", "gatecheck crashed", fix),))


def _answer(argv: list[str]) -> tuple[No, ...]:
    here = place.find(os.environ.get("GIT_DIR", "."))
    if here is None:
        raise UsageError("there is no repository here", fix="Let git call this, as a hook.")
    if os.environ.get("GIT_NAMESPACE"):
        raise CannotTell(
            "this repository is pushed to by a namespace, which cannot be judged",
            fix="Tell whoever runs the server: unset GIT_NAMESPACE.",
        )
    data = sys.stdin.buffer.read()
    match argv:
        case ["receive", receiver]:
            push = Push(here, data, os.environ.get(_QUARANTINE, ""), int(receiver), pusher(os.environ))
            return receive(push, proven)
        case ["guard"]:
            from gatecheck.server.guard import guard  # noqa: PLC0415 -- a push does not ask it

            return guard(here, data)
    raise UsageError("not a question of a hook", fix="gatecheck server --help tells what people ask.")


def _tell(noes: tuple[No, ...]) -> int:
    """Say why it is no, where git passes it on to whoever pushes."""
    lines = [line for no in noes[:SHOWN] for line in _lines(no)]
    if noes[SHOWN:]:
        lines.append(f"gatecheck: and {len(noes) - SHOWN} more")
    if noes:
        lines.append("gatecheck: nothing of this is taken")
    sys.stderr.write("".join(line + "\n" for line in lines))
    sys.stderr.flush()
    return 1 if noes else 0


def _lines(no: No) -> list[str]:
    from gatecheck.render import escape  # noqa: PLC0415 -- what is taken needs no words

    why = escape.lines(f"{no.ref}: {no.why}")
    return [f"gatecheck: {why[0]}", *(f"  {line}" for line in why[1:]), f"  fix: {escape.line(no.fix)}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
