"""A policy that cannot be used is exit code 2 with every problem at once, and the change that only mends it can merge."""

from __future__ import annotations

import pytest

BROKEN = """\
    version: 1
    protekt: [main]
    gates:
      tests: {runn: pytest}
      look: {uses: comand}
    """
LOOK = "version: 1\ngates: {look: {uses: command, run: [sh, -c, 'echo looked'], count: '^looked'}}\n"


@pytest.fixture
def broken(project):
    project.main({"code.txt": "one\n"}, policy=BROKEN)
    return project


def test_all_problems_are_told_with_their_places(broken):
    broken.change({"code.txt": "two\n"})
    done = broken.gatecheck("run")
    assert done.returncode == 2
    for place, word in ((":2:", "protekt"), (":4:", "runn"), (":5:", "comand")):
        assert any(place in line and word in line for line in done.stderr.splitlines()), done.stderr
    assert "did you mean" in done.stderr
    assert "fix: " in done.stderr


def test_the_change_that_only_mends_it_is_judged_by_what_it_brings(broken):
    broken.change({".gatecheck.yaml": LOOK})
    done = broken.gatecheck("run")
    assert done.returncode == 0, done.stderr
    assert "which mends the base's" in done.stdout
    assert "bootstrap" in done.stdout


def test_a_change_that_mends_it_and_more_is_refused(broken):
    broken.change({".gatecheck.yaml": LOOK, "code.txt": "two\n"})
    assert broken.gatecheck("run").returncode == 2


@pytest.mark.parametrize("still", ["version: 1\ngates: {look: {uses: comand}}\n", None])
def test_a_change_that_does_not_mend_it_is_refused(broken, still):
    broken.change({".gatecheck.yaml": still})
    done = broken.gatecheck("run")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_policy_that_is_a_link_is_refused(project):
    project.write({"real.yaml": LOOK, "code.txt": "one\n"})
    (project.path / ".gatecheck.yaml").symlink_to("real.yaml")
    refused(project)


def test_a_policy_that_is_a_folder_is_refused(project):
    project.write({".gatecheck.yaml/gates.yaml": LOOK})
    refused(project)


def test_a_policy_that_is_a_submodule_is_refused(project):
    commit = project.commit({"code.txt": "one\n"})
    project.git("update-index", "--add", "--cacheinfo", f"160000,{commit},.gatecheck.yaml")
    project.git("commit", "--quiet", "-m", "a submodule")
    project.git("push", "--quiet", "origin", "main")
    project.git("switch", "--quiet", "--create", "change")
    project.git("commit", "--quiet", "--allow-empty", "-m", "a step")
    done = project.gatecheck("run")
    assert done.returncode == 2
    assert "not a file" in done.stderr


def test_a_policy_that_is_too_long_is_refused(project):
    project.write({".gatecheck.yaml": LOOK + "#" * 300_000})
    refused(project, "bytes")


def refused(project, word: str = "not a file"):
    project.main({})
    project.change({"more.txt": "two\n"})
    done = project.gatecheck("run")
    assert done.returncode == 2
    assert word in done.stderr
