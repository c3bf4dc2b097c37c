"""Holds a commit message against the policy: pure functions of the message, the policy and what kind of commit it is."""

from __future__ import annotations

from gatecheck_hooks.compiled import Law
from gatecheck_hooks.messages.trailers import cleaned, separator, trailers

DEFAULTS: Law = {
    "agent-variable": ["GATECHECK_AGENT", "CLAUDECODE", "CODEX_SANDBOX", "CURSOR_AGENT", "GEMINI_CLI"],
    "agent-trailer": ["Agent"],
    "commit-trailer": ["Agent", "Task", "Goal", "Co-authored-by"],
}
"""What is asked without a policy; a policy's own defaults are the same."""
EXAMPLES = {
    "agent": "<agent and version>",
    "task": "<issue or ticket>",
    "goal": "<what this commit is for>",
    "co-authored-by": "<Name> <mail@example.org>",
}


class Message:
    """A commit message in the parts that rules ask about."""

    __slots__ = ("body", "edited", "kind", "raw", "subject", "trailers")

    def __init__(self, raw: bytes, comment: str = "#", *, edited: bool = True, state: str = "") -> None:
        """Take the message apart. Lines of comments belong to it unless it was `edited`: git strips them only then.

        `state` is what git is at: `merge`, `replay` (of a commit that was there before), or nothing.
        """
        self.raw = raw
        self.edited = edited
        self.trailers = trailers(raw, comment)
        text = cleaned(raw, comment if edited else None)
        self.subject, self.body = _parts(text)
        self.kind = state or _kind(self.subject, self.body)
        if self.kind == "amend":  # what follows takes the place of the amended commit's message
            self.subject, self.body = _parts(self.body)


def _parts(text: str) -> tuple[str, str]:
    """Return the first paragraph on one line, as git's own `%s` has it, and the rest."""
    first, _, rest = text.partition("\n\n")
    return " ".join(first.split("\n")), rest.strip("\n")


def _kind(subject: str, body: str) -> str:
    """Tell git's own kinds of messages from those that somebody wrote."""
    for kind in ("fixup", "squash", "amend"):
        if subject.startswith(f"{kind}! "):
            return kind
    if subject.startswith(('Revert "', 'Reapply "')) and "This reverts commit " in body:
        return "revert"
    return ""


def agent(message: Message, law: Law, environment: dict[str, str], people: list[str]) -> str | None:
    """Return by what the commit is known as an agent's, or None. `people` are its author and committer.

    Where a commit that was there before is replayed, the environment and the committer say nothing about its work.
    """
    if message.kind == "replay":
        environment, people = {}, people[:1]
    for name in law.get("agent-variable", []):
        if environment.get(name):
            return f"{name} is set"
    for pattern in law.get("agent-author", []):
        for person in people:
            if like(person, pattern):
                return f"{person} is one of the policy's agents"
    for name in law.get("agent-trailer", []):
        if any(found.lower() == name.lower() for found, _ in message.trailers):
            return f"the message has the trailer {name}"
    return None


def like(text: str, pattern: str) -> bool:
    """Tell whether the text is of the pattern's form, in which `*` stands for any text and all else for itself."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    if not text.startswith(first):
        return False
    place = len(first)
    for part in rest[:-1]:
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return len(text) - place >= len(rest[-1]) and text.endswith(rest[-1])


def words(message: Message, law: Law) -> list[str]:
    """Return what the policy asks of everybody's words and does not get. What git wrote itself is not asked."""
    if message.kind not in ("", "amend") or not message.subject:
        return []
    found = []
    for pattern in law.get("commit-subject", []):
        import re  # few policies ask for it, and it costs as much as all the rest

        if not re.match(pattern, message.subject):
            found.append(f"the subject does not match {pattern}")
    limit = int(law.get("commit-subject-length", ["0"])[-1])
    if 0 < limit < len(message.subject):
        found.append(f"the subject has {len(message.subject)} characters, and may have {limit}")
    if law.get("commit-body", ["no"])[-1] == "yes" and not _told(message):
        found.append("there is no body below an empty line that says why the change is made")
    return found


def _told(message: Message) -> bool:
    """Tell whether there is a body; trailers alone are none."""
    count = len(message.trailers)
    return bool(message.body) and (not count or "\n\n" in message.body)


def lacking(message: Message, law: Law, known_by: str | None) -> dict[str, str]:
    """Return the trailers that an agent's commit lacks, each with a sentence about it.

    A merge has none, since `git merge` cannot be given any; fixup! and squash! commits become part of one that has them.
    """
    if not known_by or message.kind in ("merge", "fixup", "squash"):
        return {}
    found = {}
    for name in law.get("commit-trailer", []):
        values = [value for other, value in message.trailers if other.lower() == name.lower()]
        if not any(_filled(name, value) for value in values):
            found[name] = f"the trailer {name} is missing" + _instead(message, name, values)
    return found


def _filled(name: str, value: str) -> bool:
    """Tell whether a trailer says something; a co-author without an address is seen by no forge."""
    if name.lower() == "co-authored-by" and not (" <" in value and value.endswith(">")):
        return False
    return bool(value) and value != example(name)


def _instead(message: Message, name: str, values: list[str]) -> str:
    """Say what is there in the trailer's place."""
    if values and values[-1] and name.lower() == "co-authored-by":
        return f": {values[-1]!r} is not of the form Name <mail>"
    if values:
        return ": there is nothing behind its name yet"
    for number, line in enumerate(message.raw.decode("utf-8", "replace").split("\n"), 1):
        if line[: max(separator(line), 0)].strip().lower() == name.lower():
            return (
                f": line {number} is none, since trailers stand in the last paragraph and among nothing else"
            )
    return ""


def example(name: str) -> str:
    """Return what stands for a trailer's value where it is to be filled in."""
    return EXAMPLES.get(name.lower(), f"<{name.lower()}>")
