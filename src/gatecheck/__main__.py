"""Where `gatecheck` starts: an answer that is known already is given before anything heavy is imported."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line of this process and return its exit code."""
    _open_streams()
    try:
        from gatecheck import recall

        argv = sys.argv[1:]
        code = recall.answer(argv)
        if code is not None:
            return code
        from gatecheck.cli import main as ask
    except KeyboardInterrupt:  # before there was anything to interrupt
        return 130
    return ask(argv)


def _open_streams() -> None:
    """Give the null device to streams that were closed by whoever started this: what is said there is for nobody."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # the lowest number that is free, which is the stream's own: no other file gets it
            null = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(null, True)  # noqa: FBT003 -- it has no name
            setattr(sys, name, open(null, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 -- it stays open


if __name__ == "__main__":
    sys.exit(main())
