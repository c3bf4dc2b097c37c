"""From a report to evidence: whether it may be one, what is signed, and where it is kept. After the gates, and outside of their room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gatecheck import evidence, plans
from gatecheck.app.approvals import Case, keys_of, subject_of
from gatecheck.app.flow import Judgement
from gatecheck.app.logged import logged
from gatecheck.app.signing import fingerprint
from gatecheck.errors import PolicyError
from gatecheck.evidence import GateSaid, Statement, Wait, test_results
from gatecheck.evidence.statement import stamp
from gatecheck.logbook import Thing
from gatecheck.model import Effect, Report, Result, Verdict
from gatecheck.render.words import never_evidence
from gatecheck.repo import Repository, UserGit
from gatecheck.sign import EVIDENCE, Envelope, Signature, sign

VARIABLE = "GATECHECK_SIGNING_KEY"
"""Names the key where no option does. No gate sees it, and a room hides the file that it names."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a report."""

    refs: tuple[str, ...] = ()
    key: str = ""
    """The fingerprint of the key that signed."""
    hints: tuple[str, ...] = ()
    """Why there is no evidence, or why nobody else may believe it."""


def record(judgement: Judgement, key: str) -> Recorded:
    """Sign what a run found and keep it, where it may count. Raises a GatecheckError when that cannot be done."""
    against = tuple(_against(judgement))
    if against:
        return Recorded(hints=tuple(f"this run is no evidence: {why}" for why in against))
    said = statement(judgement)
    signed = [_signed(payload, key) for payload in (said.payload(), *test_results.payloads(said))]
    refs = evidence.keep(UserGit(judgement.repository.place), signed)
    return Recorded(refs, signed[0].signatures[0].keyid, tuple(_doubts(judgement, signed[0])))


def statement(judgement: Judgement) -> Statement:
    """Return what a run says of its change."""
    report, repository, case = judgement.report, judgement.repository, judgement.case
    subject = subject_of(repository, case, None)
    return Statement(
        repository=subject.repository,
        target=subject.target,
        base=subject.base,
        head=subject.head,
        tree=subject.tree,
        policy=subject.policy,
        gates=tuple(map(_gate, report.results)),
        verdict=report.verdict,
        created=stamp(report.started),
        waits=tuple(dict.fromkeys(_waits(report))),
        waivers=tuple(dict.fromkeys(_waivers(report))),
        partial=report.partial,
        bootstrap=report.law.bootstrap,
        stacked=report.stacked,
        change=subject.change,
        risk=str(plans.assess(report.change, _reader(repository, case)).risk),
        version=report.version,
        law=report.law.digest,
        room=report.room.mode if report.room else "",
        approvals={one.nonce or one.key: ", ".join(one.who) for one in report.approvals.holding},
    )


def _against(judgement: Judgement) -> Iterator[str]:
    """Yield why a run can be no evidence."""
    report = judgement.report
    yield from never_evidence(report)
    if judgement.worktree:
        yield "what is not committed was judged (--worktree)"
    if not judgement.case.branch:
        yield "its target is a commit and no branch"
    if report.verdict not in {Verdict.PASS, Verdict.WAITING}:
        yield f"its verdict is {report.verdict}"
    recalled = [result.name for result in report.results if result.recalled]
    if recalled and report.room and report.room.mode == "portable":
        yield (
            f"{', '.join(recalled)} was recalled, and in a portable room a program could have written to what is kept: "
            "run with --no-cache"
        )


def _doubts(judgement: Judgement, signed: Envelope) -> Iterator[str]:
    """Yield why others will not believe it, which is no error: a developer's own runs are hints for that machine."""
    fingerprint = signed.signatures[0].keyid
    try:
        known = keys_of(judgement.repository, judgement.case)
    except PolicyError as error:
        yield f"nobody can believe it: {error.problems[0]}"
        return
    if known is None or not evidence.is_candidate(signed, known.signers):
        yield (
            f"nobody else will believe it: the key {fingerprint} is not in the base's .gatecheck/approvers "
            f'with namespaces="{EVIDENCE}"'
        )


def _signed(payload: bytes, key: str) -> Envelope:
    unsigned = Envelope(payload, ())
    blob = sign(key, EVIDENCE, unsigned.pae)
    return replace(unsigned, signatures=(Signature(fingerprint(blob), blob),))


def _gate(result: Result) -> GateSaid:
    seen = result.outcome.examined if result.outcome else None
    count, what = (seen.count, seen.kind) if seen else (0, "")
    return GateSaid(result.name, result.kind, result.verdict, count, what, result.recalled)


def _waits(report: Report) -> Iterator[Wait]:
    for result in report.results:
        for finding in result.outcome.findings if result.outcome else ():
            if finding.introduced and finding.waiver is None and finding.effect is Effect.APPROVAL:
                yield Wait(result.name, finding.rule)


def _waivers(report: Report) -> Iterator[str]:
    used = {
        finding.waiver
        for result in report.results
        for finding in (result.outcome.findings if result.outcome else ())
        if finding.introduced and finding.waiver is not None
    }
    for waiver in report.law.waivers:
        if waiver.reason in used:
            yield f"{waiver.rule}: {waiver.reason} ({waiver.owner}, until {waiver.expires})"


def _reader(repository: Repository, case: Case) -> Callable[[str], bytes | None]:
    def read(path: str) -> bytes | None:
        entry = repository.objects.entry(case.change.tree, path)
        return repository.objects.blob(entry.id) if entry and entry.is_file else None

    return read


def noted(judgement: Judgement, key: str) -> str:
    """Write a run that was signed into the log; return why that cannot be, or nothing."""
    change, case = judgement.report.change, judgement.case
    try:
        known = keys_of(judgement.repository, case)
    except PolicyError:
        known = None
    things = [Thing("tree", "gitTree", change.tree), Thing("head", "gitCommit", change.head)]
    by = (known.signers if known else None, case.policy.repository or "", key)
    git, ref = UserGit(judgement.repository.place), f"refs/heads/{case.branch}"
    return logged(judgement.repository, git, by, "run", ref, things, str(judgement.report.verdict))
