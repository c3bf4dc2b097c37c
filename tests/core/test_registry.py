import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jsonschema
import pytest
import yaml

from gatecheck import policy, registry
from gatecheck.errors import PolicyError, UsageError
from gatecheck.model import Effect, Environment, Examined, Globs, Node, Outcome, Place, Rule, option
from gatecheck.registry import Claim, Kinds

PATH = ".gatecheck.yaml"


class Asks:
    """What the kinds of these tests have in common."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("failed", Effect.BLOCK, "It failed."),
        Rule("slow", Effect.NOTE, "It is slow."),
    )
    needs: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def applies(self, _change):
        return True

    def check(self, _workspace):
        return Outcome(Examined(1, "things"))


@dataclass(frozen=True)
class Suite(Asks):
    kind: ClassVar[str] = "suite"
    primary: ClassVar[str] = "run"
    run: tuple[str, ...] = option(("pytest",), doc="The command.", form="argv")
    retries: int = option(2, doc="How often.", minimum=0)
    only_once: bool = option(default=False, doc="No retries.")

    def __post_init__(self):
        if self.only_once and self.retries:
            raise ValueError("`only-once` and `retries` contradict each other: write only one of them")


@dataclass(frozen=True)
class Share(Asks):
    kind: ClassVar[str] = "share"
    primary: ClassVar[str] = "minimum"
    minimum: float = option(90.0, doc="Per cent.", form="percent")
    suite: str = option("suite", doc="The gate that it reads.")

    @property
    def needs(self):
        return (self.suite,)


@dataclass(frozen=True)
class Tool(Asks):
    kind: ClassVar[str] = "tool"
    primary: ClassVar[str] = "run"
    run: tuple[str, ...] = option(doc="The command.", form="argv")
    after: tuple[str, ...] = option((), doc="Gates that it reads.")
    map: Mapping[str, tuple[str, ...]] | None = option(None, doc="A mapping.")

    @property
    def needs(self):
        return self.after


def claims(*classes):
    return {cls.kind: (Claim("gatecheck", lambda cls=cls: cls),) for cls in classes}


KINDS = Kinds(claims(Suite, Share, Tool))


def build(text, only=(), available=KINDS):
    return registry.build(policy.parse(f"version: 1\n{text}".encode(), PATH), only, available=available)


def problems(text, available=KINDS):
    with pytest.raises(PolicyError) as caught:
        build(text, available=available)
    assert caught.value.fix
    return list(caught.value.problems)


def test_names_become_gates_in_the_policys_order():
    share, suite, lint = build(
        """
environments: {web: {pass: [LANG]}}
gates:
  share: 80
  suite: {retries: 0, only-once: true, timeout: 10m, effect: note, paths: ["src/**"], inputs: ["*.py"]}
  lint: {uses: tool, run: make lint, cwd: web, environment: web, effect: {failed: approval, "*": note}}
