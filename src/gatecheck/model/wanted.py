"""How a policy asks for a gate: the gate with its options, and what every gate takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatecheck.model.answer import Effect
from gatecheck.model.change import Globs
from gatecheck.model.gate import Gate


@dataclass(frozen=True, slots=True)
class Environment:
    """How a gate's programs find their tools: the policy's `environment`."""

    name: str = "default"
    create: tuple[tuple[str, ...], ...] = ()
    """Command lines, run in order in the side's tree; `{env}` is the environment's own folder."""
    key: tuple[str, ...] = ()
    """Globs: the environment is rebuilt only when one of these files changes."""
    create_pass: tuple[str, ...] = ()
    """Names of variables that only `create` may see, beside the caller's environment without git's own."""
    passed: tuple[str, ...] = ()
    """Names of variables that gates may see (`pass:` in the policy); all others are withheld."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A gate as the policy asks for it: the instance's name, the gate with its options, and what every gate takes."""

    name: str
    gate: Gate
    paths: Globs | None = None
    """None: every path that is not exempt."""
    cwd: str = "."
    environment: Environment = field(default_factory=Environment)
    timeout: float = 1800.0
    """Seconds of wall-clock time for each program that it runs."""
    effect: Mapping[str, Effect] = field(default_factory=dict)
    """The base's policy on this gate's rules; `*` stands for every rule."""
    inputs: Globs | None = None
    """The only files that are present in its room; None: all."""
    origin: str = ""
    """Where the policy asks for it: `.gatecheck.yaml:7` or `preset python`."""
