import pytest

from gatecheck import policy
from gatecheck.model.policy import BARE


def gates(text):
    found = policy.parse(f"version: 1\n{text}".encode(), "f")
    assert found.problems == ()
    return {
        name: {key: child.text or child.value for key, child in node.value.items()}
        for name, node in found.gates.items()
    }


def test_a_gate_is_laid_over_the_presets_option_by_option():
    assert gates("extends: node\ngates: {tests: {timeout: 5m}}")["tests"].keys() == {
        "uses", "run", "exit-code-only", "timeout",
    }  # fmt: skip


def test_a_bare_value_keeps_the_other_options_of_the_preset():
    found = gates("extends: node\ngates: {tests: npm run check}")["tests"]
    assert found[BARE] == "npm run check"
    assert found["uses"] == "command"


def test_naming_a_gate_of_a_preset_ends_the_presets_effect():
    assert gates("extends: python")["coverage"] == {"effect": "note"}
    assert gates("extends: python\ngates: {coverage: 90}")["coverage"] == {BARE: "90"}
    assert gates("extends: python\ngates: {coverage: {minimum: 90}}")["coverage"] == {"minimum": "90"}
    assert gates("extends: python\ngates:\n  coverage:\n")["coverage"] == {}
    assert gates("extends: python\ngates: {coverage: {effect: approval}}")["coverage"] == {
        "effect": "approval"
    }


def test_another_kind_takes_no_option_of_the_presets_over():
    assert gates("extends: python\ngates: {tests: {uses: command, run: make}}")["tests"] == {
        "uses": "command", "run": "make",
    }  # fmt: skip
    assert gates("extends: node\ngates: {tests: {uses: tests}}")["tests"] == {"uses": "tests"}
    assert "exit-code-only" in gates("extends: node\ngates: {tests: {uses: command}}")["tests"]


def test_false_takes_a_presets_gate_away():
    assert list(gates("extends: python\ngates: {coverage: false}")) == ["tests"]


def test_of_several_presets_the_later_one_wins_and_each_counts_once():
    found = policy.parse(b"version: 1\nextends: [python, node, strict, python]", "f")
    assert found.problems == ()
    assert found.layers == ("preset python", "preset node", "preset python", "preset strict", "f")
    assert found.gates["tests"].origin == "preset python"


@pytest.mark.parametrize("text", ["gates:", "gates: {}", "extends: python\ngates:"])
def test_gates_without_any_gate_are_no_problem_of_the_file(text):
    assert policy.parse(f"version: 1\n{text}\n".encode(), "f").problems == ()


def test_an_environment_is_laid_over_the_presets_and_its_lists_replaced():
    found = policy.parse(b"version: 1\nextends: node\nenvironment: {create: [npm ci]}", "f")
    assert found.environments["default"].create == (("npm", "ci"),)
    assert found.environments["default"].key == ("package.json", "package-lock.json")


def test_a_file_that_is_no_mapping_hides_nothing_below_it():
    assert policy.parse(b"[extends, python]", "f").gates == {}


def test_gates_that_are_no_mapping_are_told_and_hide_the_presets():
    found = policy.parse(b"version: 1\nextends: python\ngates: [tests]", "f")
    assert [str(problem.place) for problem in found.problems] == ["f:3:8"]
    assert found.gates == {}
