import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import jsonschema
import pytest

from gatecheck.model import Node, option
from gatecheck.settings import bind, keys, schema
from gatecheck.settings.schema import plain
from gatecheck.settings.yaml import parse


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True)
class Inner:
    size: int = option(doc="How large.", minimum=1)


@dataclass(frozen=True)
class Options:
    needed: str = option(doc="Text.")
    colour: Colour = option(Colour.RED, doc="A colour.")
    level: Literal["low", "high"] = option("low", doc="A level.")
    inner: Inner | None = option(None, doc="Nested.")
    sizes: Mapping[str, int] | None = option(None, doc="Sizes.")
    run: tuple[str, ...] = option(("make", "test"), doc="A command.", form="argv")
    names: tuple[str, ...] = option((), doc="Names.", minimum=1)
    pattern: str = option("x", doc="A regular expression.", form="regex")
    path: str = option(".", doc="A path.", form="path")
    limit: float | None = option(None, doc="A time.", form="seconds")
    share: float = option(90.0, doc="A share.", form="percent")
    number: float = option(0.0, doc="A number.")
    flag: bool = option(default=False, doc="A flag.")
    anything: Node | None = option(None, doc="Anything.")
    undocumented: list[str] = field(default_factory=list, init=False)
    plain_field: str = field(default="x", kw_only=True)
    made: Mapping[str, str] = field(default_factory=dict, kw_only=True)


CASES = [
    ("needed: x", True),
    ("{}", False),
    ("needed: 5", False),
    ("needed: x\nother: 1", False),
    ("needed: x\ncolour: green", True),
    ("needed: x\ncolour: blue", False),
    ("needed: x\nlevel: high", True),
    ("needed: x\nlevel: mid", False),
    ("needed: x\ninner: {size: 1}", True),
    ("needed: x\ninner: {size: 0}", False),
    ("needed: x\ninner: {}", False),
    ("needed: x\ninner: null", True),
    ("needed: x\nsizes: {a: 1}", True),
    ("needed: x\nsizes: {a: x}", False),
    ("needed: x\nrun: make x", True),
    ("needed: x\nrun: [make, 5, true]", True),
    ("needed: x\nrun: ' '", False),
    ("needed: x\nrun: []", False),
    ("needed: x\nrun: [[make]]", False),
    ("needed: x\nnames: []", False),
    ("needed: x\nnames: [a]", True),
    ("needed: x\nnames: [1]", False),
    ("needed: x\npath: a/b", True),
    ("needed: x\npath: ..", False),
    ("needed: x\npath: a/..", False),
    ("needed: x\npath: ../a", False),
    ("needed: x\npath: /a", False),
    ("needed: x\npath: a..b/c", True),
    ("needed: x\nlimit: 10m", True),
    ("needed: x\nlimit: 1.5", True),
    ("needed: x\nlimit: 10 m", False),
    ("needed: x\nlimit: 0", False),
    ("needed: x\nshare: 101", False),
    ("needed: x\nshare: 100", True),
    ("needed: x\nnumber: x", False),
    ("needed: x\nflag: true", True),
    ("needed: x\nflag: 'true'", False),
    ("needed: x\nanything: [1, {a: b}]", True),
    ("needed: x\nplain-field: y\nmade: {a: b}", True),
    ("needed: x\nundocumented: []", False),
]


def data(node):
    if isinstance(node.value, dict):
        return {name: data(child) for name, child in node.value.items()}
    return [data(child) for child in node.value] if isinstance(node.value, tuple) else node.value


@pytest.mark.parametrize(("text", "good"), CASES)
def test_schema_and_binding_agree(text, good):
    said = schema(Options)
    jsonschema.Draft202012Validator.check_schema(said)
    problems = []
    node = parse(text.encode(), "f", problems)
    assert (bind(node, Options, problems) is not None) == good
    assert jsonschema.Draft202012Validator(said).is_valid(data(node)) == good


def test_documentation_and_defaults_are_in_the_schema():
    said = schema(Options)
    assert said["properties"]["run"]["description"] == "A command."
    assert said["properties"]["run"]["default"] == ["make", "test"]
    assert said["properties"]["colour"]["default"] == "red"
    assert "default" not in said["properties"]["inner"]
    assert "description" not in said["properties"]["plain-field"]
    assert json.loads(json.dumps(said)) == said


def test_what_is_required_here_may_stand_elsewhere():
    assert schema(Options)["required"] == ["needed"]
    assert "required" not in schema(Options, required=False)


def test_keys_follow_the_fields_and_their_defaults():
    assert keys(Options)["made"].default == {}
    assert not keys(Options)["made"].required
    assert keys(Options)["needed"].required


def test_values_are_shown_as_json_has_them():
    assert plain({"a": (Colour.RED, 1, None)}) == {"a": ["red", 1, None]}
