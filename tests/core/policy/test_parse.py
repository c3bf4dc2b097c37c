import pytest

from gatecheck import policy
from gatecheck.model import Environment, Globs, Waiver

PATH = ".gatecheck.yaml"
GATES = "version: 1\ngates: {tests: pytest}\n"


def parse(text):
    return policy.parse(text.encode(), PATH)


def problems(text):
    return [str(problem) for problem in parse(text).problems]


def test_a_whole_policy_is_read():
    found = parse(
        """\
version: 1
extends: python
protect: [main, "release/*"]
environment:
  create: ["python -m venv {env}", ["{env}/bin/pip", install, -e, ".[test]"]]
  key: [pyproject.toml]
  create_pass: [PIP_INDEX_URL]
  pass: [LANG]
gates:
  coverage: 90
  docs: {uses: command, run: make docs}
waivers:
  - {rule: tests/missing, reason: moved, owner: jo, expires: 2027-01-31, paths: ["old/**"]}
"""
    )
    assert found.problems == ()
    assert found.source == PATH
    assert found.layers == ("preset python", PATH)
    assert list(found.gates) == ["tests", "coverage", "docs"]
    assert found.gates["tests"].origin == "preset python"
    assert found.gates["coverage"].origin == f"{PATH}:10"
    assert found.origins["protect"] == f"{PATH}:3"
    assert found.origins["exempt"] == "preset python"
    assert found.environments == {
        "default": Environment(
            "default",
            create=(("python", "-m", "venv", "{env}"), ("{env}/bin/pip", "install", "-e", ".[test]")),
            key=("pyproject.toml",),
            create_pass=("PIP_INDEX_URL",),
            passed=("LANG",),
        )
    }
    assert found.waivers == (Waiver("tests/missing", "moved", "jo", "2027-01-31", Globs(("old/**",))),)
    assert not found.bootstrap


def test_main_and_master_are_protected_unless_the_policy_says_otherwise():
    found = parse(GATES)
    assert found.protects("main")
    assert found.protects("master")
    assert not found.protects("feature/main")
    named = parse(GATES + 'protect: [trunk, "release/*"]\n')
    assert named.protects("release/1.2")
    assert named.protects("release/1/hotfix")
    assert not named.protects("release")
    assert not named.protects("main")


def test_environments_by_name_stand_beside_the_one_default():
    found = parse(GATES + "environment: {pass: [A]}\nenvironments: {web: {pass: [B]}}\n")
    assert found.problems == ()
    assert {name: each.passed for name, each in found.environments.items()} == {
        "web": ("B",),
        "default": ("A",),
    }
    assert parse(GATES + "environment:\nenvironments:\n").environments == {}
    assert list(parse(GATES + "environment: {}\nenvironments:\n").environments) == ["default"]


