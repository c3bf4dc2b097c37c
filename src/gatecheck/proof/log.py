"""The log, held against the keys of the protected branch."""

from __future__ import annotations

from dataclasses import dataclass

from gatecheck.errors import CannotTell
from gatecheck.logbook import REF, Found, read_back
from gatecheck.proof.law import Laws
from gatecheck.repo import Repository, find_aim, short
from gatecheck.repo.commits import is_ancestor


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at the whole log gave."""

    tip: str
    number: int
    faults: tuple[Found, ...]
    """The newest first."""
    pin: str = ""
    cut: bool = False
    """It does not have the pinned commit: it was cut off, or written anew, since that was noted."""

    @property
    def exit_code(self) -> int:
        """0 where all of it is to be believed."""
        return 1 if self.faults or self.cut else 0


def check(repository: Repository, pin: str | None, target: str | None) -> Checked:
    """Verify the log by the keys that the target's tip lists. Raises CannotTell when it is empty, or nobody is believed."""
    tip = repository.resolve(REF)
    if tip is None:
        raise CannotTell(
            "there is no log here, so nobody can tell whether it is whole",
            fix="Fetch it: gatecheck evidence fetch",
        )
    aim = find_aim(repository, target, None)
    law = Laws(repository).of(aim.base)
    if law is None:
        raise CannotTell(
            f"{short(aim.target)} has no policy with a list of keys, so nobody's signature counts",
            fix="Merge .gatecheck.yaml and .gatecheck/approvers first, or name another --target.",
        )
    found = list(read_back(repository, tip, law.keys.signers, law.keys.revoked))
    cut = pin is not None and not _has(repository, tip, pin)
    strange = [_of_another(each, law.repository) for each in found]
    return Checked(tip, len(found), tuple(each for each in strange if each.fault), pin or "", cut)


def _of_another(found: Found, repository: str) -> Found:
    """Return an entry with its fault, where it is about another repository than the policy says."""
    if found.fault or found.entry is None or found.entry.repository == repository:
        return found
    why = f"it is of the repository {found.entry.repository or '(none)'}"
    return Found(found.commit, found.entry, found.signer, why)


def _has(repository: Repository, tip: str, pin: str) -> bool:
    """Tell whether the log has a commit that somebody noted; one that is not even here was cut off, too."""
    commit = repository.resolve(pin)
    return commit is not None and is_ancestor(repository, commit, tip)
