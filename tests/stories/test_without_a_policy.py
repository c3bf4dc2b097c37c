"""A repository without a policy gets a sensible answer at the first try, and the answer never counts as evidence."""

from __future__ import annotations

import json

import pytest

LOOK = "version: 1\ngates: {look: {uses: command, run: [sh, -c, 'echo looked'], count: '^looked'}}\n"


@pytest.mark.parametrize(
    ("files", "preset"),
    [
        ({"pyproject.toml": ""}, "preset python (found pyproject.toml)"),
        ({"package.json": "{}"}, "preset node (found package.json)"),
        ({"go.mod": "module x\n"}, "preset go (found go.mod)"),
        ({"Makefile": "test:\n\techo ok\n"}, "preset generic (found Makefile)"),
        ({"notes.txt": ""}, "preset generic (found no build file)"),
    ],
)
def test_the_preset_that_fits_is_used_and_named(project, files, preset):
    project.main({**files, "code.txt": "one\n"})
    project.change({"code.txt": "two\n"})
    done = project.gatecheck("run", "--output-format", "json", env={"PATH": "/usr/bin:/bin"})
    report = json.loads(done.stdout)
    assert report["law"]["source"] == preset
    assert report["law"]["bootstrap"] is True
    assert report["never_evidence"]
    assert done.returncode == report["exit_code"]


def test_the_answer_of_make_test_decides_in_a_generic_repository(project):
    project.main({"Makefile": "test:\n\t@echo ok\n", "code.txt": "one\n"})
    project.change({"code.txt": "two\n"})
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stdout
    assert "bootstrap" in done.stdout
    assert "gatecheck init" in done.stdout
    project.change({"Makefile": "test:\n\t@exit 1\n"})
    assert project.gatecheck("run").returncode != 0


def test_the_change_that_brings_the_first_policy_is_judged_by_it_as_bootstrap(project):
    project.main({"code.txt": "one\n"})
    project.change({".gatecheck.yaml": LOOK})
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stdout
    assert ".gatecheck.yaml of the change itself" in done.stdout
    assert "never counts as evidence" in " ".join(done.stdout.split()) or "bootstrap" in done.stdout


def test_a_preset_can_be_asked_for_by_name(project):
    project.main({"pyproject.toml": ""})
    done = project.gatecheck("init", "--preset", "agent")
    assert (done.returncode, "(preset agent: asked for)" in done.stdout) == (0, True)
    text = (project.path / ".gatecheck.yaml").read_text()
    assert "extends: agent  # asked for;" in text
    assert project.gatecheck("validate-config").stdout.endswith("gates: tests, coverage, snapshot, plan\n")
    (project.path / ".gatecheck.yaml").unlink()
    done = project.gatecheck("init", "--preset", "agnt")
    assert (done.returncode, "did you mean 'agent'" in done.stderr) == (2, True)
    assert not (project.path / ".gatecheck.yaml").exists()


def test_the_way_from_init_to_a_policy_that_judges(project):
    project.main({"Makefile": "test:\n\t@echo ok\n"})
    project.git("switch", "--quiet", "--create", "change")
    done = project.gatecheck("init")
    assert done.returncode == 0, done.stderr
    text = (project.path / ".gatecheck.yaml").read_text()
    assert len(text.splitlines()) <= 12
    assert project.gatecheck("validate-config").returncode == 0
    project.change()
    assert project.gatecheck("run").returncode == 0
    again = project.gatecheck("init")
    assert again.returncode == 2
    assert "there already" in again.stderr
    assert (project.path / ".gatecheck.yaml").read_text() == text
