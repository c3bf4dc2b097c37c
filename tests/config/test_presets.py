import pytest
import yaml

from gatecheck import policy, registry
from gatecheck.model import Effect
from gatecheck.policy import presets


@pytest.fixture(params=presets.names())
def preset(request):
    found = policy.preset(request.param, "what was found")
    assert found.problems == ()
    return found


def test_the_presets_of_the_design_are_there():
    assert set(presets.names()) >= {"python", "node", "go", "rust", "generic", "strict", "agent"}


def test_every_preset_builds_with_the_installed_gates(preset):
    wanted = registry.build(preset)
    assert wanted[0].name == "tests"
    assert registry.describe(preset).gates


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_says_in_its_first_line_what_it_does_and_is_ordinary_yaml(name):
    text = presets.data(name).decode()
    assert text.startswith("# ")
    assert yaml.safe_load(text)["version"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "CHANGELOG.rst",
        "LICENSE",
        "docs/guide/start.md",
        "docs/picture.png",
        ".gatecheck/plans/20260101T000000Z-x.md",
    ],
)
def test_documentation_is_exempt(preset, path):
    assert preset.exempt.match(path)


@pytest.mark.parametrize(
    "path",
    [
        "docs/conf.py",
        "docs/requirements.txt",
        "docs/Makefile",
        "docs/tricks.md/conf.py",
        "evil.md/code.py",
        "evil.rst/README.md",
        "LICENSE/setup.py",
        "LICENSE.py",
        "CHANGELOG.py",
        "src/prompts/system.md",
        "tests/golden/report.md",
        "package/docs/data.md",
        "README.md.py",
        "pyproject.toml",
        ".gatecheck.yaml",
        ".gatecheck/approvers",
        ".gatecheck/plans/run.py",
        ".gatecheck/plans/x.md/run.py",
        "shop/.gatecheck/plans/x.md",
    ],
)
def test_what_is_run_or_read_by_code_is_not_exempt(preset, path):
    assert not preset.exempt.match(path)


@pytest.mark.parametrize("name", ["generic", "node"])
def test_a_preset_that_looks_at_the_exit_code_alone_says_so_in_its_first_line(name):
    (tests,) = registry.build(policy.preset(name, "x"))
    assert tests.gate.exit_code_only
    assert "nothing else is looked at" in presets.data(name).decode().splitlines()[0]


def test_the_example_in_the_node_preset_has_tests_counted():
    lines = presets.data("node").decode().splitlines()
    example = [line.removeprefix("  # ") for line in lines if line.startswith("  #   ")]
    text = "\n".join(["version: 1", "extends: node", "gates:", "  tests:", *example[1:]])
    found = policy.parse(text.encode(), "f")
    assert (found.problems, example[0]) == ((), "  tests:")
    (tests,) = registry.build(found)
    assert (tests.gate.junit, tests.gate.exit_code_only) == ("{scratch}/node.xml", False)


def test_coverage_is_a_note_in_python_and_blocks_in_strict():
    effects = {
        name: {wanted.name: wanted.effect for wanted in registry.build(policy.preset(name, "x"))}["coverage"]
        for name in ("python", "strict")
    }
    assert effects == {"python": {"*": Effect.NOTE}, "strict": {}}


def test_for_agents_a_change_needs_a_snapshot_a_plan_and_coverage():
    found = policy.preset("agent", "x")
    assert [wanted.name for wanted in registry.build(found)] == ["tests", "coverage", "snapshot", "plan"]
    assert all(wanted.effect == {} for wanted in registry.build(found))
    assert (found.hooks.strict, found.push.snapshot) == (True, "make")
    assert found.layers == ("preset python", "preset agent")
