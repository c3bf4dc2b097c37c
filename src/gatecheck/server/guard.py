"""What moves on the server without a push: told by whoever runs it, or let through by a hook that git did not ask."""

from __future__ import annotations

from gatecheck.place import Place
from gatecheck.repo import Repository, short, tips_of
from gatecheck.server.law import default_branch, law_of
from gatecheck.server.names import resolved
from gatecheck.server.rules import HIDDEN, No
from gatecheck.server.updates import Update, is_nothing, read

_WAY = (
    "Push it, with what proves it. If the push came here without being judged, see what is off: gatecheck server check DIR. \
Whoever runs the server moves it all the same with: git -c core.hooksPath=/dev/null ..."
)


def guard(place: Place, lines: bytes) -> tuple[No, ...]:
    """Return why moves that no push was let pass with are refused; nothing when they may go on."""
    repository = Repository(place)
    default = default_branch(repository)
    law = law_of(repository, default, tips_of(place, [default]).get(default))
    found = []
    for update in read(lines):
        ref = resolved(repository, update.ref)
        if law.protects(ref) or _is_kept(update):
            found.append(No(short(ref), "it moves only by a push that was judged", _WAY))
    return tuple(found)


def _is_kept(update: Update) -> bool:
    """Tell whether a ref is one of those that are not moved, or not at all."""
    if update.ref.startswith("refs/tags/"):
        return update.deletes or not is_nothing(update.old)
    return update.ref.startswith(("refs/gatecheck/", *(folder + "/" for folder in HIDDEN)))
