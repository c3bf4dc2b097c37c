"""Which branches are protected here, and under which law: that of the default branch as it stands before the push."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gatecheck.app.law import FILE, read_policy
from gatecheck.errors import CannotTell, PolicyError
from gatecheck.model import Policy
from gatecheck.repo import Repository, branch_of
from gatecheck.server.names import resolved

FILES = (FILE, ".gatecheck/approvers", ".gatecheck/revoked")
"""What the law consists of: the policy, whose signatures count, and whose do not any more."""
_HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Law:
    """The default branch, and what its policy says; without a usable policy only that branch is known to be protected."""

    default: str
    """The full name of the branch that HEAD stands for."""
    tip: str | None
    """Where it is; None in an empty repository."""
    policy: Policy | None
    """None where there is none, or none that can be used."""
    broken: str = ""
    """What is wrong with the policy."""

    def protects(self, ref: str) -> bool:
        """Tell whether a ref, given in full, is a protected branch."""
        if not ref.startswith(_HEADS):
            return False
        return ref == self.default or (self.policy is not None and self.policy.protects(branch_of(ref)))


def default_branch(repository: Repository) -> str:
    """Return the branch that HEAD stands for. Raises CannotTell when it stands for none."""
    ref = resolved(repository, "HEAD")
    if not ref.startswith(_HEADS):
        raise CannotTell(
            f"{repository.place.common_dir} has no default branch",
            fix="Tell whoever runs the server: git symbolic-ref HEAD refs/heads/main names it.",
        )
    return ref


def law_of(repository: Repository, default: str, tip: str | None) -> Law:
    """Return the law that holds while the default branch is at a commit."""
    if tip is None:
        return Law(default, None, None)
    try:
        policy = read_policy(repository, repository.objects.tree_of(tip))
    except PolicyError as error:
        return Law(default, tip, None, error.message)
    if policy and policy.problems:
        return Law(default, tip, None, "\n".join(map(str, policy.problems)))
    return Law(default, tip, policy)


def files(repository: Repository, commit: str) -> dict[str, str]:
    """Return the blobs of the law's files at a commit. Raises PolicyError for one that is no file."""
    tree, found = repository.objects.tree_of(commit), {}
    for path in FILES:
        entry = repository.objects.entry(tree, path)
        if entry and not entry.is_file:
            raise PolicyError((f"{path}:1:1: it is no file",), fix=f"Make {path} a regular file.")
        if entry:
            found[path] = entry.id
    return found


def digest(repository: Repository, commit: str) -> str:
    """Return sha256, in hex, of the law at a commit: what `sha256sum FILE... | sha256sum` prints for its files in their order."""
    lines = [
        f"{hashlib.sha256(repository.objects.blob(blob)).hexdigest()}  {path}\n"
        for path, blob in files(repository, commit).items()
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
