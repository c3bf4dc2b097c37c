"""Which approvals a change has: read from refs, believed by the base's keys, and held against what is there now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from gatecheck.app.reviewed import reviewed
from gatecheck.approval import differences
from gatecheck.approval.believe import Keys, believe, candidates, envelopes_in, signing_keys
from gatecheck.approval.judge import Ground, Signed, judge
from gatecheck.approval.statement import Statement, parse
from gatecheck.errors import CannotTell, PolicyError
from gatecheck.model import Approvals, Change, Policy, Void, Wanted
from gatecheck.model.approval import BranchCommit, Subject, commits_digest
from gatecheck.model.change import digest_of
from gatecheck.repo import Repository, ledger
from gatecheck.repo.branch import branch_commits, edits_of, landings
from gatecheck.repo.history import fork_of
from gatecheck.sign import Envelope, signers

FORGE = "forge-review"
"""The policy's word for reviews in the place of signatures."""
PREFIX = "refs/gatecheck/approvals/"
POLICY, APPROVERS, REVOKED = ".gatecheck.yaml", ".gatecheck/approvers", ".gatecheck/revoked"
LARGEST = 256 * 1024
"""Bytes of a file of the policy; a larger one is not read."""
MOST = 200
"""Statements about one change that are verified; more are refused, since a rejection could hide among them."""
MOST_OTHERS = 300
"""Other changes' refs that are looked through for an approval that was meant for this one."""
MOST_LANDINGS = 100


@dataclass(frozen=True, slots=True)
class Case:
    """A change, and what the base says of those who may approve it."""

    change: Change
    branch: str
    """The branch that it would enter, in short; empty where the target is only a commit."""
    policy: Policy
    tree: str
    """The tree from which the policy is read."""
    quorum: int = 1
    source: str = "keys"


def case_of(change: Change, branch: str, policy: Policy, tree: str, wanted: Iterable[Wanted]) -> Case:
    """Return the case with the settings of the policy's gates (all of them) of the kind `approval`."""
    gates = [each.gate for each in wanted if each.gate.kind == "approval"]
    quorum = max((int(getattr(gate, "quorum", 1)) for gate in gates), default=1)
    return Case(
        change, branch, policy, tree, quorum, getattr(gates[0], "source", "keys") if gates else "keys"
    )


def approvals_of(repository: Repository, case: Case, now: float, *, pusher: str = "") -> Approvals:
    """Return which approvals hold now and which do not. Where nothing can be approved, the notes say why.

    Raises CannotTell when there are more statements than can be looked at.
    """
    none = Approvals(quorum=case.quorum, by_review=case.source == FORGE)
    if case.policy.bootstrap or case.change.conflicts:
        return none
    if case.source == FORGE:
        return reviewed(repository, case.change.head, case.branch, none)
    try:
        known = keys_of(repository, case)
    except PolicyError as error:
        return replace(none, notes=(f"nobody can approve: {error.problems[0]}",))
    if known is None:
        return none
    none = replace(none, may=known.may)
    refs = repository.refs(PREFIX)
    return _judged(repository, case, now, pusher, known, refs) if refs else none


def keys_of(repository: Repository, case: Case) -> Keys | None:
    """Return whose signatures count, by the base; None where it lists nobody. Raises PolicyError when the list is wrong."""
    listed = file_of(repository, case.tree, APPROVERS)
    if listed is None:
        return None
    return Keys(signers.parse(listed, APPROVERS), file_of(repository, case.tree, REVOKED) or b"")


def subject_of(repository: Repository, case: Case, commits: Sequence[BranchCommit] | None) -> Subject:
    """Return what an approval of the change is about."""
    change = case.change
    blobs = {path: repository.objects.entry(case.tree, path) for path in (POLICY, APPROVERS)}
    return Subject(
        case.policy.repository or "",
        f"refs/heads/{case.branch}",
        change.base,
        change.head,
        change.tree,
        change.digest,
        "" if commits is None else commits_digest(commits),
        {path: entry.id if entry else "" for path, entry in blobs.items()},
    )


