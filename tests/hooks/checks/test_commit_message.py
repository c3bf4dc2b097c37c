"""git asks the hook about a message: people are left alone, agents are told what is missing and how to add it."""

import os
import runpy
import subprocess
import sys

import pytest

from gatecheck_hooks import commit_message
from gatecheck_hooks.commit_message import main

TRAILERS = (
    *("--trailer", "Agent: robot 1", "--trailer", "Task: GH-1"),
    *("--trailer", "Goal: sell more", "--trailer", "Co-authored-by: Ada <ada@example.org>"),
)
AGENT = {"WORKS_FOR_ITSELF": "yes"}
COMMIT = ("commit", "--quiet", "--allow-empty")


def test_a_person_commits_without_any_python(hooked, attempt, law):
    law("agent-variable WORKS_FOR_ITSELF", "agent-author *[bot]*", "agent-trailer Agent", "commit-body no")
    hook = hooked.path / ".git/hooks/commit-msg"
    hook.write_text(hook.read_text(encoding="utf-8").replace(sys.executable, "/nowhere"), encoding="utf-8")
    assert attempt(*COMMIT, "-m", "x", "-m", "Fixes: 1").returncode == 0
    assert attempt(*COMMIT, "-m", "x", **AGENT).returncode == 1


def test_an_agent_is_told_what_is_missing_and_what_it_pastes_works(hooked, attempt):
    done = attempt(*COMMIT, "-m", "Sell tea", **AGENT)
    assert done.returncode == 1
    assert "Task" in done.stderr
    assert "WORKS_FOR_ITSELF is set" in done.stderr
    command = done.stderr[done.stderr.index("git commit") :].replace("git commit", "git commit --allow-empty")
    pasted = {**os.environ, **AGENT}
    as_it_is = subprocess.run(
        ["sh", "-c", command], cwd=hooked.path, env=pasted, capture_output=True, text=True, check=False
    )
    assert as_it_is.returncode == 1
    assert "Goal" in as_it_is.stderr
    command = command.replace("<", "").replace(">", "").replace("Name mail@example.org", "Ada <a@b.c>")
    filled = subprocess.run(
        ["sh", "-c", command], cwd=hooked.path, env=pasted, capture_output=True, text=True, check=False
    )
    assert filled.returncode == 0, filled.stderr
    assert hooked.git("log", "-1", "--format=%s|%(trailers:key=Task,valueonly)").startswith("Sell tea|")


@pytest.mark.parametrize(
    ("lines", "env", "words"),
    [
        (("agent-variable WORKS_FOR_ITSELF",), AGENT, ("-m", "x")),
        (("agent-author *[bot]*",), {"GIT_AUTHOR_NAME": "deps[bot]"}, ("-m", "x")),
        (
            ("agent-author Somebody", "agent-author *robot*"),
            {},
            ("-m", "x", "--author", "a robot <r@example.org>"),
        ),
        (("agent-author *[bot]*",), {"GIT_COMMITTER_EMAIL": "deps[bot]@example.org"}, ("-m", "x")),
        (("agent-trailer Agent",), {}, ("-m", "x", "--trailer", "Agent: robot")),
        (("agent-trailer Bot", "agent-trailer Agent"), {}, ("-m", "x", "--trailer", "aGENT : robot")),
        (("agent-trailer Agent",), {}, ("-m", "x", "-m", "line: 1\n" * 250, "--trailer", "Agent: robot")),
        (("commit-subject [A-Z]",), {}, ("-m", "x")),
        (("commit-subject-length 3",), {}, ("-m", "long")),
        (("commit-body yes",), {}, ("-m", "x")),
    ],
)
def test_the_filter_in_sh_lets_nothing_through_that_is_to_be_judged(attempt, law, lines, env, words):
    law(*lines, "commit-trailer Task")
    done = attempt(*COMMIT, *words, **env)
    assert done.returncode == 1, done.stderr
    assert "gatecheck: the commit message is not as the policy asks" in done.stderr


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            (
                "agent-variable 1BAD NAME",
                "agent-variable $(touch${IFS}HACKED)",
                "agent-variable X;touch HACKED",
            ),
            (),
        ),
        (("agent-variable PATHS", "agent-author *[bot]*", "agent-author Ad", "agent-author Ada*y*>"), ()),
        (("agent-trailer Agent",), ("-m", "Agents: none", "-m", "Agent none: x")),
        (("agent-trailer Agent",), ("-m", "Added: a thing", "-m", "Fixes: 1")),
        (
            ("agent-author *o*u*t*", "agent-trailer Agent"),
            ("-m", "# ------------------------ >8 ------------------------\nAgent: x"),
        ),
        (("commit-subject-length 0", "commit-body no"), ("-m", "y" * 300)),
    ],
)
def test_what_only_resembles_an_agent_is_let_pass(hooked, attempt, law, lines, words):
    law(*lines, "commit-trailer Task")
    done = attempt(*COMMIT, "-m", "x", *words)
    assert done.returncode == 0, done.stderr
    assert not (hooked.path / "HACKED").exists()


