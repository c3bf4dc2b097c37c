"""The text of each hook: a header with the paths, the sh functions that it needs, and the few lines in which they are called."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

MARK = b"# gatecheck-hook "
"""How the second line of every hook that we wrote begins."""
STRICT = "reference-transaction"
PASSED_ON = (
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-merge",
    "post-rewrite",
    "pre-auto-gc",
)
"""Hooks that another folder may get later, and that are passed on even before it has them: starting sh for each is not felt."""
KNOWN = (
    *PASSED_ON,
    "commit-msg",
    "fsmonitor-watchman",
    "p4-changelist",
    "p4-post-changelist",
    "p4-pre-submit",
    "p4-prepare-changelist",
    "post-index-change",
    "post-receive",
    "post-update",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
)
"""All names that git knows. Source: githooks(5)."""

_BEGIN = "gc_start && gc_interpreter && gc_law || exit 1\n"
_CHAIN = 'gc_chain "$@" || exit\n'
_INPUT = "GC_STDIN=$(cat)\n"
_CHAIN_INPUT = 'gc_chain_input "$@"\n'
_PROTECT = 'protect_branch "$GC_HOOK" "$@" || exit 1\n'
_MOVES = """\
gc_moves=
while read -r gc_old gc_new gc_ref; do
	case $gc_ref in
	refs/heads/* | refs/tags/backup-*) gc_moves="$gc_moves$gc_old $gc_new $gc_ref
" ;;
	esac
done"""
_MOVES_HEAD = f'[ "$1" = prepared ] || exit 0\n{_MOVES}\n[ -n "$gc_moves" ] || exit 0\n'
"""Before anything else is read: a fetch of many refs runs this once or twice for each of them."""
_MOVES_INPUT = f"""\
if [ "$1" = prepared ]; then
{_MOVES} <<-END
	$GC_STDIN
	END
fi
"""


@dataclass(frozen=True, slots=True)
class _Body:
    """What a hook's text is made of."""

    needs: tuple[str, ...]
    """The files of functions, besides the common one."""
    calls: str
    head: str = ""
    """What comes before all functions."""


_BODIES = {
    "pre-commit": _Body(
        ("protect-branch", "secrets"), _BEGIN + "{chained}" + _PROTECT + _CHAIN + "secrets || exit 1\n"
    ),
    "prepare-commit-msg": _Body(("protect-branch",), _BEGIN + "{chained}" + _PROTECT + _CHAIN),
    "commit-msg": _Body(
        ("commit-message",), _BEGIN + "{chained}" + _CHAIN + 'commit_message "$1" || exit 1\n'
    ),
    "pre-merge-commit": _Body(("protect-branch",), _BEGIN + "{chained}" + _PROTECT + _CHAIN),
    "pre-rebase": _Body(("protect-branch",), _BEGIN + "{chained}" + _PROTECT + _CHAIN),
    "pre-push": _Body(
        ("pre-push",), _INPUT + _BEGIN + "{chained}" + 'pre_push "$@" || exit 1\n' + _CHAIN_INPUT
    ),
    STRICT: _Body((STRICT,), _BEGIN + "reference_transaction || exit 1\n", _MOVES_HEAD),
}
HOOKS = tuple(_BODIES)
"""The hooks with checks of ours."""
_STRICT_CHAINED = _Body(
    (STRICT,),
    _INPUT
    + _MOVES_INPUT
    + 'gc_start || exit 1\n{chained}if [ -n "${gc_moves:-}" ]; then\n\tgc_interpreter && gc_law && reference_transaction || exit 1\nfi\n'
    + _CHAIN_INPUT,
)
_ONLY_CHAINED = _Body((), "gc_start || exit 1\n{chained}" + _CHAIN)


@dataclass(frozen=True, slots=True)
class Paths:
    """What is written into every hook."""

    version: str
    python: str
    chained: str | None
    """The folder of the hooks that stood here before; None: beside the repository's own folder."""
    worktrees: Mapping[str, str] = field(default_factory=dict)
    """The same for work trees with a setting of their own, by name; the main one's is empty."""
    way_out: str = ""
    """The commands by which the hooks go when gatecheck is gone."""


def hook(name: str, paths: Paths, *, chains: bool) -> bytes:
    """Return a hook's text; `chains` tells whether there is another one to run, which only costly hooks must know."""
    body = _BODIES.get(name, _ONLY_CHAINED)
    if name == STRICT and chains:
        body = _STRICT_CHAINED
    head = f"""\
#!/bin/sh
# gatecheck-hook 1 {name}
# Written by gatecheck {paths.version}: `gatecheck install` writes it anew, `gatecheck uninstall` takes it away.
"""
    settings = {
        "GC_HOOK": name,
        "GC_PYTHON": paths.python,
        "GC_HOME": str(home()),
        "GC_WAY_OUT": paths.way_out,
    }
    functions = "".join(f"\n{text(each)}" for each in ("common", *body.needs))
    calls = body.calls.replace("{chained}", _chained(paths))
    lines = "".join(f"{key}={shlex.quote(value)}\n" for key, value in settings.items())
    return os.fsencode(f"{head}{body.head}{lines}{functions}\n{calls}")


def home() -> Path:
    """Return the folder of the package that has the hooks."""
    return Path(str(files("gatecheck_hooks")))


def text(name: str) -> str:
    """Return a file of sh functions."""
    return (home() / "sh" / f"{name}.sh").read_text(encoding="utf-8")


def is_ours(path: Path) -> bool:
    """Tell whether a file is a hook that we wrote, whatever was done to it since."""
    try:
        with path.open("rb") as stream:
            return stream.readline(64) == b"#!/bin/sh\n" and stream.readline(256).startswith(MARK)
    except OSError:
        return False


def _chained(paths: Paths) -> str:
    """Return the lines that say where the hooks are that stood here before."""
    if paths.chained is None:
        return "GC_CHAINED=$GC_COMMON/gatecheck-chained\n"
    lines = f"GC_CHAINED={shlex.quote(paths.chained)}\n"
    for name, folder in sorted(paths.worktrees.items()):
        where = f'"$GC_COMMON"/worktrees/{shlex.quote(name)}' if name else '"$GC_COMMON"'
        lines += f'[ ! {where} -ef "$GC_GIT_DIR" ] || GC_CHAINED={shlex.quote(folder)}\n'
    return lines
