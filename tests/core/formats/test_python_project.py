"""Which tool sets up a project, and lines of a policy that are valid and let it do so."""

import os
import sysconfig
import venv

import pytest

from gatecheck import policy, registry
from gatecheck.formats.python_project import LARGEST, PIP, find_setup, setup_in

FILES = {
    "uv": {"uv.lock": "", "pyproject.toml": "[tool.poetry]\n", "tox.ini": ""},
    "poetry": {"poetry.lock": "", "noxfile.py": ""},
    "poetry without a lock": {"pyproject.toml": "[tool.poetry]\nname = 'x'\n"},
    "pdm": {"pdm.lock": "", "pyproject.toml": "[project]\n"},
    "pdm without a lock": {"pyproject.toml": "[tool.pdm]\n", "tox.ini": ""},
    "tox": {"tox.ini": "[tox]\n", "noxfile.py": ""},
    "tox in toml": {"tox.toml": ""},
    "tox in setup.cfg": {"setup.cfg": "[metadata]\n[tox:tox]\n"},
    "tox in pyproject": {"pyproject.toml": "[tool.tox]\n"},
    "nox": {"noxfile.py": "", "setup.cfg": "[metadata]\n", "pyproject.toml": "[tool.ruff]\n"},
}
NOTHING = {
    "nothing": {},
    "a project": {"pyproject.toml": "[project]\nname = 'x'\n"},
    "a broken file": {"pyproject.toml": "[tool.poetry\n"},
    "odd types": {"pyproject.toml": "tool = 1\n"},
    "too deep": {"pyproject.toml": "x = " + "[" * 100_000},
    "too large": {"pyproject.toml": "[tool.poetry]\n#" + "x" * LARGEST},
}


def find(files):
    return find_setup(lambda path: files[path].encode() if path in files else None)


@pytest.mark.parametrize("kind", FILES)
def test_the_tool_is_found_by_its_files_and_its_lines_are_a_policy(kind):
    found = find(FILES[kind])
    assert found.tool == kind.split()[0]
    assert found.found in FILES[kind]
    assert found.locked is (f"{found.tool}.lock" in FILES[kind])
    parsed = policy.parse(f"version: 1\n{found.line}\ngates: {{tests: pytest}}\n".encode(), "p")
    assert parsed.problems == ()
    (wanted,) = registry.build(parsed)
    assert any("{env}" in word for command in wanted.environment.create for word in command)
    assert wanted.environment.key == found.key


@pytest.mark.parametrize("kind", NOTHING)
def test_nothing_is_found_where_nothing_is_said(kind):
    assert find(NOTHING[kind]) is None


def test_not_utf8_tells_nothing():
    assert find_setup(lambda path: b"\xff" if path == "pyproject.toml" else None) is None


def test_a_folder_is_read_as_far_as_it_can_be(tmp_path):
    assert setup_in(tmp_path) is None
    (tmp_path / "uv.lock").mkdir()
    os.mkfifo(tmp_path / "poetry.lock")
    (tmp_path / "noxfile.py").write_text("")
    assert setup_in(tmp_path).tool == "nox"
    assert setup_in(tmp_path / ("x" * 300)) is None, "a name that is too long"


def test_a_file_that_cannot_be_read_tells_nothing(tmp_path, monkeypatch):
    (tmp_path / "uv.lock").symlink_to(
        "/proc/self/mem"
    )  # a file by its looks, and no byte of it can be read at the start
    assert setup_in(tmp_path) is None


def test_the_starter_brings_what_a_lock_file_says_and_proposes_the_rest():
    for kind, files in FILES.items():
        setup = find(files)
        text = policy.starter("python", "pyproject.toml", setup)
        assert len(text.splitlines()) <= 12
        assert all(len(line) <= 130 for line in text.splitlines())
        live = policy.parse(text.encode(), "p")
        assert live.problems == ()
        assert bool(live.environments) is setup.locked, kind
        for command in setup.create:
            assert command in text
    assert "uv sync" not in policy.starter("go", "go.mod", find(FILES["uv"]))


def test_init_writes_the_lines_of_this_project(project):
    project.commit({"pyproject.toml": "[project]\nname = 'x'\n", "uv.lock": "version = 1\n"})
    assert project.gatecheck("init").returncode == 0
    text = (project.path / ".gatecheck.yaml").read_text()
    assert '\n  create: ["env UV_PROJECT_ENVIRONMENT={env} uv sync' in text
    assert project.gatecheck("validate-config").returncode == 0


SHOP = {
    "shop.py": "def price():\n    return 3\n",
    "test_shop.py": "import shop\n\n\ndef test_price():\n    assert shop.price() == 3\n",
}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"uv.lock": "", "pyproject.toml": "[project]\n"}, ["uv sync --frozen", "uv add --dev pytest"]),
        ({"tox.ini": "[tox]\n"}, ["tox devenv -e py {env}", "must ask for pytest"]),
        ({"setup.py": ""}, ["-m pip install pytest"]),
    ],
)
def test_an_interpreter_without_pytest_is_told_the_lines_of_this_project(project, tmp_path, files, says):
    venv.create(tmp_path / "bare", symlinks=True)
    project.main({**SHOP, **files}, policy="version: 1\ngates: {tests: pytest}\n")
    project.change({"shop.py": "def price():\n    return 2 + 1\n"})
    done = project.gatecheck("run", env={"VIRTUAL_ENV": str(tmp_path / "bare")})
    assert done.returncode == 4
    for words in says:
        assert words in " ".join(done.stdout.split())


def test_an_environment_that_lacks_it_is_told_to_ask_for_it(project):
    project.main(
        {**SHOP, "uv.lock": ""},
        policy='version: 1\nenvironment: {create: ["python -m venv --without-pip {env}"], key: [uv.lock]}\ngates: {tests: pytest}\n',
    )
    project.change({"shop.py": "def price():\n    return 2 + 1\n"})
    done = project.gatecheck("run")
    assert "Add pytest to what uv installs (`uv add --dev pytest`), or to `environment:" in " ".join(
        done.stdout.split()
    )


def test_an_environment_is_built_from_such_lines_and_the_tests_run_in_it(project):
    lend = f"import sysconfig\nopen(sysconfig.get_path('purelib') + '/lent.pth', 'w').write({sysconfig.get_path('purelib')!r})\n"
    line = PIP.line.replace("python -m venv", "python -m venv --system-site-packages --without-pip")
    line = line.replace("{env}/bin/pip install --editable . pytest coverage", "{env}/bin/python lend.py")
    project.main({**SHOP, "lend.py": lend}, policy=f"version: 1\n{line}\ngates: {{tests: pytest}}\n")
    project.change({"shop.py": "def price():\n    return 2 + 1\n"})
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "building environment default (merge), 2 of 2" in done.stderr
    again = project.gatecheck("run", "--no-cache")
    assert again.returncode == 0
    assert "building" not in again.stderr
