"""Refuses a commit message that is not as the policy asks; git calls it as commit-msg, with the message's file.

    python -I -S /absolute/commit_message.py POLICYFILE MESSAGEFILE     the native hook
    gatecheck-commit-message [--KEY=VALUE ...] MESSAGEFILE              pre-commit, prek

KEYs are those of the compiled policy: agent-author, agent-variable, agent-trailer, commit-trailer, commit-subject,
commit-subject-length, commit-body. Without a compiled policy beside the repository, its defaults are asked for.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

if (
    not __package__
):  # run by its path and without site: the package is found beside this file, and after Python's own
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from gatecheck_hooks.ask_git import git
from gatecheck_hooks.compiled import Law, find, read
from gatecheck_hooks.messages.rules import DEFAULTS, Message, agent, example, lacking, words
from gatecheck_hooks.refusal import Refusal

_KEYS = (
    "agent-author",
    "agent-variable",
    "agent-trailer",
    "commit-trailer",
    "commit-subject",
    "commit-subject-length",
    "commit-body",
)
_STATES = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "replay"}


def judge(message: Message, law: Law, known_by: str | None) -> Refusal | None:
    """Say what the message lacks, and what to do about it, or nothing."""
    wrong = words(message, law)
    missing = lacking(message, law, known_by)
    if not wrong and not missing:
        return None
    told = [*wrong, *missing.values()]
    if missing:
        told.append(f"this commit is by an agent: {known_by}")
    what = "\n".join(["the commit message is not as the policy asks:", *(f"  - {each}" for each in told)])
    return Refusal(what, _fix(message, missing, edit=bool(wrong)), 1)


def _fix(message: Message, missing: Iterable[str], *, edit: bool) -> str:
    """Return commands that can be pasted: git keeps a message that was refused."""
    way = "--edit" if edit else "--cleanup=strip" if message.edited else ""
    command = f'git commit {way} --file="$(git rev-parse --git-path COMMIT_EDITMSG)"'.replace("  ", " ")
    options = [f'--trailer "{name}: {example(name)}"' for name in missing]
    todo = ["Mend the message" if edit else "", "fill in what stands in <>" if options else ""]
    first = ", ".join(each for each in todo if each)
    told = f"{first[0].upper()}{first[1:]}, and give this command (the message was kept; add -a, --amend or paths anew):"
    return "\n    ".join([told, " \\\n      ".join([command, *options])])


def main(argv: list[str] | None = None) -> int:
    """Judge the message in a file; return 0 to let it pass, 1 to refuse it, and 2 or 4 when that cannot be told."""
    try:
        law, path = _asked(sys.argv[1:] if argv is None else argv)
        refusal = judge(*_committed(law, path))
    except Refusal as cannot:
        refusal = cannot
    if refusal is None:
        return 0
    return refusal.tell()


def _asked(argv: list[str]) -> tuple[Law, str]:
    """Return the policy that the arguments name, and the message's file."""
    options = [word for word in argv if word.startswith("--")]
    paths = [word for word in argv if not word.startswith("--")]
    if len(paths) == 2 and not options:  # noqa: PLR2004 -- as the usage says
        return read(paths[0]), paths[1]
    usage = Refusal(f"cannot read the arguments {argv}", "gatecheck-commit-message [--KEY=VALUE ...] FILE", 2)
    if len(paths) != 1:
        raise usage
    own: Law = {}
    for option in options:
        key, equals, value = option.removeprefix("--").partition("=")
        if key not in _KEYS:
            raise usage
        own.setdefault(key, []).append(value if equals else "yes")
    if not own.get("commit-subject-length", ["0"])[-1].isdigit():
        raise usage
    if "commit-subject" in own:
        _check(own["commit-subject"])
    found = find(os.path.dirname(paths[0]) or ".")
    return {**(read(found) if found else DEFAULTS), **own}, paths[0]


def _check(patterns: list[str]) -> None:
    """Refuse what is no regular expression."""
    import re

    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            fix = "Write --commit-subject= with a regular expression"
            raise Refusal(f"cannot read {pattern!r}: {error}", fix, 2) from None


def _committed(law: Law, path: str) -> tuple[Message, Law, str | None]:
    """Read the message, what git is at, and whose commit it is."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        raise Refusal(f"cannot read the commit message, {path}: {error.strerror}", "Commit again") from None
    _, told = git("config", "--get", "core.commentChar", quiet=True)
    comment = told.decode("utf-8", "replace").strip()
    folder = os.path.dirname(path) or "."
    state = next((kind for name, kind in _STATES.items() if os.path.exists(f"{folder}/{name}")), "")
    # git says with GIT_EDITOR=: that nobody edits; comments are then part of the message.
    edited = os.environ.get("GIT_EDITOR") != ":"
    message = Message(raw, "#" if comment in ("", "auto") else comment, edited=edited, state=state)
    people = [_person("AUTHOR"), _person("COMMITTER")] if law.get("agent-author") else []
    return message, law, agent(message, law, dict(os.environ), people)


def _person(role: str) -> str:
    """Return author or committer as `Name <mail>`."""
    _, told = git("var", f"GIT_{role}_IDENT", quiet=True)
    return told.decode("utf-8", "replace").rpartition(">")[0] + ">"


if __name__ == "__main__":
    sys.exit(main())
