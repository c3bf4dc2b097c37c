"""The decision about one push, all of it or nothing.

1. What is to be moved, and what does each name really stand for?
2. Under which law? That of the default branch as it is now.
3. Is anything asked for that nobody may do?
4. Is each protected branch's new tip proven, under the law of its old one?
5. Write down what was let pass, for the tripwire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gatecheck.errors import GatecheckError, PolicyError
from gatecheck.place import Place
from gatecheck.repo import Repository, receiving, short, tips_of
from gatecheck.server import passes, record
from gatecheck.server.law import Law, default_branch, digest, files, law_of
from gatecheck.server.names import resolved
from gatecheck.server.rules import GUARDED, Move, No, refused
from gatecheck.server.updates import Update, read


@dataclass(frozen=True, slots=True)
class Pushed:
    """What comes with a push besides the branch that is judged."""

    refs: Mapping[str, str] = field(default_factory=dict)
    """The refs of evidence and approvals that it would move, with their new tips: not visible yet."""
    pusher: str = ""
    """The fingerprint of the key that pushes; empty where it is not known."""


Prover = Callable[[Repository, str, str, str, Pushed], None]
"""Tells whether a branch may move from one commit to another. Raises a GatecheckError that says what is missing."""


@dataclass(frozen=True, slots=True)
class Push:
    """A push as git hands it to the hook."""

    place: Place
    lines: bytes
    quarantine: str
    receiver: int
    """The process that receives it, and will move the refs."""
    pusher: str = ""


def receive(push: Push, prove: Prover) -> tuple[No, ...]:
    """Return why the push is refused; nothing when it may go on. Raises CannotTell and whatever a repository's state raises."""
    updates = read(push.lines)
    with receiving(push.place, push.quarantine, updates[0].new) as repository:
        default = default_branch(repository)
        moves, tips = _moves(repository, updates, default)
        law = law_of(repository, default, tips.get(default))
        installed = record.load(push.place.common_dir)
        judge = _Judge(repository, law, installed, _pushed(moves, push.pusher), prove)
        noes = [*_twice(moves), *judge.all(moves)]
        if not noes and installed.tripwire:
            proven = frozenset(move.ref for move in moves if law.protects(move.ref))
            moved = [(move.update, move.names) for move in moves]
            passes.write(push.place.common_dir, push.receiver, moved, proven)
    return tuple(noes)


class _Judge:
    """Judges the moves of one push under one law."""

    def __init__(
        self, repository: Repository, law: Law, installed: record.Record, pushed: Pushed, prove: Prover
    ) -> None:
        self._repository = repository
        self._law = law
        self._installed = installed
        self._pushed = pushed
        self._prove = prove

    def all(self, moves: Sequence[Move]) -> list[No]:
        """Return everything that is refused: the default branch is judged first, since others may follow it."""
        first = [move for move in moves if move.ref == self._law.default]
        noes = self._each(first)
        if first and not noes:
            self._law = self._begun(first[0])
        return noes + self._each([move for move in moves if move not in first])

    def _each(self, moves: Sequence[Move]) -> list[No]:
        found = []
        for move in moves:
            try:
                no = refused(self._repository, self._law, move) or self._unproven(move)
            except GatecheckError as error:
                no = move.no(error.message, error.fix)
            if no:
                found.append(no)
        return found

    def _begun(self, move: Move) -> Law:
        """Return the law for the rest of a push that begins the default branch; that of any other push stays the old one."""
        if self._law.tip is not None:
            return self._law
        return law_of(self._repository, self._law.default, move.update.new)

    def _unproven(self, move: Move) -> No | None:
        law, new = self._law, move.update.new
        if law.tip is None and move.ref.startswith("refs/heads/") and move.ref != law.default:
            fix = (
                f"Push {short(law.default)} first, with the policy that was pinned on the server; if another branch is to be the "
                f"default one, whoever runs the server says so: git symbolic-ref HEAD {move.ref}"
            )
            return move.no("this repository is empty, and has no policy yet", fix)
        if not law.protects(move.ref) or new == move.now:
            return None
        if move.now is None and move.ref != law.default:
            return self._not_of_default(move)
        own = law if move.ref == law.default else law_of(self._repository, move.ref, move.now)
        if move.now is None or own.policy is None:
            return self._without_law(move, own)
        self._prove(self._repository, move.ref, move.now, new, self._pushed)
        return None

    def _not_of_default(self, move: Move) -> No | None:
        """A protected branch begins where the default branch is or was, under the law that holds there now."""
        tip, new, default = self._law.tip or "", move.update.new, short(self._law.default)
        if not self._repository.is_ancestor(new, tip):
            why = f"a protected branch begins at a commit that {default} has"
            fix = f"Begin it there: git push REMOTE origin/{default}:{move.ref}; then have the rest merged into it."
            return move.no(why, fix)
        if files(self._repository, new) != files(self._repository, tip):
            why = f"the policy or the approvers at {new[:12]} are not those of {default}"
            fix = (
                f"Begin it at a later commit of {default}, or have it made on the server by whoever runs it."
            )
            return move.no(why, fix)
        return None

    def _without_law(self, move: Move, own: Law) -> No | None:
        """Where there is no law yet, the first one is that which was pinned when the server was installed: for one push."""
        new = move.update.new
        if move.ref != self._law.default:
            fix = "Whoever runs the server gives it a policy there: see docs/server.md, A branch without a policy."
            return move.no(
                f"it is protected by the policy of {short(self._law.default)}, and has none itself", fix
            )
        what = "its policy cannot be used" if own.broken else "it has no policy yet"
        try:
            brings, brought = law_of(self._repository, move.ref, new), digest(self._repository, new)
        except PolicyError as error:
            return move.no(f"{what}; {error.message}", error.fix)
        if brings.policy is None:
            said = f": {brings.broken}" if brings.broken else ""
            fix = "Mend it." if said else "Write one: gatecheck init"
            return move.no(f"{what}, and this push brings none that can be used{said}", fix)
        if brought == self._installed.bootstrap and self._installed.pins(move.ref, move.now):
            return None
        command = f"gatecheck server install {self._repository.place.common_dir} --bootstrap {brought}"
        fix = f"Compare with gatecheck server digest; if it is right, whoever runs the server pins it: {command}"
        return move.no(f"{what}, and that of this push is not the one that is pinned on the server", fix)


def _moves(
    repository: Repository, updates: Sequence[Update], default: str
) -> tuple[list[Move], dict[str, str]]:
    """Return the updates with what is true here, and where the refs are; of those about which there is nothing to know, not even that."""
    real = {update.ref: resolved(repository, update.ref) for update in updates}
    guarded = [ref for ref in real.values() if ref.startswith(GUARDED)]
    tips = tips_of(repository.place, [*dict.fromkeys((default, *guarded))])
    return [Move(update, real[update.ref], tips.get(real[update.ref])) for update in updates], tips


def _pushed(moves: Sequence[Move], pusher: str) -> Pushed:
    proofs = {
        m.ref: m.update.new for m in moves if m.ref.startswith("refs/gatecheck/") and not m.update.deletes
    }
    return Pushed(proofs, pusher)


def _twice(moves: Sequence[Move]) -> list[No]:
    """Refuse two updates of one ref, by whatever names: only one of them would be judged for what it becomes."""
    seen: set[str] = set()
    found = []
    for move in moves:
        if move.ref in seen:
            found.append(move.no("it is pushed twice, by two names", "Push it once."))
        seen.add(move.ref)
    return found
