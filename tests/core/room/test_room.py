import contextlib
import dataclasses
import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, Interrupted, ToolError
from gatecheck.model import Environment, Globs
from gatecheck.process import Programs
from gatecheck.repo import Repository, compute, find_aim
from gatecheck.room import Where, look, moved, open_room, opening


@pytest.fixture
def grown(project):
    project.main({"a.py": "a = 1\n", "key.txt": "1\n", "docs/x": "x\n"})
    project.change({"a.py": "a = 2\n"})
    return project


@pytest.fixture(params=["overlay", "portable"])
def mode(request):
    return request.param


@pytest.fixture
def opened(grown, mode):
    """Open the room of the project's change, as one run does."""

    @contextlib.contextmanager
    def opened(target="origin/main", said=None):
        repo = Repository.at(str(grown.path))
        change = compute(repo, find_aim(repo, target, "change"))
        say = (said if said is not None else []).append
        with open_room(repo, change, Programs(), say, portable=mode == "portable") as room:
            if room.isolation.mode != mode:
                pytest.skip(f"the room is {room.isolation}")
            yield room

    return opened


def run(room, *argv, side="merge", environment=None, env=None, gate="gate"):
    tools = room.tools(environment or Environment(), side)
    stage = room.stage(gate, side, environment or Environment())
    return room.run(gate, argv, Where(stage, stage.tree, tools), env or {}, 60.0)


def test_each_side_is_a_tree_of_its_own_and_its_branch_is_the_targets(grown, opened):
    with opened() as room:
        assert run(room, "cat", "a.py").output == "a = 2\n"
        assert run(room, "cat", "a.py", side="base").output == "a = 1\n"
        assert run(room, "git", "rev-parse", "--abbrev-ref", "HEAD").output == "main\n"
        assert run(room, "git", "rev-parse", "HEAD", side="base").output.strip() == grown.git(
            "rev-parse", "main"
        )
        assert run(room, "git", "rev-parse", "HEAD").output.strip() == grown.git("rev-parse", "change")


def test_a_tool_of_gatechecks_own_runs_aside_over_nothing_and_without_the_projects_environment(
    opened, monkeypatch
):
    monkeypatch.setenv("VIRTUAL_ENV", "/theirs")
    with opened() as room:
        stage = room.aside("gate")
        assert room.aside("gate") is stage
        script = "import os; print(os.listdir(), os.environ.get('VIRTUAL_ENV'), 'PATH' in os.environ)"
        where = Where(stage, stage.tree, None)
        done = room.run("gate", (sys.executable, "-I", "-c", script), where, {}, 60.0)
        assert done.output == "[] None True\n"
        with pytest.raises(ToolError, match="python cannot be started"):  # it is nobody's here
            room.run("gate", ("python", "-c", "1"), where, {"PATH": "/nowhere"}, 60.0)
        room.leave("gate")


def test_where_main_has_moved_the_head_is_a_merge_commit_that_only_the_room_has(grown, opened):
    grown.main({"other": "1\n"})
    with opened() as room:
        parents = run(room, "git", "rev-parse", "HEAD^1", "HEAD^2").output.split()
        assert parents == [grown.git("rev-parse", "main"), grown.git("rev-parse", "change")]
        made = run(room, "git", "rev-parse", "HEAD").output.strip()
        assert run(room, "git", "status", "--porcelain").output == ""
    assert subprocess.run(
        ["git", "-C", grown.path, "cat-file", "-e", made], capture_output=True, check=False
    ).returncode


def test_a_program_gets_a_scrubbed_environment_and_a_home_that_is_gone_afterwards(grown, opened, monkeypatch):
    for name in ("GIT_DIR", "SSH_AUTH_SOCK", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "CI"):
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("LANG_CANARY", "wanted")
    wanted = Environment(passed=("LANG_CANARY", "NOT_SET"))
    with opened() as room:
        seen = dict(
            line.split("=", 1)
            for line in run(room, "env", environment=wanted).output.splitlines()
            if "=" in line
        )
        home = Path(seen["HOME"])
        assert home.parent == Path(seen["TMPDIR"]).parent
        assert not home.exists()
        assert seen["LANG_CANARY"] == "wanted"
        assert "canary" not in seen.values()
        assert not {"NOT_SET", "GIT_DIR", "SSH_AUTH_SOCK"} & seen.keys()


def test_no_program_finds_what_another_left_in_its_home(grown, opened):
    with opened() as room:
        look = "ls $HOME $TMPDIR | grep -c left; touch $HOME/left $TMPDIR/left"
        assert [run(room, "sh", "-c", look).output for _ in range(2)] == ["0\n", "0\n"]


