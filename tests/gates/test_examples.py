"""Every kind of gate keeps its promises: examples that pass, fail and find nothing, a docs page, and words for every rule."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gatecheck.registry import kinds
from gatecheck.settings import keys

TOP = Path(__file__).resolve().parents[2]
EXAMPLES = TOP / "tests" / "examples"
KINDS = sorted(kinds())
VERDICTS = {"pass": ("pass", 0), "fail": ("fail", 1), "nothing": ("error", 4)}
DELETED = ".deleted"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", VERDICTS)
def test_the_example_is_judged_as_its_folder_says(project, kind, what):
    example = EXAMPLES / kind / what
    assert (example / "base" / ".gatecheck.yaml").is_file(), f"write {example.relative_to(TOP)}/base and head"
    lay(example / "base", project.path)
    project.main()
    for message in sorted((example / "tags").glob("*")):
        project.git("tag", "--annotate", "--file", str(message), message.name)
    project.git("switch", "--quiet", "--create", "change")
    lay(example / "head", project.path)
    project.commit()
    verdict, code = VERDICTS[what]
    done = project.gatecheck("run", "--output-format", "json")
    assert done.returncode == code, done.stdout + done.stderr
    gates = [gate for gate in json.loads(done.stdout)["gates"] if gate["kind"] == kind]
    assert gates, f"the example's policy asks for no gate of kind {kind}"
    assert verdict in {gate["verdict"] for gate in gates}
    for finding in findings(gates):
        assert finding["fix"].strip(), finding
        assert finding["message"].strip(), finding
    assert all(gate["fix"].strip() for gate in gates if gate["verdict"] == "error")
    assert (what == "fail") == any(
        finding["introduced"] for finding in findings(gates) if finding["effect"] == "block"
    )


def lay(source: Path, tree: Path) -> None:
    """Copy an example's files over a tree; `X.deleted` takes X away."""
    for path in sorted(source.rglob("*")):
        place = tree / path.relative_to(source)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        elif path.name.endswith(DELETED):
            place.with_name(place.name.removesuffix(DELETED)).unlink()
        else:
            shutil.copy(path, place)


def findings(gates: list[dict]) -> list[dict]:
    groups = [group for gate in gates if gate["outcome"] for group in gate["outcome"]["findings"]]
    return [item for group in groups for item in group["items"]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_described_in_full(kind):
    gate = kinds()[kind]
    assert gate.kind == kind
    assert gate.primary in keys(gate)
    assert gate.rules
    for rule in gate.rules:
        assert rule.description.endswith("."), rule.name
    for name, key in keys(gate).items():
        assert key.doc.strip(), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_page_that_names_every_rule_and_option(kind):
    gate = kinds()[kind]
    page = (TOP / "docs" / "gates" / f"{kind}.md").read_text("utf-8")
    for word in [*(rule.name for rule in gate.rules), *keys(gate)]:
        assert f"`{word}`" in page or f"{kind}/{word}" in page, word


def test_no_example_is_without_its_kind():
    assert sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()) == KINDS
