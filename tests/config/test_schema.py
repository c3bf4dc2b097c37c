import json
from importlib.resources import files

import jsonschema
import pytest
import yaml

from gatecheck import policy, registry
from gatecheck.policy import presets
from gatecheck.registry import Claim, Kinds

REGENERATE = "gatecheck schema > config/gatecheck_config/schema.json"


def shipped():
    return json.loads(files("gatecheck_config").joinpath("schema.json").read_text("utf-8"))


def built_in():
    installed = registry.kinds()
    own = [kind for kind in installed if installed.distribution(kind) == "gatecheck"]
    return Kinds({kind: (Claim("gatecheck", lambda kind=kind: installed[kind]),) for kind in own})


def test_the_shipped_schema_is_what_the_gates_say_today():
    assert shipped() == json.loads(json.dumps(registry.schema(available=built_in()))), (
        f"out of date: {REGENERATE}"
    )


def test_the_shipped_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(shipped())


@pytest.mark.parametrize("name", presets.names())
def test_presets_and_starters_are_valid_by_the_schema(name):
    for text in (presets.data(name).decode(), policy.starter(name, "x")):
        jsonschema.Draft202012Validator(shipped()).validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nextends: python\ngates: {coverag: {minimum: 90}, tests: {rn: x}}",
        "version: 1\ngates: {lint: {uses: command, run: make, exit-code: true}}",
        "version: 1\ngates: {coverage: 101}",
        "version: 1\ngates: {lint: {uses: command}}",
    ],
)
def test_slips_are_refused_by_the_schema(text):
    assert not jsonschema.Draft202012Validator(shipped()).is_valid(yaml.safe_load(text))


def test_every_option_is_documented():
    for kind, found in shipped()["$defs"].items():
        for option, told in found["properties"].items():
            assert told.get("description"), f"{kind}: {option}"
