"""What a runner says: read back as it was said, and refused when it is anything else or contradicts itself."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as Theirs

from gatecheck.errors import UsageError
from gatecheck.evidence import GateSaid, Statement, Wait, bundle, parse, test_results
from gatecheck.evidence.statement import LARGEST, is_about
from gatecheck.model import Verdict
from gatecheck.sign import Envelope, Signature, Unbelievable

POLICY = ".gatecheck.yaml"
SAID = Statement(
    repository="https://example.org/shop",
    target="refs/heads/main",
    base="1" * 40,
    head="2" * 40,
    tree="3" * 40,
    policy={POLICY: "4" * 40, ".gatecheck/approvers": ""},
    gates=(
        GateSaid("tests", "tests", Verdict.PASS, 205, "tests", recalled=True),
        GateSaid("size", "size", Verdict.WAITING, 3, "files"),
        GateSaid("docs", "docs", Verdict.NOT_APPLICABLE),
    ),
    verdict=Verdict.WAITING,
    created="2026-06-01T00:00:00Z",
    waits=(Wait("size", "large"),),
    waivers=("tests/missing: moved (jo, until 2027-01-31)",),
    change="5" * 64,
    risk="low",
    version="0.1",
    law="6" * 64,
    room="overlay",
    approvals={"7" * 32: "jo"},
)
TEXT = st.text(max_size=20)
ID = st.text("0123456789abcdef", min_size=40, max_size=40)


def test_it_is_an_in_toto_statement_with_a_summary_that_others_read():
    told = json.loads(SAID.payload())
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["predicateType"] == "https://in-toto.io/attestation/svr/v0.2"
    assert told["subject"][0] == {"name": "merge", "digest": {"gitTree": "3" * 40}}
    predicate = told["predicate"]
    assert predicate["properties"] == [
        "gatecheck:gate:docs:not-applicable",
        "gatecheck:gate:size:waiting",
        "gatecheck:gate:tests:pass",
        "gatecheck:verdict:waiting",
    ]
    assert predicate["verifier"]["policies"] == [
        {"uri": f"https://example.org/shop#{POLICY}", "digest": {"gitBlob": "4" * 40}}
    ]
    assert parse(SAID.payload()) == SAID
    assert SAID.created_at == 1780272000.0
    assert is_about(SAID.payload()) == SAID.tree


def test_tests_have_a_statement_of_their_own():
    (payload,) = test_results.payloads(SAID)
    told = json.loads(payload)
    assert told["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert (told["predicate"]["result"], is_about(payload)) == ("PASSED", SAID.tree)
    with pytest.raises(Unbelievable, match="of another kind"):
        parse(payload)
    waiting = replace(SAID, gates=(GateSaid("tests", "tests", Verdict.WAITING),))
    assert json.loads(test_results.payloads(waiting)[0])["predicate"]["result"] == "WARNED"
    assert (
        test_results.payloads(replace(SAID, gates=(GateSaid("tests", "tests", Verdict.NOT_APPLICABLE),)))
        == []
    )


@given(
    TEXT,
    TEXT,
    ID,
    st.dictionaries(TEXT, TEXT, max_size=2),
    st.lists(st.tuples(TEXT, TEXT), max_size=2),
    st.booleans(),
)
def test_whatever_is_said_is_read_back(repository, target, tree, policy, pairs, flag):
    said = replace(
        SAID,
        repository=repository,
        target=target,
        tree=tree,
        policy=policy,
        waits=tuple(Wait(*pair) for pair in pairs),
        gates=tuple(GateSaid(*pair, Verdict.PASS) for pair in pairs),
        partial=flag,
    )
    assert parse(said.payload()) == said


def changed(path, value):
    told = json.loads(SAID.payload())
    place = told
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(told).encode()


OWN = ("predicate", "gatecheck")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b" " * (LARGEST + 1),
        changed(("_type",), "other"),
        changed(("predicate",), None),
        changed(("predicate", "properties"), ["gatecheck:verdict:pass"]),
        changed(("predicate", "timeCreated"), "2026-06-01T00:00:00"),
        changed(("predicate", "timeCreated"), 5),
        changed(("predicate", "verifier", "id"), "urn:other"),
        changed(("subject", 0, "digest", "gitTree"), "9" * 40),
        changed((*OWN, "verdict"), "pass"),
        changed((*OWN, "verdict"), "great"),
        changed((*OWN, "tree"), "3"),
        changed((*OWN, "partial"), 0),
        changed((*OWN, "waits"), {}),
        changed((*OWN, "target"), None),
        changed((*OWN, "gates", 0, "examined", "count"), value=True),
    ],
)
def test_what_is_no_evidence_is_not_believed(payload):
    with pytest.raises(Unbelievable):
        parse(payload)


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL, Verdict.ERROR, Verdict.NOT_APPLICABLE])
def test_a_verdict_that_is_better_than_a_gates_or_does_not_count_is_a_contradiction(verdict):
    with pytest.raises(Unbelievable, match="is none that counts, or better"):
        parse(replace(SAID, verdict=verdict).payload())


@given(st.binary(max_size=200))
def test_any_bytes_are_no_evidence(data):
    for reader in (parse, is_about):
        with pytest.raises(Unbelievable):
            reader(data)


@pytest.mark.parametrize(
    "payload", [b"{}", b'{"_type": "x", "subject": [{"digest": {"gitTree": "%s"}}]}' % (b"3" * 40)]
)
def test_a_statement_about_nothing_has_no_place(payload):
    with pytest.raises(Unbelievable, match="no statement about a tree"):
        is_about(payload)


def envelope(payload=None):
    return Envelope(payload or SAID.payload(), (Signature("k", b"s"),))


def test_a_bundle_is_one_envelope_a_line_and_taken_whole_or_not_at_all(monkeypatch):
    data = bundle.write([envelope(), envelope()])
    assert bundle.read(data + b"\n", "f") == [envelope(), envelope()]
    assert all(Theirs.from_dict(json.loads(line)).pae() == envelope().pae for line in data.splitlines())
    for bad, said in (
        (data + b"x", "f:3: the envelope is malformed"),
        (data + envelope(b"{}").to_json(), "f:3: the evidence is malformed"),
        (b"", "1 to"),
    ):
        with pytest.raises(UsageError, match=said):
            bundle.read(bad, "f")
    monkeypatch.setattr(bundle, "LARGEST", 1)
    with pytest.raises(UsageError, match="1 bytes"):
        bundle.read(data, "f")
