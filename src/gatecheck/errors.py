"""Every error that gatecheck raises on purpose, and the exit code that each stands for.

    GatecheckError          what went wrong, and `fix`: what the reader should do now
    ├── UsageError      2   the arguments, the environment variables or the repository do not fit together
    ├── PolicyError     2   the policy is wrong; every problem is listed, each with its place
    ├── Refused         1   what was asked for would do harm, and is not done
    ├── CannotTell      4   a question could not be answered; never to be read as a pass
    │   └── ToolError   4   a program that a gate needs is missing, broke or contradicted itself
    └── Interrupted   130   a person or a machine asked us to stop

Foreign exceptions become one of these in repo, process, policy, formats and store, and nowhere else.
Anything that is not a GatecheckError and reaches a door is our own bug: a crash file and exit code 4.
"""

from __future__ import annotations

from typing import ClassVar


class GatecheckError(Exception):
    """Something that a reader can mend: a sentence that says what happened, and one that says what to do."""

    exit_code: ClassVar[int] = 4

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class UsageError(GatecheckError):
    """The question was put wrongly."""

    exit_code = 2


class PolicyError(GatecheckError):
    """The policy cannot be used; `problems` are lines `path:line:column: message`, all of them."""

    exit_code = 2

    def __init__(self, problems: tuple[str, ...], *, fix: str) -> None:
        super().__init__("\n".join(problems), fix=fix)
        self.problems = problems


class Refused(GatecheckError):  # noqa: N818 -- what happened, as the others
    """What was asked for would do harm as things are, and nothing of it was done."""

    exit_code = 1


class CannotTell(GatecheckError):  # noqa: N818 -- it is an answer ("could not tell"), and reads as one
    """The question was good and has no answer here and now."""


class ToolError(CannotTell):
    """A program did not do what it is there for."""


class Interrupted(GatecheckError):  # noqa: N818 -- what happened, not a mistake
    """The run was stopped from outside; nothing half-made stays behind."""

    exit_code = 130