def test_a_program_does_not_find_the_repository_around_the_cache(grown, opened):
    with opened() as room:
        assert (
            str(room.slot("merge").tree.parent)
            in run(room, "sh", "-c", "echo $GIT_CEILING_DIRECTORIES").output
        )


def test_python_is_the_users_interpreter_and_a_gates_own_path_comes_first(opened):
    with opened() as room:
        script = "import sys, os; print(sys.prefix, os.environ['PYTHONPATH'].split(':')[0])"
        done = run(room, "python3", "-c", script, env={"PYTHONPATH": "/first"})
        assert done.output.split() == [sys.prefix, "/first"]


def test_what_a_program_did_is_undone_when_the_room_closes(grown, opened, mode):
    with opened() as room:
        run(room, "sh", "-c", "rm a.py; echo x > new")
        tree = room.slot("merge").tree
        assert run(room, "ls").output == "docs\nkey.txt\nnew\n"
        assert (tree / "a.py").exists() == (mode == "overlay")
    assert (tree / "a.py").read_text() == "a = 2\n"
    assert not (tree / "new").exists()


def test_a_room_that_is_left_by_an_error_is_clean_for_the_next_run(opened):
    with pytest.raises(KeyboardInterrupt), opened() as room:  # noqa: PT012 -- what is raised inside must pass
        run(room, "sh", "-c", "rm a.py")
        scratch = room.scratch
        raise KeyboardInterrupt
    assert not scratch.exists()
    with opened() as room:
        assert run(room, "cat", "a.py").output == "a = 2\n"


def test_a_stopped_room_starts_nothing_more(opened):
    with opened() as room:
        room.stop()
        with pytest.raises(Interrupted):
            run(room, "true")


def test_a_narrowed_room_holds_only_the_named_files_and_no_git(grown, opened, monkeypatch):
    grown.change({"docs/run": "#!/bin/sh\n", "docs/caf\udce9": "x\n"})
    (grown.path / "docs" / "run").chmod(0o755)
    (grown.path / "docs" / "link").symlink_to("/etc/passwd")
    grown.commit()
    with opened() as room:
        for _ in range(2):
            tree = room.stage("gate", "merge", Environment(), Globs(("docs/**", "!docs/x"))).tree
            found = sorted(str(path.relative_to(tree)) for path in tree.rglob("*") if not path.is_dir())
            assert found == ["docs/caf\udce9", "docs/run"]
            assert os.access(tree / "docs" / "run", os.X_OK)
            (tree / "left-behind").touch()
            room.leave("gate")


def test_a_bare_repository_is_judged_too(grown):
    grown.git("push", "--quiet", "origin", "change")
    repo = Repository.at(str(grown.remote))
    change = compute(repo, find_aim(repo, "main", "change"))
    with open_room(repo, change, Programs(), lambda text: None) as room:
        assert run(room, "cat", "a.py").output == "a = 2\n"
        assert run(room, "sh", "-c", 'echo "<$GATECHECK_ORIGIN>"').output == "<>\n"


def test_the_code_of_all_work_trees_of_the_user_is_known_not_to_be_what_is_tested(grown, opened):
    linked = grown.path.parent / "linked"
    grown.git("worktree", "add", "--quiet", "-b", "other", str(linked))
    with opened() as room:
        assert room.tools(Environment(), "merge").user_trees == (str(grown.path), str(linked))


def test_a_second_run_waits_for_the_first_and_says_so(grown, opened):
    said = []
    cache = Path(Repository.at(str(grown.path)).place.cache)
    cache.mkdir(parents=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=lambda: opened(said=said).__enter__())
        waiting.start()
        while not said:
            waiting.join(0.01)
        assert waiting.is_alive()
    waiting.join(30)
    assert said == ["waiting for another run on this repository to end"]


def test_logs_are_kept_of_the_latest_runs_only(grown, opened, monkeypatch):
    monkeypatch.setattr(opening, "KEPT_LOGS", 2)
    for number in range(1, 5):
        with opened() as room:
            run(room, "echo", str(number))
            assert (room.logs / "gate.log").read_text() == f"{number}\n"
    assert sorted(folder.name for folder in room.logs.parent.iterdir()) == ["3", "4"]


def test_logs_that_cannot_be_written_are_no_answer(grown, opened):
    cache = Path(Repository.at(str(grown.path)).place.cache)
    cache.mkdir(parents=True)
    (cache / "logs").mkdir()
    (cache / "logs" / "1").mkdir()
    (cache / "logs" / "2").symlink_to("/proc/nowhere")
    with opened():
        assert (cache / "logs" / "3").is_dir()
    os.rename(cache / "logs", cache / "old")
    (cache / "logs").touch()
    with pytest.raises(CannotTell, match="cache cannot be written") as caught, opened():
        pass
    assert "GATECHECK_CACHE" in caught.value.fix


