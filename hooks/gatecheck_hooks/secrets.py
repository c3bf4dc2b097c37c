"""Refuses to commit secrets: looks at what is staged, and at nothing else; git calls it as pre-commit.

    python -I -S /absolute/secrets.py POLICYFILE     the native hook
    gatecheck-secrets [--policy-ref=REF]             pre-commit, prek

What may be known stands in `.gatecheck/allowed-secrets` of the ref whose policy is in force, never in the work tree.
"""

from __future__ import annotations

import os
import sys

if (
    not __package__
):  # run by its path and without site: the package is found beside this file, and after Python's own
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from gatecheck_hooks import compiled
from gatecheck_hooks.ask_git import git
from gatecheck_hooks.credentials.findings import Found, find, in_all, read_allowed, without
from gatecheck_hooks.credentials.report import ALLOWED, notes, refusal
from gatecheck_hooks.credentials.staged import LIMIT, staged
from gatecheck_hooks.refusal import Refusal, say

_REFS = ("remotes/origin/HEAD", "remotes/origin/main", "remotes/origin/master", "heads/main", "heads/master")


def main(argv: list[str] | None = None) -> int:
    """Judge what is staged; return 0 to let it pass, 1 to refuse it, and 2 or 4 when that cannot be told."""
    try:
        refused = _judge(_asked(sys.argv[1:] if argv is None else argv))
    except Refusal as cannot:
        refused = cannot
    return refused.tell() if refused else 0


def _judge(ref: str | None) -> Refusal | None:
    """Look at what is staged, and say aloud what was not looked into. All but the diff is asked for when it is needed."""
    files, whole = staged()
    found = find(files)
    if found != Found((), ()):
        found = in_all([found, *(find(staged(parent)[0]) for parent in _merged())])
    told = notes(found)
    if not files:
        told.append("nothing is staged, so nothing was looked into for secrets")
    if not whole:
        told.append(f"only the first {LIMIT >> 20} MiB of what is staged were looked into for secrets")
    for each in told:
        say(f"gatecheck: {each}")
    if not found.findings:
        return None
    ref = ref or _default_ref()
    _, text = git("cat-file", "blob", f"{ref}:{ALLOWED}", quiet=True)
    unborn = git("rev-parse", "--verify", "HEAD", quiet=True)[0] != 0
    return refusal(without(found, read_allowed(text)), ref, unborn=unborn)


def _merged() -> list[str]:
    """Return the commits that are being merged: what they bring is not new."""
    path = git("rev-parse", "--git-path", "MERGE_HEAD")[1].rstrip(b"\n")
    try:
        with open(path, encoding="ascii") as file:
            return file.read().split()
    except OSError:
        return []


def _asked(argv: list[str]) -> str | None:
    """Return the ref whose list counts, as an argument or the compiled policy in one says."""
    if len(argv) == 1 and argv[0].startswith("--policy-ref="):
        return argv[0].partition("=")[2]
    if len(argv) == 1 and not argv[0].startswith("--"):
        return _ref_in(argv[0])
    if argv:
        raise Refusal(f"cannot read the arguments {argv}", "gatecheck-secrets [--policy-ref=REF]", 2)
    return None


def _default_ref() -> str:
    """Return the ref whose list counts: what a compiled policy says that is here, else the default branch."""
    folder = os.fsdecode(git("rev-parse", "--git-dir")[1].rstrip(b"\n"))
    path = compiled.find(folder)
    if path:
        return _ref_in(path)
    refs = [f"refs/{name}" for name in _REFS]
    return next((ref for ref in refs if git("rev-parse", "--verify", ref, quiet=True)[0] == 0), refs[-2])


def _ref_in(path: str) -> str:
    return compiled.read(path).get("ref", ["refs/heads/main"])[-1]


if __name__ == "__main__":
    sys.exit(main())
