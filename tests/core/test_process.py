import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gatecheck import strays
from gatecheck.errors import CannotTell, Interrupted, ToolError
from gatecheck.process import Programs, ask
from gatecheck.process.output import HEAD, LOG, TAIL
from gatecheck.supervisor import program, reaper


@pytest.fixture
def run(tmp_path):
    programs = Programs()

    def run(*argv, limit=30.0, env=None, cwd=tmp_path, log=None):
        words = (sys.executable, "-c", argv[0], *argv[1:]) if len(argv) == 1 or argv[0].count("\n") else argv
        there = {"PATH": os.environ["PATH"], **(env or {})}
        return programs.run(words, cwd=cwd, env=there, limit=limit, log=log or tmp_path / "log")

    run.programs = programs
    return run


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_a_program_tells_how_it_ended_and_what_it_printed_on_either_stream(run, tmp_path):
    (tmp_path / "log").write_text("before\n")
    done = run("import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)")
    assert (done.exit_code, done.output, done.timed_out) == (3, "out\nerr\n", False)
    assert done.log.read_text() == "before\nout\nerr\n"


def test_a_program_has_nothing_to_read_and_a_session_of_its_own(run):
    done = run("import os, sys; print(repr(sys.stdin.read()), os.getsid(0) == os.getpid())")
    assert done.output == "'' True\n"


def test_a_program_sees_only_the_environment_that_it_was_given(run, monkeypatch):
    monkeypatch.setenv("SECRET", "canary")
    done = run("import os; print(sorted(os.environ))", env={"LANG": "C.UTF-8"})
    assert "canary" not in done.output
    assert "'LANG'" in done.output
    assert "SECRET" not in done.output


def test_at_the_time_limit_children_and_strays_of_another_session_are_killed_too(run, tmp_path):
    script = """
import os, subprocess, sys, time
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
children = [subprocess.Popen(sleeper), subprocess.Popen(sleeper, start_new_session=True)]
open("pids", "w").write(" ".join(str(child.pid) for child in children))
print("began", flush=True)
time.sleep(600)
"""
    done = run(script, limit=1.0)
    assert done.timed_out
    assert done.exit_code == -signal.SIGKILL
    assert done.output == "began\n"
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    assert not any(map(is_alive, pids))


def test_a_daemon_that_holds_the_pipe_and_prints_for_ever_does_not_outlive_its_parent(run, tmp_path):
    script = """
import os, subprocess, sys
loop = "import sys\\nwhile True: sys.stdout.write('x' * 65536)"
daemon = subprocess.Popen([sys.executable, "-c", loop], start_new_session=True)
open("pid", "w").write(str(daemon.pid))
os.write(1, b"parent ends")
os._exit(0)
"""
    done = run(script, limit=60.0)
    assert (done.exit_code, done.timed_out) == (0, False)
    assert "parent ends" in done.output
    assert done.seconds < 30
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_a_program_that_closes_its_output_early_is_still_waited_for(run, tmp_path):
    script = """
import os, time
os.write(1, b"last words")
os.close(1); os.close(2)
time.sleep(0.3)
open("went-on", "w")
os._exit(5)
"""
    done = run(script)
    assert (done.exit_code, done.output) == (5, "last words")
    assert (tmp_path / "went-on").exists()


def test_what_is_left_in_the_pipe_when_a_program_ends_is_read(run):
    script = "import os; os.write(1, b'x' * 60_000); os._exit(0)\n"
    assert all(run(script).output == "x" * 60_000 for _ in range(5))


def test_endless_output_stays_bounded_and_keeps_its_beginning_and_end(run, tmp_path):
    script = """
import os
os.write(1, b"the beginning\\n")
block = b"x" * 1_048_576
for _ in range(200): os.write(1, block)
os.write(1, b"\\nthe end")
"""
    done = run(script)
    assert done.exit_code == 0
    assert done.output.startswith("the beginning\n")
    assert done.output.endswith("\nthe end")
    assert f"{200 * 1_048_576 + 22 - HEAD - TAIL:,} bytes left out" in done.output
    assert len(done.output) < HEAD + TAIL + 100
    assert LOG < (tmp_path / "log").stat().st_size < LOG + 200
    assert b"the program went on printing" in (tmp_path / "log").read_bytes()[-200:]


def test_output_that_fits_exactly_is_not_called_cut(run):
    done = run(f"import sys; sys.stdout.write('a' * {HEAD} + 'b' * {TAIL})\n")
    assert done.output == "a" * HEAD + "b" * TAIL