"""
    )
    assert share.gate == Share(minimum=80.0)
    assert share.origin == f"{PATH}:5"
    assert (share.paths, share.inputs, share.cwd, share.timeout, share.effect) == (
        None,
        None,
        ".",
        1800.0,
        {},
    )
    assert share.environment == Environment()
    assert suite.gate == Suite(retries=0, only_once=True)
    assert suite.timeout == 600.0
    assert suite.effect == {"*": Effect.NOTE}
    assert suite.paths == Globs(("src/**",))
    assert suite.inputs == Globs(("*.py",))
    assert (lint.name, lint.gate, lint.cwd) == ("lint", Tool(run=("make", "lint")), "web")
    assert lint.environment == Environment("web", passed=("LANG",))
    assert lint.effect == {"failed": Effect.APPROVAL, "*": Effect.NOTE}


def test_a_bare_value_sets_the_primary_option():
    assert build("gates: {suite: make test}")[0].gate.run == ("make", "test")
    assert build("gates: {suite: [make, test]}")[0].gate.run == ("make", "test")
    assert build("gates: {suite: }")[0].gate == Suite()
    assert build("gates: {}") == ()


@pytest.mark.parametrize(
    ("text", "where", "about"),
    [
        (
            "gates: {suit: pytest}",
            "2:9",
            "no gate kind 'suit' (did you mean 'suite'?): there are share, suite, tool",
        ),
        ("gates: {lint: {uses: tol}}", "2:22", "(did you mean 'tool'?)"),
        ("gates: {lint: {uses: 5}}", "2:22", "expected text"),
        ("gates: {suite: {retires: 1}}", "2:17", "unknown key 'retires' (did you mean 'retries'?)"),
        ("gates: {suite: {only_once: true}}", "2:17", "(did you mean 'only-once'?)"),
        ("gates: {suite: {tiemout: 1}}", "2:17", "(did you mean 'timeout'?)"),
        ("gates: {suite: {retries: -1}}", "2:26", "at least 0"),
        ("gates: {suite: {timeout: soon}}", "2:26", "expected a time"),
        ("gates: {suite: {only-once: true}}", "2:16", "contradict each other"),
        ("gates: {suite: {only-once: no}}", "2:28", "write false"),
        ("gates: {suite: {environment: web}}", "2:30", "no environment 'web': there are default"),
        ("gates: {suite: {effect: {faild: note}}}", "2:26", "no rule 'faild' (did you mean 'failed'?)"),
        ("gates: {suite: {effect: nota}}", "2:25", "(did you mean 'note'?)"),
        ("gates: {suite: {effect: {failed: 5}}}", "2:34", "expected block or approval or note, not 5"),
        ("gates: {suite: {cwd: /}}", "2:22", "inside the repository"),
        ("gates: {tool: {}}", "2:9", "the key 'run' is missing: The command."),
        ("gates: {share: 90}", "2:9", "has no such gate"),
        ("gates: {suit: {uses: suite}, share: 90}", "2:30", "(did you mean 'suit'?)"),
        (
            "extends: python\ngates: {tests: {uses: suite}, coverage: {uses: share}}",
            "3:31",
            "`coverage: false`",
        ),
        ("gates: {a: {uses: tool, run: x, after: [a]}}", "2:9", "a -> a"),
        (
            "gates: {}\nwaivers: [{rule: x/y, reason: r, owner: o, expires: 2027-01-31}]",
            "3:11",
            "names no gate",
        ),
    ],
)
def test_every_slip_is_told_with_its_place(text, where, about):
    found = problems(text)
    assert len(found) == 1, found
    assert found[0].startswith(f"{PATH}:{where}: ")
    assert about in found[0]


def test_all_problems_of_file_and_gates_come_at_once_in_the_order_of_their_places():
    found = problems(
        """
protec: [main]
environments: {web: {}}
gates:
  sweet: pytest
  suite: {retires: 1, timeout: x, environment: wep, effect: {nope: note}}
  share: {minimum: 101}
  broken: &x {}
waivers:
  - {rule: sut/x, reason: r, owner: o, expires: 2027-01-31}
  - {rule: suite/x}
