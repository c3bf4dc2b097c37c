"""A gate may ask for commits, refs and the change's origin; its answer is recalled only while all of that is as it was."""

from __future__ import annotations

import json

import pytest

GATE = '''
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from gatecheck.model import Effect, Examined, Finding, Outcome, Rule, option


@dataclass(frozen=True)
class Curious:
    """Looks at what it is told to, and leaves a line each time that it is really asked."""

    kind: ClassVar[str] = "curious"
    primary: ClassVar[str] = "at"
    rules: ClassVar[tuple[Rule, ...]] = (Rule("found", Effect.NOTE, "What was seen."),)
    programs: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()
    at: str = option("nothing", doc="What to look at.")
    counter: str = option("", doc="Where to leave the line.")

    def applies(self, change):
        return True

    def check(self, workspace):
        with Path(self.counter).open("a") as stream:
            stream.write(self.at + "\\\\n")
        history = workspace.history
        if self.at == "tags":
            seen = sorted(history.refs("refs/tags/t-*"))
        elif self.at == "origin":
            seen = [history.origin.branch, history.origin.by]
        elif self.at == "commits":
            seen = [history.commit(id_).message.strip() for id_ in history.commits()]
            seen += [str(history.is_ancestor(workspace.change.base, workspace.change.head))]
        elif self.at == "recorded":
            seen = [history.recorded()]
        elif self.at == "tag":
            seen = [str(history.tag(workspace.change.head))]
        elif self.at == "whole":
            seen = [path.path for path in workspace.whole.paths]
        else:
            seen = []
        return Outcome(Examined(1, "look"), tuple(Finding("found", text or "-", "Read it.") for text in seen))
'''.replace("\\\\", "\\")


@pytest.fixture
def curious(project, tmp_path, monkeypatch):
    """Return what runs one such gate: what it saw, whether it was really asked, and whether its own answer was recalled."""
    folder = tmp_path / "plugins"
    info = folder / "gatecheck_curious-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gatecheck-curious\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[gatecheck.gates]\ncurious = gatecheck_curious:Curious\n")
    (folder / "gatecheck_curious.py").write_text(GATE)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")
    counter = tmp_path / "counter"
    counter.touch()

    def main(at, more=""):
        options = f"{{at: {at}, counter: {counter}{more}}}"
        policy = f"version: 1\nprotect: [main]\nexempt: ['docs/**']\ngates:\n  curious: {options}\n"
        project.main({"code.txt": "1\n"}, policy=policy)
        project.change({"code.txt": "2\n", "docs/a.md": "1\n", "other.txt": "1\n"})

    def ask(*words, env=None):
        before = len(counter.read_text())
        done = project.gatecheck("run", *words, "--output-format", "json", env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout)
        (gate,) = told["gates"]
        seen = [item["message"] for group in gate["outcome"]["findings"] for item in group["items"]]
        return seen, len(counter.read_text()) > before, told["recalled"]

    ask.main = main
    return ask


def forget(project):
    """Take away the recalled reports, so that only the store of gates' answers is left."""
    for kept in (project.cache / "recall").iterdir():
        kept.unlink()


def test_refs_that_a_gate_saw_are_witnessed(project, curious):
    curious.main("tags")
    assert curious() == ([], True, False)
    assert curious() == ([], False, True)
    project.git("tag", "t-1")
    assert curious() == (["refs/tags/t-1"], True, False)
    assert curious() == (["refs/tags/t-1"], False, True)
    project.git("pack-refs", "--all")
    assert curious()[0] == ["refs/tags/t-1"]
    project.git("tag", "--delete", "t-1")
    assert curious() == ([], True, False)


def test_an_answer_about_refs_is_not_in_the_store(project, curious):
    curious.main("tags")
    curious()
    forget(project)
    assert curious() == ([], True, False)
    project.git("tag", "t-1")
    forget(project)
    assert curious("--fail-fast")[0] == ["refs/tags/t-1"], "other words, so that only the store could know"


@pytest.mark.parametrize("at", ["origin", "recorded"])
def test_neither_is_one_about_where_the_change_comes_from(project, curious, at):
    curious.main(at)
    curious()
    forget(project)
    assert curious()[1:] == (True, False)


def test_a_branch_of_another_name_at_the_same_commit_is_another_question(project, curious):
    curious.main("origin")
    assert curious()[0] == ["change", "-"]
    assert curious()[2]
    project.git("switch", "--quiet", "--create", "other")
    assert curious() == (["other", "-"], True, False)
    assert curious("--head", "change")[0] == ["change", "-"]


def test_what_the_clone_wrote_down_is_witnessed(project, curious):
    curious.main("recorded")
    assert curious() == (["-"], True, False)
    assert curious() == (["-"], False, True)
    note = project.path / ".git/gatecheck/snapshots/change"
    note.parent.mkdir(parents=True)
    note.write_text("backup-1 abc def\n")
    assert curious() == (["backup-1 abc def"], True, False)


def test_an_answer_about_commits_is_kept_for_the_same_commits(project, curious):
    curious.main("commits")
    assert curious() == (["a step", "True"], True, False)
    forget(project)
    assert curious() == (["a step", "True"], False, False), "from the store"
    project.git("commit", "--quiet", "--amend", "--message", "said better")
    assert curious() == (["said better", "True"], True, False)


@pytest.mark.parametrize("at", ["commits", "tag"])
def test_with_inputs_no_commit_is_in_the_key_so_such_an_answer_is_not_kept(project, curious, at):
    curious.main(at, more=', inputs: ["code.txt"]')
    curious()
    project.git("commit", "--quiet", "--amend", "--message", "said better")
    assert curious()[1:] == (True, False)


def test_a_gate_sees_the_whole_change_beside_its_own_part(project, curious):
    curious.main("whole", more=', paths: ["code.txt"]')
    assert curious()[0] == ["code.txt", "docs/a.md", "other.txt"]
    project.change({"docs/b.md": "1\n"})
    assert curious()[:2] == (["code.txt", "docs/a.md", "docs/b.md", "other.txt"], True)


def test_with_inputs_the_whole_change_is_what_is_present(project, curious):
    curious.main("whole", more=', inputs: ["code.txt"]')
    assert curious()[0] == ["code.txt"]
    project.change({"other.txt": "2\n"})
    forget(project)
    assert curious()[:2] == (["code.txt"], False), "what is not there changes nothing"
