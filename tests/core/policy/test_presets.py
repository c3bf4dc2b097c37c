import pytest

from gatecheck import policy
from gatecheck.errors import UsageError
from gatecheck.policy import presets


@pytest.mark.parametrize(
    ("files", "preset", "found"),
    [
        (["README.md", "pyproject.toml", "package.json"], "python", "pyproject.toml"),
        (["setup.py"], "python", "setup.py"),
        (["setup.cfg"], "python", "setup.cfg"),
        (["package.json", "build.py"], "node", "package.json"),
        (["go.mod", "Makefile"], "go", "go.mod"),
        (["Cargo.toml"], "rust", "Cargo.toml"),
        (["requirements.txt", "Makefile"], "python", "requirements.txt"),
        (["script.py"], "python", "*.py"),
        (["Makefile"], "generic", "Makefile"),
        (["README"], "generic", "no build file"),
        ([], "generic", "no build file"),
    ],
)
def test_the_preset_that_fits_is_found_by_looking(files, preset, found):
    assert policy.detect(files) == (preset, found)


def test_a_preset_stands_in_where_there_is_no_policy():
    found = policy.preset("python", "pyproject.toml")
    assert found.source == "preset python (found pyproject.toml)"
    assert found.bootstrap
    assert found.problems == ()
    assert found.layers == ("preset python",)


def test_a_preset_that_does_not_exist_is_a_usage_error_with_the_nearest_name():
    with pytest.raises(UsageError, match="did you mean 'python'") as caught:
        policy.preset("pyton", "x")
    assert "python" in caught.value.fix
    with pytest.raises(UsageError):
        policy.preset("../presets/python", "x")


@pytest.mark.parametrize("name", presets.names())
def test_the_starter_is_a_valid_policy_of_at_most_twelve_lines(name):
    text = policy.starter(name, "pyproject.toml")
    assert len(text.splitlines()) <= 12
    assert all(len(line) <= 120 for line in text.splitlines())
    found = policy.parse(text.encode(), ".gatecheck.yaml")
    assert found.problems == ()
    assert found.layers[-2:] == (f"preset {name}", ".gatecheck.yaml")


@pytest.mark.parametrize("name", presets.names())
def test_every_comment_of_the_starter_that_holds_settings_is_valid_too(name):
    text = policy.starter(name, "pyproject.toml")
    lines = text.splitlines()[1:]
    live = "\n".join(
        line.removeprefix("# ") if line.startswith("# ") else line.removeprefix("#") for line in lines
    )
    live = "\n".join(line[1:] if line.startswith("   ") else line for line in live.splitlines())
    found = policy.parse(live.encode(), ".gatecheck.yaml")
    assert found.problems == ()
    assert found.environments["default"].create
    assert found.waivers
    assert "lint" in found.gates


def test_the_starter_says_where_a_repository_without_a_preset_of_its_own_names_its_command():
    assert "tests: make check" in policy.starter("generic", "no build file")
    assert "make check" not in policy.starter("node", "package.json")


def test_a_hostile_file_name_writes_nothing_into_the_starter():
    text = policy.starter("python", "x\nprotect: []\u2028\x1b[31m")
    assert policy.parse(text.encode(), "f").problems == ()
    assert policy.parse(text.encode(), "f").protects("main")