def test_an_agent_that_gives_its_trailers_commits(attempt):
    done = attempt(*COMMIT, "-m", "x", *TRAILERS, **AGENT)
    assert done.returncode == 0, done.stderr


def test_an_agents_merge_and_fixup_are_let_pass(hooked, attempt):
    hooked.git("branch", "other")
    hooked.commit({"here": "1\n"})
    hooked.git("switch", "--quiet", "other")
    hooked.commit({"there": "1\n"})
    assert attempt("merge", "--quiet", "--no-edit", "change", **AGENT).returncode == 0
    assert attempt(*COMMIT, "--fixup", "HEAD~1", **AGENT).returncode == 0
    assert attempt(*COMMIT, "--squash", "HEAD~1", "-m", "more", **AGENT).returncode == 0


def test_a_conflict_that_an_agent_has_resolved_is_committed(hooked, attempt):
    hooked.git("branch", "other")
    hooked.commit({"file": "1\n"})
    hooked.git("switch", "--quiet", "other")
    hooked.commit({"file": "2\n"})
    assert attempt("merge", "change", **AGENT).returncode == 1
    hooked.write({"file": "3\n"})
    done = attempt("commit", "--all", "--no-edit", **AGENT)
    assert done.returncode == 0, done.stderr


def test_an_agent_says_why_it_reverts_and_the_command_that_it_is_given_does_it(hooked, attempt):
    hooked.commit({"file": "1\n"})
    hooked.git("revert", "--no-commit", "HEAD")  # `git revert` alone asks no commit-msg hook
    done = attempt("commit", "--no-edit", **AGENT)
    assert done.returncode == 1
    assert "Task" in done.stderr
    again = attempt("commit", "--file", ".git/COMMIT_EDITMSG", *TRAILERS, **AGENT)
    assert again.returncode == 0, again.stderr
    assert hooked.git("log", "-1", "--format=%s").startswith('Revert "')


def test_a_persons_commit_that_an_agent_moves_stays_the_persons(hooked, attempt):
    hooked.commit({"file": "1\n"})
    person = hooked.commit({"file": "2\n"}, "by Ada")
    hooked.git("reset", "--quiet", "--hard", "HEAD~2")
    assert attempt("cherry-pick", person, **AGENT).returncode == 1
    hooked.write({"file": "2\n"})
    hooked.git("add", "file")
    done = attempt("-c", "core.editor=true", "cherry-pick", "--continue", **AGENT)
    assert done.returncode == 0, done.stderr
    assert hooked.git("log", "-1", "--format=%s") == "by Ada"


def test_a_message_with_the_diff_below_is_read_above_it_only(hooked, attempt, tmp_path):
    hooked.write({"file": "+Agent: x\n"})
    hooked.git("add", "file")
    editor = tmp_path / "editor"
    editor.write_text(
        "#!/bin/sh\ngrep -q '^+.*Agent: x' \"$1\" || exit 9\nsed -i '1s/^/Sell tea/' \"$1\"\n",
        encoding="utf-8",
    )
    editor.chmod(0o755)
    done = attempt("-c", f"core.editor={editor}", "commit", "--verbose")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("comment", "line", "code"),
    [("#", "# a comment", 0), (";", "; a comment", 0), (";", "# a subject", 1), ("auto", "a subject", 1)],
)
def test_the_comment_character_is_the_repositorys(hooked, attempt, law, comment, line, code):
    law("commit-subject [A-Z]")
    hooked.git("config", "core.commentChar", comment)
    (hooked.path / ".git/message").write_text(f"{line}\nSell tea\n", encoding="utf-8")
    done = attempt("-c", "core.editor=true", *COMMIT, "--cleanup=strip", "--edit", "--file", ".git/message")
    assert done.returncode == code, done.stderr


def test_a_linked_work_tree_has_the_same_law(hooked, attempt, tmp_path):
    hooked.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    done = attempt(*COMMIT, "-m", "x", cwd=tmp_path / "linked", **AGENT)
    assert done.returncode == 1
    assert "Task" in done.stderr


# --- as a framework runs it, and as a program ---


@pytest.fixture
def asked(hooked, tmp_path, monkeypatch, capsys):
    """Ask the program in the hooked repository about a message, with the file where git has it."""
    monkeypatch.chdir(hooked.path)
    monkeypatch.setattr(sys, "argv", ["gatecheck-commit-message", ".git/COMMIT_EDITMSG"])

    def asked(text, *options):
        (hooked.path / ".git/COMMIT_EDITMSG").write_text(text, encoding="utf-8")
        code = main([*options, ".git/COMMIT_EDITMSG"] if options else None)
        return code, capsys.readouterr().err

    return asked


