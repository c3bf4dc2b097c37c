"""What a policy says, and where it says it: places, nodes, problems, and the policy itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType

from gatecheck.model.boundary import Agents, Commits, Hooks, Push
from gatecheck.model.change import Globs
from gatecheck.model.report import Waiver
from gatecheck.model.wanted import Environment

PRESET = "preset "
"""How the file name of a place in a preset begins: `preset python`."""

PLANS = Globs(("/.gatecheck/plans/**/*.md", "!/.gatecheck/plans/**/*.*/"))
"""Plans: documents, so they are exempt under every policy, and an edit of one is no edit of the policy."""

BARE = ""
"""The key under which a gate's bare value is kept, until its kind tells which option it sets."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands; lines and columns are counted from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def origin(self) -> str:
        """For people who ask where a setting came from: `.gatecheck.yaml:7` or `preset python`."""
        return self.file if self.file.startswith(PRESET) else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with a policy, and where."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file that knows its place."""

    value: Scalar | tuple[Node, ...] | Mapping[str, Node]
    place: Place
    text: str = ""
    """A scalar as it was written, without its quotes."""
    key: Place | None = None
    """The place of its key, when it stands in a mapping."""
    broken: bool = False
    """A problem was reported for it already, so its value means nothing."""

    @property
    def origin(self) -> str:
        """Where it was set: its key's place, for people."""
        return (self.key or self.place).origin


def protects(patterns: Iterable[str], branch: str) -> bool:
    """Tell whether a branch (without `refs/heads/`) is meant; `*` stands for any text, slashes included."""
    return any(fnmatchcase(branch, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Policy:
    """The law as one file and the presets it extends lay it down. Usable only when `problems` is empty."""

    source: str
    """For people: the path of the file, or `preset python (found pyproject.toml)`."""
    digest: str
    """sha256, in hex, of everything that was read to make it."""
    version: int = 1
    protect: tuple[str, ...] = ("main", "master")
    """Patterns for the names of protected branches."""
    exempt: Globs = field(default_factory=lambda: Globs(()))
    """Paths that no gate needs to look at."""
    room: str = "any"
    """`overlay`: no answer at all where programs cannot be kept apart by overlays."""
    agents: Agents = field(default_factory=Agents)
    commits: Commits = field(default_factory=Commits)
    push: Push = field(default_factory=Push)
    hooks: Hooks = field(default_factory=Hooks)
    environments: Mapping[str, Environment] = field(default_factory=lambda: MappingProxyType({}))
    gates: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    """Options by instance, in order: mappings, in which `BARE` is the key of a bare value."""
    waivers: tuple[Waiver, ...] = ()
    waiver_places: tuple[Place, ...] = ()
    """Where each waiver stands, in the same order."""
    layers: tuple[str, ...] = ()
    """What was laid on top of what, lowest first: `("preset python", ".gatecheck.yaml")`."""
    origins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Where each top-level key was set: `{"protect": ".gatecheck.yaml:3"}`; a key that is not here has its default."""
    bootstrap: bool = False
    """There was no policy to read: a preset stands in for it, and the run can never count as evidence."""
    problems: tuple[Problem, ...] = ()

    def protects(self, branch: str) -> bool:
        """Tell whether a branch (its short name: `main`, `release/1.2`) is protected."""
        return protects(self.protect, branch)
