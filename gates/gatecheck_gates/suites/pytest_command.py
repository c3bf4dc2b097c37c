"""Which command lines are pytest's, and what its own arguments are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatecheck.errors import ToolError

_PYTHON = re.compile(r"(?:.*/)?python(?:\d+(?:\.\d+)*)?\Z")
_PYTEST = re.compile(r"(?:.*/)?(?:pytest|py\.test)\Z")
_COVERAGE = re.compile(r"(?:.*/)?coverage\d?(?:\.\d+)?\Z")
_LONE_PYTHON_FLAGS = re.compile(r"-[bBdEiIOPqsSuvx]+\Z")
_COVERAGE_FLAGS = frozenset(
    {"--branch", "-p", "--parallel-mode", "-a", "--append", "-L", "--pylib", "--timid"}
)
_COVERAGE_VALUES = re.compile(
    r"--(?:source|source-pkgs|source-dirs|include|omit|rcfile|data-file|concurrency|context)=.+"
)


@dataclass(frozen=True, slots=True)
class PytestCommand:
    """A command line that starts pytest."""

    interpreter: str
    """The first word when it is a python, else `python`: the side's own."""
    flags: tuple[str, ...]
    """The interpreter's own: `-W error`, `-X dev`."""
    arguments: tuple[str, ...]
    """pytest's."""

    def plain(self, *more: str) -> tuple[str, ...]:
        """Return the command line without anything measured."""
        return (self.interpreter, *self.flags, "-m", "pytest", *self.arguments, *more)

    def measured(self, settings: str) -> tuple[str, ...]:
        """Return the command line under coverage with a settings file."""
        run = ("-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest")
        return (self.interpreter, *self.flags, *run, *self.arguments)


def parse(argv: tuple[str, ...]) -> PytestCommand | None:
    """Return the pytest in a command line; None when it is another runner.

    Raises ToolError for a `coverage run` whose options are not understood: it would be measured twice, or not at all.
    """
    interpreter, flags, rest = _interpreter(argv)
    if not rest:
        return None
    first, after = rest[0], rest[1:]
    if interpreter is not None:
        if first != "-m" or not after:
            return None
        module, after = after[0], after[1:]
    else:
        module = "pytest" if _PYTEST.match(first) else "coverage" if _COVERAGE.match(first) else ""
    if module in ("pytest", "py.test"):
        return PytestCommand(interpreter or "python", flags, _without_report(after))
    if module == "coverage" and after and after[0] == "run":
        return PytestCommand(
            interpreter or "python", flags, _without_report(_after_coverage_run(argv, after[1:]))
        )
    return None


def _without_report(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Take out a JUnit file of the policy's own: pytest writes one only, and it must be ours."""
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word in ("--junitxml", "--junit-xml"):
            next(words, None)
        elif not word.startswith(("--junitxml=", "--junit-xml=")):
            kept.append(word)
    return tuple(kept)


def _interpreter(argv: tuple[str, ...]) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    """Split off a leading python with its flags."""
    if not argv or not _PYTHON.match(argv[0]):
        return None, (), argv
    at = 1
    while at < len(argv):
        if argv[at] in ("-W", "-X"):
            at += 2
        elif _LONE_PYTHON_FLAGS.match(argv[at]) or argv[at].startswith(("-W", "-X")):
            at += 1
        else:
            break
    return argv[0], argv[1:at], argv[at:]


def _after_coverage_run(argv: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    """Return pytest's arguments in `coverage run [options] -m pytest ...`."""
    for at, word in enumerate(words):
        if word == "-m" and words[at + 1 : at + 2] in (("pytest",), ("py.test",)):
            return words[at + 2 :]
        if word not in _COVERAGE_FLAGS and not _COVERAGE_VALUES.match(word):
            break
    raise ToolError(
        f"The command `{' '.join(argv)}` starts coverage in a way that is not understood.",
        fix="Write `run: [python, -m, pytest, ...]` in the policy: coverage is measured without being asked for.",
    )
