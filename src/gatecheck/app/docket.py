"""What somebody must know to decide about one change: what it would do, under which law, what the gates said, and who decided already."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from pathlib import Path

from gatecheck import plans
from gatecheck.app import kept
from gatecheck.app.approvals import Case, approvals_of
from gatecheck.app.law import Ruling, find_ruling
from gatecheck.errors import UsageError
from gatecheck.model import Approvals, Change, Result, Verdict
from gatecheck.model.approval import BranchCommit
from gatecheck.model.risk import Assessment
from gatecheck.repo import Aim, Repository, compute, find_aim, short
from gatecheck.repo.branch import branch_commits


@dataclass(frozen=True, slots=True)
class Docket:
    """One change, at one moment."""

    repository: Repository
    aim: Aim
    change: Change
    ruling: Ruling
    case: Case
    commits: tuple[BranchCommit, ...]
    assessment: Assessment
    approvals: Approvals
    now: float
    results: tuple[Result, ...] = ()
    """What the gates said when they were asked last, with the approvals of now; empty when nobody asked them."""
    asked: int = 0
    """When that was, in seconds since 1970."""

    @property
    def judging(self) -> str:
        """The command that asks the gates about exactly this change."""
        words = ["gatecheck", "run", "--target", short(self.aim.target), "--head", self.aim.head[:12]]
        return shlex.join(words)

    def command(self, name: str) -> str:
        """Return a command line about the change."""
        words = ["gatecheck", name, self.aim.head[:12], "--target", short(self.aim.target)]
        return shlex.join(words)

    def answered(self) -> tuple[Result, ...]:
        """Return what the gates said. Raises UsageError with the command that asks them, when nobody did."""
        if not self.results:
            raise UsageError(
                f"the gates were not asked here about exactly this change ({self.aim.head[:12]} into {short(self.aim.target)})",
                fix=f"Ask them: {self.judging}",
            )
        return self.results

    def named(self, *verdicts: Verdict) -> list[str]:
        """Return the gates that came to one of some verdicts."""
        return [result.name for result in self.results if result.verdict in verdicts]


def open_docket(repo: str, head: str | None, target: str | None) -> Docket:
    """Look a change up as `gatecheck run` does, and ask no gate. Raises a GatecheckError when there is none."""
    now = time.time()
    repository = Repository.at(repo)
    aim = find_aim(repository, target, head)
    change = compute(repository, aim)
    ruling = find_ruling(repository, aim, change, ())
    case = ruling.case(aim, change)
    approvals = approvals_of(repository, case, now)
    last = kept.last(Path(repository.place.cache), change, ruling.law)

    def read(path: str) -> bytes | None:
        entry = repository.objects.entry(change.tree, path)
        return repository.objects.blob(entry.id) if entry and entry.is_file else None

    return Docket(
        repository,
        aim,
        change,
        ruling,
        case,
        branch_commits(repository, change.base, change.head),
        plans.assess(change, read),
        approvals,
        now,
        kept.covered(last.results, approvals) if last else (),
        last.started if last else 0,
    )
