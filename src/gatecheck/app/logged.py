"""What is signed here is also written into the log, where the key is one that the base lists; else it is told why not, and nothing fails."""

from __future__ import annotations

from collections.abc import Sequence

from gatecheck.app.signing import fingerprint_of
from gatecheck.errors import CannotTell, GatecheckError
from gatecheck.logbook import Event, Scribe, Thing, record
from gatecheck.repo import Repository, UserGit
from gatecheck.sign import Signers


def scribe_of(signers: Signers | None, repository: str, key: str) -> Scribe:
    """Return with which key the log is written, in the role in which the base lists it. Raises a GatecheckError where it lists it not."""
    if signers is None or not repository:
        raise CannotTell(
            "the base has no policy that says which `repository` it is, with a list of keys",
            fix="Merge .gatecheck.yaml and .gatecheck/approvers first.",
        )
    fingerprint = fingerprint_of(key)
    signer = next((each for each in signers if each.fingerprint == fingerprint), None)
    if signer is None:
        raise CannotTell(
            f"the base does not list the key {fingerprint}", fix="Name another one in GATECHECK_SIGNING_KEY."
        )
    return Scribe(key, signer.namespaces[0], repository)


def logged(
    repository: Repository,
    git: UserGit,
    by: tuple[Signers | None, str, str],
    event: Event,
    ref: str,
    things: Sequence[Thing],
    note: str = "",
) -> str:
    """Write an entry; `by` are the base's signers, the policy's `repository` and the key. Return why there is none, or nothing."""
    try:
        record(repository, git, scribe_of(*by), event, ref, things, note)
    except GatecheckError as error:
        return f"this is not in the log: {error.message}"
    return ""