@pytest.mark.parametrize(
    ("text", "where", "about"),
    [
        ("gates: {}", "1:1", "the key 'version' is missing"),
        ("version: 2\ngates: {}", "1:10", "expected 1, not 2"),
        ("version: '1'\ngates: {}", "1:10", "write 1, without quotes"),
        ("version: 1", "1:1", "no gate is asked for"),
        ("version: 1\nextends: pyton", "2:10", "(did you mean 'python'?)"),
        ("version: 1\nextends: [python, 5]", "2:19", "expected text"),
        ("version: 1\nextends: 5", "2:10", "expected text or a list"),
        ("version: 1\ngate: {}\nextends: python", "2:1", "(did you mean 'gates'?)"),
        (GATES + "protect: []", "3:10", "at least 1"),
        (GATES + "protect: [refs/heads/main]", "3:11", "without `refs/heads/`"),
        (GATES + "protect: ['!main']", "3:11", "no branch"),
        (GATES + "protect: [' ']", "3:11", "no branch"),
        (GATES + "protect: main", "3:10", "write [main]"),
        (GATES + "exempt: ['[']", "3:10", "matches no path"),
        (GATES + "environment: 5", "3:14", "expected a mapping"),
        (GATES + "environment: {create-pass: [A]}", "3:15", "(did you mean 'create_pass'?)"),
        (GATES + "environment: {pass: [A=1]}", "3:14", "not the name of an environment variable"),
        (GATES + "environment: {create_pass: [GIT_DIR]}", "3:14", "git's own variable"),
        (GATES + "environment: {pass: [SSH_AUTH_SOCK]}", "3:14", "sign in your name"),
        (GATES + "environment: {}\nenvironments: {default: {}}", "3:1", "only one of them"),
        (GATES + "environment: {}\nenvironments: 5", "4:15", "expected a mapping"),
        (GATES + "environments: {My Env: {}}", "3:16", "cannot name an environment"),
        ("version: 1\ngates: {Tests: pytest}", "2:9", "cannot name a gate"),
        ("version: 1\ngates: {../x: pytest}", "2:9", "cannot name a gate"),
        ("version: 1\ngates: 5", "2:8", "expected a mapping"),
        ("version: 1\ngates: {tests: true}", "2:16", "`true` sets no option"),
        ("version: 1\ngates: {tests: false}", "2:9", "is in no preset"),
        ("version: 1\nextends: python\ngates: {test: false}", "3:9", "(did you mean 'tests'?)"),
        (GATES + "waivers: {}", "3:10", "expected a list"),
        (GATES + "waivers: [{rule: tests/x, reason: r, owner: o}]", "3:11", "'expires' is missing"),
        (
            GATES + "waivers: [{rule: tests, reason: r, owner: o, expires: 2027-01-31}]",
            "3:11",
            "a rule in full",
        ),
        (
            GATES + "waivers: [{rule: tests/, reason: r, owner: o, expires: 2027-01-31}]",
            "3:11",
            "a rule in full",
        ),
        (
            GATES + "waivers: [{rule: tests/x, reason: ' ', owner: o, expires: 2027-01-31}]",
            "3:11",
            "without reason",
        ),
        (
            GATES + "waivers: [{rule: tests/x, reason: r, owner: '', expires: 2027-01-31}]",
            "3:11",
            "without owner",
        ),
        (GATES + "waivers: [{rule: tests/x, reason: r, owner: o, expires: 2027-02-30}]", "3:11", "not a day"),
        (GATES + "waivers: [{rule: tests/x, reason: r, owner: o, expires: '20270131'}]", "3:11", "not a day"),
        (GATES + "waivers: [{rule: tests/x, reason: r, owner: o, expires: 2027-W04-7}]", "3:11", "not a day"),
        (GATES + "waivers: [{rule: tests/x, reason: r, owner: o, expires: never}]", "3:11", "not a day"),
        (GATES + "waiver: []", "3:1", "(did you mean 'waivers'?)"),
        ("[]", "1:1", "expected a mapping"),
        ("", "1:1", "expected a mapping (`key: value`), not nothing"),
        ("a: [", "", "not YAML"),
    ],
)
def test_every_slip_is_told_with_its_place(text, where, about):
    found = problems(text)
    assert any(line.startswith(f"{PATH}:{where}") and about in line for line in found), found


def test_one_slip_is_one_problem():
    for text in (
        GATES + "environment: &x {}",
        "version: 1\nextends: python\ngates: *x",
        "version: 1\nextends: python\ngates: {tests: *x}",
        "version: 1\nextends: &x python",
        GATES + "environments: !t {}\nenvironment: {}",
    ):
        assert len(problems(text)) == 1, (text, problems(text))


def test_a_policy_with_problems_still_says_all_that_could_be_read():
    found = parse(
        "version: 1\nprotec: [x]\nenvironments: {web: {pas: [A]}}\ngates: {tests: pytest}\n"
        "waivers: [{rule: tests/x}, {rule: a/b, reason: r, owner: o, expires: 2027-01-31}]\n"
    )
    assert len(found.problems) == 5
    assert list(found.gates) == ["tests"]
    assert list(found.environments) == ["web"]
    assert [waiver.rule for waiver in found.waivers] == ["a/b"]
    assert [str(place) for place in found.waiver_places] == [f"{PATH}:5:28"]


def test_the_digest_covers_the_file_and_every_preset_below_it():
    assert (
        len({parse(GATES + f"extends: {name}").digest for name in ("python", "strict", "[python, go]")}) == 3
    )
    assert parse(GATES).digest == parse(GATES).digest
    assert parse(GATES).digest != parse(GATES + "# more").digest
    assert policy.parse(GATES.encode(), "a").digest != policy.parse(GATES.encode(), "b").digest


def test_what_the_boundaries_ask_is_read_and_a_trailer_must_have_a_name():
    found = parse(
        GATES
        + "agents: {authors: ['*[bot]*']}\npush: {snapshot: make}\nhooks: {strict: true}\ncommits: {agent-trailers: [Agent]}\n"
    )
    assert found.problems == ()
    assert (found.agents.authors, found.push.snapshot, found.hooks.strict) == (("*[bot]*",), "make", True)
    assert found.commits.agent_trailers == ("Agent",)
    (problem,) = problems(GATES + "commits: {agent-trailers: ['no such thing:']}\n")
    assert "is not the name of a trailer" in problem
