"""The policy as hooks read it: a few lines that sh reads with builtins, bound to the commit of the ref that it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

from gatecheck.errors import PolicyError
from gatecheck.model import Policy

MAGIC = "gatecheck-policy 1"
_END = "end"
_NONE = "none"
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_AMBIGUOUS = re.compile(r"\\|\[\^|\[!?\]|\[[^]]*$|\[[^]]*\[[:.=]|^\s|\s$|^$")
"""What sh and Python would read differently in a pattern: escapes, `[^`, `[]`, a bracket left open, classes, blanks around."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Source:
    """Which policy it is: that of a ref, as of a commit."""

    version: str
    """gatecheck's."""
    ref: str
    """`refs/remotes/origin/main`; `refs/heads/main` where there is no remote."""
    tip: str = ""
    """The commit that the ref was at; empty when it was not there."""
    blob: str = ""
    """The policy file of that commit; empty when it has none."""
    remote: str = ""
    """The remote whose branches count; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What hooks need to know of a policy. Every field is a key of the file, with dashes; of a tuple each item has a line."""

    version: str
    ref: str
    tip: str
    blob: str
    remote: str
    protect: tuple[str, ...]
    strict: bool
    secrets: bool
    push_snapshot: Literal["off", "require", "make"]
    push_evidence: bool
    agent_author: tuple[str, ...]
    agent_variable: tuple[str, ...]
    agent_trailer: tuple[str, ...]
    commit_trailer: tuple[str, ...]
    commit_subject: tuple[str, ...]
    """None or one."""
    commit_subject_length: int
    commit_body: bool


def compiled(policy: Policy, source: Source) -> Compiled:
    """Return what hooks need of a policy. Raises PolicyError for what cannot be told to sh without being misread."""
    subject = policy.commits.subject
    made = Compiled(
        version=source.version,
        ref=source.ref,
        tip=source.tip,
        blob=source.blob,
        remote=source.remote,
        protect=policy.protect,
        strict=policy.hooks.strict,
        secrets=policy.hooks.secrets,
        push_snapshot=policy.push.snapshot,
        push_evidence=policy.push.require_evidence,
        agent_author=tuple(filter(None, policy.agents.authors)),
        agent_variable=policy.agents.environment,
        agent_trailer=tuple(filter(None, policy.agents.trailers)),
        commit_trailer=policy.commits.agent_trailers,
        commit_subject=(subject,) if subject else (),
        commit_subject_length=policy.commits.subject_length,
        commit_body=policy.commits.body,
    )
    problems = tuple(_problems(made, policy.source))
    if problems:
        raise PolicyError(problems, fix="Mend the policy on the branch that it is read from.")
    return made


def to_text(law: Compiled) -> str:
    """Return the file's text."""
    return "\n".join([MAGIC, *(f"{key} {_word(value)}" for key, value in _lines(law)), _END, ""])


def from_text(text: str) -> Compiled | None:
    """Return what a file says; None when it is torn, or of another format."""
    lines = text.split("\n")
    if lines[0] != MAGIC or lines[-2:] != [_END, ""]:
        return None
    said: dict[str, list[str]] = {}
    for line in lines[1:-2]:
        key, _, value = line.partition(" ")
        said.setdefault(key.replace("-", "_"), []).append(value)
    try:
        return Compiled(
            **{field.name: _read(str(field.type), said, field.name) for field in fields(Compiled)}
        )
    except (KeyError, ValueError):
        return None


def _lines(law: Compiled) -> Iterator[tuple[str, str | int]]:
    """Return keys and values, one for each line of the file."""
    for field in fields(law):
        value = getattr(law, field.name)
        for each in value if isinstance(value, tuple) else (value,):
            yield field.name.replace("_", "-"), each


def _word(value: str | int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or _NONE


def _read(kind: str, said: dict[str, list[str]], name: str) -> Any:  # noqa: ANN401 -- as many types as fields
    if kind.startswith("tuple"):
        return tuple(said.get(name, ()))
    (value,) = said[name]
    if kind == "bool":
        return {"yes": True, "no": False}[value]
    if kind == "int":
        return int(value)
    return "" if value == _NONE else value


def _problems(law: Compiled, where: str) -> Iterator[str]:
    for key, value in _lines(law):
        if isinstance(value, str) and _CONTROL.search(value):
            yield f"{where}: {key}: {value!r} holds a control character, which hooks cannot be told"
    for pattern in filter(_AMBIGUOUS.search, law.protect):
        yield f"{where}: protect: {pattern!r} is read in another way by shells; use *, ?, [abc] and [!abc]"
    for name in law.agent_variable:
        if not _VARIABLE.fullmatch(name):
            yield f"{where}: agents: environment: {name!r} is not the name of a variable"