def ground_of(
    repository: Repository, case: Case, now: float, pusher: str = "", statements: Sequence[Statement] = ()
) -> Ground:
    """Return what approvals are held against; of `statements` it is seen whether they landed already."""
    try:
        commits = branch_commits(repository, case.change.base, case.change.head)
    except CannotTell:  # too short a history: what needs the commits does not hold
        commits = None
    subject = subject_of(repository, case, commits)
    same = [said for said in statements if said.subject.change == subject.change]
    return Ground(
        subject,
        now,
        case.change.edits,
        commits,
        case.quorum,
        signers=signing_keys(commits or ()),
        agents=frozenset(case.policy.agents.keys),
        pusher=pusher,
        used={said.nonce: why for said in same if (why := _landed(repository, case.change, said, commits))},
    )


def _judged(
    repository: Repository, case: Case, now: float, pusher: str, known: Keys, refs: Mapping[str, str]
) -> Approvals:
    own = f"{PREFIX}{case.change.digest}/"
    tips = [tip for ref, tip in sorted(refs.items()) if ref.startswith(own)]
    read = [envelopes_in(ledger.read_files(repository.objects, tip)) for tip in tips]
    signed, void = believed([each for found, _ in read for each in found], known, now)
    void += [each for _, less in read for each in less]
    ground = ground_of(repository, case, now, pusher, [one.statement for one in signed])
    ground = replace(ground, may=known.may)
    others = [tip for ref, tip in sorted(refs.items()) if not ref.startswith(own)][:MOST_OTHERS]
    meant = believed(list(islice(near(repository, others, ground), MOST)), known, now)[0]
    return judge(ground, [*signed, *meant], void)


def believed(envelopes: Sequence[Envelope], known: Keys, now: float) -> tuple[list[Signed], list[Void]]:
    """Return what holds as a signature, and why the rest does not."""
    worth = [envelope for envelope in envelopes if candidates(envelope, known)]
    if len(worth) > MOST:
        raise CannotTell(
            f"there are {len(worth):,} statements about this change, and {MOST} are the most that are looked at",
            fix=f"Remove those that mean nothing: git for-each-ref {PREFIX}",
        )
    unknown = [envelope for envelope in envelopes if not candidates(envelope, known)][:MOST]
    found = [believe(envelope, known, now) for envelope in (*worth, *unknown)]
    return [one for signed, _ in found for one in signed], [one for _, void in found for one in void]


def near(repository: Repository, tips: Sequence[str], ground: Ground) -> Iterator[Envelope]:
    """Yield approvals of another change that seem to have been meant for this one, since they say why they do not hold."""
    for tip in tips:
        try:
            read, _ = envelopes_in(ledger.read_files(repository.objects, tip))
            found = [(each, parse(each.payload)) for each in read]
        except CannotTell:  # nothing of this change's, so it must not stop its run
            continue
        for envelope, said in found:
            open_ = said.decision == "approve" and said.expires > ground.now
            here = _place(said) == _place(ground)
            if open_ and here and differences.is_related(said, ground.edits, ground.commits):
                yield envelope


def _place(about: Statement | Ground) -> tuple[str, str]:
    return about.subject.repository, about.subject.target


def _landed(
    repository: Repository, change: Change, said: Statement, commits: Sequence[BranchCommit] | None
) -> str:
    """Return why an approval is used up: the change is on the target already (and was taken back, else nothing would change)."""
    since = said.subject.base
    if since == change.base or not change.edits:
        return ""
    try:
        repository.objects.read(since, "commit")
        if repository.is_shallow and not fork_of(repository, since, change.base).sure:
            return "this clone is too shallow to see whether it was used already: git fetch --unshallow"
    except CannotTell:
        return "this clone does not have the base for which it was given: git fetch --unshallow"
    found = landings(repository, since, change.base, change.edits[0][0])
    digests = {change.digest, *(commit.content for commit in commits or ())}
    for commit in found[:MOST_LANDINGS]:
        if digest_of(edits_of(repository, commit)) in digests:
            return f"it was used already: the change landed with {commit[:10]}"
    return "" if len(found) <= MOST_LANDINGS else "too much happened on the target since"


def file_of(repository: Repository, tree: str, path: str) -> bytes | None:
    """Return a file of the base's policy; None where there is none. Raises PolicyError when it is something else, or too large."""
    entry = repository.objects.entry(tree, path)
    if entry is None:
        return None
    if not entry.is_file or repository.objects.size(entry.id) > LARGEST:
        raise PolicyError(
            (f"{path}:1:1: it is not a file of at most {LARGEST:,} bytes",),
            fix=f"Make {path} a regular file on the target branch.",
        )
    return repository.objects.blob(entry.id)
