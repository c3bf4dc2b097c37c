"""The text of the two hooks of a server: plain sh, with the interpreter's full path."""

from __future__ import annotations

import os
import shlex

from gatecheck.install import script
from gatecheck.server.rules import GUARDED

PRE_RECEIVE = "pre-receive"
TRIPWIRE = "reference-transaction"
NAMES = (PRE_RECEIVE, TRIPWIRE)
_WELL = "# --- only where all is not well ---\n"
_CASE = " | ".join(f"{prefix}*" for prefix in GUARDED)
_GREP = " -e ".join(f"' {prefix}'" for prefix in GUARDED)
_READ = f"""\
gc_moves= gc_left=20
while [ $gc_left -gt 0 ] && read -r gc_old gc_new gc_ref; do
	gc_left=$((gc_left - 1))
	case $gc_ref in
	{_CASE}) gc_moves="$gc_moves$gc_old $gc_new $gc_ref
" ;;
	esac
done
if [ $gc_left -eq 0 ]; then # sh reads byte by byte
	gc_more=$(grep -F -e {_GREP})
	gc_moves="$gc_moves$gc_more${{gc_more:+
}}"
fi
"""
_ALONE = f'[ "$1" = prepared ] || exit 0\n{_READ}[ -n "$gc_moves" ] || exit 0\n'
"""Where no other hook stood before: read before anything else, since `fetch` and `gc` start this for each ref."""
_CHAINED = f"""\
GC_STDIN=$(cat)
{{
{_READ}}} <<-END
	$GC_STDIN
END
[ "$1" = prepared ] || gc_moves=
"""


def text(name: str, version: str, python: str, *, chains: bool) -> bytes:
    """Return a hook's text; `chains` tells whether there is another one that is run after it."""
    head = f"""\
#!/bin/sh
# gatecheck-hook 1 {name}
# Written by gatecheck {version}: `gatecheck server install` writes it anew, `gatecheck server uninstall` takes it away.
"""
    settings = f"GC_HOOK={name}\nGC_PYTHON={shlex.quote(python)}\n"
    body = _tripwire(settings, chains=chains) if name == TRIPWIRE else _pre_receive(settings)
    return os.fsencode(head + body)


def _pre_receive(settings: str) -> str:
    chained = "GC_CHAINED=${GIT_DIR:-.}/gatecheck-chained\n"
    return f"{settings}{chained}\n{script.text('server-pre-receive')}\npre_receive\n"


def _tripwire(settings: str, *, chains: bool) -> str:
    """Return what looks whether all is well before it even reads the rest of itself."""
    parts = [script.text(each).partition(_WELL) for each in ("common", "server-transaction")]
    above, below = ("\n".join(part[side] for part in parts) for side in (0, 2))
    begin = f"{settings}\n{above}\ngc_start || exit 1\nGC_CHAINED=$GC_COMMON/gatecheck-chained\n"
    rest = f"\n{_WELL}{below}\nserver_transaction || exit 1\n"
    if not chains:
        return f"{_ALONE}{begin}! gs_let_pass || exit 0\n{rest}"
    then = 'gc_chain_input "$@"\n'
    return f'{_CHAINED}{begin}if [ -z "$gc_moves" ] || gs_let_pass; then\n\t{then}\texit\nfi\n{rest}{then}'
