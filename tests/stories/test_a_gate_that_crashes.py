"""A plugin's gate that breaks is an error of its own: the other gates still answer, and a crash file says what happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

GATE = '''
from dataclasses import dataclass
from typing import ClassVar

from gatecheck.model import Effect, Examined, Finding, NotApplicable, Outcome, Rule, option


@dataclass(frozen=True)
class Shaky:
    """Breaks when it is told to."""

    kind: ClassVar[str] = "shaky"
    primary: ClassVar[str] = "how"
    rules: ClassVar[tuple[Rule, ...]] = (Rule("found", Effect.BLOCK, "Something was found."),)
    programs: ClassVar[tuple[str, ...]] = ()
    how: str = option("crash", doc="What to do.")

    @property
    def needs(self):
        if self.how == "break":
            raise ZeroDivisionError("while the policy was read")
        return ()

    def applies(self, change):
        return bool(change.paths)

    def check(self, workspace):
        if self.how == "crash":
            raise ZeroDivisionError("the gate's own mistake")
        if self.how == "exit":
            raise SystemExit(0)
        if self.how == "decline":
            return NotApplicable("there is nothing here for me")
        if self.how == "peek":
            workspace.python()
        return Outcome(Examined(1, "thing"), (Finding("found", "first", "Mend it."),) if self.how == "find" else ())
'''


@pytest.fixture
def plugin(tmp_path, monkeypatch) -> Path:
    """A distribution with a gate kind of its own, beside gatecheck; return the gate's source."""
    folder = tmp_path / "plugins"
    info = folder / "gatecheck_shaky-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gatecheck-shaky\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[gatecheck.gates]\nshaky = gatecheck_shaky:Shaky\n")
    source = folder / "gatecheck_shaky.py"
    source.write_text(GATE)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")
    return source


def judged(project, how: str):
    policy = f"""\
        version: 1
        gates:
          shaky: {how}
          look: {{uses: command, run: [sh, -c, "echo looked"], count: '^looked'}}
        """
    project.main({"code.txt": "one\n"}, policy=policy)
    project.change({"code.txt": "two\n"})
    return project.gatecheck("run")


@pytest.mark.usefixtures("plugin")
def test_the_other_gates_still_answer_and_the_crash_file_says_what_happened(project):
    done = judged(project, "crash")
    assert done.returncode == 4, done.stderr
    assert "✓  look" in done.stdout
    (crash,) = project.cache.glob("crashes/*")
    assert str(crash) in done.stdout
    assert "the gate's own mistake" in crash.read_text()
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.usefixtures("plugin")
def test_a_gate_that_ends_the_process_ends_only_itself(project):
    done = judged(project, "exit")
    assert done.returncode == 4
    assert "✓  look" in done.stdout


@pytest.mark.usefixtures("plugin")
def test_a_gate_may_decline_with_a_reason_and_is_asked_once(project):
    done = judged(project, "decline")
    assert done.returncode == 0, done.stdout
    assert "there is nothing here for me" in done.stdout
    assert "answered before" in project.gatecheck("run").stdout


@pytest.mark.usefixtures("plugin")
def test_a_crash_outside_of_any_gate_is_4_with_a_crash_file_and_never_a_pass(project):
    done = judged(project, "break")
    assert done.returncode == 4
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    (crash,) = (project.cache.parent / "crashes").iterdir()
    assert str(crash) in done.stderr
    assert "while the policy was read" in crash.read_text()


@pytest.mark.usefixtures("plugin")
def test_a_crash_file_finds_another_place_where_the_cache_has_none(project):
    project.main({"code.txt": "zero\n"})
    project.gatecheck("run")
    (project.cache / "crashes").write_text("in the way")
    done = judged(project, "crash")
    assert done.returncode == 4
    assert "gatecheck-crash-" in done.stdout


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize(("how", "kept"), [("fine", True), ("peek", False)])
def test_an_answer_from_tools_that_the_gate_names_none_of_is_not_kept(project, how, kept):
    judged(project, how)
    for known in (project.cache / "recall").iterdir():
        known.unlink()
    done = project.gatecheck("run", "--output-format", "json")
    assert {gate["name"]: gate["recalled"] for gate in json.loads(done.stdout)["gates"]}["shaky"] is kept


def test_a_plugin_that_is_being_worked_on_is_asked_again_when_its_code_changes(project, plugin):
    assert judged(project, "fine").returncode == 0
    assert "answered before" in project.gatecheck("run").stdout
    plugin.write_text(GATE.replace('self.how == "find"', "True"))
    assert project.gatecheck("run").returncode == 1


def test_a_plugin_that_cannot_be_imported_is_a_policy_error_that_names_its_distribution(project, plugin):
    plugin.write_text("import no_such_module\n")
    done = judged(project, "fine")
    assert done.returncode == 2
    assert "gatecheck-shaky" in done.stderr
