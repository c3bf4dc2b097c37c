"""Names become gates: what a policy asks for, built from the kinds that are installed, or every reason why not."""

from __future__ import annotations

from gatecheck.errors import UsageError
from gatecheck.model import Policy, Wanted
from gatecheck.registry.assembly import Assembly, assemble
from gatecheck.registry.description import Described, Description, Setting, describe
from gatecheck.registry.kinds import Claim, Kinds, kinds
from gatecheck.registry.schema import schema
from gatecheck.settings import meant, refusal, shown

__all__ = ["Claim", "Described", "Description", "Kinds", "Setting", "build", "describe", "kinds", "schema"]


def build(
    policy: Policy, only: tuple[str, ...] = (), *, available: Kinds | None = None
) -> tuple[Wanted, ...]:
    """Return the gates that a policy asks for, in its order; with `only`, those and the ones that they need.

    Raises PolicyError with all that is wrong with the policy, and UsageError when `only` names a gate that it has not.
    """
    assembly = assemble(policy, available or kinds())
    if assembly.problems:
        raise refusal(assembly.problems)
    unknown = [name for name in only if name not in assembly.instances]
    if unknown:
        has = ", ".join(assembly.instances) or "none"
        raise UsageError(
            f"The policy has no gate {shown(unknown[0])}{meant(unknown[0], assembly.instances)}; it has {has}.",
            fix="Ask for gates by the names that `gatecheck list` shows.",
        )
    chosen = _with_needs(only, assembly) if only else assembly.instances.keys()
    return tuple(instance.wanted for name, instance in assembly.instances.items() if name in chosen)


def _with_needs(only: tuple[str, ...], assembly: Assembly) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(only)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(assembly.instances[name].wanted.gate.needs)
    return frozenset(found)