"""
    )
    lines = [int(problem.split(":")[1]) for problem in found]
    assert lines == sorted(lines)
    assert lines == [3, 6, 7, 7, 7, 7, 8, 9, 11, 12, 12, 12]


def test_a_circle_of_needs_is_told_once():
    found = problems(
        "gates:\n  a: {uses: tool, run: x, after: [b]}\n  b: {uses: tool, run: x, after: [c]}\n"
        "  c: {uses: tool, run: x, after: [b]}\n"
    )
    assert len(found) == 1
    assert found[0].startswith(f"{PATH}:4:3: ")


GATES = "gates: {suite: x, share: 90, lint: {uses: tool, run: x}}"


def test_a_gate_that_is_asked_for_brings_the_ones_that_it_needs():
    assert [wanted.name for wanted in build(GATES, ("share",))] == ["suite", "share"]
    assert [wanted.name for wanted in build(GATES, ("lint", "suite", "lint"))] == ["suite", "lint"]


def test_asking_for_a_gate_that_the_policy_has_not_is_a_usage_error():
    with pytest.raises(UsageError, match=r"'lintt' \(did you mean 'lint'\?\); it has suite, share, lint"):
        build(GATES, ("suite", "lintt"))
    with pytest.raises(UsageError, match="it has none"):
        build("gates: {}", ("suite",))


def test_where_file_and_preset_name_one_option_in_two_ways_the_file_counts():
    text = "version: 1\nextends: go\ngates: {tests: %s}"
    for own in ("make test", "{run: make test}"):
        found = policy.parse((text % own).encode(), PATH)
        wanted = registry.build(found)[0]
        assert wanted.gate.run == ("make", "test")
        assert wanted.gate.kind == "command"
    below = policy.parse(b"version: 1\ngates: {suite: a}", "preset low")
    above = policy.parse(b"version: 1\ngates: {suite: {run: b}}", "high")
    both = policy.layers.lay(root(below), root(above), [])
    laid = type(above)(
        source="", digest="", gates=both.value["gates"].value, layers=("preset low", "high")
    )  # the file names what the preset gave as a bare value
    assert registry.build(laid, available=KINDS)[0].gate.run == ("b",)


def root(found):
    return Node({"gates": Node(found.gates, Place("f"))}, Place("f"))


def install(folder, distribution, entries, **modules):
    """Put a distribution where Python finds it, as pip would."""
    info = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[gatecheck.gates]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
    )
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)


PLUGIN = """
from dataclasses import dataclass
from typing import ClassVar
from gatecheck.model import Examined, Outcome, option

@dataclass(frozen=True)
class Gate:
    kind: ClassVar[str] = "{kind}"
    primary: ClassVar[str] = "{primary}"
    rules: ClassVar[tuple] = ()
    needs = ()
    programs = ()
    {option}: str = option("x", doc="Text.")
    def applies(self, change): return True
    def check(self, workspace): return Outcome(Examined(1, "things"))
