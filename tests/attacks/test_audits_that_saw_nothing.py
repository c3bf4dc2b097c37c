"""Ways to a green audit that saw nothing: dependencies that cannot be looked up, sources without data, pins that hide from the reader."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatecheck.place import supply

POLICY = "version: 1\ngates:\n  dependencies: {options}\n"


@pytest.fixture
def judged(project, tmp_path):
    """Judge a change of files on a main with a harmless pin, under a policy, with advisories about flask."""

    def judged(files, options="{source: offline}", *, bring=True):
        project.main({"requirements.txt": "click==8.0\n"}, policy=POLICY.replace("{options}", options))
        project.change(files)
        if bring:
            export = tmp_path / "export.json"
            export.write_text(json.dumps([advisory()]))
            assert project.gatecheck("advisories", "import", str(export)).returncode == 0
        return project.gatecheck("run")

    return judged


def advisory():
    events = [{"introduced": "0"}, {"fixed": "2.0"}]
    affected = {
        "package": {"name": "flask", "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": "PYSEC-1", "modified": datetime.now(UTC).isoformat(), "affected": [affected]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "flask @ https://example.org/flask-1.0.whl\n",
        "flask<2\n",
        "flask==${FLASK}\n",
    ],
)
def test_a_list_in_which_nothing_can_be_looked_up_is_never_a_pass(judged, text):
    done = judged({"requirements.txt": text})
    assert done.returncode == 4, done.stdout
    assert "could be audited" in done.stdout


def test_what_cannot_be_looked_up_does_not_hide_beside_what_can(judged):
    lines = ["flask @ https://example.org/flask-1.0.whl", "-r ../up.txt", "flask==one", "--requir=flask.txt"]
    done = judged({"requirements.txt": "\n".join(["click==8.1", *lines, ""])})
    assert done.returncode == 3, done.stdout
    assert done.stdout.count("  approval  requirements.txt:") == len(lines)


def test_without_any_data_there_is_no_pass(judged):
    done = judged({"requirements.txt": "click==8.1\n"}, bring=False)
    assert done.returncode == 4
    assert "none were imported" in " ".join(done.stdout.split())


def test_a_source_that_does_not_know_what_it_must_know_is_no_pass(judged):
    done = judged({"requirements.txt": "click==8.1\n"}, "{source: offline, canary: jinja2==2.11.2}")
    assert done.returncode == 4
    assert "it has no data" in done.stdout


def test_without_a_network_there_is_no_pass(judged):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    url = f"http://127.0.0.1:{port}/v1/query"
    done = judged({"requirements.txt": "click==8.1\n"}, f"{{source: osv, url: '{url}'}}")
    assert done.returncode == 4, done.stdout
    assert "cannot be reached" in done.stdout
    assert "gatecheck advisories import FILE" in done.stdout


def test_a_torn_file_of_advisories_is_no_pass(judged, project):
    judged({"requirements.txt": "click==8.1\n"})
    there = Path(supply("advisories"))
    there.write_bytes(there.read_bytes()[:-10])
    done = project.gatecheck("run")
    assert done.returncode == 4
    assert "torn" in done.stdout


HIDDEN = [
    {"requirements.txt": "click==8.0\n-r hidden.lst\n", "hidden.lst": "flask==1.0\n"},
    {"requirements.txt": "click==8.0\n-chidden.lst\n", "hidden.lst": "flask==1.0\n"},
    {"requirements.txt": "click==8.0\nflask==1.0\n".encode("utf-16")},
    {"requirements.txt": "click==8.0 # x\x0cflask==1.0\n"},
    {"requirements.txt": "click==8.0 # x\u2028flask==1.0\n"},
    {"requirements.txt": "click==8.0\nfla\\\nsk==1.0\n"},
    {"requirements.txt": "click==8.0\nFLASK [async] == 1.0.0; python_version < '1'\n"},
    {"requirements.txt": "click==8.0\nflask===1.0\n"},
    {"requirements.txt": "click==8.0\nflask==1.0,<3\n"},
    {"requirements.txt": "click==8.0\nflask==1.0+mine\n"},
    {"sub/Folder/requirements-extra.txt": "flask==1.0\n"},
    {"sub/requirements/deep/all.txt": "flask==1.0\n"},
    {"pyproject.toml": "[dependency-groups]\nx = ['fl\\u0061sk==1.0']\n".replace("'", '"')},
    {"pyproject.toml": "project.optional-dependencies.x = ['flask==1.0']\n"},
    {"pyproject.toml": "build-system = {requires = ['flask==1.0']}\n"},
    {"uv.lock": "package = [{name = 'Flask', version = '1.0', source = {registry = 'x'}}]\n"},
    {"pylock.prod.toml": "[[packages]]\nname = 'flask'\nversion = '1.0'\n"},
    {"poetry.lock": "[[package]]\nname = 'flask'\nversion = '1.0'\n"},
]
"""Ways to write a pin so that somebody else sees it and we do not, each in a folder of its own."""


def test_a_vulnerable_pin_does_not_hide_from_the_reader(judged, project):
    done = judged(
        {f"{place}/{name}": text for place, files in enumerate(HIDDEN) for name, text in files.items()}
    )
    assert done.returncode == 1, done.stdout
    report = json.loads(project.gatecheck("run", "--output-format", "json").stdout)
    (group,) = [g for g in report["gates"][0]["outcome"]["findings"] if g["rule"] == "dependencies/PYSEC-1"]
    assert {int(item["path"].partition("/")[0]) for item in group["items"]} == set(range(len(HIDDEN)))


def test_a_link_in_the_place_of_a_manifest_is_no_pass(judged, project):
    project.main(
        {"requirements.txt": "click==8.0\n"}, policy=POLICY.replace("{options}", "{source: offline}")
    )
    project.git("switch", "--quiet", "--create", "change")
    (project.path / "requirements.txt").unlink()
    (project.path / "requirements.txt").symlink_to("hidden.lst")
    project.commit({"hidden.lst": "flask==1.0\n"})
    done = project.gatecheck("run")
    assert done.returncode == 4, done.stdout
    assert "it is no file of the tree" in " ".join(done.stdout.split())
