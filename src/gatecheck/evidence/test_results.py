"""What a runner says of the tests alone, for readers who know in-toto's predicate for tests and nothing of gatecheck.

Source: https://github.com/in-toto/attestation, spec/predicates/test-result.md (v0.1). It decides nothing here.
"""

from __future__ import annotations

import json

from gatecheck.evidence.statement import STATEMENT, GateSaid, Statement, subjects
from gatecheck.model import Verdict

PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
KIND = "tests"
_RESULTS = {Verdict.PASS: "PASSED", Verdict.WAITING: "WARNED"}


def payloads(said: Statement) -> list[bytes]:
    """Return one statement to sign for each gate of tests that looked at something."""
    return [
        json.dumps(_document(said, gate, result), indent=1, ensure_ascii=True).encode("ascii")
        for gate in said.gates
        if gate.kind == KIND and (result := _RESULTS.get(gate.verdict))
    ]


def _document(said: Statement, gate: GateSaid, result: str) -> dict[str, object]:
    path = ".gatecheck.yaml"
    policy = {"name": path, "uri": f"{said.repository}#{path}", "digest": {"gitBlob": said.policy[path]}}
    about = {"gate": gate.name, "examined": gate.examined, "kind": gate.what, "created": said.created}
    return {
        "_type": STATEMENT,
        "subject": subjects(said.tree, said.head, said.base),
        "predicateType": PREDICATE,
        "predicate": {"result": result, "configuration": [policy], "gatecheck": about},
    }
