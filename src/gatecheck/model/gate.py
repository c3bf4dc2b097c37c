"""What a gate is, and what it works with."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from gatecheck.model.answer import Answer, Rule
from gatecheck.model.change import Change, Side
from gatecheck.model.history import History


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that ended, one way or another."""

    argv: tuple[str, ...]
    exit_code: int
    """The program's own; negative: killed by that signal."""
    output: str
    """Standard output and error as they came, bounded: head and tail, with a line that says what was cut."""
    seconds: float
    timed_out: bool
    log: Path
    """The output in full, up to the log's bound."""
    log_start: int = 0
    """Where in the log this program's output begins, in bytes; before it stands what the gate ran earlier."""


@dataclass(frozen=True, slots=True)
class Python:
    """The interpreter that runs a side's Python code."""

    executable: Path
    version: str
    """As in `3.11.7`."""
    distributions: Mapping[str, str]
    """Installed distributions: canonical name (PEP 503) to version."""


@dataclass(frozen=True, slots=True)
class Memory:
    """An answer that was kept for the same question about the same tree, environment and options."""

    payload: bytes
    files: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Supply:
    """A file that an operator brought in for all repositories: `gatecheck advisories import` brings one."""

    path: Path
    digest: str
    """sha256, in hex, of the whole file; part of the store's key."""


@runtime_checkable
class Workspace(Protocol):
    """The clean room as one gate sees it: two trees, a place to write, and a way to run programs over them."""

    change: Change

    @property
    def merge(self) -> Path:
        """The folder with the files of the merge result. Do not write here."""
        ...

    def base(self) -> Path:
        """Return the folder with the files of the base, made when first asked for. Do not write here."""
        ...

    @property
    def cwd(self) -> str:
        """The folder in which `run` starts programs, relative to the tree, with slashes: `.` or the policy's `cwd`."""
        ...

    @property
    def scratch(self) -> Path:
        """A folder of this gate's own, outside both trees, empty at the start, gone at the end."""
        ...

    @property
    def whole(self) -> Change:
        """The change at all its paths; `change` has only those that this gate is for."""
        ...

    @property
    def history(self) -> History:
        """The commits behind the change, where it comes from, and the clone's refs."""
        ...

    def read(self, path: str, *, side: Side = "merge") -> bytes | None:
        """Return a file's bytes from git's objects (never from the disk), None when it is not a file there."""
        ...

    def files(self, *, side: Side = "merge") -> tuple[str, ...]:
        """Return the paths of all files of a side's tree, in git's order."""
        ...

    def left(self, path: str, *, side: Side = "merge") -> Path:
        """Return where a file that this gate's programs wrote below `merge` or `base()` can be read, whether it is there or not.

        Raises ToolError when it lies behind a symbolic link. What can be chosen is written to `scratch` instead.
        """
        ...

    def python(self, *, side: Side = "merge") -> Python:
        """Return the side's interpreter. Raises ToolError when there is none."""
        ...

    def run(
        self,
        argv: tuple[str, ...],
        *,
        side: Side | None = "merge",
        limit: float | None = None,
        env: Mapping[str, str] = {},
        cwd: Path | None = None,
    ) -> Completed:
        """Run a program over one side: in its folder (or the policy's `cwd` below it), in its environment.

        With `side=None` it runs over neither, in `scratch` and with nothing of the project's environment: for tools of
        gatecheck's own, started as `(sys.executable, "-I", ...)`, that read what the gate wrote there. `limit` is in seconds (default: the gate's `timeout`); `env` is added to the scrubbed environment. A first word
        `python` or `python3` is that side's interpreter. Raises ToolError when the program cannot be started.
        """
        ...

    def save(self, name: str, path: Path) -> None:
        """Keep a copy of a file with this gate's result, for the gates that need it."""
        ...

    def artifact(self, gate: str, name: str) -> Path | None:
        """Return a file that another gate (one of `needs`) saved, None when it saved none of that name."""
        ...

    def recall(self, question: str, *, side: Side | None) -> Memory | None:
        """Return what `remember` kept for this question, tree, environment and gate's options.

        With `side=None` neither tree nor environment counts: then the question itself names all that the answer depends on,
        such as a blob's id.
        """
        ...

    def remember(
        self, question: str, payload: bytes, files: Mapping[str, Path], *, side: Side | None
    ) -> None:
        """Keep the answer to a question about one side, or with `side=None` about what the question names.

        Only for answers that would come out the same again.
        """
        ...

    @property
    def now(self) -> float:
        """When the run began, in seconds since 1970. An answer that rests on it says how long it holds (`Outcome.until`)."""
        ...

    def supply(self, name: str) -> Supply | None:
        """Return what was brought in under a name; None when nothing was.

        The gate's class names it in its attribute `supplies`, a tuple of names, so that no answer outlives what it was made of.
        """
        ...

    def say(self, message: str) -> None:
        """Tell whoever watches what is being done now: `running 12 failing tests again`."""
        ...


Form = Literal["argv", "glob", "globs", "regex", "seconds", "percent", "path"]
"""How an option's text is read and checked where its Python type does not say it."""


def option(
    default: Any = dataclasses.MISSING,  # noqa: ANN401 -- as dataclasses.field
    *,
    doc: str,
    form: Form | None = None,
    minimum: float | None = None,
) -> Any:  # noqa: ANN401 -- as dataclasses.field
    """Declare a gate's option: its default, one sentence for the docs, and how it is checked.

    `form="argv"` is a tuple of words that may also be written as one string, split as a shell would; `"globs"` a tuple of
    .gitignore patterns; `"regex"` a Python regular expression; `"seconds"` a number, or text such as `90s`, `10m`, `1h`;
    `"percent"` a number from 0 to 100; `"path"` a relative path that stays inside the tree.
    """
    metadata = {"doc": doc, "form": form, "minimum": minimum}
    return field(default=default, metadata=metadata, kw_only=True)


@runtime_checkable
class Gate(Protocol):
    """Answers one question. A frozen dataclass whose fields, each made with `option`, are its options.

    `__post_init__` may raise ValueError when options do not fit together; its text becomes a policy error with a place.
    Problems while checking are raised as ToolError or CannotTell; anything else is a crash, and the verdict `error`.
    """

    kind: ClassVar[str]
    """What `uses:` names; the first sentence of the module's docstring says what is asked."""
    primary: ClassVar[str]
    """The option that a bare value in the policy sets: `coverage: 90`."""
    rules: ClassVar[tuple[Rule, ...]]

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of gates in the policy whose artefacts this one reads; they run first."""
        ...

    @property
    def programs(self) -> tuple[str, ...]:
        """Programs of the sides' environments that it starts, as the first words of their command lines.

        They and the environment are part of the store's key; of a gate that names none, neither is.
        """
        ...

    def applies(self, change: Change) -> bool:
        """Tell whether there is anything of this gate's kind, from the changed paths alone."""
        ...

    def check(self, workspace: Workspace) -> Answer:
        """Look, and say what was seen."""
        ...


def looks_everywhere(gate: Gate) -> bool:
    """Tell whether a gate is asked about exempt paths too.

    A gate says so with a class variable `everywhere`; it is for those that are about what others need not look at.
    """
    return bool(getattr(gate, "everywhere", False))