"""


def plugin(kind, primary="word", option="word"):
    return PLUGIN.format(kind=kind, primary=primary, option=option)


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_the_built_in_kinds_are_found_like_anybody_elses():
    found = registry.kinds()
    assert {"tests", "coverage", "command"} <= set(found)
    assert found.distribution("command") == "gatecheck"
    assert found["command"].kind == "command"
    assert len(found) >= 3
    with pytest.raises(KeyError):
        found["nothing"]


def test_a_plugins_kind_is_used_when_the_policy_names_it(site):
    install(site, "acme-gates", {"acme": "acme_one:Gate"}, acme_one=plugin("acme"))
    found = policy.parse(b"version: 1\ngates: {acme: hello, other: {uses: acme, timeout: 5}}", PATH)
    assert [wanted.gate.word for wanted in registry.build(found)] == ["hello", "x"]
    described = registry.describe(found)
    assert {gate.distribution for gate in described.gates} == {"acme-gates"}


def test_a_plugin_that_breaks_harms_only_the_policy_that_names_it(site):
    install(
        site,
        "broken-gates",
        {"broken": "broken_one:Gate", "leaves": "broken_two:Gate"},
        broken_one="import no_such_module",
        broken_two="raise SystemExit(0)",
    )
    fine = policy.parse(b"version: 1\ngates: {lint: {uses: command, run: x, exit-code-only: true}}", PATH)
    assert registry.build(fine)
    bad = policy.parse(b"version: 1\ngates: {broken: {}, leaves: {}}", PATH)
    with pytest.raises(PolicyError) as caught:
        registry.build(bad)
    first, second = caught.value.problems
    assert "'broken-gates'" in first
    assert "no_such_module" in first
    assert "SystemExit" in second


def test_nobody_takes_the_place_of_a_built_in_kind(site):
    install(site, "aaa-impostor", {"command": "impostor_one:Gate"}, impostor_one=plugin("command"))
    found = registry.kinds()
    assert found["command"].__module__ == "gatecheck_gates.command"
    assert found.distribution("command") == "gatecheck"
    assert found.impostors("command") == ("aaa-impostor",)
    wants = policy.parse(b"version: 1\ngates: {lint: {uses: command, run: x, exit-code-only: true}}", PATH)
    with pytest.raises(PolicyError, match="uninstall aaa-impostor"):
        registry.build(wants)


def test_two_strangers_that_claim_one_kind_are_both_named(site):
    install(site, "acme-one", {"acme": "acme_two:Gate"}, acme_two=plugin("acme"))
    install(site, "acme-two", {"acme": "acme_two:Gate"})
    assert registry.kinds().impostors("acme") == ()
    with pytest.raises(PolicyError, match="'acme-one' and 'acme-two'"):
        registry.build(policy.parse(b"version: 1\ngates: {acme: {}}", PATH))


@pytest.mark.parametrize(
    ("source", "about"),
    [
        ("Gate = 5", "not a dataclass"),
        ("class Gate: pass", "not a dataclass"),
        (
            "from dataclasses import dataclass\n@dataclass\nclass Gate:\n  kind = 'odd'",
            "it lacks primary, rules",
        ),
        (plugin("other"), "calls itself 'other'"),
        (plugin("odd", option="timeout", primary="timeout"), "'timeout' is one that every gate takes"),
        (plugin("odd", primary="none"), "primary option 'none'"),
    ],
)
def test_a_class_that_is_no_gate_is_told_with_its_distribution(source, about, site, request):
    module = f"odd_{abs(hash(request.node.name))}"
    install(site, "odd-gates", {"odd": f"{module}:Gate"}, **{module: source})
    with pytest.raises(PolicyError, match="odd-gates") as caught:
        registry.build(policy.parse(b"version: 1\ngates: {odd: {}}", PATH))
    assert about in str(caught.value)


def test_every_setting_says_where_it_came_from():
    found = policy.parse(
        b"version: 1\nextends: python\nenvironment: {create: [make env]}\n"
        b"gates:\n  suite: {retries: 1}\n  share:\n    uses: share\n    minimum: 80\n  tests: {uses: tool, run: x}\n"
        b"  coverage: false\nwaivers:\n"
        b"  - {rule: suite/failed, reason: r, owner: o, expires: 2027-01-31, paths: ['a/**']}\n"
        b"  - {rule: suite/slow, reason: r, owner: o, expires: 2027-01-31}\n",
        PATH,
    )
    described = registry.describe(found, available=KINDS)
    assert described.source == PATH
    settings = {setting.name: (setting.value, setting.origin) for setting in described.settings}
    assert settings["protect"] == (["main", "master"], "default")
    assert settings["extends"] == (["preset python"], f"{PATH}:2")
    assert settings["exempt"][1] == "preset python"
    assert settings["environments"][0]["default"]["create"] == [["make", "env"]]
    assert settings["waivers"][0][0]["paths"] == ["a/**"]
    assert settings["waivers"][0][1]["paths"] is None
    tests, suite, share = described.gates
    assert (tests.name, tests.kind, tests.distribution, tests.origin) == (
        "tests",
        "tool",
        "gatecheck",
        f"{PATH}:9",
    )
    assert share.needs == ("suite",)
    options = {setting.name: (setting.value, setting.origin) for setting in share.options}
    assert options["minimum"] == (80.0, f"{PATH}:8")
    assert options["suite"] == ("suite", "default")
    assert options["timeout"] == (1800.0, "default")
    assert all(setting.doc for gate in described.gates for setting in gate.options)
    assert json.dumps([setting.value for gate in described.gates for setting in gate.options])
    bare = registry.describe(policy.parse(b"version: 1\ngates: {suite: make}", PATH), available=KINDS)
    assert [(s.value, s.origin) for s in bare.gates[0].options if s.name == "run"] == [
        (["make"], f"{PATH}:2")
    ]
    assert suite.name == "suite"


def test_a_policy_with_problems_is_not_described():
    with pytest.raises(PolicyError):
        registry.describe(policy.parse(b"version: 1\ngates: {nope: x}", PATH), available=KINDS)


GOOD = [
    "gates: {}",
    "gates:",
    "extends: python",
    "extends: [python, strict]",
    GATES,
    "gates: {suite: [make, 5, true], share: 90.5}",
    "gates: {suite: }",
    "gates: {tool: x}",
    "gates: {tool: {run: x, map: {a: [b]}}}",
    "gates: {suite: {uses: tool, run: x}}",
    "gates: {suite: {timeout: 10m, effect: note, paths: [a], inputs: null, cwd: web}}",
    "gates: {suite: {effect: {failed: note, '*': block}, timeout: 5.5}}",
    "extends: python\ngates: {tests: {uses: suite}, coverage: false}",
    "protect: ['release/*']\ngates: {}",
    "exempt: ['*.md']\ngates: {}",
    "environment: {create: [make env, [make, x]], key: [a], create_pass: [A], pass: [B]}\ngates: {}",
    "environments: {web: {}}\nenvironment:\ngates: {suite: {environment: web}}",
    "environments: {web: {}}\nenvironment: {}\ngates: {}",
    "gates: {suite: x}\nwaivers: [{rule: suite/x, reason: r, owner: o, expires: 2027-01-31}]",
    "gates: {suite: x}\nwaivers:",
]
BAD = [
    "{}",
    "extends: 5",
    "gates: 5",
    "gates: {Bad: x}",
    "gates: {suite: true}",
    "gates: {suite: {uses: tool}}",
    "gates: {suite: {minimum: 5}}",
    "gates: {suite: {retires: 1}}",
    "gates: {suite: {retries: -1}}",
    "gates: {suite: {retries: x}}",
    "gates: {suite: {only-once: no}}",
    "gates: {suite: {timeout: soon}}",
    "gates: {suite: {timeout: 0}}",
    "gates: {suite: {effect: nota}}",
    "gates: {suite: {effect: {nope: note}}}",
    "gates: {suite: {cwd: /x}}",
    "gates: {suite: {cwd: a/../b}}",
    "gates: {suite: {paths: a}}",
    "gates: {suite: x, share: 101}",
    "gates: {tool: }",
    "gates: {tool: {}}",
    "gates: {lint: x}",
    "gates: {lint: {run: x}}",
    "gates: {lint: {uses: nope}}",
    "protect: []\ngates: {}",
    "protect: main\ngates: {}",
    "environment: {create-pass: [A]}\ngates: {}",
    "environment: {create: make}\ngates: {}",
    "environments: {default: {}}\nenvironment: {}\ngates: {}",
    "environments: {Bad: {}}\ngates: {}",
    "waivers: [{rule: tests/x}]\ngates: {}",
    "gates: {suite: x}\nwaivers: [{rule: suite, reason: r, owner: o, expires: 2027-01-31}]",
    "gates: {suite: x}\nwaivers: [{rule: suite/x, reason: r, owner: o, expires: soon}]",
    "extends: python\nversion: 2",
]


def validator():
    schema = registry.schema(available=KINDS)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def data(text):
    class Dates(yaml.SafeLoader):
        """Reads days as text, as policies do."""

        yaml_implicit_resolvers: ClassVar = {
            first: [(tag, regex) for tag, regex in every if not tag.endswith(("timestamp", "bool"))]
            for first, every in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    Dates.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
    return yaml.load(text, Dates)


@pytest.mark.parametrize("text", GOOD)
def test_the_schema_takes_what_validation_takes(text):
    if "extends" not in text:
        build(text)
    assert policy.parse(f"version: 1\n{text}".encode(), PATH).problems == ()
    validator().validate({"version": 1, **data(text)})


@pytest.mark.parametrize("text", BAD)
def test_the_schema_refuses_what_validation_refuses(text):
    if "version" not in text:
        assert problems(text if text != "{}" else "")
    assert not validator().is_valid({"version": 1, **data(text)})


def test_the_schema_of_what_is_installed_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(registry.schema())
