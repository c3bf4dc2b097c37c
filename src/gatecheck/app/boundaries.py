"""The law of this repository as hooks need it: that of the remote's default branch, or what stands in for it."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path

from gatecheck import __version__
from gatecheck import install as hooks
from gatecheck.app.law import FILE, fitting_preset, read_policy
from gatecheck.errors import PolicyError, UsageError
from gatecheck.install import Compiled, Fact, Installed, Source
from gatecheck.model import Policy
from gatecheck.repo import Repository, UserGit, branch_of, short
from gatecheck.repo.aim import default_target


def law_for_hooks(repository: Repository) -> Compiled:
    """Return the law as it is now. Raises PolicyError when the policy is broken, or cannot be told to hooks."""
    source = _source(repository)
    if not source.tip:
        return hooks.compiled(Policy("no policy yet", ""), source)
    if repository.is_partial:  # hooks act for the user: what the remote has promised may be fetched
        UserGit(repository.place).code("cat-file", "-e", f"{source.tip}:{FILE}")
    tree = repository.objects.tree_of(source.tip)
    entry = repository.objects.entry(tree, FILE)
    policy = read_policy(repository, tree)
    if policy is None:
        policy = fitting_preset(repository, tree)
        branch = branch_of(source.ref)
        extra = () if policy.protects(branch) else (branch,)  # the default branch, whatever its name is
        policy = dataclasses.replace(policy, protect=(*policy.protect, *extra))
    else:
        if policy.problems:
            raise PolicyError(tuple(map(str, policy.problems)), fix=f"Mend {FILE} of {short(source.ref)}.")
        policy = dataclasses.replace(policy, source=f"{FILE} of {short(source.ref)}")
    return hooks.compiled(policy, dataclasses.replace(source, blob=entry.id if entry else ""))


def text_at(repository: Repository, commit: str, path: str) -> str:
    """Return a file of a commit as text; empty where there is none."""
    entry = repository.objects.entry(repository.objects.tree_of(commit), path) if commit else None
    return repository.objects.blob(entry.id).decode("utf-8", "replace") if entry and entry.is_file else ""


def install(repo: str, python: str, *, strict: bool) -> tuple[Installed, Compiled]:
    """Install the hooks in a repository, with the law as it is now; return what was done, and that law."""
    begun, repository = time.time_ns(), Repository.at(repo)
    law = law_for_hooks(repository)
    return hooks.install(repository.place, law, python, begun=begun, strict=strict), law


def check(repo: str, python: str, *, strict: bool = False) -> tuple[Fact, ...]:
    """Look at everything that must hold for the hooks to be on; `strict` wants what --strict installs. Raises UsageError when there is no repository."""
    repository = Repository.at(repo)
    try:
        law = law_for_hooks(repository)
    except PolicyError as error:
        return (Fact("policy", ok=False, says=error.message, fix=error.fix),)
    return hooks.facts(repository.place, law, python, os.environ, strict=strict)


def refresh(repo: str, python: str) -> tuple[str, ...]:
    """Write the compiled policy anew; return what should be told.

    Where the policy has become unusable, the last one that was usable stays in force. Raises PolicyError when there is none.
    """
    begun, repository = time.time_ns(), Repository.at(repo)
    own = Path(repository.place.common_dir, hooks.OWN)
    try:
        law = law_for_hooks(repository)
    except PolicyError as error:
        if _known(own) is None:
            raise
        return (
            *error.problems,
            f"until that is mended, hooks keep to the last policy that was good: {own / 'policy'}",
        )
    with hooks.turn(own):
        hooks.write_law(own, law, python, begun)
    record = hooks.installed(own)
    if record and law.strict and not record.strict:
        return (
            f"the policy of {law.ref} asks for the strict hook, which is not installed; run: gatecheck install",
        )
    return ()


def _known(own: Path) -> Compiled | None:
    """Return the law that hooks have now; None when it is missing or damaged."""
    try:
        return hooks.from_text((own / "policy").read_bytes().decode("utf-8", "surrogateescape"))
    except OSError:
        return None


def _source(repository: Repository) -> Source:
    """Return the ref whose policy is the law, and where it is now."""
    remotes = sorted({ref.split("/")[2] for ref in repository.refs("refs/remotes/")})
    try:
        ref, _ = default_target(repository)
    except UsageError as error:
        if len(remotes) > 1:
            raise UsageError(
                error.message,
                fix="Call the one with the protected branches origin: git remote rename NAME origin",
            ) from error
        ref = "refs/heads/main"
    of_remote = ref.split("/")[2] if ref.startswith("refs/remotes/") else next(iter(remotes), "")
    return Source(__version__, ref, tip=repository.resolve(ref) or "", remote=of_remote)