# --- environments that the policy builds ---

MADE = (
    "sh",
    "-c",
    (
        "mkdir -p {env}/bin && printf '#!/bin/sh\\ncat key.txt' > {env}/bin/tool && chmod +x {env}/bin/tool"
        " && mkdir -p made/deep __pycache__ && cp key.txt made/deep/version && echo changed > a.py && echo built >> $BUILT"
    ),
)


@pytest.fixture
def built(tmp_path, monkeypatch):
    monkeypatch.setenv("BUILT", str(tmp_path / "built"))
    return lambda: (tmp_path / "built").read_text().count("built\n") if (tmp_path / "built").exists() else 0


MAKE = Environment(create=(MADE,), key=("key.*",))


def test_an_environment_is_built_once_per_key_and_side_and_its_programs_come_first(grown, opened, built):
    said = []
    with opened(said=said) as room:
        assert run(room, "tool", environment=MAKE).output == "1\n"
        assert run(room, "tool", environment=MAKE, side="base").output == "1\n"
        assert run(room, "cat", "made/deep/version", environment=MAKE).output == "1\n"
        assert run(room, "cat", "a.py", environment=MAKE).output == "a = 2\n"
        assert room.tools(MAKE, "base").digest() == room.tools(MAKE, "merge").digest()
        assert not (room.slot("merge").tree / "__pycache__").exists()
    assert built() == 2
    assert said[0].startswith("building environment default (merge), 1 of 1: sh -c")
    grown.change({"a.py": "a = 3\n"})
    with opened() as room:
        run(room, "rm", "-r", "made", environment=MAKE)
        room.close()
        assert run(room, "cat", "made/deep/version", environment=MAKE).output == "1\n"
    assert built() == 2


def test_an_environment_is_built_again_when_one_of_its_files_changes(grown, opened, built):
    with opened() as room:
        run(room, "tool", environment=MAKE)
    grown.change({"key.txt": "2\n"})
    with opened() as room:
        assert run(room, "cat", "made/deep/version", environment=MAKE).output == "2\n"
        assert run(room, "tool", environment=MAKE, side="base").output == "1\n"
    assert built() == 3


def test_an_environment_without_key_files_depends_on_its_commands_alone(grown, opened, built):
    unkeyed = dataclasses.replace(MAKE, key=())
    with opened() as room:
        run(room, "tool", environment=unkeyed)
    grown.change({"key.txt": "2\n"})
    with opened() as room:
        run(room, "tool", environment=unkeyed)
    assert built() == 1


def test_two_environments_that_leave_the_same_file_each_keep_their_own(grown, opened, built):
    other = Environment("other", create=((*MADE[:2], MADE[2] + " && true"),), key=("key.*",))
    with opened() as room:
        run(room, "true", environment=MAKE)
    with opened() as room:
        assert run(room, "cat", "made/deep/version", environment=other).output == "1\n"
    assert built() == 2


def test_only_what_a_build_adds_belongs_to_the_environment_and_not_what_it_changes_or_removes(grown, opened):
    took = Environment("took", create=(("sh", "-c", "rm key.txt; echo 9 > a.py; touch docs/made"),))
    with opened() as room:
        told = run(room, "sh", "-c", "cat a.py key.txt docs/x; ls docs", environment=took)
        assert told.output == "a = 2\n1\nx\nmade\nx\n"


@pytest.mark.parametrize("mode", ["portable"], indirect=True)
def test_an_environment_that_a_program_changed_is_built_again(opened, built, tmp_path):
    said = []
    with opened(said=said) as room:
        env = room.tools(MAKE, "merge").programs
        run(room, "sh", "-c", f"mkdir {env}/__pycache__; touch {env}/__pycache__/x.pyc", environment=MAKE)
        room.leave("gate")
        assert built() == 1
        assert not (env / "__pycache__" / "x.pyc").exists()
        run(room, "sh", "-c", f"echo 'echo pwned' >> {env}/tool; ln -s /tmp {env}/link", environment=MAKE)
        room.leave("gate")
        assert said[-1] == "a program of gate changed the environment default (merge): it is thrown away"
        assert run(room, "tool", environment=MAKE).output == "1\n"
        assert built() == 2
        (env.parent.parent / "seal").unlink()
        room.leave("gate")
        assert said[-1].endswith("it is thrown away")


def test_a_build_that_fails_is_shown_and_never_counted(grown, opened, built):
    broken = Environment(
        "web", create=(("sh", "-c", "touch rubbish; echo first; echo no such index; exit 3"), MADE)
    )
    for _ in range(2):
        with opened() as room:
            with pytest.raises(ToolError, match="no such index") as caught:
                room.tools(broken, "merge")
            assert "exit code 3" in caught.value.message
            assert "'web'" in caught.value.message
            assert Path(caught.value.fix.rpartition(" ")[2]).read_text() == "first\nno such index\n"
            assert run(room, "ls").output == "a.py\ndocs\nkey.txt\n"
    assert built() == 0


