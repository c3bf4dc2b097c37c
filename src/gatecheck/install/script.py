"""The text of each hook: a header with the paths, the sh functions that it needs, and the few lines in which they are called."""

from __future__ import annotations

import os
import shlex
import textwrap
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

_WELL = "# --- only where all is not well ---\n"
"""The line in a file of functions above which stands what is needed where all is well."""

_LAW = "gc_start && gc_interpreter && gc_law || exit 1\n"
_PROTECT = 'protect_branch "$GC_HOOK" "$@" || exit 1\n'
_CHAIN = 'gc_chain "$@" || exit\n'
_SECRETS = "secrets || exit 1\n"
_MESSAGE = 'commit_message "$1" || exit 1\n'
_INPUT = "GC_STDIN=$(cat)\n"
_CHAIN_INPUT = 'gc_chain_input "$@"\n'
_MOVES = """\
gc_moves=
while read -r gc_old gc_new gc_ref; do
	case $gc_ref in
	refs/heads/* | refs/tags/backup-*) gc_moves="$gc_moves$gc_old $gc_new $gc_ref
" ;;
	esac
done"""
_MOVES_HEAD = f'[ "$1" = prepared ] || exit 0\n{_MOVES}\n[ -n "$gc_moves" ] || exit 0\n'
"""Before anything else is read: a fetch of many refs runs this twice for each of them."""
_MOVES_INPUT = f"""\
gc_moves=
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
    well: str
    """How it is seen that all is well, and what is run then."""
    calls: str
    """What is run where that was not seen; it says what is wrong."""
    head: str = ""
    """What comes before all functions."""


def _well(condition: str, then: str) -> str:
    """Return a hook's quick end; `{chained}` says where the hooks are that stood here before."""
    body = "{chained}" + then
    return f"if {condition}; then\n{textwrap.indent(body, chr(9))}\texit 0\nfi\n"


_COMMIT = _well("gc_known some && gc_free", _CHAIN)
_COMMIT_CALLS = _LAW + "{chained}" + _PROTECT + _CHAIN
_BODIES = {
    "pre-commit": _Body(
        ("protect-branch", "secrets"),
        _well("gc_known some && gc_free", _CHAIN + _SECRETS),
        _COMMIT_CALLS + _SECRETS,
    ),
    "prepare-commit-msg": _Body(("protect-branch",), _COMMIT, _COMMIT_CALLS),
    "commit-msg": _Body(
        ("commit-message",),
        _well("gc_known all", _CHAIN + _MESSAGE),
        _LAW + "{chained}" + _CHAIN + _MESSAGE,
    ),
    "pre-merge-commit": _Body(("protect-branch",), _COMMIT, _COMMIT_CALLS),
    "pre-rebase": _Body(("protect-branch",), "", _COMMIT_CALLS),
    "pre-push": _Body(("pre-push",), _INPUT, _LAW + "{chained}" + 'pre_push "$@" || exit 1\n' + _CHAIN_INPUT),
    STRICT: _Body(
        (STRICT,),
        "! gc_known some || ! gc_unguarded || exit 0\n",
        _LAW + "reference_transaction || exit 1\n",
        _MOVES_HEAD,
    ),
}
HOOKS = tuple(_BODIES)
"""The hooks with checks of ours."""
_STRICT_CHAINED = _Body(
    (STRICT,),
    _INPUT + _MOVES_INPUT,
    'if [ -n "$gc_moves" ]; then\n\tgc_start && gc_interpreter && gc_law && reference_transaction || exit 1\nfi\n'
    "gc_start || exit 1\n{chained}" + _CHAIN_INPUT,
)
_ONLY_CHAINED = _Body((), "gc_start || exit 1\n{chained}" + _CHAIN + "exit 0\n", "")


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
    parts = [text(each).partition(_WELL) for each in ("common", *body.needs)]
    above, below = ("".join(f"\n{part[side]}" for part in parts if part[side]) for side in (0, 2))
    lines = "".join(f"{key}={shlex.quote(value)}\n" for key, value in settings.items())
    whole = f"{head}{body.head}{lines}{above}\n{body.well}"
    if body.calls:
        whole += f"\n{_WELL}{below}\n{body.calls}"
    chained = _chained(paths)
    whole = whole.replace("\t{chained}", textwrap.indent(chained, "\t")).replace("{chained}", chained)
    return os.fsencode(whole)


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
