"""Sample reports that together hold every verdict and every kind of run, and a strategy for arbitrary ones."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from gatecheck.model import (
    Change,
    ChangedPath,
    Effect,
    Examined,
    Finding,
    Globs,
    Law,
    LineRange,
    Measurement,
    Outcome,
    Report,
    Result,
    Step,
    Verdict,
    Waiver,
)

CHANGE = Change(
    target="refs/remotes/origin/main",
    base="8b2d4e01" * 5,
    head="3f9a1c22" * 5,
    merge_base="8b2d4e01" * 5,
    base_tree="11aa22bb" * 5,
    tree="77ab01cd" * 5,
    paths=(
        ChangedPath("shop/tax.py", "modified", "a" * 40, "b" * 40, lines=(LineRange(14, 16),)),
        ChangedPath("tests/test_tax.py", "renamed", "c" * 40, "d" * 40, old_path="tests/tax_test.py"),
    ),
)
LAW = Law(source=".gatecheck.yaml of origin/main", digest="sha256:" + "0" * 64)
TESTS = Result(
    "tests",
    "tests",
    Verdict.PASS,
    outcome=Outcome(Examined(1907, "tests"), measurements=(Measurement("passed", 1915, "", 1907),)),
    seconds=150.2,
    log="/home/jo/.cache/gatecheck/0f/logs/tests.log",
)
COVERAGE = Result(
    "coverage",
    "coverage",
    Verdict.PASS,
    outcome=Outcome(
        Examined(14, "changed lines"), measurements=(Measurement("changed lines covered", 92.857, "%"),)
    ),
    seconds=0.21,
    recalled=True,
)
DOCS = Result("docs", "command", Verdict.NOT_APPLICABLE, reason="no changed path matches docs/**")


def _report(*results: Result, verdict: Verdict, **more: object) -> Report:
    settings = {
        "version": "0.1.0",
        "change": CHANGE,
        "chosen": "target: origin/HEAD, head: HEAD (tax)",
        "law": LAW,
        "started": 1_767_225_600,
        "seconds": 151.0,
        "repository": "/home/jo/shop",
        "logs": "/home/jo/.cache/gatecheck/0f/logs",
    }
    return Report(results=results, verdict=verdict, **{**settings, **more})


def _failing() -> Report:
    findings = (
        Finding(
            "slow", "the suite takes 20 % longer", "Look at `pytest --durations 10`.", effect=Effect.NOTE
        ),
        Finding(
            "failed",
            "AssertionError: assert Decimal('12.10') == Decimal('12.00')\n3 tests have this cause: "
            "test_total, test_total_of_nothing and test_receipt; the rate is read before the country is known",
            "python -m pytest tests/test_tax.py::test_total",
            "tests/test_tax.py",
            41,
            effect=Effect.BLOCK,
        ),
        Finding(
            "settings",
            "conftest.py changed",
            "Ask for an approval.",
            "tests/conftest.py",
            effect=Effect.APPROVAL,
        ),
        Finding("failed", "test_old fails", "Mend it some day.", "tests/test_old.py", 3, introduced=False),
        Finding("failed", "test_older fails", "Mend it some day.", "tests/test_old.py", 9, introduced=False),
        Finding(
            "missing", "test_ftp is gone", "Bring it back.", "tests/test_ftp.py", waiver="ftp was dropped"
        ),
    )
    notes = ("the base was not run: nothing that decides about its tests changed",)
    tests = Result(
        "tests",
        "tests",
        Verdict.FAIL,
        outcome=Outcome(Examined(1907, "tests"), findings, TESTS.outcome.measurements, notes),
        seconds=150.2,
        log=TESTS.log,
    )
    types = Result(
        "types",
        "command",
        Verdict.ERROR,
        reason="mypy is not installed in the environment of this gate",
        fix="Add mypy to the policy's environment, or run: python -m pip install mypy",
        crash="/home/jo/.cache/gatecheck/0f/crash-1.txt",
        log="/home/jo/.cache/gatecheck/0f/logs/types.log",
    )
    waivers = (
        Waiver("tests/missing", "ftp was dropped", "jo", "2027-01-31", Globs(("tests/test_ftp.py",))),
        Waiver("dependencies/PYSEC-2024-1", "not reachable", "ann-marie", "2026-03-01"),
    )
    return _report(
        tests,
        COVERAGE,
        types,
        DOCS,
        verdict=Verdict.FAIL,
        law=Law(LAW.source, LAW.digest, changed=True, waivers=waivers),
        notes=("the environment was built for this run",),
        next=(
            Step("author", "Mend the failing test", "python -m pytest tests/test_tax.py::test_total"),
            Step("approver", "Look at the change to tests/conftest.py"),
        ),
    )


def _waiting() -> Report:
    finding = Finding(
        "settings", "conftest.py changed", "Ask for an approval.", "tests/conftest.py", effect=Effect.APPROVAL
    )
    tests = Result(
        "tests", "tests", Verdict.WAITING, outcome=Outcome(Examined(3, "tests"), (finding,)), seconds=1.2
    )
    return _report(tests, DOCS, verdict=Verdict.WAITING, stacked=True)


_PRESET = Law("preset python (found pyproject.toml)", "sha256:" + "1" * 64, bootstrap=True)
_CONFLICT = Change(
    CHANGE.target, CHANGE.base, CHANGE.head, "e" * 40, CHANGE.base_tree, "", conflicts=("shop/tax.py",)
)

REPORTS = {
    "pass": _report(TESTS, COVERAGE, DOCS, verdict=Verdict.PASS),
    "fail": _failing(),
    "waiting": _waiting(),
    "error": _report(DOCS, verdict=Verdict.ERROR),
    "nothing": _report(verdict=Verdict.ERROR),
    "conflict": _report(verdict=Verdict.FAIL, change=_CONFLICT),
    "recalled": _report(COVERAGE, verdict=Verdict.PASS, recalled=True, seconds=0.0),
    "partial": _report(TESTS, verdict=Verdict.PASS, partial=True),
    "bootstrap": _report(TESTS, verdict=Verdict.PASS, law=_PRESET),
    "exempt": _report(DOCS, verdict=Verdict.NOT_APPLICABLE),
}


@pytest.fixture(scope="session")
def reports() -> dict[str, Report]:
    return REPORTS


def _strategy() -> st.SearchStrategy[Report]:
    """Reports whose every text holds any character at all, surrogates included, and whose numbers may be no number."""
    texts = st.text(st.characters(exclude_categories=()), max_size=12)
    st.register_type_strategy(str, texts)
    effects = st.none() | st.sampled_from(Effect)
    findings = st.builds(
        Finding,
        rule=st.sampled_from(["failed", "missing"]) | texts,
        line=st.none() | st.integers(1, 2**31),
        path=st.none() | _paths(),
        effect=effects,
    )
    outcomes = st.builds(
        Outcome,
        examined=st.builds(Examined, st.integers(0, 10**9), texts),
        findings=st.lists(findings, max_size=3).map(tuple),
        measurements=st.lists(st.builds(Measurement), max_size=2).map(tuple),
        notes=st.lists(texts, max_size=2).map(tuple),
    )
    results = st.builds(Result, outcome=st.none() | outcomes, seconds=st.floats(min_value=0, max_value=1e9))
    lines = st.lists(st.builds(LineRange, st.integers(1, 9), st.integers(10, 99)), max_size=2).map(tuple)
    changed = st.builds(
        ChangedPath, path=_paths(), old_path=st.none() | _paths(), mode=st.integers(0, 0o160000), lines=lines
    )
    changes = st.builds(
        Change,
        paths=st.lists(changed, max_size=2).map(tuple),
        conflicts=st.lists(_paths(), max_size=2).map(tuple),
    )
    waivers = st.builds(Waiver, paths=st.none() | st.builds(Globs, st.lists(texts, max_size=2).map(tuple)))
    return st.builds(
        Report,
        change=changes,
        law=st.builds(Law, waivers=st.lists(waivers, max_size=2).map(tuple)),
        results=st.lists(results, max_size=3).map(tuple),
        notes=st.lists(texts, max_size=2).map(tuple),
        next=st.lists(st.builds(Step), max_size=2).map(tuple),
    )


def _paths() -> st.SearchStrategy[str]:
    """What git may hold: any bytes, decoded as `os.fsdecode` does."""
    return st.binary(min_size=1, max_size=12).map(lambda path: path.decode("utf-8", "surrogateescape"))


@pytest.fixture(scope="session")
def any_report() -> st.SearchStrategy[Report]:
    return _strategy()