def test_a_build_that_takes_too_long_is_ended(opened, monkeypatch):
    monkeypatch.setattr("gatecheck.room.builder.CREATE_LIMIT", 0.3)
    with opened() as room, pytest.raises(ToolError, match="took over 0 s"):
        room.tools(Environment(create=(("sleep", "600"),)), "merge")


def test_a_build_sees_the_callers_variables_but_not_gits_nor_keys(opened, monkeypatch, tmp_path):
    for name in (
        "GIT_AUTHOR_NAME",
        "SSH_AUTH_SOCK",
        "PYTHONPATH",
        "GATECHECK_SIGNING_KEY",
        "PIP_INDEX_URL",
        "NETRC",
    ):
        monkeypatch.setenv(name, "canary")
    environment = Environment(
        create=(("sh", "-c", f"env > {tmp_path}/seen; which python > {tmp_path}/python"),),
        create_pass=("PIP_INDEX_URL",),
    )
    with opened() as room:
        room.tools(environment, "merge")
        assert "canary" not in run(room, "env", environment=environment).output
    seen = (tmp_path / "seen").read_text()
    assert sorted(line for line in seen.splitlines() if line.endswith("=canary")) == [
        "NETRC=canary",
        "PIP_INDEX_URL=canary",
    ]
    assert "VIRTUAL_ENV=" not in seen


def test_python_in_a_build_is_first_the_users_and_then_the_environments(opened, tmp_path):
    words = "import sys; open(sys.argv[1], 'a').write(sys.prefix + '\\n')"
    environment = Environment(
        create=(
            ("python", "-c", words, str(tmp_path / "seen")),
            ("python", "-m", "venv", "--without-pip", "{env}"),
            ("python", "-c", words, str(tmp_path / "seen")),
        )
    )
    with opened() as room:
        tools = room.tools(environment, "merge")
        assert run(
            room, "python", "-c", "import sys; print(sys.prefix)", environment=environment
        ).output.strip() == str(tools.python.executable.parents[1])
        assert tools.variables()["VIRTUAL_ENV"] == str(tools.python.executable.parents[1])
        assert tools.source_roots(Path("/tree")) == ()
        assert room.witnesses()
    assert (tmp_path / "seen").read_text().split() == [sys.prefix, str(tools.python.executable.parents[1])]


# --- proof that the user's repository was left alone ---


@pytest.mark.parametrize(
    ("what", "disturb"),
    [
        ("refs", lambda p: p.git("update-ref", "refs/heads/sneaky", "HEAD")),
        ("refs", lambda p: p.git("update-ref", "refs/heads/main", "HEAD")),
        ("refs", lambda p: p.git("tag", "-d", "v1")),
        ("HEAD", lambda p: p.git("symbolic-ref", "HEAD", "refs/heads/main")),
        (
            "index",
            lambda p: p.git(
                "update-index", "--add", "--cacheinfo", f"100644,{p.git('rev-parse', 'HEAD:a.py')},new"
            ),
        ),
        ("index", lambda p: (p.path / ".git" / "index").unlink()),
        ("config", lambda p: p.git("config", "core.hooksPath", "/evil")),
        ("config", lambda p: (p.path / ".git" / "config.worktree").write_text("[core]\n\tbare = true\n")),
        ("hooks", lambda p: (p.path / ".git" / "hooks" / "pre-push").write_text("#!/bin/sh\n")),
        ("hooks", lambda p: (p.path / ".git" / "hooks" / "post-commit").chmod(0o755)),
        ("hooks", lambda p: (p.path / ".git" / "hooks" / "post-commit").unlink()),
    ],
)
def test_whatever_moves_in_the_users_repository_is_named(grown, what, disturb):
    grown.git("tag", "v1")
    (grown.path / ".git" / "hooks").mkdir(exist_ok=True)
    (grown.path / ".git" / "hooks" / "post-commit").write_text("#!/bin/sh\n")
    repo = Repository.at(str(grown.path))
    before = look(repo)
    assert moved(before, look(repo)) == ()
    disturb(grown)
    assert moved(before, look(repo)) == (what,)


def test_hooks_that_cannot_be_read_are_looked_at_all_the_same(grown):
    (grown.path / ".git" / "hooks").mkdir(exist_ok=True)
    (grown.path / ".git" / "hooks" / "loop").symlink_to("loop")
    (grown.path / ".git" / "hooks" / "gone").symlink_to("nowhere")
    repo = Repository.at(str(grown.path))
    assert moved(look(repo), look(repo)) == ()
