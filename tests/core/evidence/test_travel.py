"""Evidence between clones: what one side lacks is added, whoever was faster, and nothing is taken away."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from gatecheck.errors import ToolError
from gatecheck.evidence import (
    PREFIX,
    GateSaid,
    Statement,
    append,
    fetch,
    keep,
    push,
    read,
    test_results,
    travel,
)
from gatecheck.model import Verdict
from gatecheck.place import find
from gatecheck.repo import Repository, UserGit, ledger
from gatecheck.sign import Envelope, Signature

TREE = "3" * 40
REF, LOG = PREFIX + TREE, travel.LOG
APPROVAL = f"{travel.APPROVALS}{'a' * 64}/{'b' * 64}"


def envelope(number):
    said = Statement(
        "https://example.org/shop",
        "refs/heads/main",
        "1" * 40,
        "2" * 40,
        TREE,
        {".gatecheck.yaml": "4" * 40},
        (GateSaid("tests", "tests", Verdict.PASS, number, "tests"),),
        Verdict.PASS,
        "2026-06-01T00:00:00Z",
    )
    return [Envelope(p, (Signature("k", b"s"),)) for p in (said.payload(), *test_results.payloads(said))]


@pytest.fixture
def clones(project, tmp_path):
    """Return git in two clones of one remote."""
    project.main({"a": "a"})
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "--quiet", project.remote, other], check=True)
    return [UserGit(find(str(path))) for path in (project.path, other)]


def held(git, ref=REF):
    repository = Repository(git.place)
    return sorted(ledger.read_files(repository.objects, repository.resolve(ref)))


def test_what_both_sides_lack_is_added_on_both(clones):
    one, two = clones
    assert keep(one, [*envelope(1), *envelope(1)]) == (REF,)
    keep(two, envelope(2))
    append(one, APPROVAL, {"a.json": b"a"})
    append(one, LOG, {"1.json": b"1"})
    assert push(one, "origin").refs == (APPROVAL, REF, LOG)
    assert push(two, "origin").refs == (REF,)
    assert fetch(one, "origin").refs == (REF,)
    assert set(fetch(two, "origin").refs) == {APPROVAL, LOG}
    assert len(held(one)) == 4  # two statements, and two about tests
    assert held(one) == held(two)
    repository = Repository(one.place)
    assert len(read(repository.objects, repository.resolve(REF))) == 2
    assert push(one, "origin").refs == fetch(one, "origin").refs == ()


def test_many_who_push_at_once_all_arrive(clones, project, tmp_path, monkeypatch):
    def clone(number):
        path = tmp_path / f"clone{number}"
        subprocess.run(["git", "clone", "--quiet", project.remote, path], check=True)
        git = UserGit(find(str(path)))
        keep(git, envelope(number)[:1])
        return git

    monkeypatch.setattr(travel, "_PAUSE", 0.05)
    gits = [clone(number) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda git: push(git, "origin"), gits))
    fetch(clones[0], "origin")
    assert len(held(clones[0])) == 6
    parents = clones[0]("log", "--format=%P", REF).split("\n")
    assert [line.count(" ") for line in parents] == [0] * 6


def test_a_log_that_went_two_ways_is_left_for_people(clones):
    one, two = clones
    append(one, LOG, {"1.json": b"1"})
    push(one, "origin")
    fetch(two, "origin")
    append(two, LOG, {"2.json": b"2"})
    assert fetch(two, "origin").kept == ()
    push(two, "origin")
    append(one, LOG, {"other.json": b"2"})
    assert fetch(one, "origin").kept == (LOG,)
    with pytest.raises(ToolError, match="went separate ways"):
        push(one, "origin")
    assert held(one, LOG) == ["1.json", "other.json"]


def test_a_remote_that_refuses_or_is_not_there_is_told_in_its_words(clones, project, monkeypatch):
    one, _ = clones
    with pytest.raises(ToolError, match="nowhere cannot be reached"):
        fetch(one, "nowhere")
    hook = project.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho evidence is not wanted here; exit 1\n")
    hook.chmod(0o755)
    keep(one, envelope(1))
    append(one, f"{PREFIX}{'5' * 40}", {"odd.json": b"no envelope"})
    repository = Repository(one.place)
    assert read(repository.objects, repository.resolve(f"{PREFIX}{'5' * 40}")) == []
    with pytest.raises(ToolError, match="refused it: evidence is not wanted here"):
        push(one, "origin")
    hook.unlink()
    push(one, "origin")
    (loose,) = (project.remote / "objects").glob(
        f"{ledger.tip_of(one, REF)[:2]}/{ledger.tip_of(one, REF)[2:]}"
    )
    loose.unlink()
    with pytest.raises(ToolError, match=r"cannot be reached|did not give"):
        fetch(clones[1], "origin")


def test_a_race_that_is_never_won_ends(clones, monkeypatch):
    one, two = clones
    keep(one, envelope(0))
    real = travel._push  # noqa: SLF001 -- somebody is faster between the look and the push
    numbers = iter(range(1, 9))

    def overtaken(git, remote, refs):
        keep(two, envelope(next(numbers)))
        real(two, remote, [REF])
        fetch(two, "origin")
        return real(git, remote, refs)

    monkeypatch.setattr(travel, "_PAUSE", 0)
    monkeypatch.setattr(travel, "ATTEMPTS", 2)
    monkeypatch.setattr(travel, "_push", overtaken)
    with pytest.raises(ToolError, match="refused it"):
        push(one, "origin")
