"""A run that is stopped: exit code 130, no program and no scratch folder left, and the next run works."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

POLICY = """\
    version: 1
    gates:
      look: {uses: command, run: [sh, look.sh], count: '^looked'}
      later: {uses: command, run: [sh, -c, "echo looked"], count: '^looked'}
    """


@pytest.fixture
def begun(project, tmp_path, monkeypatch):
    """Start a run whose gate tells through a pipe that it has begun, and then hangs; return the run and what its gate sleeps on."""
    pipe, scratch = tmp_path / "begun", tmp_path / "scratch"
    os.mkfifo(pipe)
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    hang = tmp_path / "hang"
    hang.touch()
    script = f"test -e {hang} && {{ echo begun > {pipe}; exec env STRAY={hang} sleep 600; }}; echo looked\n"
    project.main({"look.sh": script, "code.txt": "one\n"}, policy=POLICY)
    project.change({"code.txt": "two\n"})
    run = subprocess.Popen(
        [project.program, "run"],
        cwd=project.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert first_line(pipe, run) == "begun"
    hang.unlink()
    yield run, hang, scratch
    run.kill()
    run.communicate()


def first_line(pipe: Path, run: subprocess.Popen[str]) -> str:
    """Wait for a line from the gate; give up when the run ends or says nothing for a minute."""
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        for _ in range(600):
            if select.select([reader], [], [], 0.1)[0] and (line := os.read(reader, 100)):
                return line.decode().strip()
            assert run.poll() is None, run.communicate()
        raise AssertionError("the gate never began")
    finally:
        os.close(reader)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whole_group", [True, False], ids=["group", "process"])
def test_a_signal_ends_it_with_130_and_leaves_nothing(project, begun, number, whole_group, living):
    run, hang, scratch = begun
    (os.killpg if whole_group else os.kill)(run.pid, number)
    out, err = run.communicate(timeout=30)
    assert run.returncode == 130
    assert out == ""
    assert "interrupted" in err
    assert "Traceback" not in err
    assert living(f"STRAY={hang}") == []
    assert list(scratch.iterdir()) == []
    again = project.gatecheck("run")
    assert again.returncode == 0, again.stdout


def test_a_second_run_waits_for_the_first_and_says_so(project, begun):
    run, _, _ = begun
    second = subprocess.Popen(
        [project.program, "run"],
        cwd=project.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    said = second.stderr.readline()
    assert "waiting for another run" in said
    os.kill(run.pid, signal.SIGINT)
    out, _ = second.communicate(timeout=60)
    assert second.returncode == 0, out


def test_clean_refuses_while_a_run_is_on(project, begun):
    run, _, _ = begun
    for words in (["clean"], ["clean", "--all"]):
        done = project.gatecheck(*words)
        assert done.returncode == 2
        assert "a run is using" in done.stderr
    assert project.cache.is_dir()
    os.kill(run.pid, signal.SIGINT)
    run.communicate(timeout=30)
    assert project.gatecheck("clean").returncode == 0
    assert [path.name for path in Path(os.environ["GATECHECK_CACHE"]).iterdir()] == ["upkeep"]
