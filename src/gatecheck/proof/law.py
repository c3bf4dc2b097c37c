"""The law of a base commit, as far as proofs need it: whose evidence counts, who may approve, and what must have been asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from gatecheck import registry
from gatecheck.app.approvals import APPROVERS, POLICY, REVOKED, file_of
from gatecheck.app.law import read_policy
from gatecheck.approval.believe import Keys
from gatecheck.errors import PolicyError
from gatecheck.model import Policy, Wanted
from gatecheck.proof.errors import Unproven
from gatecheck.repo import Repository
from gatecheck.sign import signers
from gatecheck.sign.signers import EVIDENCE


@dataclass(frozen=True)
class Law:
    """What one policy with its keys says."""

    policy: Policy
    keys: Keys
    blobs: Mapping[str, str]
    """What the policy is bound by in statements: the git blobs of its files by path; empty where there is none."""

    @property
    def repository(self) -> str:
        """Who the repository is in what is signed; empty where the policy does not say."""
        return self.policy.repository or ""

    @cached_property
    def wanted(self) -> tuple[Wanted, ...]:
        """The policy's gates with their options. Raises Unproven where they cannot be made."""
        try:
            return registry.build(self.policy)
        except PolicyError as error:
            raise Unproven(
                "the base's policy cannot be used, so nobody can tell whom it asks",
                error.problems,
                fix=error.fix,
            ) from error

    @property
    def wants_evidence(self) -> bool:
        """Tell whether it lists keys for evidence, so that nothing else is proof."""
        return bool(self.keys.signers.role(EVIDENCE))


class Laws:
    """The laws of commits; those with the same files are read once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[tuple[str, ...], Law] = {}

    def of(self, commit: str) -> Law | None:
        """Return a commit's law; None where it has no policy, or lists nobody. Raises Unproven when the policy cannot be used."""
        objects = self._repository.objects
        tree = objects.tree_of(commit)
        entries = {path: objects.entry(tree, path) for path in (POLICY, APPROVERS, REVOKED)}
        if entries[POLICY] is None or entries[APPROVERS] is None:
            return None
        key = tuple(entry.id if entry else "" for entry in entries.values())
        if key not in self._known:
            self._known[key] = self._read(commit, tree, dict(zip(entries, key, strict=True)))
        return self._known[key]

    def _read(self, commit: str, tree: str, blobs: Mapping[str, str]) -> Law:
        try:
            policy = read_policy(self._repository, tree)
            listed = signers.parse(file_of(self._repository, tree, APPROVERS) or b"", APPROVERS)
            revoked = file_of(self._repository, tree, REVOKED) or b""
        except PolicyError as error:
            raise _unusable(commit, error.problems[0]) from error
        if policy is None or policy.problems:
            raise _unusable(commit, str(policy.problems[0]) if policy else f"{POLICY} is no file")
        return Law(policy, Keys(listed, revoked), {path: blobs[path] for path in (POLICY, APPROVERS)})


def _unusable(commit: str, why: str) -> Unproven:
    return Unproven(
        f"the policy of {commit[:12]} cannot be used, so nothing can be proven by it",
        (why,),
        fix="Mend it by a change that touches nothing else, and let somebody override for that: gatecheck override",
    )
