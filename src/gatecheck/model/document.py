"""The keys of the policy file, each with its type and its sentence: from them come validation, schema and docs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gatecheck.model.answer import Effect
from gatecheck.model.boundary import Agents, Commits, Hooks, Push
from gatecheck.model.gate import Form, option
from gatecheck.model.policy import Node

NAME = r"[a-z0-9][a-z0-9_-]{0,63}"
"""How the names of gates and environments are written: they become file names, too."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIGNING = frozenset({"SSH_AUTH_SOCK", "SSH_AGENT_PID", "GPG_AGENT_INFO", "GNUPGHOME"})


def _keyed(key: str, *, doc: str, form: Form | None = None) -> Any:  # noqa: ANN401 -- as dataclasses.field
    """Declare an optional list whose key is not its field's name."""
    return field(default=(), metadata={"key": key, "doc": doc, "form": form}, kw_only=True)


@dataclass(frozen=True)
class EnvironmentKeys:
    """How a gate's programs find their tools."""

    create: tuple[tuple[str, ...], ...] = option(
        (),
        doc="Command lines that build the environment, in order; `{env}` is its own folder.",
        form="argv",
    )
    key: tuple[str, ...] = option(
        (), doc="Files: the environment is rebuilt only when one of these changes.", form="globs"
    )
    create_pass: tuple[str, ...] = _keyed(
        "create_pass", doc="Variables that only `create` may see: private indexes."
    )
    passed: tuple[str, ...] = _keyed("pass", doc="Variables that gates may see; all others are withheld.")

    def __post_init__(self) -> None:
        for name in (*self.create_pass, *self.passed):
            if not _VARIABLE.fullmatch(name):
                raise ValueError(
                    f"{name!r} is not the name of an environment variable: write names such as LANG"
                )
            if name.startswith("GIT_"):
                raise ValueError(f"{name} is git's own variable and always withheld: take it out")
        if agents := _SIGNING.intersection(self.passed):
            raise ValueError(
                f"{min(agents)} would let the code under test sign in your name: take it out of `pass`"
            )


@dataclass(frozen=True)
class WaiverKeys:
    """An exception with an owner and an end."""

    rule: str = option(doc="The rule in full, gate first: `tests/missing`.")
    reason: str = option(doc="Why the findings may stand; shown in every report.")
    owner: str = option(doc="Who answers for it.")
    expires: str = option(doc="The last day on which it holds, `YYYY-MM-DD`, in UTC.")
    paths: tuple[str, ...] | None = option(
        None, doc="Only findings in these files; default: all.", form="globs"
    )

    def __post_init__(self) -> None:
        gate, _, rule = self.rule.partition("/")
        if not re.fullmatch(NAME, gate) or not rule.strip():
            raise ValueError(
                f"{self.rule!r} is not a rule in full: write the gate, a slash and the rule (tests/missing)"
            )
        for name in ("reason", "owner"):
            if not getattr(self, name).strip():
                raise ValueError(f"a waiver without {name} is none: write the {name}")
        try:
            day = dt.date.fromisoformat(self.expires).isoformat()
        except ValueError:
            day = ""
        if day != self.expires:  # fromisoformat also takes 20270131 and 2027-W04-7
            raise ValueError(f"{self.expires!r} is not a day: write it as 2027-01-31")


@dataclass(frozen=True)
class PolicyKeys:
    """The whole file."""

    version: Literal[1] = option(doc="The version of this file's format.")
    extends: str | tuple[str, ...] = option(
        (), doc="Presets to lay this policy on; of several, the later ones win."
    )
    protect: tuple[str, ...] = option(
        ("main", "master"), doc="Protected branches; `*` stands for any text: `release/*`.", minimum=1
    )
    exempt: tuple[str, ...] = option(
        (),
        doc="Files that no gate needs to look at: documentation, which the gate `docs` looks at all the same.",
        form="globs",
    )
    room: Literal["any", "overlay"] = option(
        "any",
        doc="The least that must keep programs apart: `overlay` refuses to judge where only `portable` is to be had.",
    )
    agents: Agents | None = option(None, doc="By what an agent is known.")
    commits: Commits | None = option(None, doc="What the hook for commit messages asks.")
    push: Push | None = option(None, doc="What the hook for pushes asks.")
    hooks: Hooks | None = option(None, doc="What `gatecheck install` sets up.")
    environment: EnvironmentKeys | None = option(
        None, doc="The environment of every gate that names no other."
    )
    environments: Mapping[str, EnvironmentKeys] | None = option(
        None, doc="Environments by name; a gate chooses with `environment: NAME`, else `default` is its own."
    )
    gates: Mapping[str, Node] | None = option(
        None, doc="What is asked of a change: options by gate, or its primary option, or `false` for none."
    )
    waivers: tuple[WaiverKeys, ...] | None = option(None, doc="Exceptions, each with an owner and an end.")


@dataclass(frozen=True)
class GateKeys:
    """What every gate takes, beside its own options."""

    uses: str | None = option(None, doc="The gate's kind; default: its name.")
    paths: tuple[str, ...] | None = option(
        None, doc="The files it answers for; default: all that are not exempt.", form="globs"
    )
    cwd: str = option(".", doc="The folder in which its programs run.", form="path")
    environment: str = option("default", doc="The environment of its programs, by name.")
    timeout: float = option(1800.0, doc="Wall-clock time for each program that it runs.", form="seconds")
    effect: Effect | Mapping[str, Effect] | None = option(
        None, doc="What an introduced finding does: for all rules, or by rule; default: as each rule says."
    )
    inputs: tuple[str, ...] | None = option(
        None, doc="The only files that are present in its room, and that its answer depends on.", form="globs"
    )