def test_without_a_compiled_policy_the_defaults_and_the_arguments_count(hooked, asked, monkeypatch):
    (hooked.path / ".git/gatecheck/policy").unlink()
    assert asked("sell tea\n") == (0, "")
    assert "does not match" in asked("sell tea\n", "--commit-subject=[A-Z]")[1]
    assert "no body" in asked("sell tea\n", "--commit-body")[1]
    assert "may have 3" in asked("sell tea\n", "--commit-subject-length=3")[1]
    monkeypatch.setenv("CLAUDECODE", "1")
    assert "Co-authored-by" in asked("sell tea\n")[1]
    told = asked("sell tea\n", "--commit-trailer=Ticket", "--commit-trailer=Why")[1]
    assert "Why" in told
    assert "Co-authored-by" not in told


def test_a_compiled_policy_is_found_and_arguments_are_laid_over_it(asked, law, monkeypatch):
    law("agent-variable WORKS_FOR_ITSELF", "commit-trailer Goal")
    monkeypatch.setenv("WORKS_FOR_ITSELF", "1")
    assert "Goal" in asked("sell tea\n")[1]
    assert asked("sell tea\n", "--agent-variable=OTHER") == (0, "")


def test_a_compiled_policy_that_is_there_and_cannot_be_read_is_no_missing_one(hooked, asked):
    policy = hooked.path / ".git/gatecheck/policy"
    policy.unlink()
    policy.symlink_to("gone")
    code, told = asked("sell tea\n")
    assert code == 4
    assert "cannot read the policy for hooks" in told


def test_author_and_committer_are_asked_of_git(asked, law):
    law("agent-author Ada <*>", "commit-trailer Goal")
    assert "Ada <ada@example.org> is one of the policy's agents" in asked("sell tea\n")[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "cannot read the arguments"),
        (["a", "b", "c"], "cannot read the arguments"),
        (["--unknown=1", "a"], "cannot read the arguments"),
        (["--commit-subject-length=many", "a"], "cannot read the arguments"),
        (["--commit-subject=[", "a"], "cannot read '['"),
    ],
)
def test_wrong_arguments_are_said_to_be_wrong(arguments, says, capsys):
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "fix: " in told


def test_a_message_or_a_policy_that_cannot_be_read_lets_nothing_pass(hooked, capsys, monkeypatch):
    monkeypatch.chdir(hooked.path)
    assert main([".git/gatecheck/policy", ".git/none"]) == 4
    assert main([".git/none", ".git/COMMIT_EDITMSG"]) == 4
    for broken in ("gatecheck-policy 2\nend\n", "gatecheck-policy 1\nref x\n", ""):
        (hooked.path / ".git/gatecheck/policy").write_text(broken, encoding="utf-8")
        assert main([".git/COMMIT_EDITMSG"]) == 4
    assert capsys.readouterr().err.count("fix: ") == 5


def test_names_in_a_message_do_not_reach_the_terminal_as_they_are(asked, monkeypatch):
    monkeypatch.setenv("WORKS_FOR_ITSELF", "1")
    told = asked("x\n\nCo-authored-by: \x1b]0;evil\x07\n")[1]
    assert "\x1b" not in told
    assert "evil" in told


def test_git_that_is_not_there_is_said(asked, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    code, told = asked("x\n")
    assert code == 4
    assert "Put git on PATH" in told


def test_the_file_runs_by_its_path_with_nothing_but_python(hooked, monkeypatch):
    monkeypatch.chdir(hooked.path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (hooked.path / ".git/COMMIT_EDITMSG").write_text("Sell tea\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["commit_message.py", ".git/gatecheck/policy", ".git/COMMIT_EDITMSG"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(commit_message.__file__, run_name="__main__")
    assert ended.value.code == 0
    assert sys.path[-1] == os.path.dirname(os.path.dirname(commit_message.__file__))


@pytest.mark.parametrize("name", ["commit_message", "secrets"])
def test_a_hook_imports_nothing_that_takes_time(hooked, name):
    (hooked.path / ".git/COMMIT_EDITMSG").write_text("Sell tea\n\nAgent: robot\n", encoding="utf-8")
    script = (
        "import sys\nbefore = set(sys.modules)\nsys.argv = sys.argv[1:]\nme = sys.argv[0]\n"
        "names = {'__name__': '__main__', '__file__': me, '__package__': None}\n"
        "try: exec(compile(open(me).read(), me, 'exec'), names)\nexcept SystemExit: pass\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    path = commit_message.__file__.replace("commit_message", name)
    files = [".git/gatecheck/policy", *([".git/COMMIT_EDITMSG"] if name == "commit_message" else [])]
    argv = [sys.executable, "-I", "-S", "-c", script, path, *files]
    done = subprocess.run(argv, cwd=hooked.path, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "gatecheck_hooks.ask_git" in loaded
    dear = {
        "argparse",
        "click",
        "dataclasses",
        "importlib.metadata",
        "inspect",
        "json",
        "pathlib",
        "pygit2",
        "rich",
    }
    dear |= {"shutil", "site", "subprocess", "tempfile", "yaml"}
    if name == "commit_message":
        dear |= {"re", "typing", "enum"}
    assert not loaded & dear
    assert not [module for module in loaded if module.partition(".")[0] == "gatecheck"]
