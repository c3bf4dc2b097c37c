"""Where hooks can be installed: a bare repository of this account, to which git sends its pushes, and which has, or is about to get, a law."""

from __future__ import annotations

import os
from pathlib import Path

from gatecheck.errors import UsageError
from gatecheck.install.ground import OWN
from gatecheck.place import Place
from gatecheck.repo import Repository, UserGit, short
from gatecheck.server.law import Law
from gatecheck.server.record import Record


def bare(folder: str) -> Place:
    """Return the bare repository in a folder. Raises UsageError when there is none, or it belongs to another account."""
    place = Repository.at(folder).place
    if place.work_tree is not None:
        raise UsageError(
            f"{folder} has a work tree: people work there",
            fix="Name the bare repository that they push to; in a clone it is gatecheck install.",
        )
    owner = Path(place.common_dir).stat().st_uid
    if owner != os.geteuid():
        raise UsageError(
            f"{place.common_dir} belongs to another account, and its hooks run as that",
            fix=f"Say it as that one: sudo -u '#{owner}' gatecheck server ...",
        )
    return place


def refuse(place: Place, law: Law, record: Record) -> None:
    """Raise UsageError where hooks would do nothing, or nothing but refuse."""
    _refuse_lawless(place, law, record)
    if Path(place.common_dir, OWN, "installed").exists():
        raise UsageError(
            f"{place.common_dir} has the hooks of a clone", fix="Take them away: gatecheck uninstall"
        )
    found = folder(UserGit(place))
    if not record.into and os.path.realpath(found) != str(Path(place.common_dir, "hooks").resolve()):
        raise UsageError(
            f"core.hooksPath sends git to {found}",
            fix="Unset it (git config --show-origin core.hooksPath), or name a forge's folder of hooks with --into DIR.",
        )


def folder(git: UserGit) -> str:
    """Return where git looks for hooks."""
    return git("rev-parse", "--path-format=absolute", "--git-path", "hooks")


def _refuse_lawless(place: Place, law: Law, record: Record) -> None:
    """Raise UsageError where nothing could ever be pushed: neither is there a policy, nor is the first one pinned."""
    if law.policy is not None or record.pins(law.default, law.tip):
        return
    raise UsageError(
        f"{law.broken or f'{short(law.default)} has no policy yet'}, so nothing could be judged here",
        fix="In a clone with the policy run gatecheck server digest; then: "
        f"gatecheck server install {place.common_dir} --bootstrap DIGEST",
    )