def test_output_that_is_not_text_is_still_shown(run):
    assert run("import os; os.write(1, b'caf\\xe9')\n").output == "caf\N{REPLACEMENT CHARACTER}"


def test_a_program_that_kills_its_own_group_kills_nobody_else(run):
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        done = run("import os; os.kill(0, 9)\n")
        assert (done.exit_code, done.timed_out) == (-signal.SIGKILL, False)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_stop_from_another_thread_ends_what_runs_and_lets_nothing_start(run, tmp_path):
    seen = []

    def wait():
        try:
            run("open('began', 'w')\nimport time; time.sleep(600)")
        except Interrupted as error:
            seen.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not (tmp_path / "began").exists():
        time.sleep(0.01)
    run.programs.stop()
    waiting.join(30)
    assert [error.exit_code for error in seen] == [130]
    with pytest.raises(Interrupted):
        run("open('never', 'w')\n")
    assert not (tmp_path / "never").exists()


def test_without_a_descriptor_for_processes_the_clock_is_looked_at_often(run, monkeypatch):
    monkeypatch.delattr(os, "pidfd_open")
    assert run("print('done')").output == "done\n"
    assert run("import os, time; os.close(1); os.close(2); time.sleep(600)", limit=0.5).timed_out


@pytest.mark.parametrize("argv", [("no-such-program", "x"), ("/", "x"), ("echo", "a\0b"), ("ec\0ho", "x")])
def test_a_program_that_cannot_be_started_is_named_with_what_to_do(run, argv):
    with pytest.raises(ToolError, match="cannot be started") as caught:
        run(*argv)
    assert "Install" in caught.value.fix


@pytest.mark.parametrize("cwd", ["not-there", "with\0nul"])
def test_a_folder_that_is_missing_is_not_blamed_on_the_program(run, tmp_path, cwd):
    with pytest.raises(ToolError, match="is not there") as caught:
        run("echo", "x", cwd=tmp_path / cwd)
    assert "cwd" in caught.value.fix


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_no_answer_and_leaves_no_program_behind(run, tmp_path):
    with pytest.raises(CannotTell, match="log of a program cannot be written"):
        run(
            "import os, time; open('pid', 'w').write(str(os.getpid())); print('x', flush=True); time.sleep(600)",
            log=Path("/dev/full"),
        )
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_a_log_that_cannot_be_made_is_no_answer(run, tmp_path):
    with pytest.raises(CannotTell, match="cannot be written"):
        run("print()", log=tmp_path / "no" / "folder")


def test_short_questions_get_code_output_and_errors():
    script = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.stderr.write('e'); sys.exit(2)"
    assert ask([sys.executable, "-c", script], env={}, stdin=b"abc") == (2, b"ABC", b"e")


@pytest.mark.parametrize("argv", [["no-such-program"], ["echo", "a\0b"]])
def test_a_short_question_to_a_missing_program_is_a_tool_error(argv, tmp_path):
    with pytest.raises(ToolError, match="cannot be started"):
        ask(argv, env={"PATH": "/usr/bin:/bin"})


def test_a_short_program_that_never_ends_is_ended():
    with pytest.raises(ToolError, match="did not end within"):
        ask(["sleep", "600"], env={"PATH": os.environ["PATH"]}, limit=0.2)


# --- looking for what is left ---


def test_a_process_that_is_gone_before_it_is_looked_at_or_killed_is_no_trouble(monkeypatch):
    gone = subprocess.Popen(["true"])
    gone.wait()
    program.kill(gone.pid)
    there = os.listdir("/proc")
    monkeypatch.setattr(os, "listdir", lambda path: [*there, str(gone.pid)])
    with subprocess.Popen(["sleep", "60"]) as child:
        there.append(str(child.pid))
        assert child.pid in reaper.descendants()
        assert gone.pid not in reaper.descendants()
        child.kill()


def test_strays_that_cannot_be_killed_are_not_waited_for(monkeypatch):
    mark = {"GATECHECK_STRAY_OF": "this test"}
    with subprocess.Popen(["sleep", "60"], env={"PATH": os.environ["PATH"], **mark}) as child:
        with monkeypatch.context() as patched:
            patched.setattr(os, "kill", lambda pid, number: None)
            strays.kill_strays(*mark.popitem())
        assert child.poll() is None
        strays.kill_strays("GATECHECK_STRAY_OF", "this test")
        assert child.wait(10) == -signal.SIGKILL
