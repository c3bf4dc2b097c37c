"""The same question is asked once: what did not change is recalled, and what is recalled says the same."""

from __future__ import annotations

import re

import pytest

POLICY = """\
    version: 1
    gates:
      look: {uses: command, run: [sh, look.sh], count: '^looked'}
    """


@pytest.fixture
def asked(project, tmp_path):
    """A change whose gate leaves a line outside the room each time that it is really asked; return how often it was."""
    counter = tmp_path / "asked"
    counter.touch()
    project.main({"look.sh": f"echo looked; echo x >> {counter}\n", "code.txt": "one\n"}, policy=POLICY)
    project.change({"code.txt": "two\n"})
    return lambda: len(counter.read_text().split())


def without_times(text: str) -> str:
    """The report as it is, but for how long things took and that they were recalled."""
    text = re.sub(r" +(\d+\.\d s|recalled)$", "", text, flags=re.MULTILINE)
    return "".join(line for line in text.splitlines(keepends=True) if "answered before" not in line)


def test_a_second_run_asks_no_gate_and_says_the_same(project, asked):
    first = project.gatecheck("run")
    assert (first.returncode, asked()) == (0, 1), first.stdout
    second = project.gatecheck("run")
    assert (second.returncode, asked()) == (0, 1)
    assert "recalled" in second.stdout
    assert without_times(second.stdout) == without_times(first.stdout)
    assert second.stderr == ""


def test_every_recall_prints_the_same_bytes(project, asked):
    project.gatecheck("run")
    texts = {project.gatecheck("run").stdout for _ in range(3)}
    assert len(texts) == 1
    assert asked() == 1


def test_without_the_recalled_report_the_store_still_knows_the_answer(project, asked):
    project.gatecheck("run")
    for kept in (project.cache / "recall").iterdir():
        kept.unlink()
    done = project.gatecheck("run")
    assert (done.returncode, asked()) == (0, 1)
    assert "recalled" in done.stdout


def test_no_cache_asks_anew_and_its_answer_is_kept_for_later(project, asked):
    project.gatecheck("run")
    assert project.gatecheck("run", "--no-cache").returncode == 0
    assert asked() == 2
    assert "recalled" not in project.gatecheck("run", "--no-cache").stdout
    assert project.gatecheck("run").returncode == 0
    assert asked() == 3


@pytest.mark.usefixtures("asked")
def test_a_failure_is_recalled_with_its_exit_code(project):
    project.change({"look.sh": "echo looked; exit 1\n"})
    assert project.gatecheck("run").returncode == 1
    done = project.gatecheck("run")
    assert done.returncode == 1
    assert "recalled" in done.stdout


def test_an_error_is_never_recalled(project, asked, tmp_path):
    broken = tmp_path / "broken"
    broken.touch()
    counter = tmp_path / "asked"
    project.change({"look.sh": f"echo x >> {counter}; test -e {broken} && exit 9; echo looked\n"})
    assert project.gatecheck("run").returncode == 4
    broken.unlink()
    assert project.gatecheck("run").returncode == 0
    assert asked() == 2


def test_a_new_commit_with_the_same_tree_is_asked_anew_since_programs_can_read_its_message(project, asked):
    project.gatecheck("run")
    project.git("commit", "--quiet", "--amend", "--message", "said better")
    done = project.gatecheck("run")
    assert (done.returncode, asked()) == (0, 2)
    assert project.git("rev-parse", "HEAD")[:10] in done.stdout


def test_work_that_is_not_committed_is_not_looked_at(project, asked):
    project.gatecheck("run")
    project.write({"code.txt": "three\n", "look.sh": "exit 1\n"})
    assert project.gatecheck("run").returncode == 0
    assert asked() == 1


def test_json_is_recalled_too_and_says_so(project, asked):
    first = project.gatecheck("run", "--output-format", "json")
    second = project.gatecheck("run", "--output-format", "json")
    assert '"recalled": false' in first.stdout
    assert '"recalled": false' not in second.stdout
    assert asked() == 1


def test_only_the_gates_whose_inputs_changed_are_asked_again(project, tmp_path):
    counter = tmp_path / "asked"
    policy = """\
        version: 1
        gates:
          left: {uses: command, run: [sh, left/look.sh], count: '^looked', inputs: ["left/**"]}
          right: {uses: command, run: [sh, right/look.sh], count: '^looked', inputs: ["right/**"]}
          whole: {uses: command, run: [sh, whole.sh], count: '^looked'}
        """
    looks = {
        path: f"echo looked; echo {name} >> {counter}\n"
        for name, path in (("left", "left/look.sh"), ("right", "right/look.sh"), ("whole", "whole.sh"))
    }
    project.main({**looks, "left/a": "1\n", "right/a": "1\n"}, policy=policy)
    project.change({"left/a": "2\n", "right/a": "2\n"})
    assert project.gatecheck("run").returncode == 0
    assert sorted(counter.read_text().split()) == ["left", "right", "whole"]
    counter.write_text("")
    project.change({"left/a": "3\n"})
    done = project.gatecheck("run")
    assert done.returncode == 0
    assert sorted(counter.read_text().split()) == ["left", "whole"]


def test_a_gate_with_inputs_sees_no_other_file(project):
    policy = """\
        version: 1
        gates:
          narrow: {uses: command, run: [sh, -c, "ls -a; test ! -e other.txt && test ! -e .git && echo looked"], count: '^looked', inputs: ["in.txt"]}
        """
    project.main({"in.txt": "1\n", "other.txt": "1\n"}, policy=policy)
    project.change({"in.txt": "2\n", "other.txt": "2\n"})
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stdout
