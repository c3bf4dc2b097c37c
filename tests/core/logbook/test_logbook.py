"""The log takes entries by many at once, and tells when one was left out, moved, forged, or cut off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from gatecheck.errors import CannotTell
from gatecheck.logbook import REF, Scribe, Thing, catch_up, read_back, record
from gatecheck.logbook.append import _commit
from gatecheck.logbook.entry import parse
from gatecheck.place import find
from gatecheck.repo import Repository, UserGit
from gatecheck.sign import EVIDENCE, Envelope, Unbelievable, parse_signers

REPOSITORY = "https://example.org/shop"


@pytest.fixture
def log(project, keys):
    return Log(project, keys)


class Log:
    """A repository with its log, and what one does with it."""

    def __init__(self, project, keys):
        self.project = project
        self.head = project.commit({"file": "1\n"})
        self.place = find(str(project.path))
        self.git = UserGit(self.place)
        self.keys = keys
        self.signers = parse_signers(keys.allowed(EVIDENCE, "runner").encode(), "approvers")

    @property
    def repository(self):
        return Repository(self.place)

    def scribe(self, key="runner"):
        return Scribe(str(self.keys(key)), EVIDENCE, REPOSITORY)

    def record(self, event="merge", key="runner"):
        things = [Thing("new", "gitCommit", self.head)]
        return record(self.repository, self.git, self.scribe(key), event, "refs/heads/main", things, "why")

    def found(self, tip=None):
        tip = tip or self.project.git("rev-parse", REF)
        return list(read_back(self.repository, tip, self.signers))

    def faults(self):
        return [found.fault for found in self.found() if found.fault]


def test_entries_are_numbered_signed_and_bound_to_the_one_before(log):
    first = log.record("run")
    log.record("approve")
    new, old = log.found()
    assert [(f.entry.seq, f.entry.previous, f.entry.event, f.signer, f.fault) for f in (new, old)] == [
        (2, first, "approve", "runner", ""),
        (1, "", "run", "runner", ""),
    ]
    assert log.project.git("log", "--format=%s", REF) == "2 approve refs/heads/main\n1 run refs/heads/main"


def test_many_write_at_once_and_nothing_is_lost(log):
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: log.record(), range(20)))
    assert [found.entry.seq for found in log.found()] == list(range(20, 0, -1))
    assert log.faults() == []


def test_what_was_done_to_the_log_is_told(log):
    one, two = log.record(), log.record()
    three = log.record(key="stranger")
    assert len(log.faults()) == 1
    assert "is unknown" in log.faults()[0]
    # an entry left out: the next one says what came before it
    tree = log.project.git("rev-parse", f"{two}^{{tree}}")
    log.project.git("update-ref", REF, log.project.git("commit-tree", "-m", "x", tree))
    assert "another entry came before" in log.faults()[0]
    # a number left out, by somebody who may sign
    entry = log.found(two)[0].entry
    log.project.git("update-ref", REF, _commit(log.git, log.scribe(), replace(entry, seq=7, previous=one)))
    assert log.faults() == ["it has the number 7, and 2 is its turn"]
    # what is no entry at all
    log.project.git("update-ref", REF, log.head)
    assert "holds no entry.json" in log.faults()[0]
    assert three


def test_two_logs_that_went_apart_become_one(log):
    log.record("run")
    theirs = log.record("merge")
    log.project.git("update-ref", REF, f"{theirs}~1")
    log.record("approve")
    log.record("override")
    with pytest.raises(CannotTell, match="went apart"):
        catch_up(log.repository, log.git, None, theirs)
    catch_up(log.repository, log.git, log.scribe(), theirs)
    assert [found.entry.event for found in log.found()] == ["override", "approve", "merge", "run"]
    assert log.faults() == []
    tip = log.project.git("rev-parse", REF)
    assert catch_up(log.repository, log.git, None, theirs) == tip
    log.project.git("update-ref", "-d", REF)
    assert catch_up(log.repository, log.git, None, tip) == tip


@pytest.mark.parametrize(
    "edit",
    [
        (b'"seq":1', b'"seq":0'),
        (b'"seq":1', b'"seq":"1"'),
        (b'"event":"merge"', b'"event":"party"'),
        (b'"previous":""', b'"previous":"main"'),
        (b'"time":"', b'"time":"yesterday'),
        (b'"ref":"refs/heads/main"', b'"ref":null'),
        (b"urn:gatecheck:log:v1", b"urn:gatecheck:approval:v1"),
        (b'"gitCommit":', b'"md5":'),
        (b'"note":', b'"seq":1,"note":'),
        (b'"subject":[', b'"subject":[],"old":['),
    ],
)
def test_an_entry_is_read_strictly(log, edit):
    log.record()
    payload = log.found()[0].entry.payload()
    assert parse(payload) == log.found()[0].entry
    assert edit[0] in payload
    with pytest.raises(Unbelievable):
        parse(payload.replace(*edit))
    with pytest.raises(Unbelievable):
        parse(payload + b" " * 70_000)
    assert Envelope(payload, ()).pae
