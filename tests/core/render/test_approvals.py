"""What people see of approvals, in reports and on the sheet of whoever decides."""

from __future__ import annotations

import dataclasses

from gatecheck.approval.reviews import with_reviews
from gatecheck.model import (
    Approval,
    Approvals,
    Change,
    ChangedPath,
    Effect,
    Examined,
    Finding,
    LineRange,
    Outcome,
    Rejection,
    Result,
    Verdict,
    Void,
)
from gatecheck.model.risk import Assessment, Risk
from gatecheck.render import approvals, review
from gatecheck.render.ink import paint

NOW = 1_767_312_000.0


@dataclasses.dataclass(frozen=True)
class Review:
    who: str
    url: str


def shown(known: Approvals, most: int = 20) -> str:
    return "\n".join(paint(line, color=False) for line in approvals.lines(known, most=most))


def test_reviews_of_a_forge_cover_everything_and_are_shown_as_weaker():
    jo, al, bot = (Review(name, f"https://forge/{name}") for name in ("jo", "al", "bot"))
    known = with_reviews(Approvals(), [jo], [], [(bot, "it is a program's")])
    assert known.cover("any/rule") == "jo"
    assert "jo  until 9999-12-31 23:59 UTC  *  a forge's review: no signature" in shown(known)
    assert "void      bot  it is a program's" in shown(known)
    assert with_reviews(known, [], [al]).cover("any/rule") is None


def test_nothing_is_shown_where_nothing_is_known_and_not_more_than_fits():
    assert shown(Approvals()) == ""
    many = tuple(Approval((f"{n}",), f"{n}", ("look",), NOW, reason="fine") for n in range(4))
    known = Approvals(
        many, (Void((), "SHA256:x", "unknown"), Void((), "", "odd")), (Rejection(("al",), "k", "no", NOW),), 2
    )
    text = shown(known, 2)
    for line in (
        "approvals (2 needed):",
        "rejected  al  until 2026-01-02 00:00 UTC  no",
        "SHA256:x  unknown",
        "unknown  odd",
        "and 2 more",
    ):
        assert line in text


def test_the_sheet_shows_the_worst_first_and_not_more_than_a_screen():
    lines = (LineRange(1, 9),)
    paths = (
        *(ChangedPath(f"src/{n}.py", "modified", "b", "a", lines=lines) for n in range(20)),
        ChangedPath("go.mod", "modified", "b", "a"),
        ChangedPath("migrations/1.sql", "renamed", "b", "a", old_path="old.sql"),
        ChangedPath(".gatecheck.yaml", "modified", "b", "a"),
    )
    odd = tuple(
        Finding(
            "odd", f"odd {n}", "Look.", f"src/{n}.py", effect=Effect.APPROVAL, approval="jo" if n else None
        )
        for n in range(9)
    )
    results = (
        Result("tests", "tests", Verdict.PASS, outcome=Outcome(Examined(3, "tests"))),
        Result("plan", "plan", Verdict.NOT_APPLICABLE, "none"),
        Result("look", "look", Verdict.WAITING, outcome=Outcome(Examined(3, "things"), odd)),
        Result("lint", "lint", Verdict.ERROR, "no ruff"),
        Result("types", "types", Verdict.FAIL),
    )
    commands = {name: f"gatecheck {name} --with many words" for name in ("run", "diff", "approve", "reject")}
    sheet = review.Sheet(
        Change("refs/heads/main", "a" * 40, "b" * 40, "a" * 40, "c" * 40, "d" * 40, paths),
        "",
        ["Ada <ada@example.org>"],
        2,
        results,
        Assessment(Risk.HIGH, ("it touches .gatecheck.yaml",)),
        Approvals(notes=("nobody can approve",)),
        ".gatecheck.yaml of main",
        ["git revert"],
        commands,
    )
    text = review.text(sheet, color=False, width=60)
    assert len(text.splitlines()) < 45
    files = [line.split()[0] for line in text.partition("files ")[2].splitlines()[:3]]
    assert files == [".gatecheck.yaml", "migrations/1.sql", "go.mod"]
    for told in (
        "green       tests (3 tests) and plan (not applicable)",
        "odd 0",
        "(approved by jo)",
        "and 1 more",
        "lint: no ruff",
        "types: see its report",
        "loosens     it edits what decides",
        "and 15 more",
        "gatecheck run --with many words",
        "nobody can approve",
    ):
        assert told in text
    quiet = dataclasses.replace(sheet, results=results[:1])
    assert "nothing: no gate leaves anything" in review.text(quiet, color=True)
