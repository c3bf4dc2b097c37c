"""What was made in the private repository, brought into the user's: the very objects that were judged, and no other merge of them."""

from __future__ import annotations

from collections.abc import Sequence

from gatecheck.errors import CannotTell
from gatecheck.repo import Repository, UserGit
from gatecheck.repo.asking import QUIETLY, complaint


def bring(repository: Repository, git: UserGit, tip: str, known: Sequence[str]) -> None:
    """Copy what a commit or a tree needs beyond the known commits, where only the private repository has it.

    The user's git could merge otherwise (merge drivers, attributes of the work tree), and then what lands were not what was judged.
    Source: git-pack-objects(1), --local. Raises CannotTell when the user's repository does not take it.
    """
    listed = repository.git("rev-list", "--objects", tip, *(f"^{each}" for each in known))
    pack = repository.git("pack-objects", "--quiet", "--local", "--stdout", stdin=listed)
    code, _, err = git.code("unpack-objects", "-q", "--strict", stdin=pack, env=QUIETLY)
    if code:
        raise CannotTell(
            f"the merge result cannot be written to your repository: {complaint(err)}",
            fix="Make some space, or let the repository be written to, and try again.",
        )
